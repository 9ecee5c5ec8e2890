using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Determines the route of fed items: new items enter their stage, known items resume.</summary>
internal sealed class FeedRouter(OpenRun open, ResumeLoader loader, CheckpointOptions options, IReadOnlyList<StageCodec> codecs, RunClock clock, StoreRetrier retrier, CancellationToken cancellationToken)
{
    private long _known;
    private long _resumed;

    /// <summary>How many accepted items had a row in the store.</summary>
    public long Known => Interlocked.Read(ref _known);

    /// <summary>How many of them resume from their row.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    /// <summary>Looks up an item that is about to be fed and whose id is claimed. If this throws, the id is released.</summary>
    /// <param name="item">The item.</param>
    /// <param name="stage">The stage it is fed into.</param>
    /// <param name="isPromised">Whether the item is accepted in any case: then it ends with the error of the store, which is thrown otherwise.</param>
    /// <param name="feeding">Canceled when the feed call is canceled.</param>
    public async ValueTask<FeedRoute> RouteAsync(Item item, int stage, bool isPromised, CancellationToken feeding)
    {
        LeftInput? left = open.Claims.LeftOf(item.Id);
        if (TryEncode(item, out ReadOnlyMemory<byte> metadata) is { } unstorable)
        {
            // Only this item fails: neither other items of the same call nor the store are affected.
            return new FeedRoute(FeedRouteKind.Stage, stage, unstorable);
        }

        try
        {
            // Pending writes must not be written after the item that is fed now.
            if (left is not null)
            {
                await left.Written.WaitAsync(feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                feeding.ThrowIfCancellationRequested();
            }

            string id = item.Id.ToStoredText();
            // A row that was written since the start belongs to an item that was not accepted: there is nothing to resume from.
            return open.HasStored && left is not { Record.IsKnown: false } && await retrier.TryAsync(() => LookUpAsync(item, id, metadata, stage), $"looking up item '{item.Id}'", cancellationToken, feeding).ConfigureAwait(false) is { } route
                ? route
                : RouteNew(item, id, metadata, stage, left?.Record.Key);
        }
        catch (Exception error) when (isPromised)
        {
            return new FeedRoute(FeedRouteKind.Stage, stage, new CheckpointException($"Item '{item.Id}' could not be looked up in the store: {ErrorText.Of(error)}", error));
        }
        catch (Exception)
        {
            open.Claims.GiveBack(item.Id);
            throw;
        }
    }

    private static CheckpointException? TryEncode(Item item, out ReadOnlyMemory<byte> metadata)
    {
        try
        {
            metadata = MetadataCodec.Encode(item.Metadata);
            return null;
        }
        catch (Exception error)
        {
            metadata = default;
            return new CheckpointException($"The metadata of item '{item.Id}' could not be turned into bytes: {ErrorText.Of(error)}", error) { Function = OutcomeHandler.Serialize };
        }
    }

    /// <summary>Counts an item that was accepted after it had been looked up.</summary>
    public void CountAccepted(ItemRecord record)
    {
        if (record.IsKnown)
            Interlocked.Increment(ref _known);
        if (record.IsResumed)
            Interlocked.Increment(ref _resumed);
    }

    /// <summary>Creates the unfinished stored items, each with its route. They include items that have passed all stages and whose <c>OnSuccess</c> has not returned.</summary>
    public async IAsyncEnumerable<(Item Item, FeedRoute Route)> BringBackAsync(Func<Item> rent, Action<Item> giveBack, [EnumeratorCancellation] CancellationToken stop = default)
    {
        if (!open.HasStored)
            yield break;
        var reader = new RetryingReader(open.Store, retrier, stop);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.NextAsync().ConfigureAwait(false) is { } stored)
            {
                if (IsThrough(stored) || stored.State is StoredItemState.Canceled or StoredItemState.Filtered || !loader.IsWhole(stored, stored.Id) || !open.Claims.TryBeginReturn(ItemId.OfStoredText(stored.Id)))
                    continue;
                Item item = rent();
                item.Id = ItemId.OfStoredText(stored.Id);
                bool hasReturned = false;
                FeedRoute route;
                try
                {
                    route = await retrier.TryAsync(() => RouteStoredAsync(item, stored, fedInto: null), $"looking up item '{item.Id}'", stop).ConfigureAwait(false);
                    hasReturned = route is { Kind: not FeedRouteKind.Nowhere, Error: null };
                }
                finally
                {
                    open.Claims.EndReturn(item.Id, hasReturned);
                }

                if (hasReturned)
                    yield return (item, route);
                else
                    giveBack(item);
            }
        }
    }

    /// <summary>The part that is repeated if the store fails: the item is reset to its fed state first.</summary>
    private async ValueTask<FeedRoute?> LookUpAsync(Item item, string id, ReadOnlyMemory<byte> fedMetadata, int stage)
    {
        (Slot fed, int priority, IReadOnlyDictionary<string, object?>? metadata) = (item.Value, item.Priority, item.Metadata);
        try
        {
            StoredItem? stored = await open.Reader.FindAsync(id).ConfigureAwait(false);
            if (stored is null)
                return null;
            if (!loader.IsWhole(stored, id))
            {
                // The item is new but takes the place of the row, because there is one row for each id. Its OnceAsync calls have their own checksums.
                ItemOnces? onces = await loader.LoadOncesAsync(stored, isItemWhole: false, cancellationToken).ConfigureAwait(false);
                item.Record = NewRecord(stored.Key, item, id, fedMetadata, stage, onces, isKnown: true);
                return new FeedRoute(FeedRouteKind.Stage, stage, Error: null);
            }

            return await RouteStoredAsync(item, stored, stage).ConfigureAwait(false);
        }
        catch (Exception)
        {
            (item.Value, item.Priority, item.Metadata, item.Record) = (fed, priority, metadata, null);
            throw;
        }
    }

    private FeedRoute RouteNew(Item item, string id, ReadOnlyMemory<byte> metadata, int stage, long? key)
    {
        item.Record = NewRecord(key ?? open.DrawKey(), item, id, metadata, stage, onces: null, isKnown: false);
        return new FeedRoute(FeedRouteKind.Stage, stage, Error: null);
    }

    private ItemRecord NewRecord(long key, Item item, string id, ReadOnlyMemory<byte> metadata, int stage, ItemOnces? onces, bool isKnown) =>
        new() { Key = key, StoredId = id, EntryStage = stage, ValueStage = open.Shape.StepInto(stage), Priority = item.Priority, Metadata = metadata, Onces = onces, IsKnown = isKnown };

    /// <param name="item">The item, with its fed input.</param>
    /// <param name="stored">Its row.</param>
    /// <param name="fedInto">The stage it was fed into; null if it was not fed and only the stored data are available.</param>
    private async ValueTask<FeedRoute> RouteStoredAsync(Item item, StoredItem stored, int? fedInto)
    {
        if (stored.State == StoredItemState.Canceled)
            return RouteCanceled(item, stored, fedInto);
        var point = ResumePoint.Of(stored, options.ResumeFailed);
        Slot fed = item.Value;
        (int Stage, StoredStep Step)? loaded = await loader.LoadAsync(item, stored, cancellationToken).ConfigureAwait(false);
        if (loaded is null && fedInto is null)
            return new FeedRoute(FeedRouteKind.Nowhere, stored.StageIndex, Error: null);
        if (loaded is { Step: { Format: < ContractFormat.Current } old })
            open.Renew(old);
        if (KnowsOnlyOfCrashes(stored))
            stored = stored with { Priority = item.Priority, Metadata = MetadataCodec.Encode(item.Metadata) };
        int stage = loaded?.Stage ?? fedInto!.Value;
        bool isFinished = stage == open.Shape.End && !point.HasEnded;
        item.Priority = stored.Priority;
        item.Metadata = MetadataCodec.Decode(stored.Metadata);
        item.Record = await MakeRecordAsync(item, stored, stage, loaded?.Step, point.KeepsAttempts && open.Graph.RunsUnstored(stage, stored.StageIndex), isFinished).ConfigureAwait(false);
        item.Record.LacksInput = loaded is null;
        if (point.HasEnded)
        {
            int endedIn = StageOf(stored);
            SetInput(item, endedIn, stage == endedIn, item.Value);
            Exception error = stored.State == StoredItemState.Filtered ? new ItemFilteredException(open.Graph.Stages[endedIn].Name) : ErrorCodec.Decode(stored.Error).AsResult();
            return new FeedRoute(FeedRouteKind.Stage, endedIn, error);
        }

        // An item that enters a switch again has not passed it yet.
        if (loaded is { Step: { IsNotified: false, StageIndex: >= 0 } step } && stage != step.StageIndex)
            return await RouteToNotifyAsync(item, stored, step, stage, fedInto == step.StageIndex ? fed : null).ConfigureAwait(false);
        if (!isFinished)
            return new FeedRoute(FeedRouteKind.Stage, stage, Error: null);
        item.Visit.Link = open.Shape.LinkBetween(item.Record.ValueStage, open.Shape.End);
        return new FeedRoute(FeedRouteKind.Results, item.Record.ValueStage, Error: null);
    }

    // An operator has taken it out. Nothing is loaded for it: its values may come from a different pipeline.
    private FeedRoute RouteCanceled(Item item, StoredItem stored, int? fedInto)
    {
        int stage = StageOf(stored);
        SetInput(item, stage, fedInto == stage, item.Value);
        if (!KnowsOnlyOfCrashes(stored))
            (item.Priority, item.Metadata) = (stored.Priority, MetadataCodec.Decode(stored.Metadata));
        item.Record = new ItemRecord { Key = stored.Key, StoredId = stored.Id, EntryStage = stored.EntryStageIndex, ValueStage = stored.ValueStage, IsStored = true, IsKnown = true, IsResumed = true, ResumeAttempts = stored.Attempts };
        return new FeedRoute(FeedRouteKind.Stage, stage, new ItemExcludedException(ErrorCodec.Decode(stored.Error).OriginalMessage));
    }

    // The process ended between saving the result and the end of OnSuccess: the item begins with OnSuccess, in the stage it has passed.
    private async ValueTask<FeedRoute> RouteToNotifyAsync(Item item, StoredItem stored, StoredStep step, int next, Slot? fed)
    {
        Slot value = item.Value;
        bool isLoaded = fed is null && await loader.TryLoadInputAsync(item, stored, step.StageIndex, cancellationToken).ConfigureAwait(false);
        SetInput(item, step.StageIndex, isLoaded || fed is not null, fed ?? item.Value);
        item.Value = value;
        item.Visit.Standing = VisitState.Saved;
        item.Visit.Link = open.Shape.LinkBetween(step.StageIndex, next);
        item.Record!.Saving = new SavedStep(Worker: null, step.IsSkipped, step.Value, step.Attempts, step.Chunks);
        return new FeedRoute(FeedRouteKind.Stage, step.StageIndex, Error: null);
    }

    // The stage in which an item has ended.
    private int StageOf(StoredItem stored) => Math.Min(stored.StageIndex, open.Shape.End - 1);

    private static bool IsThrough(StoredItem stored) => stored is { State: StoredItemState.Succeeded, LastStep: not { IsNotified: false } };

    // The process crashed before anything else of the item was stored: the item is as it is fed, and its row is still to be written.
    private static bool KnowsOnlyOfCrashes(StoredItem stored) => stored.Sequence < 0;

    // A slot is read as the type of the stage, so its value must have that type.
    private void SetInput(Item item, int stage, bool isKnown, Slot input)
    {
        if (isKnown)
            item.Input = input;
        else
            codecs[stage].ClearInput(item);
    }

    private async ValueTask<ItemRecord> MakeRecordAsync(Item item, StoredItem stored, int stage, StoredStep? step, bool keepsAttempts, bool isFinished)
    {
        var record = new ItemRecord
        {
            Key = stored.Key,
            StoredId = stored.Id,
            EntryStage = Math.Min(stored.EntryStageIndex, stage),
            ValueStage = step?.StageIndex ?? open.Shape.StepInto(stage),
            IsStored = !KnowsOnlyOfCrashes(stored),
            Priority = stored.Priority,
            Metadata = stored.Metadata,
            IsFinished = isFinished,
            IsKnown = true,
            IsResumed = true,
            Onces = isFinished ? null : await loader.LoadOncesAsync(stored, isItemWhole: stored.Sequence != OpenRun.RowLost, cancellationToken).ConfigureAwait(false),
        };
        if (!keepsAttempts)
            return record;
        (record.Crashes, record.CrashEpoch, record.MaxConcurrentSuspects, record.LoneCrashes) = (stored.Crashes, stored.CrashEpoch, stored.MaxConcurrentSuspects, stored.LoneCrashes);
        (record.ResumeStage, record.ResumeTask, record.ResumeAttempts) = (stored.StageIndex, stored.TaskIndex, stored.Attempts);
        record.ResumeElapsed = step is null ? TimeSpan.Zero : Elapsed(step.FinishedAt);
        record.ResumeDelay = ResumePoint.DelayLeft(stored, clock.At(clock.Now));
        return record;
    }

    private TimeSpan Elapsed(DateTimeOffset since)
    {
        TimeSpan elapsed = clock.At(clock.Now) - since;
        return elapsed < TimeSpan.Zero ? TimeSpan.Zero : elapsed;
    }
}
