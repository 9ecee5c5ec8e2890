using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Plays one plan and checks everything there is to check about it.</summary>
internal sealed class Case : IPlayedCase
{
    private readonly Plan _plan;
    private readonly Coverage _coverage;
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly TimeProvider _time;
    private readonly CallerCheck _caller;
    private readonly Ways _ways;
    private readonly Bodies _bodies;
    private readonly SnapshotCheck _snapshots;
    private readonly ResultCheck _results;
    private readonly TrackerCheck _tracking;
    private readonly Functions _functions;
    private readonly Assembly _assembly;
    private readonly StatusTracker? _tracker;
    private readonly DisplayCheck? _display;
    private readonly ObserverCheck[] _observers;
    private volatile bool _isOver;

    public Case(Plan plan, Coverage coverage)
    {
        _plan = plan;
        _coverage = coverage;
        _time = plan.Clock == Clock.Stepped ? new SteppedTime() : TimeProvider.System;
        _caller = new CallerCheck(plan, _violations.Enqueue);
        _ways = new Ways(plan, _violations.Enqueue);
        _bodies = new Bodies(plan, _ways, _caller, _time, coverage, _violations.Enqueue);
        _snapshots = new SnapshotCheck(plan, _bodies, coverage, _violations.Enqueue);
        _results = new ResultCheck(plan, _ways, _bodies, coverage, _violations.Enqueue);
        _tracking = new TrackerCheck(plan, _violations.Enqueue);
        _functions = new Functions(plan, _ways, _caller, _time, coverage);
        _assembly = new Assembly(plan, _bodies, _functions, _time);
        _tracker = _tracking.Make(_functions);
        _observers = [.. plan.Observers.Select(interests => new ObserverCheck(plan, interests, _caller, coverage, _violations.Enqueue))];
        _display = DisplayCheck.Of(plan, _snapshots, coverage, _violations.Enqueue);
    }

    /// <summary>Ends what watches and steps a case that hangs.</summary>
    public void GiveUp() => _isOver = true;

    /// <summary>What the last snapshot said of a case that hangs.</summary>
    public string Describe() => _snapshots.Last is not { } last
        ? "There was no snapshot."
        : $"{last}{Environment.NewLine}{string.Join(Environment.NewLine, last.Stages)}{Environment.NewLine}{string.Join(Environment.NewLine, last.Workers.Where(worker => worker.IsBusy))}";

    /// <summary>Plays the plan.</summary>
    /// <returns>What was violated: nothing, if all is well.</returns>
    public async Task<IReadOnlyCollection<string>> PlayAsync()
    {
        _coverage.See(_plan.Shape);
        _coverage.See(_plan.Reading);
        _coverage.See(_plan.Clock);
        _coverage.See(_plan.Log);
        _coverage.See(_plan.Track);
        _coverage.See(_plan.Display);
        GraphCoverage.See(_plan, _coverage);
        Task stepping = StepAsync();
        try
        {
            Pipeline<Cargo, Cargo> pipeline = _assembly.Build();
            _caller.Enter();
            _coverage.See(_plan.HasCallerContext ? "Caller.has an AsyncLocal" : "Caller.has none");
            await (_plan.Shape switch
            {
                RunShape.RunAsync => RunAsync(pipeline),
                RunShape.StreamAsync => StreamAsync(pipeline),
                _ => StartAsync(pipeline),
            });
            if (_display is not null)
                await _display.CheckEndAsync();
            foreach (ObserverCheck observer in _observers)
                await observer.CheckEndAsync();
        }
        finally
        {
            _isOver = true;
            _display?.Dispose();
        }

        await stepping;
        return _violations;
    }

    private RunOptions Options() => new()
    {
        CollectResults = _plan.Reading != Reading.Drop,
        OrderResults = _plan.Orders,
        ResultCapacity = _plan.ResultCapacity,
        Tracker = _tracker,
        AbandonAfter = TimeSpan.FromMilliseconds(_plan.AbandonAfterMs),
        DuplicateHandling = _plan.DuplicateHandling,
        StopAfterFailures = _plan.StopAfterFailures,
        Seed = _plan.Seed,
        Observers = [.. _observers],
        Display = _display,
        UpdateInterval = TimeSpan.FromMilliseconds(2),
    };

