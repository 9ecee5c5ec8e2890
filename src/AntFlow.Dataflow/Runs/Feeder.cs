using System.Runtime.ExceptionServices;

namespace AntFlow.Dataflow;

/// <summary>Feeds one stage of a run: makes envelopes, has them accepted, and waits for room.</summary>
/// <param name="core">The run.</param>
/// <param name="block">The stage.</param>
/// <param name="identify">The user's function that identifies items without an id of their own; null where an automatic id is enough.</param>
internal sealed partial class Feeder<TIn, TOut>(RunCore<TOut> core, StageBlock block, Func<TIn, ItemId>? identify)
{
    private readonly UniqueIdFeeder<TOut>? _claimed = core.Claims is null ? null : new UniqueIdFeeder<TOut>(core, block);
    private Item? _spare;

    // Not where something has to be notified of an item before the next one is accepted: a user function, an observer, a store, the ids of the run, or the reader, which decides how far to go.
    private bool MayFeedTogether => identify is null && !core.NotifiesAcceptance && core.Window is null && _claimed is null;

    public Task<long> FeedAsync<TSource>(
        IEnumerable<TSource> source, Func<TSource, FeedItem<TIn>> open, int? priority, CancellationToken cancellationToken) =>
        source switch
        {
            null => throw new ArgumentNullException(nameof(source)),
            _ when MayFeedTogether && IsList(source) => FeedTogetherAsync(source, open, priority, cancellationToken),
            // A source that knows its count has all its items at hand.
            ICollection<TSource> or IReadOnlyCollection<TSource> => FeedOneByOneAsync(source, open, priority, cancellationToken),
            _ => FeedOnPoolAsync(source, open, priority, cancellationToken),
        };

    // A list of another type may have its own enumerator, which may take time between two elements.
    private static bool IsList<TSource>(IEnumerable<TSource> source) => source is TSource[] || source.GetType() == typeof(List<TSource>);

    private async Task<long> FeedTogetherAsync<TSource>(
        IEnumerable<TSource> source, Func<TSource, FeedItem<TIn>> open, int? priority, CancellationToken cancellationToken)
    {
        using var call = new FeedCall<TOut>(core, block, cancellationToken);
        using IEnumerator<TSource> elements = source.GetEnumerator();
        var batch = new FeedBatch();
        bool isMore;
        do
        {
            isMore = Gather(elements, open, priority, call, batch, out Exception? error);
            while (!call.Accept(batch))
                await call.WaitAsync().ConfigureAwait(false);
            // Only now: the items before it have been accepted.
            if (error is not null)
                ExceptionDispatchInfo.Throw(error);
        }
        while (isMore);

        return call.Accepted;
    }

    /// <summary>Fills a batch. Returns false if there were no more items, or one was invalid.</summary>
    private bool Gather<TSource>(
        IEnumerator<TSource> elements, Func<TSource, FeedItem<TIn>> open, int? priority, FeedCall<TOut> call, FeedBatch batch, out Exception? error)
    {
        error = null;
        try
        {
            while (!batch.IsFull && elements.MoveNext())
                batch.Add(CreateItem(open(elements.Current), priority, ref call.Spare, out _));
        }
        catch (Exception thrown)
        {
            error = thrown;
        }

        return batch.IsFull;
    }

    private async Task<long> FeedOneByOneAsync<TSource>(
        IEnumerable<TSource> source, Func<TSource, FeedItem<TIn>> open, int? priority, CancellationToken cancellationToken)
    {
        using var call = new FeedCall<TOut>(core, block, cancellationToken);
        foreach (TSource element in source)
            await AcceptAsync(call, open(element), priority).ConfigureAwait(false);
        await call.WaitForWritesAsync().ConfigureAwait(false);
        return call.Accepted;
    }

    /// <summary>Enumerates a sequence on the pool. The call ends with its run, even while the sequence blocks the thread that asked it for an element.</summary>
    private async Task<long> FeedOnPoolAsync<TSource>(
        IEnumerable<TSource> source, Func<TSource, FeedItem<TIn>> open, int? priority, CancellationToken cancellationToken)
    {
        using var call = new FeedCall<TOut>(core, block, cancellationToken);
        var cancellation = new FeedCancellation(cancellationToken, core.Closed);
        try
        {
            await FeedOnPoolAsync(call, new FeedSequenceReader<TSource>(source), open, priority, cancellation.Over).ConfigureAwait(false);
            return call.Accepted;
        }
        finally
        {
            cancellation.Forget();
        }
    }

