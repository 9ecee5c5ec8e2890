namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The point at which a stored item resumes. Pure.</summary>
/// <param name="Stage">The index of the stage; <see cref="GraphShape.End"/> if it has passed all.</param>
/// <param name="HasEnded">Whether it stays failed or filtered out.</param>
/// <param name="KeepsAttempts">Whether its history in that stage still counts: failed attempts, delays, crashes of the process.</param>
internal readonly record struct ResumePoint(int Stage, bool HasEnded, bool KeepsAttempts)
{
    /// <summary>Determines the point.</summary>
    /// <param name="item">The stored item.</param>
    /// <param name="resumeFailed">Whether failed items are tried again.</param>
    public static ResumePoint Of(StoredItem item, bool resumeFailed)
    {
        bool hasFailed = item.State == StoredItemState.Failed;
        return new ResumePoint(item.StageIndex, item.State == StoredItemState.Filtered || (hasFailed && !resumeFailed), KeepsAttempts: !hasFailed || !resumeFailed);
    }

    /// <summary>Whether an item has reached a stage that has changed.</summary>
    /// <param name="item">The stored item.</param>
    /// <param name="firstChanged">The first stage that has changed since the item was stored; the end if only stages behind it were removed.</param>
    /// <param name="end">The position of an item that has passed all current stages (<see cref="GraphShape.End"/>).</param>
    public static bool IsTouched(StoredItem item, int firstChanged, int end) =>
        item.StageIndex > firstChanged || (item.StageIndex == firstChanged && (item.State != StoredItemState.Succeeded || firstChanged < end));

    /// <summary>The rest of a delay: never more than the whole delay, whatever the clock shows.</summary>
    public static TimeSpan DelayLeft(StoredItem item, DateTimeOffset now)
    {
        if (item.NextAttemptAt is not { } due || due <= now)
            return TimeSpan.Zero;
        return due - now < item.Backoff ? due - now : item.Backoff;
    }
}
