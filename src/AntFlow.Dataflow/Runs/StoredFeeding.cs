using System.Text;

namespace AntFlow.Dataflow;

/// <summary>Feeds one stage of a run that has checkpoints: every item is looked up first, and goes on from where it stood.</summary>
internal sealed class StoredFeeding<TOut>(RunCore<TOut> core, StageBlock block)
{
    private readonly RunCheckpoints _checkpoints = core.Checkpoints!;

    /// <summary>Has one item accepted, and waits for whatever it finds wanting.</summary>
    /// <param name="call">The feed call.</param>
    /// <param name="item">The item, opened.</param>
    /// <param name="error">Why it has failed already; null if it has not.</param>
    public async ValueTask AcceptAsync(FeedCall<TOut> call, Item item, Exception? error)
    {
        FeedRoute route;
        try
        {
            await call.WaitForOpeningAsync(_checkpoints).ConfigureAwait(false);
            if (error is null && FindFault(item.Id) is { } fault)
                throw new ItemIdMissingException(block.Name, fault, call.Accepted);
            route = error is null
                ? await call.LookUpAsync(_checkpoints, item, block.Place.Index).ConfigureAwait(false)
                : new FeedRoute(FeedRouteKind.Stage, block.Place.Index, error, IsClaimed: false);
        }
        catch (Exception)
        {
            core.Pool.Return(item);
            throw;
        }

        if (route.Kind == FeedRouteKind.Nowhere)
        {
            core.Pool.Return(item);
            call.CountKnown();
            return;
        }

        await PlaceAsync(call, item, route).ConfigureAwait(false);
    }

    /// <summary>Has an item accepted whose way is known.</summary>
    public async ValueTask PlaceAsync(FeedCall<TOut> call, Item item, FeedRoute route)
    {
        ItemId id = item.Id;
        ItemRecord? record = item.Record;
        bool isAccepted = false;
        Task? written = null;
        try
        {
            if (_checkpoints.PersistsInput && route is { Kind: FeedRouteKind.Stage, Error: null } && PrepareInput(item, ref route) is { } input)
            {
                await call.TakeRoomAsync(input).ConfigureAwait(false);
                written = input.Begin();
            }

            await call.EnterWindowAsync().ConfigureAwait(false);
            bool goesOn = call.Place(item, route);
            isAccepted = true;
            if (written is not null)
                await call.WaitForWriteAsync(written).ConfigureAwait(false);
            if (!goesOn)
                await call.WaitAsync().ConfigureAwait(false);
        }
        finally
        {
            if (route.IsClaimed)
                _checkpoints.EndFeeding(id, record, isAccepted, written);
        }
    }

    /// <summary>Feeds an item that room was promised for; it is accepted in any case.</summary>
    public async Task FeedPromisedAsync(Item item, Exception? error)
    {
        if (error is null && FindFault(item.Id) is { } fault)
            error = new ItemIdMissingException(block.Name, fault, accepted: 0) { Function = string.Empty };
        // The item is ours: it ends here, if need be with what the store said.
        FeedRoute route = error is null
            ? await _checkpoints.RouteAsync(item, block.Place.Index, isPromised: true, CancellationToken.None).ConfigureAwait(false)
            : new FeedRoute(FeedRouteKind.Stage, block.Place.Index, error, IsClaimed: false);
        ItemId id = item.Id;
        ItemRecord? record = item.Record;
        // Of a store that fails for ever nobody is left to be told: what becomes of the item will say so.
        if (_checkpoints.PersistsInput && route is { Kind: FeedRouteKind.Stage, Error: null } && PrepareInput(item, ref route) is { } input)
        {
            // It is ours already: no token ends this wait, only room, or that nothing is written any more.
            await input.TakeRoomAsync(new WaitSlip { IsFeeder = true }, CancellationToken.None, CancellationToken.None).ConfigureAwait(false);
            await input.Begin().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        PlacePromised(item, route);
        if (route.IsClaimed)
            _checkpoints.EndFeeding(id, record, isAccepted: true, written: null);
        core.Ledger.EndPromise();
    }

    private void PlacePromised(Item item, FeedRoute route)
    {
        if (route.Kind == FeedRouteKind.Stage && route.Stage == block.Place.Index)
        {
            block.Accept(item, route.Error, FeedTerms.Promised, slip: null, out _);
            return;
        }

        block.BreakPromise();
        if (route.Kind == FeedRouteKind.Nowhere)
        {
            core.Window?.Leave();
            core.Pool.Return(item);
        }
        else if (route.Kind == FeedRouteKind.Stage)
        {
            core.Blocks[route.Stage].Accept(item, route.Error, FeedTerms.Owed, slip: null, out _);
        }
        else if (core.Sink.Restore(item, slip: null, out _) != Acceptance.Accepted)
        {
            // The run is closing: it ends Canceled, in the stage it has passed, and is as finished as before for the next life.
            _checkpoints.MarkPassed(item, route.Stage);
            core.Blocks[route.Stage].Accept(item, error: null, FeedTerms.Owed, slip: null, out _);
        }
    }

    private InputWrite? PrepareInput(Item item, ref FeedRoute route)
    {
        try
        {
            return _checkpoints.PrepareInput(item, route.Stage);
        }
        catch (Exception error)
        {
            route = route with { Error = new CheckpointException($"The input of item '{item.Id}' could not be turned into bytes: {ErrorText.Of(error)}", error, _checkpoints.BoxInput(item, route.Stage)) { Function = StageExits.Serialize } };
            item.Input = item.Value;
            return null;
        }
    }

    private static string? FindFault(ItemId id)
    {
        if (id.IsDefault)
            return "With checkpoints every item needs an id, by which it is known again: set WorkItem.Id, or IdentifyBy for the items of the first stage";
        string stored = id.ToStoredText();
        return stored.Length > StartMark.MaxIdBytes / 3 && Encoding.UTF8.GetByteCount(stored) > StartMark.MaxIdBytes
            ? $"The id '{stored[2..42]}...' is too long: with checkpoints at most {StartMark.MaxIdBytes - 2} bytes in UTF-8"
            : null;
    }
}
