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
    private readonly long _epoch;
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
        _epoch = worker.Epoch;
        ItemId = item.Id;
        Attempt = item.Visit.Attempt;
        Metadata = item.MetadataOrEmpty;
        CancellationToken = cancellationToken;
    }

    /// <summary>The item. Default by hand: <c>item</c>.</summary>
    /// <exception cref="ArgumentException">It is set to the default id, which identifies nothing.</exception>
    public ItemId ItemId
    {
        get;
        init => field = value.IsDefault ? throw new ArgumentException("The default ItemId identifies nothing; use a text, a number or a Guid.", nameof(value)) : value;
    }

    /// <summary>The name of the stage. Default by hand: <c>Stage</c>.</summary>
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

    /// <summary>The name of the worker, such as <c>Fetch-W0</c>. Default by hand: the first worker of <see cref="Stage"/>.</summary>
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

    /// <summary>The number of this attempt, from 1. A throttled call was no attempt. Default by hand: 1.</summary>
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

    /// <summary>What travels along with the item. Empty if nothing does.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public IReadOnlyDictionary<string, object?> Metadata
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>Canceled when the run is canceled or the attempt's time is over. Default by hand: none.</summary>
    public CancellationToken CancellationToken { get; init; }

    /// <summary>The time of the run (<see cref="PipelineBuilder{TIn, TOut}.WithTimeProvider"/>): a task that waits or measures by it does so in the time that a test steps, too. Default by hand:
    /// <see cref="TimeProvider.System"/>.</summary>
    /// <exception cref="ArgumentNullException">It is set to null.</exception>
    public TimeProvider TimeProvider
    {
        get => _block?.Time ?? field ?? TimeProvider.System;
        init => field = value ?? throw new ArgumentNullException(nameof(value));
    }

    /// <summary>What <see cref="SetStatus"/> has shown last in this attempt; null if nothing. For tests.</summary>
    public string? TaskStatus => _taskStatus;

    /// <summary>Shows what the task is doing, such as <c>polling 3/10</c>, in the worker's state. May be called from any thread.</summary>
    /// <param name="text">What to show; null clears it.</param>
    /// <param name="minInterval">Ignores the call if the last accepted one is not that long ago. Default: none. A context that was made by hand takes all of them.</param>
    /// <returns>Whether the text is shown. False within <paramref name="minInterval"/> after the last accepted call, and after the attempt has ended.</returns>
    public bool SetStatus(string? text, TimeSpan minInterval = default)
    {
        bool isShown = _block is null ? !_byHand!.HasEnded : _block.SetTaskStatus(_worker!, _epoch, text, minInterval);
        if (isShown)
            _taskStatus = text;
        return isShown;
    }

    /// <summary>Does something once for this item in this stage, whatever attempts, crashes and restarts come between: creates a batch at a provider, say. Its answer is stored and returned
    /// from then on. Without checkpoints it is kept in memory as long as the item is in the run.</summary>
    /// <remarks>
    /// <para>Before <paramref name="body"/> starts, the type of the answer is tried and the intent is stored. If the process crashes before the answer is stored, only the provider knows whether it
    /// was done: the next run asks <paramref name="find"/>, and without one does what <see cref="CheckpointOptions.OnUncertain"/> says. An attempt whose body threw asks <paramref name="find"/>
    /// as well.</para>
    /// <para>An answer that is there is never asked for again. One that cannot be stored ends the item without another attempt, and is in <see cref="CheckpointException.UnsavedValue"/>; a later run
    /// knows that it was done. One that is stored and whose type has changed is returned if everything new in the type is optional and nothing stored is unknown to it, and else fails the item.
    /// <see cref="ForgetAsync"/> has it done again. What is returned is the answer as read back from what is stored, in the run that has made it, too.</para>
    /// <para>Calls of one key at the same time share one execution; those that wait for it stop waiting when their attempt is canceled. An answer that comes after the attempt was canceled is
    /// stored, too. May be called from any thread.</para>
    /// </remarks>
    /// <param name="key">Names it, unique in the stage.</param>
    /// <param name="body">Does it. Gets the token of the attempt.</param>
    /// <param name="find">Finds out whether it was done, and with which answer; null if it was not. Default: none.</param>
    /// <typeparam name="T">The type of the answer.</typeparam>
    /// <returns>The answer.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The attempt is over; or the call is made within its own body or find, with the same key; or the key has an answer of another type
    /// in this run.</exception>
    /// <exception cref="OperationCanceledException">Another call of the key is running, and the attempt was canceled; or body or find threw it.</exception>
    /// <exception cref="UncertainAnswerException">An earlier run has begun it, whether it was done is not known, and <see cref="OnUncertain.Fail"/> is set. Not tried again.</exception>
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

    /// <summary>Does something once for this item in this stage that has no answer: sends a message, say. See
    /// <see cref="OnceAsync{T}(string, Func{CancellationToken, Task{T}}, Func{CancellationToken, Task{T}}?)"/>; what is stored is that it was done.</summary>
    /// <param name="key">Names it, unique in the stage.</param>
    /// <param name="body">Does it. Gets the token of the attempt.</param>
    /// <param name="find">Finds out whether it was done. Default: none.</param>
    /// <returns>Ends when it is done, by this call or by an earlier one.</returns>
    /// <exception cref="ArgumentException"><paramref name="key"/> is empty.</exception>
    /// <exception cref="InvalidOperationException">The attempt is over; or the call is made within its own body or find, with the same key; or the key has an answer in this run.</exception>
    /// <exception cref="OperationCanceledException">Another call of the key is running, and the attempt was canceled; or body or find threw it.</exception>
    /// <exception cref="UncertainAnswerException">An earlier run has begun it, whether it was done is not known, and <see cref="OnUncertain.Fail"/> is set. Not tried again.</exception>
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

    /// <summary>Forgets what was done once under a key, so that it is done anew the next time, under another idempotency key: a batch that has failed at the provider, say, or an answer that
    /// cannot be stored or read.</summary>
    /// <param name="key">Names it, as it was given to <c>OnceAsync</c>.</param>
    /// <returns>The forgetting; ends when it is durable.</returns>
    /// <exception cref="InvalidOperationException">The attempt is over, or it is being done or forgotten at this moment.</exception>
    /// <exception cref="CheckpointException">The store does not take it.</exception>
    public Task ForgetAsync(string key) => _onces.ForgetAsync(Place(key));

    /// <summary>A text by which a provider knows a call again: 32 hexadecimal digits made of the run, the item, the stage, the key and how often it was forgotten.
    /// The same in every attempt and every life.</summary>
    /// <param name="key">Names what is done once.</param>
    /// <returns>The text.</returns>
    /// <exception cref="InvalidOperationException">The attempt is over.</exception>
    public string GetIdempotencyKey(string key) => _onces.GetIdempotencyKey(Place(key));

    private Task<T> DoOnceAsync<T>(string key, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find)
    {
        ArgumentNullException.ThrowIfNull(body);
        return _onces.DoAsync(Place(key), body, find);
    }

    private OncePlace Place(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ItemRecord record = (_block is null ? _byHand!.GetRecord() : _block.GetRecord(_worker!, _epoch, _item!))
            ?? throw new InvalidOperationException($"The attempt of item '{ItemId}' in stage '{Stage}' is over; a StageContext is dead then.");
        return new OncePlace(record, ItemId, Stage, _block?.Node.Index ?? 0, key, CancellationToken);
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
