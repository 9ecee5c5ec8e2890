namespace AntFlow.Dataflow;

/// <summary>Where a stored item goes on. Pure.</summary>
/// <param name="Stage">The index of the stage; the number of stages if it has passed all.</param>
/// <param name="HasFailed">Whether it stays failed.</param>
/// <param name="KeepsAttempts">Whether what it has gone through in that stage still counts: failed attempts, delays, deaths of the process.</param>
internal readonly record struct ResumePoint(int Stage, bool HasFailed, bool KeepsAttempts)
{
    /// <summary>Decides.</summary>
    /// <param name="item">The stored item.</param>
    /// <param name="firstChanged">The first stage that is another one than when the item was stored; the number of stages if none is.</param>
    /// <param name="resumeFailed">Whether failed items are tried again.</param>
    public static ResumePoint Of(StoredItem item, int firstChanged, bool resumeFailed)
    {
        if (item.Stage > firstChanged)
            return new ResumePoint(firstChanged, HasFailed: false, KeepsAttempts: false);
        bool isChanged = item.Stage == firstChanged && item.State != StoredItemState.Succeeded;
        if (item.State == StoredItemState.Failed)
            return resumeFailed || isChanged ? new ResumePoint(item.Stage, HasFailed: false, KeepsAttempts: false) : new ResumePoint(item.Stage, HasFailed: true, KeepsAttempts: true);
        return new ResumePoint(item.Stage, HasFailed: false, KeepsAttempts: !isChanged);
    }

    /// <summary>What is left of a delay: never more than all of it, whatever the clock says.</summary>
    public static TimeSpan DelayLeft(StoredItem item, DateTimeOffset now)
    {
        if (item.NextAttemptAt is not { } due || due <= now)
            return TimeSpan.Zero;
        return due - now < item.Backoff ? due - now : item.Backoff;
    }
}
