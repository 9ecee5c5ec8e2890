using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;
using AntFlow.Dataflow.Tests.Checkpoints;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Plays the lives of a run over a store that fails now and then, and checks what must hold over all of them.</summary>
internal sealed class Survivor
{
    // Nothing here takes no notice of its token: whoever is given up was only slower than the clock, which is stepped as fast as it goes.
    private static readonly TimeSpan _abandonAfter = TimeSpan.FromDays(1);

    private readonly SurvivalPlan _plan;
    private readonly Coverage _coverage;
    private readonly SteppedTime _time = new();
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;
    private readonly ConcurrentQueue<string> _violations = new();
    private readonly ConcurrentDictionary<(int Item, int Stage), bool> _durable = new();
    private readonly ConcurrentDictionary<long, int> _items = new();
    private readonly ConcurrentDictionary<(int Item, int Stage), int> _created = new();
    private readonly ConcurrentDictionary<(int Item, int Stage, int Task), int> _calls = new();
    private readonly ConcurrentDictionary<int, bool> _succeeded = new();
    private int _storeCalls;
    private int _life;
    private int _begun;
    private volatile bool _isOver;

    public Survivor(SurvivalPlan plan, Coverage coverage)
    {
        _plan = plan;
        _coverage = coverage;
        _store = new FragileStore(_inner) { Before = method => Fail(method, 1), After = method => Fail(method, 2), OnWritten = OnWritten };
    }

    private bool IsLastLife => _life == _plan.Lives.Count - 1;

    public void GiveUp() => _isOver = true;

    public async Task<IReadOnlyCollection<string>> PlayAsync()
    {
        Task stepping = StepAsync();
        try
        {
            for (_life = 0; _life < _plan.Lives.Count; _life++)
                await LiveAsync(_plan.Lives[_life]);
            await CheckRowsAsync();
        }
        finally
        {
            _isOver = true;
        }

        await stepping;
        return _violations;
    }

    private async Task LiveAsync(LifePlan life)
    {
        _begun = 0;
        PipelineRun<string, string> run = Make().Start(new RunOptions { RunId = "nightly", OrderResults = _plan.OrderResults, AbandonAfter = _abandonAfter });
        Task watching = WatchAsync(run);
        int half = life.Items.Count / life.Feeders;
        Task feeding = Task.WhenAll(life.Items.Chunk(Math.Max(1, half)).Select(items => Task.Run(() => FeedAsync(run, items))));
        Task completing = CompleteAsync(feeding, run);
        await EndAsync(life, run);
        PipelineReport<string> report = await run.Completion;
        await completing;
        await watching;
        _coverage.See(life.End);
        Check(report, life);
    }

    private static async Task CompleteAsync(Task feeding, PipelineRun<string, string> run)
    {
        await feeding;
        run.Complete();
    }

    private async Task FeedAsync(PipelineRun<string, string> run, int[] items)
    {
        try
        {
            await run.FeedAsync(items.Select(item => $"{item}"));
        }
        catch (Exception error) when (error is PipelineClosedException or IOException or LeaseLostException)
        {
            _coverage.See($"Feed.{error.GetType().Name}");
        }
    }

    private async Task EndAsync(LifePlan life, PipelineRun<string, string> run)
    {
        if (life.End == LifeEnd.Completed)
            return;
        while (Volatile.Read(ref _begun) < life.EndAfterCalls && !run.Completion.IsCompleted && !(run.GetSnapshot() is { InProgress: 0, Queued: 0, IsInputOpen: false }))
            await Task.Yield();
        while (run.GetSnapshot().IsStoreOpening)
            await Task.Yield();
        switch (life.End)
        {
            case LifeEnd.Killed:
                if (run.GetSnapshot().Saving > 0)
                    _coverage.See("Killed.while saving");
                _store.Kill();
                run.Cancel();
                break;
            case LifeEnd.Canceled:
                run.Cancel();
                break;
            default:
                run.Stop(_plan.Seed % 2 == 0 ? StopMode.AfterStage : StopMode.AfterItem);
                break;
        }
    }

