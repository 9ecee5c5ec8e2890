using System.Collections.Concurrent;
using AntFlow.Dataflow.TestKit;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>One stage with many workers, "Check", in front of one that does nothing: killed while items are inside the body of the first.</summary>
internal sealed class SuspectPool
{
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly int _workers;

    public SuspectPool(int workers)
    {
        _workers = workers;
        Store = new FragileStore(_inner);
    }

    public FragileStore Store { get; }

    public CheckpointOptions Options { get; init; } = new();

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Action<StageOptions<string, string>> Configure { get; init; } = _ => { };

    public int? Limit { get; init; }

    /// <summary>The items that began in the body, in their order, since the last start.</summary>
    public ConcurrentQueue<string> Begun { get; private set; } = new();

    /// <summary>The items inside the body.</summary>
    public Gate<string> Door { get; private set; } = new();

    /// <summary>What the body does.</summary>
    public Func<string, CancellationToken, Task>? Body { get; set; }

    public static string[] Items(int count, string prefix = "i") => [.. Enumerable.Range(0, count).Select(i => $"{prefix}{i:D2}")];

    public PipelineRun<string, string> Start()
    {
        (Door, Begun) = (new Gate<string>(), new ConcurrentQueue<string>());
        Gate<string> door = Door;
        ConcurrentQueue<string> begun = Begun;
        return PipelineBuilder
            .Stage(Stage.CreateWithTasks<string, string>("Check", tasks => tasks.TaskWithContext("check", (string item, StageContext context) => RunAsync(item, context.CancellationToken), Limit), _workers, Configure))
            .Then<string>("Save", (item, _) => Task.FromResult(item), workers: 2)
            .IdentifyBy(item => item)
            .WithTimeProvider(Time)
            .WithCheckpoints(Store, Options)
            .Build()
            .Start(Lives.Nightly);

        async Task<string> RunAsync(string item, CancellationToken token)
        {
            begun.Enqueue(item);
            await (Body?.Invoke(item, token) ?? door.PassAsync(item, token));
            return item;
        }
    }

    /// <summary>Starts, feeds, and waits until nothing moves any more.</summary>
    public async Task<PipelineRun<string, string>> StartAsync(params string[] items)
    {
        PipelineRun<string, string> run = Start();
        await run.FeedAsync(items).InTime();
        await SettleAsync(run);
        return run;
    }

    /// <summary>Waits until as many items are in progress as are inside the body, and no worker could take another one.</summary>
    public async Task SettleAsync(PipelineRun<string, string> run)
    {
        await Waiting.UntilAsync(() =>
        {
            PipelineSnapshot now = run.GetSnapshot();
            StageSnapshot check = now.Stages[0];
            return check.InProgress == Door.InsideCount && now.InProgress == check.InProgress && now.Saving == 0 && (check.Queued == 0 || check.InProgress == _workers);
        });
    }

    /// <summary>Kills the process at that instant.</summary>
    public async Task KillAsync(PipelineRun<string, string> run)
    {
        Store.Kill();
        await run.DisposeAsync().AsTask().InTime();
    }

    /// <summary>Starts, and kills the process when nothing moves any more.</summary>
    /// <returns>How many items ran at the crash.</returns>
    public async Task<int> CrashAsync(params string[] items)
    {
        PipelineRun<string, string> run = await StartAsync(items);
        int ran = Door.InsideCount;
        await KillAsync(run);
        return ran;
    }

    /// <summary>Starts, and lets everything through.</summary>
    public async Task<PipelineReport<string>> FinishAsync(params string[] items)
    {
        PipelineRun<string, string> run = Start();
        await using (run)
        {
            Door.OpenForAll();
            await run.FeedAsync(items).InTime();
            run.Complete();
            return await run.Completion.InTime();
        }
    }

    public async Task<StoredItem> RowAsync(string item) => (await RowsAsync()).Single(row => row.Id == "s:" + item);

    public async Task<List<StoredItem>> RowsAsync() => await _inner.ReadItemsAsync("nightly").ToListAsync();
}
