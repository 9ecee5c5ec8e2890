using System.Runtime.CompilerServices;

namespace AntFlow.Dataflow;

/// <summary>Finds out where items go that are fed: new ones into their stage, known ones on from where they stood.</summary>
internal sealed class FeedRouter(OpenRun open, ResumeLoader loader, CheckpointOptions options, IReadOnlyList<StageCodec> codecs, RunClock clock, CancellationToken cancellationToken)
{
    private readonly int _stages = codecs.Count;
    private readonly ItemClaims _broughtBack = new();
    private long _resumed;

    /// <summary>How many items of earlier lives have been brought back.</summary>
    public long Resumed => Interlocked.Read(ref _resumed);

    /// <summary>Looks an item up that is about to be fed. Its id is claimed by that until <see cref="EndFeeding"/>.</summary>
    public async ValueTask<FeedRoute> RouteAsync(Item item, int stage)
    {
        if (!open.Claims.TryClaim(item.Id))
        {
            // The run has brought it back by itself: whoever feeds it again, once, means the same item.
            return _broughtBack.TryEnd(item.Id)
                ? new FeedRoute(FeedRouteKind.Nowhere, stage, Error: null)
                : new FeedRoute(FeedRouteKind.Stage, stage, new DuplicateItemException(item.Id, item.Sequence, open.Claims.SequenceOf(item.Id)));
        }

        try
        {
            string id = item.Id.ToStoredText();
            StoredItem? stored = open.HasStored ? await open.Reader.FindAsync(id).ConfigureAwait(false) : null;
            if (stored is not null && !loader.IsWhole(stored, id))
                stored = null;
            return stored is null ? RouteNew(item, id, stage) : await RouteStoredAsync(item, stored, stage).ConfigureAwait(false);
        }
        catch (Exception)
        {
            open.Claims.GiveBack(item.Id);
            throw;
        }
    }

    /// <summary>The item was accepted, or it was not.</summary>
    public void EndFeeding(ItemId id, long? sequence)
    {
        if (sequence is { } accepted)
            open.Claims.Accept(id, accepted);
        else
            open.Claims.GiveBack(id);
    }

    /// <summary>Makes the unfinished items of earlier lives anew, and says where each goes.</summary>
    public async IAsyncEnumerable<(Item Item, FeedRoute Route)> BringBackAsync(Func<Item> rent, Action<Item> giveBack, [EnumeratorCancellation] CancellationToken stop = default)
    {
        if (!open.HasStored)
            yield break;
        await foreach (StoredItem stored in open.Store.ReadItemsAsync(stop).ConfigureAwait(false))
        {
            if (stored.State == StoredItemState.Succeeded && stored.Stage <= open.FirstChanged)
                continue;
            if (!loader.IsWhole(stored, stored.Id) || ItemId.OfStoredText(stored.Id) is var id && !open.Claims.TryClaim(id))
                continue;
            Item item = rent();
            item.Id = ItemId.OfStoredText(stored.Id);
            FeedRoute route = await RouteStoredAsync(item, stored, fedInto: null).ConfigureAwait(false);
            if (route.Kind == FeedRouteKind.Nowhere || route.Error is not null)
            {
                open.Claims.GiveBack(item.Id);
                giveBack(item);
                continue;
            }

            _broughtBack.TryClaim(item.Id);
            yield return (item, route);
        }
    }

    private FeedRoute RouteNew(Item item, string id, int stage)
    {
        ReadOnlyMemory<byte> metadata;
        try
        {
            metadata = MetadataCodec.Encode(item.Metadata);
        }
        catch (Exception error)
        {
            // That one alone fails: others of the same call have nothing to do with it.
            open.Claims.GiveBack(item.Id);
            return new FeedRoute(FeedRouteKind.Stage, stage, new CheckpointException($"The metadata of item '{item.Id}' could not be turned into bytes: {error.Message}", error));
        }

        item.Record = new ItemRecord { Key = open.DrawKey(), StoredId = id, EntryStage = stage, Priority = item.Priority, Metadata = metadata };
        return new FeedRoute(FeedRouteKind.Stage, stage, Error: null);
    }

