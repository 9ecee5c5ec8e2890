namespace AntFlow.Dataflow;

/// <summary>How one run is executed. Read when the run starts, which throws a <see cref="PipelineConfigurationException"/> that tells all wrong values; later changes have no effect.</summary>
public sealed class RunOptions
{
    /// <summary>Names the run in events and logs. Default: a new name every time. With checkpoints it has to be set, to at most 1,000 bytes in UTF-8 (<see cref="StoredRun.MaxRunIdBytes"/>): the run is known
    /// again by it after a crash.</summary>
    public string? RunId { get; set; }

    /// <summary>Whether results are kept for the report. Default: true. Results that are streamed, read or given by a block are not kept.</summary>
    public bool CollectResults { get; set; } = true;

    /// <summary>Whether <c>StreamAsync</c> and <c>ReadResultsAsync</c> give results in input order instead of completion order. Acceptance then runs at most
    /// <see cref="ResultCapacity"/> items ahead of the reader, from the first result that is asked for on (without <see cref="CollectResults"/>, from the start). Default: false.
    /// Reports are always in input order.</summary>
    public bool OrderResults { get; set; }

    /// <summary>How many unread results of <c>StreamAsync</c>, <c>ReadResultsAsync</c> or a block may wait for their reader before the last stage is held back. Default: 256. At least 1.</summary>
    public int ResultCapacity { get; set; } = 256;

    /// <summary>Watches this run. Default: the tracker of the builder, if there is one.</summary>
    public StatusTracker? Tracker { get; set; }

    /// <summary>Whether <see cref="PipelineRuns.Live"/> lists the run while it goes on. Default: true.</summary>
    public bool IsListed { get; set; } = true;

    /// <summary>Watch this run, besides the observers of the builder. Default: none.</summary>
    public IReadOnlyList<PipelineObserver> Observers { get; set; } = [];

    /// <summary>Shows the run while it goes on. Default: none, which costs nothing. An object that shows one run at a time must not be given to two.</summary>
    public IPipelineDisplay? Display { get; set; }

    /// <summary>How often <see cref="Display"/> is given a snapshot, by the time of the run. Default: 500 ms. Above zero.</summary>
    public TimeSpan UpdateInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After canceling: how long to wait for bodies that ignore their token before their items end Canceled as abandoned. Also how long <c>RunAsync</c> and
    /// <c>StreamAsync</c> wait, once the run is over, for an input that is just giving another item. And how long, but at least a second, the run waits for a
    /// <see cref="Display"/> that does not return, at its start and at its end. Default: 30 seconds. Not negative.</summary>
    public TimeSpan AbandonAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Stops the run gently once so many items have failed: a wrong key must not burn 100,000 items. Default: never. At least 1.</summary>
    public long? StopAfterFailures { get; set; }

    /// <summary>What an item is whose id an item of the run has already. <see cref="OnDuplicate.Fail"/>: it is Failed with a <see cref="DuplicateItemException"/>.
    /// <see cref="OnDuplicate.Ignore"/>: it is dropped, and counted in <see cref="PipelineReport.DuplicateCount"/>. Default: null, which is <see cref="OnDuplicate.Fail"/> with checkpoints, and
    /// without them lets items of one id be items as all others: ids are not looked at. Where they are, each takes about 100 bytes until the run has ended. Automatic ids are no duplicates.</summary>
    public OnDuplicate? OnDuplicate { get; set; }

    /// <summary>Stops the run gently when it is canceled (see <see cref="PipelineRun{TIn, TOut}.StopAsync"/>): it takes nothing more, finishes what runs, and ends with its report, in which
    /// <c>WasStopped</c> is set. Nothing is thrown for it, other than for the token that cancels a run. Default: none.</summary>
    public CancellationToken StopToken { get; set; }

    /// <summary>Whether the signals SIGINT (Ctrl-C) and SIGTERM stop the run gently. The second one cancels it, and the third one ends the process, as the first would without this. Only
    /// until the run has ended. Default: false, which leaves signals to the program and its host. Not on platforms without signals, such as browsers.</summary>
    public bool StopOnSignals { get; set; }

    /// <summary>How far items go when <see cref="StopToken"/> or a signal stops the run. Default: <see cref="StopMode.AfterStage"/>.</summary>
    public StopMode StopMode { get; set; } = StopMode.AfterStage;

    /// <summary>How long what still runs may take when the run is asked to stop gently, by whatever asks first; after that it is canceled. A call of
    /// <see cref="PipelineRun{TIn, TOut}.StopAsync"/> with a time of its own goes by that. Default: unlimited. Not negative.</summary>
    public TimeSpan? GracePeriod { get; set; }

    /// <summary>How many items there will be, for displays and estimates. Default: the number of elements where the input is a collection, which is what counts
    /// then, else unknown. Not negative.</summary>
    public long? Total { get; set; }

    /// <summary>Makes jitter repeatable. Default: random.</summary>
    public int? Seed { get; set; }

    /// <summary>Throws what is wrong.</summary>
    /// <param name="isStored">Whether the run has checkpoints, which its id is for.</param>
    internal void Check(bool isStored)
    {
        OptionFaults faults = new OptionFaults(nameof(RunOptions))
            .If(RunId is not null && string.IsNullOrWhiteSpace(RunId), nameof(RunId), $"'{RunId}'", "have a character that is not white space")
            .AtLeast(nameof(ResultCapacity), ResultCapacity, 1)
            .AtLeast(nameof(AbandonAfter), AbandonAfter, TimeSpan.Zero)
            .Above(nameof(UpdateInterval), UpdateInterval, TimeSpan.Zero)
            .AtLeast(nameof(StopAfterFailures), StopAfterFailures, 1L)
            .Defined<StopMode>(nameof(StopMode), StopMode)
            .Defined<OnDuplicate>(nameof(OnDuplicate), OnDuplicate)
            .Given(nameof(Observers), Observers)
            .If(Observers?.Contains(null!) == true, nameof(Observers), "a list with null in it", "have observers only")
            .AtLeast(nameof(GracePeriod), GracePeriod, TimeSpan.Zero)
            .AtLeast(nameof(Total), Total, 0L)
            .If(isStored && RunId is null, nameof(RunId), "null", "have a value: a pipeline with checkpoints knows a run again by it after a crash")
            .If(isStored && StoredRun.IsTooLong(RunId), nameof(RunId), $"'{CleanText.Of(RunId?[..Math.Min(RunId.Length, 40)] ?? string.Empty)}...'", StoredRun.MostText);
        faults.Throw();
    }
}
