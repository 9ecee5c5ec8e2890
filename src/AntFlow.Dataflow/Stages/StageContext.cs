namespace AntFlow.Dataflow;

/// <summary>The context of an attempt: it tells a task which item, stage, worker and attempt it runs for, and lets it report its status and do work once. One is created per attempt, for tasks
/// that take one, and must not be used after the attempt has ended.</summary>
/// <remarks>
/// <para>Tasks that take a context have methods of their own: <c>StageWithContext</c>, <c>ThenWithContext</c>, <c>Stage.CreateWithContext</c> and, among several tasks,
/// <c>TaskWithContext</c>.</para>
/// <para>After the attempt has ended, <c>OnceAsync</c>, <see cref="ForgetAsync"/> and <see cref="GetIdempotencyKey"/> throw an <see cref="InvalidOperationException"/>, and <see cref="SetStatus"/>
/// returns false. The properties keep the values of the attempt.</para>
/// <para>In a test, you can create a context and call the task without a pipeline: <c>await SubmitAsync(order, new StageContext { ItemId = "order-17" })</c>. Work done once is remembered in
/// memory, and <see cref="NextAttempt"/> creates the context of the next attempt with it.</para>
/// </remarks>
public sealed partial class StageContext
{
    // What is stored of something without an answer.
    private const string Done = "done";

    // Of an attempt that a worker makes; null in a context that was made by hand, whose attempt the other field is.
    private readonly StageBlock? _block;
    private readonly Worker? _worker;
    private readonly long _attemptVersion;
    private readonly Item? _item;
    private readonly AttemptByHand? _byHand;
    private readonly IOnceKeeper _onces;
    private volatile string? _taskStatus;

    internal StageContext(StageBlock block, Worker worker, Item item, IOnceKeeper onces, CancellationToken cancellationToken)
    {
        _item = item;
        _onces = onces;
        _block = block;
        _worker = worker;
        _attemptVersion = worker.AttemptVersion;
        ItemId = item.Id;
        Attempt = item.Visit.Attempt;
        Metadata = item.MetadataOrEmpty;
        CancellationToken = cancellationToken;
    }

    /// <summary>Gets the id of the item. Default for a context that you create: <c>item</c>.</summary>
    /// <exception cref="ArgumentException">It is set to the default id, which identifies nothing.</exception>
    public ItemId ItemId
    {
        get;
        init => field = value.IsDefault ? throw new ArgumentException("The default ItemId identifies nothing; use a text, a number or a Guid.", nameof(value)) : value;
    }

    /// <summary>Gets the name of the stage. Default for a context that you create: <c>Stage</c>.</summary>
    /// <exception cref="ArgumentException">It is set to an empty text.</exception>
    public string Stage
    {
        get => _block?.Name ?? field!;
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    }

