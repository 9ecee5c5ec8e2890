using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Feeds one stage of a run whose ids are unique: every item claims its id first. With checkpoints the item is then looked up, and continues from where it stood.</summary>
internal sealed partial class UniqueIdFeeder<TOut>(RunCore<TOut> core, StageBlock block)
{
    private readonly ItemClaims _claims = core.Claims!;
    private readonly RunCheckpoints? _checkpoints = core.Checkpoints;

    /// <summary>Has one item accepted, and waits for whatever it needs.</summary>
    /// <param name="call">The feed call.</param>
    /// <param name="item">The item, in its envelope.</param>
    /// <param name="error">Why it has already failed; null if it has not.</param>
    public async ValueTask AcceptAsync(FeedCall<TOut> call, Item item, Exception? error)
    {
        FeedRoute route;
        try
        {
            if (_checkpoints is not null)
                await call.WaitForOpeningAsync(_checkpoints).ConfigureAwait(false);
            if (error is null && FindFault(item.Id) is { } fault)
                throw new ItemIdMissingException(block.Name, fault, call.Accepted);
            route = IsWithoutClaim(item, error) ? WithoutClaim(error) : await RouteAsync(call, item).ConfigureAwait(false);
        }
        catch (Exception)
        {
            core.Envelopes.Return(item);
            throw;
        }

        if (route.Kind is not (FeedRouteKind.Nowhere or FeedRouteKind.Ignored))
        {
            await AcceptRoutedAsync(call, item, route).ConfigureAwait(false);
            return;
        }

        core.Envelopes.Return(item);
        if (route.Kind == FeedRouteKind.Nowhere)
            call.CountKnown();
        else
            await call.IgnoreAsync(route.Written).ConfigureAwait(false);
    }

    /// <summary>Has an item accepted whose route is known.</summary>
    public async ValueTask AcceptRoutedAsync(FeedCall<TOut> call, Item item, FeedRoute route)
    {
        ItemId id = item.Id;
        ItemRecord? record = item.Record;
        Task? written = null;
        bool isAccepted = false;
        bool goesOn;
        try
        {
            if (_checkpoints is { PersistsInput: true } && route is { Kind: FeedRouteKind.Stage, Error: null } && PrepareInput(item, ref route) is { } input)
            {
                await call.TakeRoomAsync(input).ConfigureAwait(false);
                written = input.Begin();
            }

            await call.WaitForOrderWindowAsync().ConfigureAwait(false);
            goesOn = call.Accept(item, route, out long sequence);
            isAccepted = true;
            if (route.IsClaimed)
                EndClaim(id, record, sequence, written);
        }
        finally
        {
            if (route.IsClaimed && !isAccepted)
                BreakClaim(id, record, written);
        }

        if (written is not null)
            await call.WaitForWriteAsync(written).ConfigureAwait(false);
        if (!goesOn)
            await call.WaitAsync().ConfigureAwait(false);
    }

    /// <summary>Feeds an item for which room was promised. It is accepted in any case, unless it is ignored. Ends the promise, which keeps the run open, once that is done.</summary>
    public async Task FeedPromisedAsync(Item item, Exception? error)
    {
        try
        {
            if (await TryAcceptPromisedAsync(item, error).ConfigureAwait(false))
                core.Ledger.EndPromise();
        }
        catch (Exception fault)
        {
            // The promise is still open, and would keep the run open forever.
            core.ReportFault(fault);
        }
    }

