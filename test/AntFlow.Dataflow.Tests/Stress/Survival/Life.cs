using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Plays one start of the run.</summary>
internal sealed class Life(SurvivalPlan plan, LifePlan life, int number, Pipeline<Cargo, Cargo> pipeline, LifeFeeding feeding, Beginnings beginnings, Deaths deaths, FragileStore store, LifeCheck check, Coverage coverage)
{
    // A body that is given up was only slower than the clock, which is stepped as fast as it goes: half a minute at a time where nothing else is due, which is a day within the time for which a
    // busy system puts a thread aside.
    private static readonly TimeSpan _abandonAfter = TimeSpan.FromDays(40);

    private readonly LifeObserver _observer = new(number, Dice.Of(plan.Seed, 20, number).Pick(ObserverInterests.None, ObserverInterests.Ends, ObserverInterests.Ends | ObserverInterests.Acceptance, ObserverInterests.All), check.Violate);

    /// <summary>The results that were read.</summary>
    public IReadOnlyList<PipelineResult<Cargo>> Results { get; private set; } = [];

    public async Task PlayAsync()
    {
        coverage.See(life.Shape);
        await (life.Shape switch
        {
            LifeShape.RunAsync => RunAsync(),
            LifeShape.StreamAsync => StreamAsync(),
            _ => StartAsync(),
        });
        _observer.CheckEnd();
    }

    private RunOptions Options() => new()
    {
        RunId = "nightly",
        OrderResults = plan.OrderResults,
        DuplicateHandling = plan.DuplicateHandling,
        ResultCapacity = Dice.Of(plan.Seed, 16, number).Pick(1, 3, 256),
        StopAfterFailures = life.StopAfterFailures,
        AbandonAfter = _abandonAfter,
        Seed = plan.Seed,
        Observers = [_observer],
    };

    private async Task StartAsync()
    {
        PipelineRun<Cargo, Cargo> run = pipeline.Start(Options());
        var moves = new LifeMoves(plan, life, run, beginnings, Kill, coverage);
        Task watching = WatchAsync(run);
        Task completing = CompleteAsync(run);
        await moves.MakeAsync();
        PipelineReport<Cargo> report = await run.Completion;
        await completing;
        await watching;
        coverage.See(life.End);
        Results = report.Results;
        check.CheckReport(number, life, report, feeding.Accepted);
        check.CheckResults(number, Results, report.Snapshot.Fed);
    }

    private async Task CompleteAsync(PipelineRun<Cargo, Cargo> run)
    {
        await feeding.FeedAsync(run);
        run.Complete();
    }

    private async Task RunAsync()
    {
        using var cancel = new CancellationTokenSource();
        Task<PipelineReport<Cargo>> running = Dice.Of(plan.Seed, 17, number).OneIn(2)
            ? pipeline.RunAsync(feeding.All(), Options(), cancel.Token)
            : pipeline.RunAsync(feeding.All().ToAsyncEnumerable(), Options(), cancel.Token);
        await CancelAsync(cancel);
        PipelineReport<Cargo>? report = null;
        try
        {
            report = await running;
            coverage.See(life.End);
        }
        catch (Exception error) when (TryReport(error, ref report))
        {
        }

        if (report is null)
            return;
        Results = report.Results;
        check.CheckReport(number, life, report, accepted: null);
        check.CheckResults(number, Results, report.Snapshot.Fed);
    }

    private async Task StreamAsync()
    {
        using var cancel = new CancellationTokenSource();
        Task canceling = life.End == LifeEnd.Left ? Task.CompletedTask : CancelAsync(cancel);
        List<PipelineResult<Cargo>> results = [];
        PipelineReport<Cargo>? report = null;
        IAsyncEnumerable<PipelineResult<Cargo>> stream = Dice.Of(plan.Seed, 17, number).OneIn(2)
            ? pipeline.StreamAsync(feeding.All(), Options(), cancel.Token)
            : pipeline.StreamAsync(feeding.All().ToAsyncEnumerable(), Options(), cancel.Token);
        try
        {
            await foreach (PipelineResult<Cargo> result in stream)
            {
                results.Add(result);
                if (life.End == LifeEnd.Left && results.Count >= life.EndAfter)
                    break;
            }

            coverage.See(life.End);
        }
        catch (Exception error) when (TryReport(error, ref report))
        {
        }

        await canceling;
        Results = results;
        check.CheckResults(number, results, report?.Snapshot.Fed);
    }

    /// <summary>Whether a start may end with this, and with which report.</summary>
    private bool TryReport(Exception error, ref PipelineReport<Cargo>? report)
    {
        report = error switch
        {
            PipelineCanceledException<Cargo> canceled => canceled.Report,
            PipelineInputException input => (PipelineReport<Cargo>)input.Report,
            PipelineFaultException fault => (PipelineReport<Cargo>)fault.Report,
            _ => null,
        };
        if (report is null)
            coverage.See($"Run.{error.GetType().Name}");
        else
            coverage.See(life.End);
        return report is not null || error is PlannedException or CheckpointException || (error is LeaseLostException && life.End == LifeEnd.Killed);
    }

    private async Task CancelAsync(CancellationTokenSource cancel)
    {
        if (life.End == LifeEnd.Completed)
            return;
        await beginnings.Begun.WhenAsync(life.EndAfter);
        if (life.End == LifeEnd.Killed)
            Kill();
        await cancel.CancelAsync();
    }

    private void Kill()
    {
        if (TryEndAsPlanned())
            return;

        // Before the store is open there is nothing to crash.
        if (store.IsOpen)
            deaths.Die(store.Kill, beginnings.IsSuspect);
    }

    /// <summary>A process that is told to end ends as one that is killed, but for a word to its store.</summary>
    private bool TryEndAsPlanned()
    {
        if (!store.IsOpen || !Dice.Of(plan.Seed, 19, number).OneIn(4))
            return false;
        coverage.See("LifeEnd.as planned");
        store.EndAsPlanned();
        return true;
    }

    private async Task WatchAsync(PipelineRun<Cargo, Cargo> run)
    {
        await Task.Yield();
        while (!run.Completion.IsCompleted)
        {
            check.CheckSums(number, run.GetSnapshot());
            await Task.Yield();
        }
    }
}
