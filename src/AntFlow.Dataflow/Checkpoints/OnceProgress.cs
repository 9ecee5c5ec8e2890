namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The known progress of a <c>OnceAsync</c> call.</summary>
internal enum OnceProgress
{
    /// <summary>It was not begun.</summary>
    NotBegun,

    /// <summary>This process has begun it and has no answer: its body has failed.</summary>
    Begun,

    /// <summary>An earlier process has begun it, and whether it was done is unknown.</summary>
    Uncertain,

    /// <summary>An earlier process has done it, and its answer could not be stored.</summary>
    Unsaved,

    /// <summary>It is done, and the answer is available.</summary>
    Answered,
}

/// <summary>The next action for a <c>OnceAsync</c> call.</summary>
internal enum OnceMove
{
    /// <summary>Return the available answer.</summary>
    Give,

    /// <summary>Call <c>find</c>.</summary>
    Find,

    /// <summary>Run the body.</summary>
    Run,

    /// <summary>Fail: whether it was done is unknown.</summary>
    FailUncertain,

    /// <summary>Fail: it was done, and the answer is lost.</summary>
    FailUnsaved,
}

/// <summary>Decides the next action for a <c>OnceAsync</c> call. Pure.</summary>
internal static class OnceDecision
{
    /// <param name="progress">The progress of the call.</param>
    /// <param name="canFind">Whether there is a <c>find</c> that has not been called yet.</param>
    /// <param name="hasFind">Whether there is a <c>find</c>.</param>
    /// <param name="failsIfUncertain">Whether <see cref="UncertainAnswerHandling.Fail"/> is set.</param>
    public static OnceMove Next(OnceProgress progress, bool canFind, bool hasFind, bool failsIfUncertain) => progress switch
    {
        OnceProgress.Answered => OnceMove.Give,
        OnceProgress.NotBegun => OnceMove.Run,
        // Between doing and storing, only the provider knows the answer.
        _ when canFind => OnceMove.Find,
        // It was certainly done: a find without a result is no reason to do it again.
        OnceProgress.Unsaved => OnceMove.FailUnsaved,
        OnceProgress.Uncertain when failsIfUncertain && !hasFind => OnceMove.FailUncertain,
        _ => OnceMove.Run,
    };
}
