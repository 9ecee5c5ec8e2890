namespace AntFlow.Dataflow;

/// <summary>What a run has come to, without the values of its results.</summary>
public abstract record PipelineReport
{
    private protected PipelineReport()
    {
    }

    /// <summary>What went wrong.</summary>
    public required ErrorSummary Errors { get; init; }

    /// <summary>The last snapshot of the run.</summary>
    public required PipelineSnapshot Snapshot { get; init; }

    /// <summary>From the start of the run to its end.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>How many items have passed all stages.</summary>
    public long SucceededCount => Snapshot.Succeeded;

    /// <summary>How many items have failed.</summary>
    public long FailedCount => Snapshot.Failed;

    /// <summary>How many items were canceled.</summary>
    public long CanceledCount => Snapshot.Canceled;

    /// <summary>Why the run could not go on: the engine itself broke, the checkpoints could not be opened, or somebody else has taken the run over. Null, unless one of these happened.</summary>
    public Exception? Fault { get; init; }

    /// <summary>How many items went on from where they stood in an earlier life of the run, finished ones included. Zero without checkpoints.</summary>
    public long Resumed { get; init; }

    /// <summary>How many items of earlier lives are in the store and were not fed again: they are untouched. Zero without checkpoints.</summary>
    public long NotFed { get; init; }

    /// <summary>Throws if an item failed or the engine broke, for those who want an exception. Canceled items do not make it throw.</summary>
    /// <exception cref="PipelineFailedException">An item failed, or <see cref="Fault"/> is set.</exception>
    public void ThrowIfFailed()
    {
        if (FailedCount > 0 || Fault is not null)
            throw new PipelineFailedException(this);
    }
}

/// <summary>What a run has come to.</summary>
/// <typeparam name="T">What the last stage makes.</typeparam>
public sealed record PipelineReport<T> : PipelineReport
{
    internal PipelineReport()
    {
    }

    /// <summary>A result for every item, in input order, failures included. Empty where results were not collected.</summary>
    public required IReadOnlyList<PipelineResult<T>> Results { get; init; }
}
