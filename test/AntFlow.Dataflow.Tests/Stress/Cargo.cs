namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What travels through a planned pipeline: which item it is, and how far it has come.</summary>
internal sealed record Cargo(int Number, int Stage, int Task);

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
