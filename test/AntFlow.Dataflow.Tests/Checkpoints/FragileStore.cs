using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A store over another one that does what a test asks: fails before or after an operation, changes rows as they are read, holds writes, loses the run, or crashes.</summary>
internal sealed class FragileStore(ICheckpointStore inner) : ICheckpointStore
{
    public string Location => inner.Location;

    private volatile TaskCompletionSource? _door;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _holds = true;
    private int _waitingUntilHeld;

    /// <summary>What a call throws before it does anything: asked with the name of the method; null for nothing.</summary>
    public Func<string, Exception?> Before { get; set; } = _ => null;

    /// <summary>What a call throws when it has been done: the answer is lost.</summary>
    public Func<string, Exception?> After { get; set; } = _ => null;

    public Func<StoredItem, StoredItem> Items { get; set; } = row => row;

    public Func<StoredStep, StoredStep> Steps { get; set; } = row => row;

    public Func<StoredChunk, StoredChunk> Chunks { get; set; } = row => row;

    public Func<StoredOnce, StoredOnce> Onces { get; set; } = row => row;

    /// <summary>Called with every batch that is about to be written.</summary>
    public Action<CheckpointBatch> OnWriting { get; set; } = _ => { };

    /// <summary>Called with every batch that is durable.</summary>
    public Action<CheckpointBatch> OnWritten { get; set; } = _ => { };

    /// <summary>Called with every attempt that is about to be noted: its stage, and the stored id of its item.</summary>
    public Action<int, string> OnMarking { get; set; } = (_, _) => { };

    /// <summary>Waited for before an attempt is noted.</summary>
    public Func<Task> Marking { get; set; } = () => Task.CompletedTask;

    /// <summary>Called before a mark is taken away.</summary>
    public Action OnMarkEnded { get; set; } = () => { };

    /// <summary>How long a write takes.</summary>
    public Func<CancellationToken, Task> Delay { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether a run of the store is open.</summary>
    public bool IsOpen => Run is { IsDead: false, IsDisposed: false };

    /// <summary>Whether the run is certain to belong to this owner. What waits for that continues once it is true.</summary>
    public bool Holds
    {
        get => _holds;
        set
        {
            TaskCompletionSource changed = _changed;
            (_holds, _changed) = (value, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            changed.SetResult();
        }
    }

    /// <summary>How many wait until the run is certain to be theirs.</summary>
    public int WaitingUntilHeld => _waitingUntilHeld;

    /// <summary>Where the run reports what fails in the background.</summary>
    public Action<Exception?> ReportTrouble { get; private set; } = _ => { };

    /// <summary>Canceled when the store reports that another owner has the run.</summary>
    public CancellationTokenSource Lost { get; private set; } = new();

    /// <summary>The calls of all methods that go to the store, in their order.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>How many writes wait at the gate.</summary>
    public int Held { get; private set; }

    private FragileRun? Run { get; set; }

    /// <summary>From now on writes wait.</summary>
    public void Hold() => _door = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets one write through that waits at the gate; the next one waits again.</summary>
    public void ReleaseOne()
    {
        TaskCompletionSource? door = _door;
        Hold();
        door?.TrySetResult();
    }

    public void Release()
    {
        TaskCompletionSource? door = _door;
        _door = null;
        door?.TrySetResult();
    }

    /// <summary>The process has crashed, as far as the store can tell: what was started stays noted, and nothing more is written.</summary>
    public void Kill()
    {
        if (Run is null)
            return;
        Run.IsDead = true;
        ((InMemoryCheckpointRun)Run.Inner).SimulateCrash();
    }

    /// <summary>The same, after it was noted that the process ends as planned.</summary>
    public void EndAsPlanned()
    {
        if (Run is null)
            return;
        Run.IsDead = true;
        ((InMemoryCheckpointRun)Run.Inner).EndAsPlanned();
    }

    public int CallsOf(string method) => Calls.Count(call => string.Equals(call, method, StringComparison.Ordinal));

    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        Begin(nameof(OpenRunAsync));
        Lost = new CancellationTokenSource();
        Holds = true;
        Run = new FragileRun(this, await inner.OpenRunAsync(runId, cancellationToken));
        if (After(nameof(OpenRunAsync)) is { } error)
        {
            await Run.Inner.DisposeAsync();
            throw error;
        }

        return Run;
    }

    public async IAsyncEnumerable<StoredRun> ReadRunsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Begin(nameof(ReadRunsAsync));
        await foreach (StoredRun run in inner.ReadRunsAsync(cancellationToken))
            yield return run;
        End(nameof(ReadRunsAsync));
    }