    private async Task FeedOnPoolAsync<TSource>(FeedCall<TOut> call, FeedSequenceReader<TSource> sequence, Func<TSource, FeedItem<TIn>> open, int? priority, Task over)
    {
        var feeding = Task.Run(() => FeedEachAsync(call, sequence, open, priority), CancellationToken.None);
        await Task.WhenAny(feeding, over).ConfigureAwait(false);
        if (!feeding.IsCompleted)
            await core.WaitNoLongerThanForBodiesAsync(feeding).ConfigureAwait(false);
        if (!feeding.IsCompleted)
            await Task.WhenAny(feeding, sequence.WhenTakingAsync()).ConfigureAwait(false);
        if (!feeding.IsCompleted)
        {
            _ = ReportLateAsync(feeding, call);
            call.ThrowIfOver();
        }

        await feeding.ConfigureAwait(false);
    }

    private async Task FeedEachAsync<TSource>(FeedCall<TOut> call, FeedSequenceReader<TSource> sequence, Func<TSource, FeedItem<TIn>> open, int? priority)
    {
        try
        {
            while (true)
            {
                // Do not take an element that would not be placed.
                call.ThrowIfOver();
                if (!sequence.MoveNext())
                    break;
                call.Taken++;
                await AcceptAsync(call, open(sequence.Current), priority).ConfigureAwait(false);
            }
        }
        finally
        {
            sequence.Close();
        }

        await call.WaitForWritesAsync().ConfigureAwait(false);
    }

    private async Task ReportLateAsync(Task feeding, FeedCall<TOut> call)
    {
        await feeding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (call.NotAccepted > 0)
            OnLate();
    }

    private void OnLate() => core.ReportTakenLate(block.Name);

    private ValueTask AcceptAsync(FeedCall<TOut> call, FeedItem<TIn> fed, int? priority)
    {
        if (_claimed is not null)
            return AcceptClaimedAsync(call, fed, priority);
        return TryAccept(call, fed, priority) ? ValueTask.CompletedTask : new ValueTask(call.WaitAsync());
    }

    public async Task<long> FeedAsync<TSource>(
        IAsyncEnumerable<TSource> source, Func<TSource, FeedItem<TIn>> open, int? priority, CancellationToken cancellationToken)
    {
        using var call = new FeedCall<TOut>(core, block, cancellationToken);
        var stream = new FeedStreamReader<TSource>(source, cancellationToken, core.Closed, core.WaitNoLongerThanForBodiesAsync, OnLate);
        await using (stream.ConfigureAwait(false))
        {
            while (await TakeAsync(call, stream).ConfigureAwait(false))
                await AcceptAsync(call, open(stream.Current), priority).ConfigureAwait(false);
        }

        await call.WaitForWritesAsync().ConfigureAwait(false);
        return call.Accepted;
    }

    private static async ValueTask<bool> TakeAsync<TSource>(FeedCall<TOut> call, FeedStreamReader<TSource> stream)
    {
        // Do not take an element that would not be placed.
        call.ThrowIfOver();
        try
        {
            if (!await stream.MoveNextAsync().ConfigureAwait(false))
                return false;
        }
        catch (OperationCanceledException) when (stream.IsOver)
        {
            // The exception of the source has less information than this one: how many items were accepted.
            call.ThrowIfOver();
            throw;
        }

        call.Taken++;
        return true;
    }

    /// <returns>False if the item was dropped because another one has its id.</returns>
    public async Task<bool> FeedOneAsync(FeedItem<TIn> fed, int? priority, CancellationToken cancellationToken)
    {
        using var call = new FeedCall<TOut>(core, block, cancellationToken);
        if (_claimed is not null)
            await AcceptClaimedAsync(call, fed, priority).ConfigureAwait(false);
        else if (!TryAccept(call, fed, priority))
            await call.WaitAsync().ConfigureAwait(false);
        await call.WaitForWritesAsync().ConfigureAwait(false);
        return call.Ignored == 0;
    }

    /// <summary>Feeds one item if there is room for it at once.</summary>
    /// <returns>False if there is no room, or the run takes no more items.</returns>
    public bool TryFeedOne(FeedItem<TIn> fed, int? priority)
    {
        if (_claimed is not null)
            return TryFeedOneClaimed(fed, priority);
        if (!core.Ledger.TryBegin())
            return false;
        try
        {
            if (core.Window?.TryAdmit() is not null)
                return false;
            Item item = CreateSingleItem(fed, priority, out Exception? error);
            bool isAccepted = block.Intake.Accept(item, error, AcceptMode.IfRoom, waiter: null, out _, out _) == Acceptance.Accepted;
            if (!isAccepted)
            {
                core.Window?.Leave();
                core.Envelopes.Return(item);
            }

            return isAccepted;
        }
        finally
        {
            core.Ledger.End();
        }
    }

    /// <summary>Promises room for an item that has to be fetched first. A promise is kept by <see cref="FeedPromised"/>, or broken.</summary>
    public bool TryPromise()
    {
        if (core.Checkpoints is { Opened.IsCompletedSuccessfully: false } || !core.Ledger.TryPromise())
            return false;
        if (core.Window?.TryAdmit() is null)
        {
            if (block.Intake.TryPromiseRoom())
                return true;
            core.Window?.Leave();
        }

        core.Ledger.EndPromise();
        return false;
    }