    private async Task StartAsync(Pipeline<Cargo, Cargo> pipeline)
    {
        PipelineBlock<Cargo, Cargo>? block = _plan.Shape == RunShape.AsBlock ? pipeline.AsBlock(Options()) : null;
        await using PipelineRun<Cargo, Cargo> run = block?.Run ?? pipeline.Start(Options());
        CallerCheck.Leave();
        var reader = new Reader(_plan, run, block, _bodies, _coverage, _violations.Enqueue);
        List<PlannedFeeder> feeders = [.. _plan.Feeders.Select(feeder => new PlannedFeeder(_plan, feeder, _time, _coverage))];
        Task watching = WatchAsync(run);
        Task reading = Task.Run(reader.ReadAsync);
        Task feeding = Task.WhenAll(feeders.Select(feeder => Task.Run(() => feeder.FeedAsync(run, block, _assembly.Stages))));
        var moves = new Moves(_plan, run, _bodies, _snapshots, _coverage, _violations.Enqueue);
        await moves.MakeAsync();
        await Task.WhenAll(feeders.Select(feeder => feeder.PlacedAll));
        run.Complete();
        await feeding;
        PipelineReport<Cargo> report = await run.Completion;
        _isOver = true;
        await moves.EndAsync();
        await reading;
        if (block is not null)
            await block.Completion;
        await watching;
        // A reader gets every result, even a reader that comes when the run has ended.
        Check(report, _plan.Reading == Reading.Collect ? report.Results : reader.Results, feeders);
    }

    private void Check(PipelineReport<Cargo> report, IReadOnlyList<PipelineResult<Cargo>> results, IReadOnlyList<PlannedFeeder> feeders)
    {
        if (report.Fault is not null)
            _violations.Enqueue($"The engine broke: {report.Fault}");
        _snapshots.CheckSums(report.Snapshot);
        _results.CheckAccepted(feeders, report.Snapshot);
        _ways.CheckFed(feeders, report.Snapshot);
        _results.Check(results, report.Snapshot, areWhole: _plan.Reading != Reading.Drop);
        if (_plan.Reading != Reading.Drop)
            _results.CheckPlaced(feeders, results);
        if (_tracker is not null && _plan.Reading != Reading.Drop)
            _tracking.Check(_tracker, results);
    }

    private async Task RunAsync(Pipeline<Cargo, Cargo> pipeline)
    {
        var cancel = new CancellationTokenSource();
        var feeder = new PlannedFeeder(_plan, _plan.Feeders[0], _time, _coverage);
        Task<PipelineReport<Cargo>> running = _plan.Feeders[0].Shape switch
        {
            FeedShape.Values => pipeline.RunAsync(feeder.Values(), Options(), cancel.Token),
            FeedShape.WorkItems => pipeline.RunAsync(feeder.WorkItems(), Options(), cancel.Token),
            FeedShape.AsyncValues => pipeline.RunAsync(feeder.AsyncValues(), Options(), cancel.Token),
            FeedShape.ArrayOfValues => pipeline.RunAsync(feeder.ArrayOfValues(), Options(), cancel.Token),
            FeedShape.ListOfWorkItems => pipeline.RunAsync(feeder.ListOfWorkItems(), Options(), cancel.Token),
            _ => pipeline.RunAsync(feeder.AsyncWorkItems(), Options(), cancel.Token),
        };
        await CancelAsync(cancel);
        PipelineReport<Cargo> report;
        try
        {
            report = await running;
            if (report.CanceledCount == 0 && _plan.StopAfterFailures is null && report.Snapshot.Fed + report.DuplicateCount != _plan.Items)
                _violations.Enqueue($"{report.Snapshot.Fed} of {_plan.Items} items were taken, {report.DuplicateCount} ignored, and nothing was thrown.");
        }
        catch (PipelineCanceledException<Cargo> canceled)
        {
            _coverage.See("Run.canceled");
            report = canceled.Report;
        }
        catch (PipelineInputException input)
        {
            _coverage.See("Run.input threw");
            report = (PipelineReport<Cargo>)input.Report;
            if (input.InnerException is not (PlannedException or ArgumentException))
                _violations.Enqueue($"The input threw {input.InnerException}");
        }

        if (report.Fault is not null)
            _violations.Enqueue($"The engine broke: {report.Fault}");
        _snapshots.CheckSums(report.Snapshot);
        _results.Check(report.Results, report.Snapshot, areWhole: true);
        // The item of the feed call may be refused.
        if (report.Snapshot.Fed + report.DuplicateCount > feeder.Pulled + 1)
            _violations.Enqueue($"{feeder.Pulled} items were taken, and {report.Snapshot.Fed} accepted.");
        if (_tracker is not null)
            _tracking.Check(_tracker, report.Results);
    }

