namespace AntFlow.Dataflow;

/// <summary>Options for one run. They are read when the run starts; later changes have no effect. If values are invalid, the start throws a <see cref="PipelineConfigurationException"/> that lists
/// all of them.</summary>
public sealed class RunOptions
{
    /// <summary>The name of the run in events and logs. Default: a new name for each run. Required with checkpoints, where it identifies the run to resume after a crash; at most 1,000 bytes in
    /// UTF-8 (<see cref="StoredRun.MaxRunIdBytes"/>).</summary>
    public string? RunId { get; set; }

    /// <summary>Whether results are kept for the report. Default: true. Results that are streamed, read, or returned by a block are not kept.</summary>
    public bool CollectResults { get; set; } = true;

    /// <summary>Whether <c>StreamAsync</c> and <c>ReadResultsAsync</c> return results in input order instead of completion order. If so, at most <see cref="ResultCapacity"/> items are accepted
    /// ahead of the reader, from the first result that is requested (without <see cref="CollectResults"/>, from the start). Default: false. Reports are always in input order.</summary>
    public bool OrderResults { get; set; }

    /// <summary>The number of unread results of <c>StreamAsync</c>, <c>ReadResultsAsync</c> or a block at which the last stage is held back. Default: 256. At least 1.</summary>
    public int ResultCapacity { get; set; } = 256;

    /// <summary>The tracker of this run. Default: the tracker of the builder, if it has one.</summary>
    public StatusTracker? Tracker { get; set; }

    /// <summary>Whether <see cref="PipelineRuns.Live"/> lists the run until it ends. Default: true.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>Observers of this run, in addition to those of the builder. Default: none.</summary>
    public IReadOnlyList<PipelineObserver> Observers { get; set; } = [];

    /// <summary>Shows the progress of the run. Default: none, which costs nothing. Do not pass a display that supports one run at a time to two runs.</summary>
    public IPipelineDisplay? Display { get; set; }

    /// <summary>The interval at which <see cref="Display"/> receives a snapshot, by the clock of the run. Default: 500 ms. More than zero.</summary>
    public TimeSpan UpdateInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The time that a canceled run waits for tasks that ignore their token. After it, their items end Canceled and are marked as abandoned. It also bounds how long <c>RunAsync</c> and
    /// <c>StreamAsync</c> wait, after the run has ended, for an input that is producing an element. For a <see cref="Display"/> that does not return, it bounds the wait at the start and at the
    /// end of the run; that wait is at least one second. Default: 30 seconds. Not negative.</summary>
    public TimeSpan AbandonAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The number of failed items at which the run is stopped gently, so that, for example, a wrong key does not make 100,000 items fail. Default: null, which never stops the run. At
    /// least 1.</summary>
    public long? StopAfterFailures { get; set; }

    /// <summary>What happens to an item whose id another item of the run already has. With <see cref="DuplicateHandling.Fail"/> it fails with a <see cref="DuplicateItemException"/>. With
    /// <see cref="DuplicateHandling.Ignore"/> it is dropped and counted in <see cref="PipelineReport.DuplicateCount"/>. Default: null, which is <see cref="DuplicateHandling.Fail"/> with checkpoints; without
    /// checkpoints, ids are not checked, and items may share an id. If ids are checked, each takes about 100 bytes until the run has ended. Automatic ids are never duplicates.</summary>
    public DuplicateHandling? DuplicateHandling { get; set; }

    /// <summary>A token that stops the run gently (see <see cref="PipelineRun{TIn, TOut}.StopAsync"/>): the run takes no more items, finishes running work, and ends with its report, in which
    /// <c>WasStopped</c> is set. Unlike the token that cancels a run, it causes no exception. Default: none.</summary>
    public CancellationToken StopToken { get; set; }

    /// <summary>Whether the signals SIGINT (Ctrl-C) and SIGTERM stop the run gently. The second signal cancels the run, and the third one ends the process. This applies until the run has ended.
    /// Default: false, which leaves signals to the application and its host. It has no effect on platforms without signals, such as browsers.</summary>
    public bool StopOnSignals { get; set; }

    /// <summary>How far items continue when <see cref="StopToken"/> or a signal stops the run. Default: <see cref="StopMode.AfterStage"/>.</summary>
    public StopMode StopMode { get; set; } = StopMode.AfterStage;

    /// <summary>The time for running work after a request to stop gently, whatever its source. When it has passed, the run is canceled. A time passed to
    /// <see cref="PipelineRun{TIn, TOut}.StopAsync"/> overrides it. Default: null, which is unlimited. Not negative.</summary>
    public TimeSpan? GracePeriod { get; set; }

    /// <summary>The number of items to expect, for displays and estimates. Default: the number of elements if the input is a collection, else unknown. If the input is a collection, its number of
    /// elements overrides this value. Not negative.</summary>
    public long? Total { get; set; }

    /// <summary>A seed that makes jitter repeatable. Default: random.</summary>
    public int? Seed { get; set; }

    /// <summary>Throws if values are invalid.</summary>
    /// <param name="isStored">Whether the run has checkpoints, which require a run id.</param>
    internal void Check(bool isStored)
    {
        OptionFaults faults = new OptionFaults(nameof(RunOptions))
            .If(RunId is not null && string.IsNullOrWhiteSpace(RunId), nameof(RunId), $"'{RunId}'", "have a character that is not white space")
            .AtLeast(nameof(ResultCapacity), ResultCapacity, 1)
            .AtLeast(nameof(AbandonAfter), AbandonAfter, TimeSpan.Zero)
            .Above(nameof(UpdateInterval), UpdateInterval, TimeSpan.Zero)
            .AtLeast(nameof(StopAfterFailures), StopAfterFailures, 1L)
            .Defined<StopMode>(nameof(StopMode), StopMode)
            .Defined<DuplicateHandling>(nameof(DuplicateHandling), DuplicateHandling)
            .Given(nameof(Observers), Observers)
            .If(Observers?.Contains(null!) == true, nameof(Observers), "a list with null in it", "have observers only")
            .AtLeast(nameof(GracePeriod), GracePeriod, TimeSpan.Zero)
            .AtLeast(nameof(Total), Total, 0L)
            .If(isStored && RunId is null, nameof(RunId), "null", "have a value: a pipeline with checkpoints knows a run again by it after a crash")
            .If(isStored && StoredRun.IsTooLong(RunId), nameof(RunId), $"'{CleanText.Of(RunId?[..Math.Min(RunId.Length, 40)] ?? string.Empty)}...'", StoredRun.MostText);
        faults.Throw();
    }
}
