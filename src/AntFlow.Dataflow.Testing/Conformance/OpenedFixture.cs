namespace AntFlow.Dataflow.Testing;

/// <summary>A place, and the stores and runs that a case has opened in it.</summary>
internal sealed class OpenedFixture : IAsyncDisposable
{
    private readonly List<ICheckpointStore> _opened = [];

    private OpenedFixture(CheckpointStoreFixture fixture) => Fixture = fixture;

    public CheckpointStoreFixture Fixture { get; }

    /// <summary>The store under test.</summary>
    public ICheckpointStore Store { get; private set; } = null!;

    public static async Task<OpenedFixture> OpenAsync(CheckpointStoreFixture fixture)
    {
        var opened = new OpenedFixture(fixture);
        opened.Store = await opened.OpenAnotherStoreAsync();
        return opened;
    }

    /// <summary>Waits for a store, whether it throws before it returns a task or afterwards.</summary>
    public static async Task WaitUntilOwnedAsync(ICheckpointRun run) => await run.WaitUntilOwnedAsync();

    /// <summary>Opens the same place once more, as another process would.</summary>
    public async Task<ICheckpointStore> OpenAnotherStoreAsync()
    {
        ICheckpointStore store = await Fixture.OpenStoreAsync();
        _opened.Add(store);
        return store;
    }

    /// <summary>Closes the store and opens the place again.</summary>
    public async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        _opened.Remove(Store);
        Store = await OpenAnotherStoreAsync();
    }

    /// <summary>Opens a run, does something, and releases the run.</summary>
    public async Task WithRunAsync(string runId, Func<ICheckpointRun, Task> body)
    {
        await using ICheckpointRun run = await Store.OpenRunAsync(runId);
        await body(run);
    }

    /// <summary>Writes items into a run and releases it.</summary>
    public Task StoreAsync(string runId, params string[] ids) => WithRunAsync(runId, async run =>
    {
        await run.WriteAsync(new CheckpointBatch { Items = [.. ids.Select((id, index) => Rows.Item(run, index, id))] });
    });

    /// <summary>Polls the items of a run until one meets a condition.</summary>
    public Task UntilStoredAsync(string runId, Predicate<StoredItem> isSo, TimeSpan patience, string what) => Waiting.PollAsync(
        async () => (await Store.ReadItemsAsync(runId).ToListAsync().AsTask().InTime($"the items of run '{runId}' are read")).Exists(isSo), patience, $"an item of run '{runId}' is stored for which {what}");

    /// <summary>Opens a run and lets its owner crash.</summary>
    public async Task<ICheckpointRun> CrashInAsync(string runId, Func<ICheckpointRun, Task> before)
    {
        ICheckpointRun run = await Store.OpenRunAsync(runId);
        await before(run);
        await Fixture.CrashAsync(run);
        return run;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ICheckpointStore store in _opened)
            await store.DisposeAsync();
    }
}