    /// <param name="item">The item, with what it was fed as.</param>
    /// <param name="stored">What is known of it.</param>
    /// <param name="fedInto">The stage it was fed into; null if it was not fed, and there is nothing to go on with but what is stored.</param>
    private async ValueTask<FeedRoute> RouteStoredAsync(Item item, StoredItem stored, int? fedInto)
    {
        var point = ResumePoint.Of(stored, open.FirstChanged, options.ResumeFailed);
        Slot fed = item.Value;
        (int Stage, StoredStep Step)? loaded = await loader.LoadAsync(item, stored, point.Stage, cancellationToken).ConfigureAwait(false);
        if (loaded is null && fedInto is null)
            return new FeedRoute(FeedRouteKind.Nowhere, stored.Stage, Error: null);
        int stage = loaded?.Stage ?? fedInto!.Value;
        bool isFinished = stage == _stages && !point.HasFailed;
        item.Priority = stored.Priority;
        item.Metadata = MetadataCodec.Decode(stored.Metadata);
        item.Record = await MakeRecordAsync(item, stored, stage, point.KeepsAttempts && stage == stored.Stage, isFinished).ConfigureAwait(false);
        Interlocked.Increment(ref _resumed);
        if (point.HasFailed)
        {
            int failedIn = Math.Min(stored.Stage, _stages - 1);
            SetInput(item, failedIn, stage == failedIn, item.Value);
            return new FeedRoute(FeedRouteKind.Stage, failedIn, ErrorCodec.Decode(stored.Error));
        }

        if (loaded is { Step: { IsTold: false, Stage: >= 0 } step })
            return await TellAgainAsync(item, stored, step, fedInto == step.Stage ? fed : null).ConfigureAwait(false);
        return new FeedRoute(isFinished ? FeedRouteKind.Results : FeedRouteKind.Stage, isFinished ? _stages - 1 : stage, Error: null);
    }

    // The process died between the saving and the end of OnSuccess: the item begins with that, in the stage it has passed.
    private async ValueTask<FeedRoute> TellAgainAsync(Item item, StoredItem stored, StoredStep step, Slot? fed)
    {
        Slot value = item.Value;
        bool isLoaded = fed is null && await loader.LoadAsync(item, stored, step.Stage, cancellationToken).ConfigureAwait(false) is { } input && input.Stage == step.Stage;
        SetInput(item, step.Stage, isLoaded || fed is not null, fed ?? item.Value);
        item.Value = value;
        item.IsSaved = true;
        item.Record!.Saving = new SavedStep(Worker: null, step.IsSkipped, step.Value, step.Attempts, step.Chunks);
        return new FeedRoute(FeedRouteKind.Stage, step.Stage, Error: null);
    }

    // A slot is read as the type the stage says: what it holds must be of that type.
    private void SetInput(Item item, int stage, bool isKnown, Slot input)
    {
        if (isKnown)
            item.Input = input;
        else
            codecs[stage].ClearInput(item);
    }

    private async ValueTask<ItemRecord> MakeRecordAsync(Item item, StoredItem stored, int stage, bool keepsAttempts, bool isFinished)
    {
        var record = new ItemRecord
        {
            Key = stored.Key,
            StoredId = stored.Id,
            EntryStage = Math.Min(stored.EntryStage, stage),
            IsStored = true,
            Priority = stored.Priority,
            Metadata = stored.Metadata,
            IsFinished = isFinished,
            Onces = isFinished ? null : await loader.LoadOncesAsync(stored.Key, cancellationToken).ConfigureAwait(false),
        };
        if (!keepsAttempts)
            return record;
        (record.Crashes, record.CrashEpoch) = (stored.Crashes, stored.CrashEpoch);
        (record.ResumeTask, record.ResumeAttempts) = (stored.Task, stored.Attempts);
        record.ResumeDelay = ResumePoint.DelayLeft(stored, clock.At(clock.Now));
        return record;
    }
}
