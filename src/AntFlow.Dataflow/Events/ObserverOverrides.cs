namespace AntFlow.Dataflow.Observers;

/// <summary>Finds out which callbacks an observer overrides.</summary>
/// <remarks>A delegate contains the method that a call would reach, also in an application compiled ahead of time, where the methods of a type cannot be listed. If even that is unknown, the
/// answer is null.</remarks>
internal static class ObserverOverrides
{
    private delegate void OfItem(in ItemObservation item);

    private delegate void OfTask(in TaskObservation call);

    /// <summary>Returns whether the observer overrides the wait for room; null if that is unknown.</summary>
    public static bool? WaitForRoom(PipelineObserver observer) => IsOverridden((Func<CancellationToken, ValueTask>)observer.WaitForRoomAsync);

    /// <summary>Returns the callbacks that are overridden but never called, each with the interest that it needs.</summary>
    /// <param name="observer">The observer.</param>
    /// <param name="interests">The interests of the observer.</param>
    public static IEnumerable<(string Callback, ObserverInterests Needs)> NeverCalled(PipelineObserver observer, ObserverInterests interests)
    {
        (Delegate Callback, ObserverInterests Needs)[] callbacks =
        [
            ((OfItem)observer.OnAccepted, ObserverInterests.Acceptance),
            ((OfItem)observer.OnStatus, ObserverInterests.Statuses),
            ((OfTask)observer.OnTask, ObserverInterests.Tasks),
        ];
        foreach ((Delegate callback, ObserverInterests needs) in callbacks)
        {
            if ((interests & needs) == ObserverInterests.None && IsOverridden(callback) == true)
                yield return (callback.Method.Name, needs);
        }
    }

    private static bool? IsOverridden(Delegate callback)
    {
        try
        {
            return callback.Method.DeclaringType != typeof(PipelineObserver);
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }
}
