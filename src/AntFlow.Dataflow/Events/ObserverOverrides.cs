namespace AntFlow.Dataflow.Observers;

/// <summary>Which callbacks an observer overrides.</summary>
/// <remarks>A delegate knows the method that a call would reach, also in a program that is compiled ahead of time, where the methods of a type cannot be listed. Where even that is not known, the
/// answer is null.</remarks>
internal static class ObserverOverrides
{
    private delegate void OfItem(in ItemObservation item);

    private delegate void OfTask(in TaskObservation call);

    /// <summary>Whether there is anything to wait for where the observer is full.</summary>
    public static bool? WaitForRoom(PipelineObserver observer) => IsOverridden((Func<CancellationToken, ValueTask>)observer.WaitForRoomAsync);

    /// <summary>The callbacks that are overridden and never called, each with the interest it needs.</summary>
    /// <param name="observer">The observer.</param>
    /// <param name="interests">What it asks for.</param>
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
