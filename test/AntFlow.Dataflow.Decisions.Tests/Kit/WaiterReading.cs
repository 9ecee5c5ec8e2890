namespace AntFlow.Dataflow.Decisions.Tests.Kit;

/// <summary>Looks at a waiter without waiting on it.</summary>
internal static class WaiterReading
{
#pragma warning disable CA2012 // A waiter may be asked for its state any number of times; only its answer is taken once.
    public static bool IsAnswered(this Waiter waiter) => waiter.WaitAsync().IsCompleted;

    /// <summary>The answer; throws if there is none yet.</summary>
    public static bool TakeAnswer(this Waiter waiter) =>
        waiter.IsAnswered() ? waiter.WaitAsync().GetAwaiter().GetResult() : throw new InvalidOperationException("The waiter was not answered.");
#pragma warning restore CA2012
}
