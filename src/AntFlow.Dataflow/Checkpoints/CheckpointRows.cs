using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Creates the rows of items, complete with their checksums. Pure except for the clock.</summary>
internal sealed class CheckpointRows(Contracts contracts, RunClock clock)
{
    // A larger value is cut into pieces of this size.
    private const int ChunkBytes = 256 * 1024;

    private static readonly Queue<StoredChunk> _none = new();

    private DateTimeOffset Now => clock.At(clock.Now);

    /// <summary>The row of an item that continues with a stage.</summary>
    public StoredItem Unfinished(ItemRecord item, int stage) => Finish(Begin(item, stage));

    /// <summary>The row of an item that has passed all stages.</summary>
    public StoredItem Succeeded(ItemRecord item, int end) => Finish(Begin(item, end) with { State = StoredItemState.Succeeded });

    public StoredItem Failed(Item item, int stage, Exception error) =>
        Finish(Begin(item.Record!, stage) with { State = StoredItemState.Failed, MaxConcurrentSuspects = 0, TaskIndex = item.Visit.TaskIndex, Attempts = item.Visit.Attempt, Error = ErrorCodec.Encode(error) });

    public StoredItem Filtered(Item item, int stage) =>
        Finish(Begin(item.Record!, stage) with { State = StoredItemState.Filtered, MaxConcurrentSuspects = 0, Attempts = item.Visit.Attempt });

    public StoredItem Waiting(Item item, int stage, Exception error, TimeSpan delay)
    {
        DateTimeOffset now = Now;
        return Finish(Begin(item.Record!, stage) with
        {
            TaskIndex = item.Visit.TaskIndex,
            Attempts = item.Visit.Attempt,
            Error = ErrorCodec.Encode(error),
            NextAttemptAt = delay < DateTimeOffset.MaxValue - now ? now + delay : DateTimeOffset.MaxValue,
            Backoff = delay,
        });
    }

    /// <summary>The row of an item after one more crash at which a stage ran it.</summary>
    /// <param name="item">Its row before the crash.</param>
    /// <param name="suspicion">Its suspicion after the crash.</param>
    /// <param name="epoch">The epoch that crashed.</param>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="maxCrashes">The limit of lone crashes.</param>
    public StoredItem Crashed(StoredItem item, Suspicion suspicion, long epoch, string stage, int maxCrashes)
    {
        StoredItem crashed = item with { Crashes = item.Crashes + 1, CrashEpoch = epoch, MaxConcurrentSuspects = suspicion.MaxConcurrentSuspects, LoneCrashes = suspicion.LoneCrashes, LastStep = null };
        if (suspicion.LoneCrashes < maxCrashes)
            return Finish(crashed);
        string times = crashed.Crashes == 1 ? "once" : string.Create(CultureInfo.InvariantCulture, $"{crashed.Crashes} times");
        string lone = string.Create(CultureInfo.InvariantCulture, $"{suspicion.LoneCrashes} of these crashes");
        // An item that has ended is no longer a suspect.
        return Finish(crashed with
        {
            State = StoredItemState.Failed,
            MaxConcurrentSuspects = 0,
            Error = ErrorCodec.Encode(
                "ProcessCrashed",
                $"The process crashed {times} while stage '{stage}' ran the item; at {lone} no other suspect ran (MaxCrashes is {maxCrashes}).",
                string.Empty),
        });
    }

    /// <summary>An item that has ended or continued, reset to begin a stage again with all attempts. Not a row: it has no checksum of its own.</summary>
    public static StoredItem TriedAgain(StoredItem item) => item with
    {
        State = StoredItemState.Unfinished,
        TaskIndex = 0,
        Attempts = 0,
        Crashes = 0,
        MaxConcurrentSuspects = 0,
        LoneCrashes = 0,
        NextAttemptAt = null,
        Backoff = TimeSpan.Zero,
        Error = default,
    };

