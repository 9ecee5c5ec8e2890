using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>A checkpoint store over another one that fails as a test says: by a seed and rates (<see cref="ChaosStoreOptions"/>), by hooks before and after each call, by holding writes, and by
/// taking runs away.</summary>
/// <remarks>
/// <para>For each call, first a held write waits (<see cref="HoldWrites"/>), then <see cref="Before"/> is called, then the seed decides, then the call goes to the store below, then
/// <see cref="After"/> is called, and last the answer may be lost. What a hook throws is what the call throws: thrown by <see cref="Before"/> nothing was done, thrown by <see cref="After"/>
/// all was done. Of a reading, the call goes on until its last row was read: a reading that is left early is told to <see cref="Before"/> alone. <see cref="ICheckpointRun.MarkEnded"/>, which cannot fail, and the disposing of runs are passed on as they are and are not numbered.</para>
/// <para>All members may be called from any thread. Hooks are called under no lock, and at the same time for calls that are made at the same time.</para>
/// </remarks>
public sealed class ChaosStore : ICheckpointStore
{
    private readonly ICheckpointStore _inner;
    private readonly WriteDoor _door = new();
    private readonly Lock _lock = new();
    private readonly List<ChaosRun> _open = [];
    private ICheckpointRun? _lastRun;
    private int _written;

    /// <summary>Makes a store over another one.</summary>
    /// <param name="inner">The store below, which is disposed with this one.</param>
    /// <param name="options">What fails by chance. Default: nothing.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
    /// <exception cref="PipelineConfigurationException">A property of <paramref name="options"/> is out of its range. The message names it, its value, and what is allowed.</exception>
    public ChaosStore(ICheckpointStore inner, ChaosStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Fates = new ChaosFates(options ?? new ChaosStoreOptions());
    }

    /// <summary>Called before each call does anything; the call waits for it and fails with what it throws. Default: does nothing. May be set at any time.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public Func<ChaosCall, Task> Before { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = static _ => Task.CompletedTask;

    /// <summary>Called after each call was done, and before its answer is given; the call waits for it and fails with what it throws. Default: does nothing. May be set at any time.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public Func<ChaosCall, Task> After { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = static _ => Task.CompletedTask;

    /// <summary>How many batches were written to the store below, those whose answer was lost included.</summary>
    public int Written => Volatile.Read(ref _written);

    /// <summary>How many writes are held now.</summary>
    public int HeldWrites => _door.Count;

    /// <summary>The run of the store below that was opened last; null before the first. For what its own type offers to tests, such as the death of its owner.</summary>
    public ICheckpointRun? LastRun
    {
        get
        {
            lock (_lock)
                return _lastRun;
        }
    }

    /// <summary>Where the store below is.</summary>
    public string Location => _inner.Location;

    internal ChaosFates Fates { get; }

    /// <summary>How often a method was called.</summary>
    /// <param name="method">The name of the method, as in <see cref="ChaosCall.Method"/>.</param>
    /// <returns>The number of calls that have begun.</returns>
    public int CallsOf(string method) => Fates.CountOf(method);

    /// <summary>From now on, writes wait before they do anything.</summary>
    public void HoldWrites() => _door.Close();

    /// <summary>Lets all held writes through, and those that come.</summary>
    public void ReleaseWrites() => _door.Open();

    /// <summary>Lets the write through that has been held for the longest time; later ones are held on.</summary>
    /// <returns>Whether a write was held; one that was canceled is not held any more, also before it has ended.</returns>
    public bool ReleaseOneWrite() => _door.TryLetOneThrough();

    /// <summary>Waits until so many writes are held at the same time; at most for <see cref="Waiting.Patience"/>. A pipeline writes one batch of a run at a time.</summary>
    /// <param name="count">How many. Default: 1.</param>
    /// <returns>Ends once they are held.</returns>
    /// <exception cref="TimeoutException">They were not held in time.</exception>
    public Task WhenWritesHeldAsync(int count = 1) => _door.WhenHeldAsync(count);

