namespace AntFlow.Dataflow;

/// <summary>What to do about something that was begun, and nobody knows whether it was done: the process died in between.</summary>
public enum OnUncertain
{
    /// <summary>Do it (perhaps) again.</summary>
    RunAgain,

    /// <summary>Fail the attempt with an <see cref="UncertainAnswerException"/>, which is not tried again.</summary>
    Fail,
}