    public void BreakPromise()
    {
        block.Intake.BreakPromise();
        core.Window?.Leave();
        core.Ledger.EndPromise();
    }

    /// <summary>Feeds the item for which room was promised. It is accepted in any case, unless it is ignored because another one has its id.</summary>
    public void FeedPromised(FeedItem<TIn> fed)
    {
        Item item = CreateSingleItem(fed, priority: null, out Exception? error);
        KeepPromise(item, error);
    }

    private void KeepPromise(Item item, Exception? error)
    {
        if (_claimed is not null)
        {
            // Ends the promise, which keeps the run open, once it is known which item has the id, and the item has been looked up.
            _ = _claimed.FeedPromisedAsync(item, error);
            return;
        }

        block.Intake.Accept(item, error, AcceptMode.Promised, waiter: null, out _, out _);
        core.Ledger.EndPromise();
    }

    private bool TryFeedOneClaimed(FeedItem<TIn> fed, int? priority)
    {
        if (core.Checkpoints is { PersistsInput: true })
            throw new InvalidOperationException("With CheckpointOptions.PersistInput an item is accepted once it is durable, which TryFeedOne cannot wait for; use FeedOneAsync.");
        if (!TryPromise())
            return core.Claims!.Ignores && TryIgnore(fed, priority);
        Item item = CreateSingleItem(fed, priority, out Exception? error);
        KeepPromise(item, error);
        return true;
    }

    // An item that is to be dropped needs no room.
    private bool TryIgnore(FeedItem<TIn> fed, int? priority)
    {
        if (core.Ledger.IsClosed || core.Closing != Closing.No)
            return false;
        Item item = CreateSingleItem(fed, priority, out Exception? error);
        bool isIgnored = error is null && core.Claims!.TryIgnore(item.Id);
        core.Envelopes.Return(item);
        return isIgnored;
    }

    private ValueTask AcceptClaimedAsync(FeedCall<TOut> call, FeedItem<TIn> fed, int? priority)
    {
        call.ThrowIfOver();
        Item item = CreateItem(fed, priority, ref call.Spare, out Exception? error);
        return _claimed!.AcceptAsync(call, item, error);
    }

    /// <summary>Has one item accepted. Returns false if the feeder has to wait before the next one.</summary>
    private bool TryAccept(FeedCall<TOut> call, FeedItem<TIn> fed, int? priority)
    {
        call.ThrowIfOver();
        Task? moved = core.Window?.TryAdmit();
        Broken("window-does-not-hold", ref moved, null);
        return moved is null ? AcceptNow(call, fed, priority) : AcceptLater(call, fed, priority, moved);
    }

    private bool AcceptLater(FeedCall<TOut> call, FeedItem<TIn> fed, int? priority, Task moved)
    {
        call.AwaitWindow(moved, () => AcceptNow(call, fed, priority));
        return false;
    }

    private bool AcceptNow(FeedCall<TOut> call, FeedItem<TIn> fed, int? priority)
    {
        Item item = CreateItem(fed, priority, ref call.Spare, out Exception? error);
        Acceptance acceptance = block.Intake.Accept(item, error, AcceptMode.ThenWait, call.Slip, out bool mustWait, out _);
        return call.CountAccepted(acceptance, item, mustWait);
    }

    /// <summary>Makes the envelope of an item that is fed alone. A spare envelope is kept for the next item: in the pool it would be dropped as soon as others have been returned.</summary>
    private Item CreateSingleItem(FeedItem<TIn> fed, int? priority, out Exception? error)
    {
        Item? spare = Interlocked.Exchange(ref _spare, null);
        Item item = CreateItem(fed, priority, ref spare, out error);
        // What another thread has left here meanwhile goes to the garbage collector.
        if (spare is not null)
            Volatile.Write(ref _spare, spare);
        return item;
    }

    private Item CreateItem(FeedItem<TIn> fed, int? priority, ref Item? spare, out Exception? error)
    {
        Item item = core.Envelopes.Rent(ref spare);
        item.Value.Set(fed.Value);
        item.Priority = fed.WorkItem?.Priority ?? priority ?? ItemPriority.Normal;
        item.Metadata = fed.WorkItem?.CopyMetadata();
        item.Id = fed.WorkItem?.Id ?? default;
        error = item.Id.IsDefault && identify is not null ? Identify(item, fed.Value) : null;
        return item;
    }

    private Exception? Identify(Item item, TIn value)
    {
        UserCall user = UserCall.Begin(core.Caller);
        try
        {
            item.Id = identify!(value);
            return item.Id.IsDefault
                ? new InvalidOperationException("IdentifyBy returned the default ItemId, which identifies nothing (null and the empty string convert to it); it must return a string, a number or a Guid.")
                : null;
        }
        catch (Exception thrown)
        {
            return thrown;
        }
        finally
        {
            user.End();
        }
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