    /// <returns>False if the item was left to its serializer, and the promise has ended with it.</returns>
    private async Task<bool> TryAcceptPromisedAsync(Item item, Exception? error)
    {
        if (error is null && FindFault(item.Id) is { } fault)
            error = new ItemIdMissingException(block.Name, fault, accepted: 0) { Function = string.Empty };
        // The run owns the item: it ends here, if necessary with the error of the store.
        FeedRoute route = IsWithoutClaim(item, error) ? WithoutClaim(error) : await RoutePromisedAsync(item).ConfigureAwait(false);
        ItemId id = item.Id;
        ItemRecord? record = item.Record;
        Task? written = null;
        // If the store fails permanently, no call is left to notify: the result of the item will report it.
        if (_checkpoints is { PersistsInput: true } && route is { Kind: FeedRouteKind.Stage, Error: null, IsClaimed: true })
        {
            var stay = new SerializerStay();
            InputWrite? input;
            // On the pool: the end of the registration waits for what it calls.
            using (core.Token.UnsafeRegister(_ => ThreadPool.UnsafeQueueUserWorkItem(_ => _ = LeaveToSerializerAsync(item, id, stay), state: null), state: null))
                input = PrepareInput(item, ref route);
            if (!stay.TryEnd())
                return false;
            written = input is null ? null : await WritePromisedAsync(input).ConfigureAwait(false);
        }

        long sequence = AcceptPromised(item, route);
        if (route.IsClaimed)
            EndClaim(id, record, sequence, written);
        return true;
    }

    private static async Task<Task> WritePromisedAsync(InputWrite input)
    {
        // The run owns it already: no token ends this wait, only room, or that nothing more is written.
        await input.TakeRoomAsync(new Waiter { IsFeeder = true }, CancellationToken.None, CancellationToken.None).ConfigureAwait(false);
        Task written = input.Begin();
        await written.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return written;
    }

    /// <summary>The run was canceled while the user's serializer held the item. The serializer is awaited for as long as a task is. Then another envelope ends Canceled in place of this one, and this
    /// one stays with the serializer for as long as it runs.</summary>
    private async Task LeaveToSerializerAsync(Item item, ItemId id, SerializerStay stay)
    {
        await core.WaitNoLongerThanForBodiesAsync(stay.Ended).ConfigureAwait(false);
        if (!stay.TryEnd())
            return;
        Item? spare = null;
        Item left = core.Envelopes.Rent(ref spare);
        core.Envelopes.ReturnSpare(spare);
        (left.Value, left.Priority, left.Metadata, left.Id) = (item.Value, item.Priority, item.Metadata, id);
        AcceptPromised(left, WithoutClaim(error: null));
        _claims.GiveBack(id);
        core.Ledger.EndPromise();
    }

    // Without checkpoints an item may have no id of its own: its automatic id cannot be that of another item.
    private static bool IsWithoutClaim(Item item, Exception? error) => error is not null || item.Id.IsDefault;

    private FeedRoute WithoutClaim(Exception? error) => new(FeedRouteKind.Stage, block.Stage.Index, error, IsClaimed: false);

    private async ValueTask<FeedRoute> RouteAsync(FeedCall<TOut> call, Item item)
    {
        int stage = block.Stage.Index;
        IdAnswer answer = await call.ClaimAsync(_claims, item.Id).ConfigureAwait(false);
        bool isClaimed = answer.Status == IdStatus.Claimed;
        Broken("id-claimed-twice", ref isClaimed, true);
        if (!isClaimed)
            return FeedRoute.WithoutId(answer, item, stage, _claims.Ignores);
        return _checkpoints is null ? new FeedRoute(FeedRouteKind.Stage, stage, Error: null) : await call.LookUpAsync(_checkpoints, item, stage).ConfigureAwait(false);
    }

