using System.Text;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run in a store.</summary>
public sealed record StoredRun
{
    /// <summary>How long a run id may be in every store, in bytes of UTF-8: 1,000.</summary>
    public const int MaxRunIdBytes = 1_000;

    /// <summary>What stands in place of a count where nothing was counted: -1.</summary>
    public const long NotCounted = -1;

    /// <summary>Names the run.</summary>
    public required string RunId { get; init; }

    /// <summary>When it was first opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When something of it was written last, or it was opened last.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>The last opening.</summary>
    public required long Epoch { get; init; }

    /// <summary>Who owns the run, such as <c>process 4711 on worker-3</c>; null if nobody does.</summary>
    public string? Owner { get; init; }

    /// <summary>Why the store cannot tell whether the run has an owner, such as that it may not read the file that says so; null if it can. <see cref="Owner"/> is then the one that opened it
    /// last. Such a run is not deleted by <see cref="CheckpointInspector.DeleteRunsAsync"/>, which says so.</summary>
    public string? OwnerUnknown { get; init; }

    /// <summary>What the pipeline looked like.</summary>
    public string? Description { get; init; }

    /// <summary>How many of its items are unfinished.</summary>
    public long Unfinished { get; init; }

    /// <summary>How many of its items have succeeded.</summary>
    public long Succeeded { get; init; }

    /// <summary>How many of its items have failed.</summary>
    public long Failed { get; init; }

    /// <summary>How many of its items were taken out (<see cref="StoredItemState.Canceled"/>).</summary>
    public long Canceled { get; init; }

    /// <summary>Throws unless a store can keep a run of that id: for stores, and before a run is started.</summary>
    /// <param name="runId">The id.</param>
    /// <exception cref="ArgumentException">It is empty, or longer than <see cref="MaxRunIdBytes"/>.</exception>
    public static void ThrowIfUnfit(string runId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        if (IsTooLong(runId))
            throw new ArgumentException($"The run id '{CleanText.Of(runId[..40])}...' has {Encoding.UTF8.GetByteCount(runId)} bytes in UTF-8; with checkpoints at most {MaxRunIdBytes} are allowed. Use a shorter one, such as a hash of it.", nameof(runId));
    }

    internal static string MostText { get; } = $"have at most {MaxRunIdBytes} bytes in UTF-8 with checkpoints: use a shorter one, such as a hash of it";

    internal static bool IsTooLong(string? runId) => runId is not null && Encoding.UTF8.GetByteCount(runId) > MaxRunIdBytes;
}
