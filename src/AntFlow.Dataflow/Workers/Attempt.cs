namespace AntFlow.Dataflow;

/// <summary>What a worker knows of the attempt it is at.</summary>
internal struct Attempt
{
    public long BeganAt;

    /// <summary>The time was over before the call could begin: it was not made.</summary>
    public bool IsTooLate;

    /// <summary>Whether it is the time for all attempts in the stage that ends first.</summary>
    public bool IsOfItem;

    /// <summary>Ends the attempt when its time is over; null without a limit.</summary>
    public AttemptTimer? Timer;

    /// <summary>Whether the task was given a context, which dies with the attempt.</summary>
    public bool HasContext;

    public readonly bool HasTimedOut => IsTooLate || Timer is { HasFired: true };

    /// <summary>Whether it was the time for all attempts in the stage that ran out.</summary>
    public readonly bool IsItemTimedOut => HasTimedOut && IsOfItem;
}
