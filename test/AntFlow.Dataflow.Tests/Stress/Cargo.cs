namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What travels through a planned pipeline.</summary>
/// <param name="Number">Which item it is.</param>
/// <param name="Task">How many tasks of its present stage have ended.</param>
/// <param name="Trace">The stages that have made it what it is, in order, a hexadecimal digit each.</param>
internal sealed record Cargo(int Number, int Task = 0, long Trace = 0)
{
    /// <summary>What comes out of a stage.</summary>
    public Cargo Leave(int stage) => new(Number, Task: 0, Trace: (Trace * 16) + stage + 1);
}

/// <summary>What a planned body or function throws.</summary>
internal sealed class PlannedException(string what, int number, bool isThrottle = false) : Exception($"{what} of item {number}")
{
    public int Number { get; } = number;

    /// <summary>What has thrown it.</summary>
    public string What { get; } = what;

    /// <summary>Of every fifth item it cannot be read: the message of an exception is foreign code.</summary>
    public override string Message => Number % 5 == 3 ? throw new InvalidOperationException("The message cannot be read.") : base.Message;

    public bool IsThrottle { get; } = isThrottle;
}