    /// <summary>Gets the name of the worker, such as <c>Fetch-W0</c>. Default for a context that you create: the first worker of <see cref="Stage"/>.</summary>
    /// <exception cref="ArgumentException">It is set to an empty text.</exception>
    public string Worker
    {
        get => _worker?.Name ?? field ?? WorkerNames.Of(Stage, 0);
        init
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(value);
            field = value;
        }
    }

    /// <summary>Gets the number of this attempt, from 1. A throttled call does not count as an attempt. Default for a context that you create: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is set to less than 1.</exception>
    public int Attempt
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    }

    /// <summary>Gets the metadata of the item. Empty if it has none.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public IReadOnlyDictionary<string, object?> Metadata
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Gets the token of the attempt, which is canceled when the run is canceled or when the attempt times out. Default for a context that you create: none.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>Gets the clock of the run (<see cref="PipelineBuilder{TIn, TOut}.WithTimeProvider"/>). A task that waits or measures time with it can be tested with a stepped clock. Default for a context that you create:
    /// <see cref="TimeProvider.System"/>.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public TimeProvider TimeProvider
    {
        get => _block?.Time ?? field ?? TimeProvider.System;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Gets the last text that <see cref="SetStatus"/> has shown in this attempt; null if there is none. For tests.</summary>
    public string? TaskStatus => _taskStatus;

    /// <summary>Shows what the task is doing, such as <c>polling 3/10</c>, in the state of the worker. May be called from any thread.</summary>
    /// <param name="text">What to show; null clears it.</param>
    /// <param name="minInterval">Ignores the call if the last accepted one is not that long ago. Default: none. A context that was made by hand takes all of them.</param>
    /// <returns>Whether the text is shown. False within <paramref name="minInterval"/> after the last accepted call, and after the attempt has ended.</returns>
    public bool SetStatus(string? text, TimeSpan minInterval = default)
    {
        bool isShown = _block is null ? !_byHand!.HasEnded : _block.SetTaskStatus(_worker!, _attemptVersion, text, minInterval);
        if (isShown)
            _taskStatus = text;
        return isShown;
    }

    /// <summary>Runs a body once for this item in this stage, over all attempts, crashes and restarts: to create a batch at a provider, for example. Its answer is stored, and later calls return
    /// it. Without checkpoints the answer is kept in memory while the item is in the run.</summary>
    /// <remarks>
    /// <para>Before <paramref name="body"/> starts, the type of the answer is checked and the intent is stored. If the process crashes before the answer is stored, only the provider knows whether
    /// the call was made. The next run then calls <paramref name="find"/>; without it, <see cref="CheckpointOptions.UncertainAnswerHandling"/> decides. An attempt after one whose body threw calls
    /// <paramref name="find"/>, too.</para>
    /// <para>A body whose answer is stored does not run again. The answer is returned as it is read back from the store, also in the run that has made it. If an answer cannot be stored, the item
    /// fails without another attempt, <see cref="CheckpointException.UnsavedValue"/> has the answer, and later runs do not run the body again. If the type of a stored answer has changed, the
    /// answer is returned if all new members of the type are optional and all stored members are known to it; otherwise the item fails. To run the body again, call <see cref="ForgetAsync"/>.</para>
    /// <para>Concurrent calls of one key share one execution. A call that waits for another one stops waiting when its attempt is canceled. An answer that arrives after the attempt was canceled is
    /// stored, too. May be called from any thread.</para>
    /// </remarks>
    /// <param name="key">The key of the call, unique in the stage.</param>
    /// <param name="body">The function to run. It gets the token of the attempt.</param>
    /// <param name="find">Returns the answer if an earlier call has done it, or null if not. Default: none.</param>
    /// <typeparam name="T">The type of the answer.</typeparam>
    /// <returns>The answer.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The attempt has ended; or the call is made inside its own body or find, with the same key; or the key has an answer of another type
    /// in this run; or the results of the stage are not stored (<see cref="StageOptions{TIn}.IsStored"/>).</exception>
    /// <exception cref="OperationCanceledException">Another call of the key is running, and the attempt was canceled; or body or find threw it.</exception>
    /// <exception cref="UncertainAnswerException">An earlier run started the call, it is not known whether the call was made, and <see cref="UncertainAnswerHandling.Fail"/> is set. Not tried again.</exception>
    /// <exception cref="CheckpointException">The type of the answer cannot be stored, and nothing was done; or the answer cannot be stored, and is in
    /// <see cref="CheckpointException.UnsavedValue"/>; or the stored answer is of a type that cannot be read as this one; or an earlier run has done it and could not store the answer. None of
    /// these is tried again. Or the store does not take the intent or the answer, which is tried again: the answer is kept for the next attempt, and is in UnsavedValue.</exception>
    /// <exception cref="LeaseLostException">The run is not owned any more, and nothing was begun.</exception>
    public Task<T> OnceAsync<T>(string key, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<T?>>? find = null)
        where T : class =>
        DoOnceAsync(key, body, find is null ? null : async token => await find(token).ConfigureAwait(false) is { } found ? (true, found) : (false, null!));

    /// <inheritdoc cref="OnceAsync{T}(string, Func{CancellationToken, Task{T}}, Func{CancellationToken, Task{T}}?)"/>
    public Task<T> OnceAsync<T>(string key, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<T?>>? find = null)
        where T : struct =>
        DoOnceAsync(key, body, find is null ? null : async token => await find(token).ConfigureAwait(false) is { } found ? (true, found) : (false, default));

    /// <summary>Runs a body without an answer once for this item in this stage: to send a message, for example. See
    /// <see cref="OnceAsync{T}(string, Func{CancellationToken, Task{T}}, Func{CancellationToken, Task{T}}?)"/>; the store records that it was done.</summary>
    /// <param name="key">The key of the call, unique in the stage.</param>
    /// <param name="body">The function to run. It gets the token of the attempt.</param>
    /// <param name="find">Returns whether an earlier call has done it. Default: none.</param>
    /// <returns>A task that ends when this call or an earlier one has done it.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The attempt has ended; or the call is made inside its own body or find, with the same key; or the key has an answer in this run.</exception>
    /// <exception cref="OperationCanceledException">Another call of the key is running, and the attempt was canceled; or body or find threw it.</exception>
    /// <exception cref="UncertainAnswerException">An earlier run started the call, it is not known whether the call was made, and <see cref="UncertainAnswerHandling.Fail"/> is set. Not tried again.</exception>
    /// <exception cref="CheckpointException">The store does not take the intent, or that it was done.</exception>
    /// <exception cref="LeaseLostException">The run is not owned any more, and nothing was begun.</exception>
    public Task OnceAsync(string key, Func<CancellationToken, Task> body, Func<CancellationToken, Task<bool>>? find = null)
    {
        ArgumentNullException.ThrowIfNull(body);
        return DoOnceAsync(key, DoAsync, find is null ? null : async token => await find(token).ConfigureAwait(false) ? (true, Done) : (false, null!));

        async Task<string> DoAsync(CancellationToken token)
        {
            await body(token).ConfigureAwait(false);
            return Done;
        }
    }

    /// <summary>Forgets the answer of a key, so that the next <c>OnceAsync</c> call runs its body again, with another idempotency key: for a batch that failed at the provider, or for an answer
    /// that cannot be stored or read.</summary>
    /// <param name="key">The key that was passed to <c>OnceAsync</c>.</param>
    /// <returns>A task that ends when the change is durable.</returns>
    /// <exception cref="InvalidOperationException">The attempt has ended, or the body of the key is running, or the key is being forgotten.</exception>
    /// <exception cref="CheckpointException">The store rejects the write.</exception>
    public Task ForgetAsync(string key) => _onces.ForgetAsync(OnceIdOf(key));

    /// <summary>Returns an idempotency key for an external service: 32 hexadecimal digits made of the run, the item, the stage, the key and how often the key was forgotten.
    /// It is the same in every attempt and after every restart.</summary>
    /// <param name="key">The key that is passed to <c>OnceAsync</c>.</param>
    /// <returns>The idempotency key.</returns>
    /// <exception cref="InvalidOperationException">The attempt has ended.</exception>
    public string GetIdempotencyKey(string key) => _onces.GetIdempotencyKey(OnceIdOf(key));

    private Task<T> DoOnceAsync<T>(string key, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (_block is { RepeatsAtRestart: true })
            throw new InvalidOperationException($"Stage '{Stage}' calls OnceAsync, and its IsStored is false: after a restart it would run again for items that have passed it, and no answer is kept that long. Set StageOptions.IsStored to true.");
        return _onces.DoAsync(OnceIdOf(key), body, find);
    }

    private OnceId OnceIdOf(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ItemRecord record = (_block is null ? _byHand!.GetRecord() : _block.GetRecord(_worker!, _attemptVersion, _item!))
            ?? throw new InvalidOperationException($"The attempt of item '{ItemId}' in stage '{Stage}' has ended; its StageContext can no longer be used.");
        return new OnceId(record, ItemId, Stage, _block?.Stage.Index ?? 0, key, CancellationToken);
    }

    /// <summary>The attempt of a context that was made by hand.</summary>
    private sealed class AttemptByHand(ItemRecord record)
    {
        private int _hasEnded;

        public bool HasEnded => Volatile.Read(ref _hasEnded) != 0;

        public ItemRecord? GetRecord() => HasEnded ? null : record;

        /// <summary>Ends it. What was done once goes to the next one.</summary>
        public bool TryEnd(out ItemRecord left)
        {
            left = record;
            return Interlocked.Exchange(ref _hasEnded, 1) == 0;
        }
    }
}
