using System.Text;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A run in a store.</summary>
public sealed record StoredRun
{
    /// <summary>The greatest length of a run id in every store, in bytes of UTF-8: 1,000.</summary>
    public const int MaxRunIdBytes = 1_000;

    /// <summary>The value of a count when nothing was counted: -1.</summary>
    public const long NotCounted = -1;

    /// <summary>Gets the id of the run.</summary>
    public required string RunId { get; init; }

    /// <summary>Gets when the run was first opened.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Gets when the run was last written or opened.</summary>
    public required DateTimeOffset WrittenAt { get; init; }

    /// <summary>Gets the epoch of the last opening.</summary>
    public required long Epoch { get; init; }

    /// <summary>Gets the owner of the run, such as <c>process 4711 on worker-3</c>; null if it has no owner.</summary>
    public string? Owner { get; init; }

    /// <summary>Gets why the store cannot determine whether the run has an owner, for example because it may not read the file that records it; null if it can. <see cref="Owner"/> is then
    /// the owner that opened the run last. <see cref="CheckpointInspector.DeleteRunsAsync"/> does not delete such a run and reports it.</summary>
    public string? OwnerUnknown { get; init; }

    /// <summary>Gets the description of the pipeline.</summary>
    public string? Description { get; init; }

    /// <summary>Gets how many of its items are unfinished.</summary>
    public long Unfinished { get; init; }

    /// <summary>Gets how many of its items have succeeded.</summary>
    public long Succeeded { get; init; }

    /// <summary>Gets how many of its items have failed.</summary>
    public long Failed { get; init; }

    /// <summary>Gets how many of its items were taken out (<see cref="StoredItemState.Canceled"/>).</summary>
    public long Canceled { get; init; }

    /// <summary>Gets how many of its items a filter did not let through.</summary>
    public long Filtered { get; init; }

    /// <summary>Throws unless stores can keep a run with this id. For stores, and for checks before a run starts.</summary>
    /// <param name="runId">The id.</param>
    /// <exception cref="ArgumentException">The id is empty, or longer than <see cref="MaxRunIdBytes"/>.</exception>
    public static void ThrowIfUnfit(string runId)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(runId);
        if (IsTooLong(runId))
            throw new ArgumentException($"The run id '{CleanText.Of(runId[..40])}...' has {Encoding.UTF8.GetByteCount(runId)} bytes in UTF-8; with checkpoints at most {MaxRunIdBytes} are allowed. Use a shorter one, such as a hash of it.", nameof(runId));
    }

    internal static string MostText { get; } = $"have at most {MaxRunIdBytes} bytes in UTF-8 with checkpoints: use a shorter one, such as a hash of it";

    internal static bool IsTooLong(string? runId) => runId is not null && Encoding.UTF8.GetByteCount(runId) > MaxRunIdBytes;
}