    private Pipeline<string, string> Make()
    {
        PipelineBuilder<string, string>? builder = null;
        for (int i = 0; i < _plan.Stages.Count; i++)
        {
            SurvivorStage planned = _plan.Stages[i];
            int index = i;
            Stage<string, string> stage = Stage.Create<string, string>(planned.Name, tasks => AddTasks(tasks, index), planned.Workers, options => Configure(options, planned));
            builder = builder is null ? PipelineBuilder.Stage(stage) : builder.Then(stage);
        }

        return builder!.IdentifyBy(x => x).WithTimeProvider(_time).WithCheckpoints(_store, _plan.Options).Build();
    }

    private StageTasks<string, string> AddTasks(StageTasks<string, string> tasks, int stage)
    {
        for (int i = 0; i < _plan.Stages[stage].Tasks; i++)
        {
            int task = i;
            tasks = tasks.Task($"T{task}", (string x, StageContext context) => WorkAsync(x, stage, task, context));
        }

        return tasks;
    }

    private void Configure(StageOptions<string, string> options, SurvivorStage stage)
    {
        options.Retry = RetryPolicy.Fixed(stage.Attempts, TimeSpan.FromMilliseconds(5)) with
        {
            IsThrottle = error => error is PlannedException { IsThrottle: true },
            ShouldRetry = error => error is not NotSupportedException,
        };
        options.RetryScope = stage.Scope;
        options.MaxInFlight = stage.MaxInFlight;
        if (stage.Skips)
        {
            options.SkipIf = x => NumberOf(x) % 3 == 0;
            options.SkipTo = x => $"{x}-{stage.Name}";
        }

        if (stage.OnSuccess)
        {
            options.OnSuccess = _ =>
            {
                _coverage.See("Told");
                return ValueTask.CompletedTask;
            };
        }
    }

    private static int NumberOf(string value) => int.Parse(value.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);