    public async ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        Begin(nameof(FindRunAsync));
        StoredRun? found = await inner.FindRunAsync(runId, cancellationToken);
        End(nameof(FindRunAsync));
        return found;
    }

    public async ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default)
    {
        Begin(nameof(FindItemAsync));
        StoredItem? found = await inner.FindItemAsync(runId, id, cancellationToken);
        End(nameof(FindItemAsync));
        return found is null ? null : Changed(found);
    }

    public async IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Begin(nameof(ReadItemsAsync));
        await foreach (StoredItem item in inner.ReadItemsAsync(runId, cancellationToken))
            yield return item;
        End(nameof(ReadItemsAsync));
    }

    public async IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Begin(nameof(ReadStepsAsync));
        await foreach (StoredStep step in inner.ReadStepsAsync(runId, id, cancellationToken))
            yield return step;
        End(nameof(ReadStepsAsync));
    }

    public async ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        Begin(nameof(DeleteRunAsync));
        bool isDeleted = await inner.DeleteRunAsync(runId, cancellationToken);
        End(nameof(DeleteRunAsync));
        return isDeleted;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private void Begin(string method)
    {
        Calls.Enqueue(method);
        if (Before(method) is { } error)
            throw error;
    }

    private void End(string method)
    {
        if (After(method) is { } error)
            throw error;
    }

    private async Task PassDoorAsync(CancellationToken cancellationToken)
    {
        if (_door is not { } door)
            return;
        Held++;
        try
        {
            await door.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Held--;
        }
    }

    private StoredItem Changed(StoredItem row)
    {
        StoredItem changed = Items(row);
        return changed.LastStep is { } step ? changed with { LastStep = Steps(step) } : changed;
    }

    private sealed class FragileRun(FragileStore store, ICheckpointRun run) : ICheckpointRun
    {
        public ICheckpointRun Inner => run;

        public bool IsDead { get; set; }

        public bool IsDisposed { get; private set; }

        public long Epoch => run.Epoch;

        public string? Description => run.Description;

        public long StoredItems => run.StoredItems;

        public IReadOnlyList<StartMark> Interrupted => run.Interrupted;

        public IReadOnlyList<StartMark> InterruptedAsPlanned => run.InterruptedAsPlanned;

        public CancellationToken Lost { get; } = store.Lost.Token;

        public bool IsOwned => store.Holds && run.IsOwned;

        public async ValueTask WaitUntilOwnedAsync(CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(WaitUntilOwnedAsync));
            Interlocked.Increment(ref store._waitingUntilHeld);
            try
            {
                while (store._changed is var changed && !store.Holds)
                    await changed.Task.WaitAsync(cancellationToken);
                await run.WaitUntilOwnedAsync(cancellationToken);
            }
            finally
            {
                Interlocked.Decrement(ref store._waitingUntilHeld);
            }
        }

        public void ReportTroubleTo(Action<Exception?> report) => store.ReportTrouble = report;

        public async ValueTask WriteAsync(CheckpointBatch batch, CancellationToken cancellationToken = default)
        {
            await store.PassDoorAsync(cancellationToken);
            await store.Delay(cancellationToken);
            store.OnWriting(batch);
            store.Begin(nameof(WriteAsync));
            await run.WriteAsync(batch, cancellationToken);
            store.OnWritten(batch);
            store.End(nameof(WriteAsync));
        }

        public async ValueTask<StoredItem?> FindItemAsync(string id, CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(FindItemAsync));
            StoredItem? found = await run.FindItemAsync(id, cancellationToken);
            store.End(nameof(FindItemAsync));
            return found is null ? null : store.Changed(found);
        }

        public async IAsyncEnumerable<StoredItem> ReadItemsAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(ReadItemsAsync));
            await foreach (StoredItem item in run.ReadItemsAsync(cancellationToken))
                yield return store.Changed(item);
            store.End(nameof(ReadItemsAsync));
        }

        public async ValueTask<StoredStep?> FindStepAsync(long item, int stage, CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(FindStepAsync));
            StoredStep? found = await run.FindStepAsync(item, stage, cancellationToken);
            store.End(nameof(FindStepAsync));
            return found is null ? null : store.Steps(found);
        }

        public async ValueTask<IReadOnlyList<StoredChunk>> ReadChunksAsync(long item, int stage, CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(ReadChunksAsync));
            IReadOnlyList<StoredChunk> chunks = await run.ReadChunksAsync(item, stage, cancellationToken);
            store.End(nameof(ReadChunksAsync));
            return [.. chunks.Select(store.Chunks)];
        }

        public async ValueTask<IReadOnlyList<StoredOnce>> ReadOncesAsync(long item, CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(ReadOncesAsync));
            IReadOnlyList<StoredOnce> onces = await run.ReadOncesAsync(item, cancellationToken);
            store.End(nameof(ReadOncesAsync));
            return [.. onces.Select(store.Onces)];
        }

        public async ValueTask MarkStartedAsync(int slot, int stage, string id)
        {
            store.Begin(nameof(MarkStartedAsync));
            if (!IsDead)
            {
                store.OnMarking(stage, id);
                await store.Marking();
                await run.MarkStartedAsync(slot, stage, id);
            }

            store.End(nameof(MarkStartedAsync));
        }

        public void MarkEnded(int slot)
        {
            store.Calls.Enqueue(nameof(MarkEnded));
            store.OnMarkEnded();
            if (!IsDead)
                run.MarkEnded(slot);
        }

        public ValueTask MarkPlannedEndAsync(bool isPlanned, CancellationToken cancellationToken = default) => run.MarkPlannedEndAsync(isPlanned, cancellationToken);

        public async ValueTask ForgetInterruptedAsync(CancellationToken cancellationToken = default)
        {
            store.Begin(nameof(ForgetInterruptedAsync));
            await run.ForgetInterruptedAsync(cancellationToken);
            store.End(nameof(ForgetInterruptedAsync));
        }

        public async ValueTask DisposeAsync()
        {
            store.Begin(nameof(DisposeAsync));
            IsDisposed = true;
            await run.DisposeAsync();
            store.End(nameof(DisposeAsync));
        }
    }
}
