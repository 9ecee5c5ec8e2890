namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What <c>OnceAsync</c> without a <c>find</c> does about something that was begun before a crash of the process, and may or may not have been done.</summary>
/// <remarks>A body that throws or times out is not meant: the next attempt of the same run does it again, if the retry policy makes one.</remarks>
public enum OnUncertain
{
    /// <summary>Do it (perhaps) again.</summary>
    RunAgain,

    /// <summary>Fail the attempt with an <see cref="UncertainAnswerException"/>, which is not tried again.</summary>
    Fail,
}
