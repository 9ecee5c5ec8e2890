namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What <c>OnceAsync</c> without a <c>find</c> does about a call that was begun before the process crashed and that may or may not have been done.</summary>
/// <remarks>This does not apply to a body that throws or times out: the next attempt of the same run calls it again, if the retry policy allows one.</remarks>
public enum UncertainAnswerHandling
{
    /// <summary>Run the call again. It may then be done twice.</summary>
    RunAgain,

    /// <summary>Fail the attempt with an <see cref="UncertainAnswerException"/>, which is not retried.</summary>
    Fail,
}
