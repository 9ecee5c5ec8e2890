namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Where a stored item goes on. Pure.</summary>
/// <param name="Stage">The index of the stage; <see cref="GraphShape.End"/> if it has passed all.</param>
/// <param name="HasFailed">Whether it stays failed.</param>
/// <param name="KeepsAttempts">Whether what it has gone through in that stage still counts: failed attempts, delays, deaths of the process.</param>
internal readonly record struct ResumePoint(int Stage, bool HasFailed, bool KeepsAttempts)
{
    /// <summary>Decides.</summary>
    /// <param name="item">The stored item.</param>
    /// <param name="resumeFailed">Whether failed items are tried again.</param>
    public static ResumePoint Of(StoredItem item, bool resumeFailed)
    {
        bool hasFailed = item.State == StoredItemState.Failed;
        return new ResumePoint(item.StageIndex, hasFailed && !resumeFailed, KeepsAttempts: !hasFailed || !resumeFailed);
    }

    /// <summary>Whether an item has come to a stage that has changed.</summary>
    /// <param name="item">The stored item.</param>
    /// <param name="firstChanged">The first stage that is another one than when the item was stored; the end if only such behind it were removed.</param>
    /// <param name="end">Where an item stands that has passed all stages there are now (<see cref="GraphShape.End"/>).</param>
    public static bool IsTouched(StoredItem item, int firstChanged, int end) =>
        item.StageIndex > firstChanged || (item.StageIndex == firstChanged && (item.State != StoredItemState.Succeeded || firstChanged < end));

    /// <summary>What is left of a delay: never more than all of it, whatever the clock says.</summary>
    public static TimeSpan DelayLeft(StoredItem item, DateTimeOffset now)
    {
        if (item.NextAttemptAt is not { } due || due <= now)
            return TimeSpan.Zero;
        return due - now < item.Backoff ? due - now : item.Backoff;
    }
}
