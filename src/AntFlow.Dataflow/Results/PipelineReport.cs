using System.Text.Json.Serialization;

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
    [JsonIgnore]
    public long SucceededCount => Snapshot.Succeeded;

    /// <summary>How many items have failed.</summary>
    [JsonIgnore]
    public long FailedCount => Snapshot.Failed;

    /// <summary>How many items were canceled.</summary>
    [JsonIgnore]
    public long CanceledCount => Snapshot.Canceled;

    /// <summary>How many items were ignored because another one has their id (<see cref="OnDuplicate.Ignore"/>). They have no results, and are in no other count. Zero without that.</summary>
    [JsonIgnore]
    public long DuplicateCount => Snapshot.Duplicates;

    /// <summary>Why the run could not go on: the checkpoints could not be opened, another process has taken the run over (<see cref="LeaseLostException"/>), the store was given up
    /// (<see cref="CheckpointException"/>), or the engine itself broke (<see cref="IsEngineBroken"/>). Null, unless one of these happened. <c>RunAsync</c> and <c>StreamAsync</c> throw a
    /// <see cref="PipelineFaultException"/> then.</summary>
    /// <remarks>Not in JSON: one that was read has a <see cref="StoredFailureException"/> made of <see cref="FaultInfo"/>.</remarks>
    [JsonIgnore]
    public Exception? Fault { get; init; }

    /// <summary><see cref="Fault"/> as data, made when it is asked for; null if there is none. To set it sets <see cref="Fault"/>.</summary>
    public ErrorInfo? FaultInfo
    {
        get => Fault is null ? null : ErrorInfo.From(Fault);
        init => Fault = value?.ToException();
    }

    /// <summary>Whether <see cref="Fault"/> is an error of the engine itself, and not of what it depends on.</summary>
    public bool IsEngineBroken { get; init; }

    /// <summary>Whether the run was asked to stop gently before it had ended: by <c>Stop</c>, <c>StopAsync</c>, a token or a signal
    /// (<see cref="RunOptions.StopToken"/>, <see cref="RunOptions.StopOnSignals"/>), <see cref="RunOptions.StopAfterFailures"/> or a display. False for one that was
    /// canceled only, and for one that stopped because its store was given up, which has a <see cref="Fault"/>.</summary>
    public bool WasStopped { get; init; }

    /// <summary>Whether the run was canceled before it had ended: by its token, <c>Cancel</c> or <c>DisposeAsync</c>, by a second signal (<see cref="RunOptions.StopOnSignals"/>), because the
    /// grace period of a stop was over, or because the run could not go on.</summary>
    public bool WasCanceled { get; init; }

    /// <summary>How many items of the input given to <c>RunAsync</c> or <c>StreamAsync</c> were never taken, so that they have no result. Zero if the input was taken to its end. If it was not:
    /// the difference where its length is known without reading it (arrays, lists and other collections) or said (<see cref="RunOptions.Total"/>), else null. Null for runs that are fed by
    /// hand and for blocks: there each feed call says how many items were accepted.</summary>
    public long? NotTakenCount { get; init; }

    /// <summary>How many items went on from where they stood in an earlier life of the run, finished ones included. Zero without checkpoints.</summary>
    public long ResumedCount { get; init; }

    /// <summary>How many items of earlier lives are in the store and were not fed again: they are untouched. Zero without checkpoints.</summary>
    public long NotFedCount { get; init; }

    /// <summary>Throws if an item failed or the run could not go on, for those who want an exception. Canceled items do not make it throw.</summary>
    /// <exception cref="PipelineFailedException">An item failed, or <see cref="Fault"/> is set.</exception>
    public void ThrowIfFailed()
    {
        if (FailedCount > 0 || Fault is not null)
            throw new PipelineFailedException(this);
    }

    /// <summary>A summary to read at the end of a job: the fault of a run that could not go on; how many items have ended how, in which time; what was not taken, ignored, and resumed; what failed, by type and by
    /// stage, and the first failed items. In the invariant culture.</summary>
    /// <returns>The text: one line if there is nothing more to say, else several.</returns>
    public sealed override string ToString() => ReportText.Of(this);
}

/// <summary>What a run has come to.</summary>
/// <typeparam name="T">What the last stage makes.</typeparam>
public sealed record PipelineReport<T> : PipelineReport
{
    /// <summary>A result for every item, in input order, failures included. Empty where results were not collected.</summary>
    public required IReadOnlyList<PipelineResult<T>> Results { get; init; }
}