    private async ValueTask<FeedRoute> RoutePromisedAsync(Item item)
    {
        int stage = block.Stage.Index;
        IdAnswer answer = _claims.Ask(item.Id);
        if (answer.Status == IdStatus.Undecided)
            answer = await WaitForIdAsync(item.Id, answer).ConfigureAwait(false);
        // It will not be known in time: the run is canceled, and so is the item.
        if (answer.Status == IdStatus.Undecided)
            return WithoutClaim(error: null);
        if (answer.Status != IdStatus.Claimed)
            return FeedRoute.WithoutId(answer, item, stage, _claims.Ignores);
        return _checkpoints is null
            ? new FeedRoute(FeedRouteKind.Stage, stage, Error: null)
            : await _checkpoints.RouteAsync(item, stage, isPromised: true, CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<IdAnswer> WaitForIdAsync(ItemId id, IdAnswer answer)
    {
        // The place in the window may be the one for which the item of the claim waits.
        core.Window?.Leave();
        while (answer.Status == IdStatus.Undecided && await IsDecidedAsync(answer.Decided!).ConfigureAwait(false))
            answer = _claims.Ask(id);
        while (core.Window?.TryAdmit() is { } moved)
            await moved.ConfigureAwait(false);
        return answer;
    }

    /// <summary>Waits for a decision. Returns false if the run was canceled and no decision follows: the call that has the id may be in user code that does not end.</summary>
    private async Task<bool> IsDecidedAsync(Task decided)
    {
        await decided.WaitAsync(core.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!decided.IsCompleted)
            await core.WaitNoLongerThanForBodiesAsync(decided).ConfigureAwait(false);
        return decided.IsCompleted;
    }

    private void EndClaim(ItemId id, ItemRecord? record, long sequence, Task? written)
    {
        _claims.Accept(id, sequence, written);
        if (record is not null)
            _checkpoints!.CountAccepted(record);
    }

    private void BreakClaim(ItemId id, ItemRecord? record, Task? written)
    {
        if (record is null || written is null)
            _claims.GiveBack(id);
        else
            _claims.Leave(id, new LeftInput(record, written));
    }

    /// <returns>The sequence number of the item; meaningless if it was dropped.</returns>
    private long AcceptPromised(Item item, FeedRoute route)
    {
        long sequence = -1;
        if (route.Kind == FeedRouteKind.Stage && route.Stage == block.Stage.Index)
        {
            block.Intake.Accept(item, route.Error, AcceptMode.Promised, waiter: null, out _, out sequence);
            return sequence;
        }

        block.Intake.BreakPromise();
        if (route.Kind is FeedRouteKind.Nowhere or FeedRouteKind.Ignored)
        {
            core.Window?.Leave();
            core.Envelopes.Return(item);
        }
        else if (route.Kind == FeedRouteKind.Stage)
        {
            core.Blocks[route.Stage].Intake.Accept(item, route.Error, AcceptMode.Owed, waiter: null, out _, out sequence);
        }
        else
        {
            sequence = Restore(item, route.Stage);
        }

        // The room was not used, so no worker that takes the item will report it.
        block.Intake.OnRoom?.Invoke();
        return sequence;
    }

    private long Restore(Item item, int stage)
    {
        ItemRecord record = item.Record!;
        if (core.Sink.Restore(item, core.Blocks[stage].Stage, waiter: null, out _) == Acceptance.Accepted)
            return record.Sequence;
        // The run is closing: the item ends Canceled, in the stage it has passed, and is as finished as before when the run resumes.
        _checkpoints!.MarkPassed(item, stage);
        core.Blocks[stage].Intake.Accept(item, error: null, AcceptMode.Owed, waiter: null, out _, out long sequence);
        return sequence;
    }

    private InputWrite? PrepareInput(Item item, ref FeedRoute route)
    {
        try
        {
            return _checkpoints!.PrepareInput(item, route.Stage);
        }
        catch (Exception error)
        {
            route = route with { Error = new CheckpointException($"The input of item '{item.Id}' could not be turned into bytes: {ErrorText.Of(error)}", error, _checkpoints!.BoxInput(item, route.Stage)) { Function = OutcomeHandler.Serialize } };
            item.Input = item.Value;
            return null;
        }
    }

    private string? FindFault(ItemId id)
    {
        if (_checkpoints is null)
            return null;
        if (id.IsDefault)
            return "With checkpoints every item needs an id that identifies it when the run resumes: set WorkItem.Id, or IdentifyBy for the items of the first stage";
        string stored = id.ToStoredText();
        return stored.Length > StartMark.MaxIdBytes / 3 && Encoding.UTF8.GetByteCount(stored) > StartMark.MaxIdBytes
            ? $"The id '{stored[2..42]}...' is too long: with checkpoints it may have at most {StartMark.MaxIdBytes - 2} bytes in UTF-8"
            : null;
    }

    /// <summary>A seam at which the faults build can change a decision; compiled to nothing in every other build.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}

/// <summary>The time during which the user's serializer holds an item for which no call waits. It ends once: when the serializer returns, or when the run no longer waits for it.</summary>
internal sealed class SerializerStay
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Ended => _ended.Task;

    /// <summary>Ends it. Returns false if it has ended before.</summary>
    public bool TryEnd() => _ended.TrySetResult();
}