    /// <summary>The row of an item that continues with the first changed stage of its way as if it had never run there; or that has passed all stages, if stages were only removed. An item that was
    /// taken out stays taken out: if it is brought back, it must not continue with a result of the old stages.</summary>
    public StoredItem Restarted(StoredItem item, int firstChanged, GraphShape shape) => Finish(TriedAgain(item) with
    {
        StageIndex = firstChanged,
        // Behind a switch, only the results of the item show which way it has gone, and there may be older ones of a way that it no longer goes: its last one counts if it is from before the change.
        ValueStageIndex = shape.IsLine ? null : item.ValueStage >= 0 && item.ValueStage < firstChanged && !shape.IsSwitch(item.ValueStage) ? item.ValueStage : StoredItem.UnknownStage,
        State = item.State == StoredItemState.Canceled ? StoredItemState.Canceled : firstChanged == shape.End ? StoredItemState.Succeeded : StoredItemState.Unfinished,
        Error = item.State == StoredItemState.Canceled ? item.Error : default,
        LastStep = null,
    });

    /// <summary>Cuts a value that is too large for one row into pieces. Returns no pieces for smaller values.</summary>
    public static Queue<StoredChunk> Cut(ItemRecord item, int stage, ref SavedStep saved)
    {
        if (saved.Value.Length <= ChunkBytes)
            return _none;
        Queue<StoredChunk> chunks = Cut(item.Key, stage, saved.Value);
        saved = saved with { Value = default, Chunks = chunks.Count };
        return chunks;
    }

    /// <summary>The row of a finished stage, or of the input.</summary>
    public StoredStep Step(ItemRecord item, int stage, SavedStep saved, bool isNotified)
    {
        var step = new StoredStep
        {
            Item = item.Key,
            StageIndex = stage,
            Value = saved.Value,
            Chunks = saved.Chunks,
            Attempts = saved.Attempts,
            IsSkipped = saved.IsSkipped,
            IsNotified = isNotified,
            FinishedAt = Now,
            Format = ContractFormat.Current,
        };
        return step with { Checksum = Checksum.Of(step, contracts.Of(stage)) };
    }

    /// <summary>Converts a step of an earlier format to the current one.</summary>
    public StoredStep Renew(StoredStep step)
    {
        StoredStep renewed = step with { Format = ContractFormat.Current };
        return renewed with { Checksum = Checksum.Of(renewed, contracts.Of(step.StageIndex)) };
    }

    public StoredOnce Once(ItemRecord item, string stage, string key, OnceEntry entry, StoredOnceState state, uint contract)
    {
        var once = new StoredOnce
        {
            Item = item.Key,
            Stage = stage,
            Key = key,
            Generation = entry.Generation,
            State = state,
            Answer = state == StoredOnceState.Answered ? entry.Answer!.Value : default,
            StoredAt = Now,
            Contract = contract,
            Format = state == StoredOnceState.Answered ? ContractFormat.Current : ContractFormat.First,
        };
        return once with { Checksum = Checksum.Of(once) };
    }

    private static Queue<StoredChunk> Cut(long item, int stage, ReadOnlyMemory<byte> value)
    {
        Queue<StoredChunk> chunks = new();
        for (int at = 0; at < value.Length; at += ChunkBytes)
        {
            var chunk = new StoredChunk { Item = item, StageIndex = stage, Index = chunks.Count, Data = value.Slice(at, Math.Min(ChunkBytes, value.Length - at)) };
            chunks.Enqueue(chunk with { Checksum = Checksum.Of(chunk) });
        }

        return chunks;
    }

    private static StoredItem Begin(ItemRecord item, int stage) => new()
    {
        Key = item.Key,
        StageIndex = stage,
        ValueStageIndex = item.ValueStage == stage - 1 ? null : item.ValueStage,
        Id = item.StoredId,
        Sequence = item.Sequence,
        EntryStageIndex = item.EntryStage,
        Priority = item.Priority,
        Metadata = item.Metadata,
        Crashes = item.Crashes,
        CrashEpoch = item.CrashEpoch,
        MaxConcurrentSuspects = item.MaxConcurrentSuspects,
        LoneCrashes = item.LoneCrashes,
    };

    private StoredItem Finish(StoredItem item)
    {
        StoredItem dated = item with { StoredAt = Now };
        return dated with { Checksum = Checksum.Of(dated) };
    }
}