    private async Task<string> WorkAsync(string value, int stage, int task, StageContext context)
    {
        int item = NumberOf(value);
        Interlocked.Increment(ref _begun);
        if (_durable.ContainsKey((item, stage)))
            _violations.Enqueue($"Life {_life}: stage {stage} of item {item} was finished, and runs again.");
        Dice dice = Dice.Of(_plan.Seed, item, stage, task, _calls.AddOrUpdate((item, stage, task), 1, static (_, count) => count + 1));
        Deed deed = dice.Percent(_plan.FaultPercent) ? dice.Pick(Deed.Throw, Deed.ThrowForGood, Deed.Throttle, Deed.LoseTheAnswer) : dice.Pick(Deed.Return, Deed.Yield, Deed.Sleep);
        _coverage.See(deed);
        if (_plan.Stages[stage].Onces && task == 0)
            await CreateAsync(item, stage, deed, context);
        switch (deed)
        {
            case Deed.Yield:
                await Task.Yield();
                break;
            case Deed.Sleep:
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Between(1, 5)), _time, context.CancellationToken);
                break;
            case Deed.Throw or Deed.LoseTheAnswer:
                throw new PlannedException("fault", item);
            case Deed.ThrowForGood:
                throw new NotSupportedException("for good");
            case Deed.Throttle:
                throw new PlannedException("throttled", item, isThrottle: true);
        }

        return task + 1 == _plan.Stages[stage].Tasks ? $"{item}{string.Concat(_plan.Stages.Take(stage + 1).Select(done => "-" + done.Name))}" : value;
    }

    /// <summary>Creates something at a provider, who knows what he has, whatever becomes of the answer.</summary>
    private async Task CreateAsync(int item, int stage, Deed deed, StageContext context)
    {
        string answer = await context.OnceAsync("batch", async token =>
        {
            await Task.Yield();
            if (_created.AddOrUpdate((item, stage), 1, static (_, count) => count + 1) > 1)
                _violations.Enqueue($"Life {_life}: stage {stage} has created the batch of item {item} twice.");
            if (deed == Deed.LoseTheAnswer)
                throw new PlannedException("the answer is lost", item);
            return $"batch {item} {stage}";
        }, find: _ =>
        {
            _coverage.See("Once.find");
            return Task.FromResult(_created.ContainsKey((item, stage)) ? $"batch {item} {stage}" : null);
        });
        if (answer != $"batch {item} {stage}")
            _violations.Enqueue($"The answer of item {item} in stage {stage} is '{answer}'.");
    }

    private Exception? Fail(string method, int when)
    {
        if (IsLastLife || method == nameof(IAsyncDisposable.DisposeAsync) || !Dice.Of(_plan.Seed, when, Interlocked.Increment(ref _storeCalls)).Percent(_plan.StoreFaultPercent))
            return null;
        _coverage.See($"{method}.fails {(when == 1 ? "before" : "after")}");
        return new IOException($"{method} fails");
    }

    private void OnWritten(CheckpointBatch batch)
    {
        foreach (StoredItem item in batch.Items)
            _items[item.Key] = int.Parse(item.Id[2..], System.Globalization.CultureInfo.InvariantCulture);
        foreach (StoredStep step in batch.Steps.Where(step => step.Stage >= 0))
            _durable[(_items[step.Item], step.Stage)] = true;
    }

    private void Check(PipelineReport<string> report, LifePlan life)
    {
        if (report.Fault is not (null or IOException) && !(report.Fault is LeaseLostException && life.End == LifeEnd.Killed))
            _violations.Enqueue($"Life {_life}: the engine broke: {report.Fault}");
        CheckSums(report.Snapshot);
        if (report.Results.Count != report.Snapshot.Fed || report.Results.DistinctBy(result => result.Sequence).Count() != report.Results.Count)
            _violations.Enqueue($"Life {_life}: {report.Snapshot.Fed} items were accepted, and there are {report.Results.Count} results.");
        string expected = string.Concat(_plan.Stages.Select(stage => "-" + stage.Name));
        foreach (PipelineResult<string> result in report.Results)
        {
            _coverage.See(result.Status);
            int item = int.Parse(result.ItemId.ToString(), System.Globalization.CultureInfo.InvariantCulture);
            if (result.Error is DuplicateItemException or CheckpointException)
                _coverage.See($"Failed.{result.Error.GetType().Name}");
            else if (result.Status == ResultStatus.Succeeded)
                _succeeded[item] = true;
            else if (_succeeded.ContainsKey(item) && result.Status == ResultStatus.Failed)
                _violations.Enqueue($"Life {_life}: item {item} had succeeded, and is {result.Status} now: {result.Error}");
            if (result.Status == ResultStatus.Succeeded && result.Value != $"{item}{expected}")
                _violations.Enqueue($"Life {_life}: item {item} came out as '{result.Value}'.");
            if (IsLastLife && result.Status == ResultStatus.Canceled)
                _violations.Enqueue($"Item {item} was canceled in a life that was not.");
        }

        if (report.Resumed > 0)
            _coverage.See("Resumed");
        if (IsLastLife && report.Results.Select(result => result.ItemId).Distinct().Count() != _plan.Items)
            _violations.Enqueue($"{report.Results.Count} of {_plan.Items} items have a result in the end.");
    }

    private async Task CheckRowsAsync()
    {
        List<StoredItem> rows = await _inner.ReadItemsAsync("nightly").ToListAsync();
        if (rows.DistinctBy(row => row.Id).Count() != _plan.Items || rows.Count != _plan.Items)
            _violations.Enqueue($"{_plan.Items} items have {rows.Count} rows.");
        if (rows.Any(row => row.State == StoredItemState.Unfinished))
            _violations.Enqueue("There are unfinished rows in the end.");
    }

    private void CheckSums(PipelineSnapshot now)
    {
        long states = now.Queued + now.Limited + now.InProgress + now.Retrying + now.Saving + now.Blocked + now.Succeeded + now.Failed + now.Canceled;
        if (now.Fed != states)
            _violations.Enqueue($"Life {_life}: Fed is {now.Fed}, and the states sum up to {states}: {now}");
        if (now.Saving > 0)
            _coverage.See("Snapshot.Saving");
        foreach (StageSnapshot stage in now.Stages)
        {
            long parts = stage.Queued + stage.Limited + stage.InProgress + stage.Retrying + stage.Saving + stage.Completed + stage.Skipped + stage.Failed + stage.Canceled;
            if (stage.Arrived != parts || stage.Saving < 0)
                _violations.Enqueue($"Life {_life}: {stage.Name}: {stage.Arrived} arrived, and the states sum up to {parts}: {stage}");
        }
    }

    private async Task WatchAsync(PipelineRun<string, string> run)
    {
        while (!run.Completion.IsCompleted && !_isOver)
        {
            CheckSums(run.GetSnapshot());
            await Task.Yield();
        }
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
