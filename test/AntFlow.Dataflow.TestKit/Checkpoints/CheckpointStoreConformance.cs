using NUnit.Framework;

namespace AntFlow.Dataflow.TestKit.Checkpoints;

/// <summary>What every store of checkpoints has to do, in nine fixtures by topic: runs, ownership, writing, reading, marks, ends, large values, whole lives of a pipeline, and what operators do. A provider derives from each, and gives its place.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class CheckpointStoreConformance<TPlace>
    where TPlace : CheckpointPlace, new()
{
    private readonly List<ICheckpointStore> _opened = [];

    protected TPlace Place { get; } = new();

    /// <summary>The store under test.</summary>
    protected ICheckpointStore Store { get; private set; } = null!;

    [SetUp]
    public async Task OpenTheStore() => Store = await OpenAnotherStoreAsync();

    [TearDown]
    public async Task LeaveThePlace()
    {
        foreach (ICheckpointStore store in _opened)
            await store.DisposeAsync();
        await Place.DisposeAsync();
    }

    /// <summary>Opens the same place once more, as another process would.</summary>
    protected async Task<ICheckpointStore> OpenAnotherStoreAsync()
    {
        ICheckpointStore store = await Place.OpenStoreAsync();
        _opened.Add(store);
        return store;
    }

    /// <summary>Closes the store and opens the place from scratch.</summary>
    protected async Task ReopenTheStoreAsync()
    {
        await Store.DisposeAsync();
        _opened.Remove(Store);
        Store = await OpenAnotherStoreAsync();
    }

    /// <summary>Opens a run, does something, and gives the run up.</summary>
    protected async Task WithRunAsync(string runId, Func<ICheckpointRun, Task> body)
    {
        await using ICheckpointRun run = await Store.OpenRunAsync(runId);
        await body(run);
    }

    /// <summary>Writes items into a run and gives it up.</summary>
    protected Task StoreAsync(string runId, params string[] ids) => WithRunAsync(runId, async run =>
    {
        await run.WriteAsync(new CheckpointBatch { Items = [.. ids.Select((id, index) => Rows.Item(run, index, id))] });
    });

    /// <summary>Opens a run and has its owner die.</summary>
    protected async Task<ICheckpointRun> DieInAsync(string runId, Func<ICheckpointRun, Task> before)
    {
        ICheckpointRun run = await Store.OpenRunAsync(runId);
        await before(run);
        await Place.DieAsync(run);
        return run;
    }
}
