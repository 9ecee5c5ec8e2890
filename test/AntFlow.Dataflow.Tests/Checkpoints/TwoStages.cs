using System.Collections.Concurrent;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Two stages of four workers each, killed while items are inside.</summary>
internal sealed class TwoStages
{
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;
    private readonly TaskCompletionSource _bothTold = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HashSet<string> _suspects = [];
    private int _inside;

    public TwoStages() => _store = new FragileStore(_inner);

    /// <summary>Whether the first stage has an OnSuccess. That it was told of two items is lost at the crash.</summary>
    public bool Tells { get; init; }

    public ConcurrentQueue<string> Told { get; } = new();

    public Gate<string> Door { get; private set; } = new();

    /// <summary>How many ran together of those that were inside at the crash, in the stage in which they were.</summary>
    public int MostTogether { get; private set; }

    /// <summary>Which of both passes the gate without being held: called with the stage and the item.</summary>
    private Func<string, string, bool> Passes { get; set; } = (_, _) => false;

    public PipelineRun<string, string> Start()
    {
        Door = new Gate<string>();
        MostTogether = 0;
        return PipelineBuilder
            .Stage<string, string>("A", (item, token) => RunAsync("A", item, token), workers: 4, options => options.OnSuccess = Tells ? Tell : null)
            .Then("B", (item, token) => RunAsync("B", item, token), workers: 4)
            .IdentifyBy(item => item)
            .WithCheckpoints(_store)
            .Build()
            .Start(Lives.Nightly);
    }

    /// <summary>Crashes while items are in B.</summary>
    public async Task CrashInBAsync(params string[] items) => await CrashAsync((stage, _) => stage == "A", items.Length, items);

    /// <summary>Crashes while the first item is in B, and the others are in A.</summary>
    public async Task CrashInBothAsync(params string[] items) => await CrashAsync((stage, item) => stage == "A" && item == items[0], items.Length, items);

    private async Task CrashAsync(Func<string, string, bool> passes, int inside, string[] items)
    {
        Passes = passes;
        PipelineRun<string, string> run = Start();
        await run.FeedAsync(items).InTime();
        await Door.WhenArrivedAsync(inside).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Saving: 0 } now && now.InProgress == Door.InsideCount);
        Passes = (_, _) => false;
        _suspects = [.. Door.Arrivals];
        _store.Kill();
        _store.Release();
        await run.DisposeAsync().AsTask().InTime();
    }

    private async ValueTask Tell(ItemSucceeded<string, string> success, CancellationToken cancellationToken)
    {
        Told.Enqueue(success.ItemId.ToString());
        if (Told.Count == 2 && !_bothTold.Task.IsCompleted)
        {
            _store.Hold();
            _bothTold.TrySetResult();
        }

        await _bothTold.Task;
    }

    private async Task<string> RunAsync(string stage, string item, CancellationToken token)
    {
        if (Passes(stage, item))
            return item;
        string here = $"{stage} {item}";
        bool isSuspect = _suspects.Contains(here);
        if (isSuspect)
            MostTogether = Math.Max(MostTogether, Interlocked.Increment(ref _inside));
        try
        {
            await Door.PassAsync(here, token);
            return item;
        }
        finally
        {
            if (isSuspect)
                Interlocked.Decrement(ref _inside);
        }
    }
}