    private async Task StreamAsync(Pipeline<Cargo, Cargo> pipeline)
    {
        var cancel = new CancellationTokenSource();
        var feeder = new PlannedFeeder(_plan, _plan.Feeders[0], _time, _coverage);
        Task canceling = CancelAsync(cancel);
        List<PipelineResult<Cargo>> results = [];
        IAsyncEnumerable<PipelineResult<Cargo>> stream = _plan.Feeders[0].Shape switch
        {
            FeedShape.Values => pipeline.StreamAsync(feeder.Values(), Options(), cancel.Token),
            FeedShape.WorkItems => pipeline.StreamAsync(feeder.WorkItems(), Options(), cancel.Token),
            FeedShape.AsyncValues => pipeline.StreamAsync(feeder.AsyncValues(), Options(), cancel.Token),
            FeedShape.ArrayOfValues => pipeline.StreamAsync(feeder.ArrayOfValues(), Options(), cancel.Token),
            FeedShape.ListOfWorkItems => pipeline.StreamAsync(feeder.ListOfWorkItems(), Options(), cancel.Token),
            _ => pipeline.StreamAsync(feeder.AsyncWorkItems(), Options(), cancel.Token),
        };
        CallerCheck.Leave();
        bool hasLeft = false;
        try
        {
            await foreach (PipelineResult<Cargo> result in stream)
            {
                results.Add(result);
                hasLeft = _plan.Reading == Reading.ReadAndLeave && results.Count > _plan.LeaveAfter;
                if (hasLeft)
                    break;
            }
        }
        catch (PipelineCanceledException<Cargo> canceled)
        {
            _coverage.See("Stream.canceled");
            _results.Check(results, canceled.Report.Snapshot, areWhole: true);
        }
        catch (PipelineInputException input)
        {
            _coverage.See("Stream.input threw");
            _results.Check(results, input.Report.Snapshot, areWhole: true);
        }

        await canceling;
        _coverage.See(hasLeft ? "Stream.left" : "Stream.read");
        if (_plan.Reading == Reading.ReadInOrder && results.Select(result => result.Sequence).Where((sequence, i) => sequence != i).Any())
            _violations.Enqueue("The results were not in order.");
        if (results.DistinctBy(result => result.Sequence).Count() != results.Count)
            _violations.Enqueue("A result came twice.");
        if (_tracker is not null && !hasLeft)
            _tracking.Check(_tracker, results);
    }

    private async Task CancelAsync(CancellationTokenSource cancel)
    {
        foreach (MovePlan move in _plan.Moves)
        {
            await _bodies.Begun.WhenAsync(move.AfterCalls);
            await cancel.CancelAsync();
            _coverage.See(move.Move);
        }
    }

    private async Task WatchAsync(PipelineRun<Cargo, Cargo> run)
    {
        await Task.Yield();
        while (!_isOver)
        {
            _snapshots.Check(run.GetSnapshot);
            _coverage.See("Snapshot.taken");
            await Task.Yield();
        }
    }

    private async Task StepAsync()
    {
        if (_time is not SteppedTime time)
            return;
        while (!_isOver)
        {
            // Some turns of the thread pool between two steps, so that most of what is due has happened.
            for (int i = 0; i < 10; i++)
                await Task.Yield();
            time.StepToNextTimer();
        }
    }
}
