using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Testing;

/// <summary>A checkpoint store that wraps another one and fails as a test requires: by a seed and rates (<see cref="ChaosStoreOptions"/>), by hooks before and after each call, by holding
/// writes, and by taking runs away.</summary>
/// <remarks>
/// <para>Each call goes through these steps: a held write waits (<see cref="HoldWrites"/>), <see cref="Before"/> is called, the seed decides, the call goes to the inner store,
/// <see cref="After"/> is called, and last the answer may be lost. An exception of a hook is the exception of the call: if <see cref="Before"/> throws, nothing was done; if
/// <see cref="After"/> throws, everything was done. A reading ends with its last row; a reading that is left early calls <see cref="Before"/> only. <see cref="ICheckpointRun.MarkEnded"/>,
/// which cannot fail, and the disposal of runs are passed on unchanged and are not numbered.</para>
/// <para>All members may be called from any thread. Hooks are called under no lock, and concurrently for concurrent calls.</para>
/// </remarks>
public sealed class ChaosStore : ICheckpointStore
{
    private readonly ICheckpointStore _inner;
    private readonly WriteHold _hold = new();
    private readonly Lock _lock = new();
    private readonly List<ChaosRun> _open = [];
    private ICheckpointRun? _lastRun;
    private int _written;

    /// <summary>Creates a store that wraps another one.</summary>
    /// <param name="inner">The inner store, which is disposed with this one.</param>
    /// <param name="options">The random failures. Default: none.</param>
    /// <exception cref="ArgumentNullException"><paramref name="inner"/> is null.</exception>
    /// <exception cref="PipelineConfigurationException">A property of <paramref name="options"/> is out of range. The message contains its name, its value, and what is allowed.</exception>
    public ChaosStore(ICheckpointStore inner, ChaosStoreOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(inner);
        _inner = inner;
        Fates = new ChaosFates(options ?? new ChaosStoreOptions());
    }

    /// <summary>Gets or sets the hook that is called before each call does anything; the call awaits it and fails with its exception. Default: does nothing. May be set at any time.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Func<ChaosCall, Task> Before { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = static _ => Task.CompletedTask;

    /// <summary>Gets or sets the hook that is called after each call was done and before it returns; the call awaits it and fails with its exception. Default: does nothing. May be set at any time.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public Func<ChaosCall, Task> After { get; set => field = value ?? throw new ArgumentNullException(nameof(value)); } = static _ => Task.CompletedTask;

    /// <summary>Gets how many batches were written to the inner store, including those whose answer was lost.</summary>
    public int WrittenCount => Volatile.Read(ref _written);

    /// <summary>Gets how many writes are held now.</summary>
    public int HeldWriteCount => _hold.Count;

    /// <summary>Gets the run of the inner store that was opened last; null before the first. Use it for what its own type offers to tests, such as a simulated crash of its owner.</summary>
    public ICheckpointRun? LastRun
    {
        get
        {
            lock (_lock)
                return _lastRun;
        }
    }

    /// <summary>Gets the location of the inner store.</summary>
    public string Location => _inner.Location;

    internal ChaosFates Fates { get; }

    /// <summary>Returns how often a method was called.</summary>
    /// <param name="method">The name of the method, as in <see cref="ChaosCall.Method"/>.</param>
    /// <returns>The number of calls that have begun.</returns>
    public int CallCountOf(string method) => Fates.CountOf(method);

    /// <summary>Makes writes wait from now on before they do anything.</summary>
    public void HoldWrites() => _hold.Close();

    /// <summary>Lets all held writes through, and all later ones.</summary>
    public void ReleaseWrites() => _hold.Open();

    /// <summary>Lets the write through that has been held for the longest time; later writes stay held.</summary>
    /// <returns>Whether a write was held; a canceled write no longer counts as held, even before it has ended.</returns>
    public bool ReleaseOneWrite() => _hold.TryLetOneThrough();

    /// <summary>Waits until the given number of writes are held at the same time; at most for <see cref="Waiting.Patience"/>. A pipeline writes one batch of a run at a time.</summary>
    /// <param name="count">The number of writes. Default: 1.</param>
    /// <returns>A task that completes once they are held.</returns>
    /// <exception cref="TimeoutException">They were not held in time.</exception>
    public Task WhenWritesHeldAsync(int count = 1) => _hold.WhenHeldAsync(count);

    /// <summary>Takes away the runs that are open now, as if other owners had them. Their <see cref="ICheckpointRun.Lost"/> is canceled, and their writes and marks fail with a
    /// <see cref="LeaseLostException"/>; <see cref="ICheckpointRun.MarkEnded"/> and <see cref="ICheckpointRun.MarkPlannedEndAsync"/> no longer have an effect. In the inner store, the runs stay
    /// owned until they are disposed. Disposing releases them as usual: their start marks are deleted, and the next owner does not find them as interrupted.</summary>
    /// <returns>A task that completes when all listeners of the tokens were notified.</returns>
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
            // The caller has no run to dispose.
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

    /// <summary>Disposes the inner store.</summary>
    /// <returns>A task that completes when it is disposed.</returns>
    public ValueTask DisposeAsync() => _inner.DisposeAsync();

    internal ChaosCall Call(string? runId, [CallerMemberName] string method = "") => new() { Method = method, Number = Fates.Next(method), RunId = runId };

    internal async ValueTask BeginAsync(ChaosCall call, CancellationToken cancellationToken)
    {
        if (call.Batch is not null)
            await _hold.PassAsync(cancellationToken).ConfigureAwait(false);
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
