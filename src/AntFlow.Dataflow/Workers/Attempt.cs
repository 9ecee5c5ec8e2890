namespace AntFlow.Dataflow;

/// <summary>The state of a worker's present attempt.</summary>
internal struct Attempt
{
    public long BeganAt;

    /// <summary>Whether the time was over before the call could begin, so that it was not made.</summary>
    public bool IsTooLate;

    /// <summary>Whether an earlier look was reported as the start of the call: all looks that find no answer are one call, which has not ended yet.</summary>
    public bool IsOfStartedCall;

    /// <summary>Whether the time for all attempts in the stage ends before the time for this attempt.</summary>
    public bool IsOfItem;

    /// <summary>Ends the attempt when its time is over; null without a limit.</summary>
    public AttemptTimer? Timer;

    /// <summary>Whether the task was given a context, which becomes invalid when the attempt ends.</summary>
    public bool HasContext;

    public readonly bool HasTimedOut => IsTooLate || Timer is { HasFired: true };

    /// <summary>Whether the time for all attempts in the stage ran out.</summary>
    public readonly bool IsItemTimedOut => HasTimedOut && IsOfItem;
}
