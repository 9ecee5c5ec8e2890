using System.Collections.Concurrent;
using System.Globalization;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;

namespace AntFlow.Dataflow.Tests.Stress.Onces;

/// <summary>Plays the runs of a plan over one store.</summary>
internal sealed class OncePlayer : IPlayedCase
{
    private readonly OncePlan _plan;
    private readonly Coverage _coverage;
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<long, int> _items = new();
    private readonly OnceLedger _ledger;
    private int _run;
    private int _calls;
    private volatile bool _hasStarted;
    private volatile bool _isOver;

    public OncePlayer(OncePlan plan, Coverage coverage)
    {
        _plan = plan;
        _coverage = coverage;
        _ledger = new OnceLedger(plan, coverage, _violations.Enqueue);
        _store.OnWritten = OnWritten;
        _store.OnMarking = (_, _) => _hasStarted = true;
        _store.Onces = Damage;
        _store.Before = method => Fail(method, 1);
        _store.After = method => Fail(method, 2);
    }

    /// <summary>Ends what steps the clock of a case that hangs.</summary>
    public void GiveUp() => _isOver = true;

    public string Describe() => $"It is in run {_run}. {string.Join(Environment.NewLine, _violations.Take(5))}";

    public async Task<IReadOnlyCollection<string>> PlayAsync()
    {
        Task stepping = StepAsync();
        try
        {
            for (_run = 0; _run < _plan.Runs.Count; _run++)
                await PlayRunAsync(_plan.Runs[_run]);
        }
        finally
        {
            _isOver = true;
        }

        await stepping;
        return _violations;
    }

    private async Task PlayRunAsync(OnceRun plan)
    {
        _hasStarted = false;
        var begun = new Milestones();
        var bodies = new OnceBodies(_plan, _run, _ledger, begun, _time, _coverage, _violations.Enqueue);
        PipelineRun<int, string> run = Build(bodies).Start(new RunOptions { RunId = "nightly", AbandonAfter = TimeSpan.FromDays(1), Seed = _plan.Seed });
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, _plan.Items));
        if (plan.End != RunEnd.Completed)
            await begun.WhenAsync(plan.EndAfter);
        switch (plan.End)
        {
            case RunEnd.Killed when _store.IsOpen:
                _store.Kill();
                break;
            case RunEnd.Canceled:
                run.Cancel();
                break;
        }

        await feeding.ContinueWith(static _ => { }, TaskScheduler.Default);
        run.Complete();
        if (plan.End == RunEnd.Killed)
            await run.DisposeAsync();
        PipelineReport<string> report = await run.Completion;
        // What runs on belongs to the process that has ended.
        await bodies.WhenLeftAsync();
        await run.DisposeAsync();
        _coverage.See(plan.End);
        if (plan.End == RunEnd.Killed)
            return;
        _ledger.CheckEnd(_run);
        if (plan.End == RunEnd.Completed && report.SucceededCount + report.FailedCount != _plan.Items)
            _violations.Enqueue($"Run {_run}: {_plan.Items} items were fed, {report.SucceededCount} succeeded and {report.FailedCount} failed. {report.Fault}");
    }

    private Pipeline<int, string> Build(OnceBodies bodies) => PipelineBuilder.StageWithContext<int, string>("Create", bodies.WorkAsync, workers: 3, s =>
    {
        s.Retry = RetryPolicy.Fixed(_plan.Attempts, TimeSpan.Zero);
        s.AttemptTimeout = _plan.AttemptTimeoutMs is { } timeout ? TimeSpan.FromMilliseconds(timeout) : null;
    })
        .IdentifyBy(item => item)
        .WithTimeProvider(_time)
        .WithCheckpoints(_store, new CheckpointOptions { UncertainAnswerHandling = _plan.UncertainAnswerHandling, ResumeFailed = true, MaxCrashes = 100 })
        .Build();

    private void OnWritten(CheckpointBatch batch)
    {
        foreach (StoredItem item in batch.Items)
            _items[item.Key] = int.Parse(ItemId.OfStoredText(item.Id).ToString(), CultureInfo.InvariantCulture);
        foreach (StoredOnce once in batch.Onces)
            _ledger.OnWritten(_run, _items[once.Item], once);
    }

    private StoredOnce Damage(StoredOnce row)
    {
        int item = _items[row.Item];
        if (_ledger.WasForgotten(item) || !Dice.Of(_plan.Seed, 43, _run, item).Percent(_plan.Runs[_run].DamagePercent))
            return row;
        _coverage.See($"Damaged.{row.State}");
        _ledger.OnDamaged(_run, item);
        return row with { Checksum = row.Checksum ^ 1 };
    }

    private PlannedException? Fail(string method, int when)
    {
        // A run whose opening cannot be written does not begin.
        if (method != nameof(ICheckpointRun.WriteAsync) || !_hasStarted || _run >= _plan.Runs.Count)
            return null;
        int call = Interlocked.Increment(ref _calls);
        if (!Dice.Of(_plan.Seed, 44, when, call).Percent(_plan.Runs[_run].StoreFaultPercent))
            return null;
        _coverage.See($"Store.fails {(when == 1 ? "before" : "after")}");
        return new PlannedException("write", call);
    }

    private async Task StepAsync()
    {
        while (!_isOver)
        {
            for (int i = 0; i < 10; i++)
                await Task.Yield();
            if (_time.NextDue < TimeSpan.FromHours(1))
                _time.StepToNextTimer();
        }
    }
}
