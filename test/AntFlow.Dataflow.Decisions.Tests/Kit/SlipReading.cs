namespace AntFlow.Dataflow.Decisions.Tests.Kit;

/// <summary>Looks at a slip without waiting on it.</summary>
internal static class SlipReading
{
#pragma warning disable CA2012 // A slip may be asked for its state any number of times; only its answer is taken once.
    public static bool IsAnswered(this WaitSlip slip) => slip.WaitAsync().IsCompleted;

    /// <summary>The answer; throws if there is none yet.</summary>
    public static bool TakeAnswer(this WaitSlip slip) =>
        slip.IsAnswered() ? slip.WaitAsync().GetAwaiter().GetResult() : throw new InvalidOperationException("The slip was not answered.");
#pragma warning restore CA2012
}