    /// <summary>Takes the runs away that are open now: as if other owners had them. Their <see cref="ICheckpointRun.Lost"/> is canceled, and their writes and marks fail with a
    /// <see cref="LeaseLostException"/>; <see cref="ICheckpointRun.MarkEnded"/> and <see cref="ICheckpointRun.MarkPlannedEndAsync"/> have no effect any more. In the store below they stay owned
    /// until they are disposed, which gives them up as usual: what they had noted as running is forgotten then, and is not among what the next owner finds interrupted.</summary>
    /// <returns>Ends when all that listens to the tokens was told.</returns>
    public async Task LoseRunsAsync()
    {
        ChaosRun[] open;
        lock (_lock)
            open = [.. _open];
        foreach (ChaosRun run in open)
            await run.LoseAsync("the test took it away from the ChaosStore").ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<ICheckpointRun> OpenRunAsync(string runId, CancellationToken cancellationToken = default)
    {
        ChaosCall call = Call(runId);
        await BeginAsync(call, cancellationToken).ConfigureAwait(false);
        ICheckpointRun inner = await _inner.OpenRunAsync(runId, cancellationToken).ConfigureAwait(false);
        try
        {
            await After(call).ConfigureAwait(false);
        }
        catch
        {
            // The caller has no run to give up.
            await inner.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var run = new ChaosRun(this, runId, inner);
        lock (_lock)
        {
            _lastRun = inner;
            _open.Add(run);
        }

        return run;
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredRun> ReadRunsAsync(CancellationToken cancellationToken = default) => ReadAsync(Call(runId: null), _inner.ReadRunsAsync, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredRun?> FindRunAsync(string runId, CancellationToken cancellationToken = default) =>
        DoAsync(Call(runId), () => _inner.FindRunAsync(runId, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<StoredItem?> FindItemAsync(string runId, string id, CancellationToken cancellationToken = default) =>
        DoAsync(Call(runId), () => _inner.FindItemAsync(runId, id, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredItem> ReadItemsAsync(string runId, CancellationToken cancellationToken = default) =>
        ReadAsync(Call(runId), token => _inner.ReadItemsAsync(runId, token), cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<StoredStep> ReadStepsAsync(string runId, string id, CancellationToken cancellationToken = default) =>
        ReadAsync(Call(runId), token => _inner.ReadStepsAsync(runId, id, token), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> DeleteRunAsync(string runId, CancellationToken cancellationToken = default) =>
        DoAsync(Call(runId), () => _inner.DeleteRunAsync(runId, cancellationToken), cancellationToken);

    /// <summary>Disposes the store below.</summary>
    /// <returns>The disposing.</returns>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    internal ChaosCall Call(string? runId, [CallerMemberName] string method = "") => new() { Method = method, Number = Fates.Next(method), RunId = runId };

    internal async ValueTask BeginAsync(ChaosCall call, CancellationToken cancellationToken)
    {
        if (call.Batch is not null)
            await _door.PassAsync(cancellationToken).ConfigureAwait(false);
        await Before(call).WaitAsync(cancellationToken).ConfigureAwait(false);
        await Fates.BeginAsync(call, cancellationToken).ConfigureAwait(false);
    }

    internal async ValueTask EndWriteAsync(ChaosCall write)
    {
        Interlocked.Increment(ref _written);
        await After(write).ConfigureAwait(false);
        Fates.EndWrite(write);
    }

    internal async ValueTask<T> DoAsync<T>(ChaosCall call, Func<ValueTask<T>> inner, CancellationToken cancellationToken)
    {
        await BeginAsync(call, cancellationToken).ConfigureAwait(false);
        T answer = await inner().ConfigureAwait(false);
        await After(call).ConfigureAwait(false);
        return answer;
    }

    internal async ValueTask DoAsync(ChaosCall call, Func<ValueTask> inner, CancellationToken cancellationToken)
    {
        await BeginAsync(call, cancellationToken).ConfigureAwait(false);
        await inner().ConfigureAwait(false);
        await After(call).ConfigureAwait(false);
    }

    internal async IAsyncEnumerable<T> ReadAsync<T>(ChaosCall call, Func<CancellationToken, IAsyncEnumerable<T>> inner, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await BeginAsync(call, cancellationToken).ConfigureAwait(false);
        await foreach (T row in inner(cancellationToken).ConfigureAwait(false))
            yield return row;
        await After(call).ConfigureAwait(false);
    }

    internal void Close(ChaosRun run)
    {
        lock (_lock)
            _open.Remove(run);
    }
}
