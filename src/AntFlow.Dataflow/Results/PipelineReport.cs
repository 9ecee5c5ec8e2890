using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>The outcome of a run, without the values of its results.</summary>
public abstract record PipelineReport
{
    private protected PipelineReport()
    {
    }

    /// <summary>The errors of the run.</summary>
    public required ErrorSummary Errors { get; init; }

    /// <summary>The last snapshot of the run.</summary>
    public required PipelineSnapshot Snapshot { get; init; }

    /// <summary>The time from the start of the run to its end.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>The number of items that have passed all stages.</summary>
    [JsonIgnore]
    public long SucceededCount => Snapshot.Succeeded;

    /// <summary>The number of items that have failed.</summary>
    [JsonIgnore]
    public long FailedCount => Snapshot.Failed;

    /// <summary>The number of items that were canceled.</summary>
    [JsonIgnore]
    public long CanceledCount => Snapshot.Canceled;

    /// <summary>The number of items that a filter (<c>ThenWhere</c>) did not let through. They are no failures.</summary>
    [JsonIgnore]
    public long FilteredCount => Snapshot.Filtered;

    /// <summary>The number of items that were ignored because another item has their id (<see cref="DuplicateHandling.Ignore"/>). They have no results and are in no other count. Otherwise
    /// zero.</summary>
    [JsonIgnore]
    public long DuplicateCount => Snapshot.Duplicates;

    /// <summary>Why the run could not continue: the checkpoints could not be opened, another process has taken over the run (<see cref="LeaseLostException"/>), the store was given up
    /// (<see cref="CheckpointException"/>), or the engine itself failed (<see cref="IsEngineBroken"/>). Null if none of these happened. If it is set, <c>RunAsync</c> and <c>StreamAsync</c> throw
    /// a <see cref="PipelineFaultException"/>.</summary>
    /// <remarks>Not in JSON. A report read from JSON has a <see cref="StoredFailureException"/> made from <see cref="FaultInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Fault { get; init; }

    /// <summary><see cref="Fault"/> as data, created when it is read; null if there is no fault. Setting it sets <see cref="Fault"/>.</summary>
    public ErrorInfo? FaultInfo
    {
        get => Fault is null ? null : ErrorInfo.From(Fault);
        init => Fault = value?.ToException();
    }

    /// <summary>Whether <see cref="Fault"/> is an error of the engine itself, and not of something that it depends on.</summary>
    public bool IsEngineBroken { get; init; }

    /// <summary>Whether the run was asked to stop gently before it had ended: by <c>Stop</c>, <c>StopAsync</c>, a token or a signal (<see cref="RunOptions.StopToken"/>,
    /// <see cref="RunOptions.StopOnSignals"/>), <see cref="RunOptions.StopAfterFailures"/> or a display. False for a run that was only canceled, and for a run that stopped because its store was
    /// given up, which has a <see cref="Fault"/>.</summary>
    public bool WasStopped { get; init; }

    /// <summary>Whether the run was canceled before it had ended: by its token, by <c>Cancel</c> or <c>DisposeAsync</c>, by a second signal (<see cref="RunOptions.StopOnSignals"/>), because the
    /// grace period of a stop had passed, or because the run could not continue.</summary>
    public bool WasCanceled { get; init; }

    /// <summary>The number of items of the input of <c>RunAsync</c> or <c>StreamAsync</c> that were never taken, and so have no result. Zero if the input was taken to its end. Otherwise it is
    /// computed from the length of the input, if that is known without enumerating it (arrays, lists and other collections) or set by <see cref="RunOptions.Total"/>; if not, it is null. Also null
    /// for blocks and for runs that you feed yourself, where each feed call reports how many items were accepted.</summary>
    public long? NotTakenCount { get; init; }

    /// <summary>The number of items that continued from their progress in an earlier start of the run, including items that were finished already. Zero without checkpoints.</summary>
    public long ResumedCount { get; init; }

    /// <summary>The number of items of earlier starts that are in the store and were not fed again. They stay unchanged in the store. Zero without checkpoints.</summary>
    public long NotFedCount { get; init; }

    /// <summary>Throws if an item failed or the run could not continue. Canceled items and those that a filter did not let through do not make it throw.</summary>
    /// <exception cref="PipelineFailedException">An item failed, or <see cref="Fault"/> is set.</exception>
    public void ThrowIfFailed()
    {
        if (FailedCount > 0 || Fault is not null)
            throw new PipelineFailedException(this);
    }

    /// <summary>Returns a summary of the run: the fault of a run that could not continue; how many items ended in which way, and in what time; what was not taken, ignored, and resumed; the
    /// failures by type and by stage, and the first failed items. In the invariant culture.</summary>
    /// <returns>The text: one line if there is nothing more to report, else several.</returns>
    public sealed override string ToString() => ReportText.Of(this);
}

/// <summary>The outcome of a run.</summary>
/// <typeparam name="T">The type of the values that the last stage returns.</typeparam>
public sealed record PipelineReport<T> : PipelineReport
{
    /// <summary>A result for every item, in input order, failures included. Empty if results were not collected.</summary>
    public required IReadOnlyList<PipelineResult<T>> Results { get; init; }
}
