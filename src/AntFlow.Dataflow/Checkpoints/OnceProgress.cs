namespace AntFlow.Dataflow.Checkpoints;

/// <summary>What is known of something that an item does once.</summary>
internal enum OnceProgress
{
    /// <summary>It was not begun.</summary>
    NotBegun,

    /// <summary>This process has begun it and has no answer: its body has failed.</summary>
    Begun,

    /// <summary>An earlier process has begun it, and whether it was done is not known.</summary>
    Uncertain,

    /// <summary>An earlier process has done it, and its answer could not be stored.</summary>
    Unsaved,

    /// <summary>It is done, and the answer is there.</summary>
    Answered,
}

/// <summary>What comes next for it.</summary>
internal enum OnceMove
{
    /// <summary>Give the answer that is there.</summary>
    Give,

    /// <summary>Ask <c>find</c>.</summary>
    Find,

    /// <summary>Run the body.</summary>
    Run,

    /// <summary>Fail: whether it was done is not known.</summary>
    FailUncertain,

    /// <summary>Fail: it was done, and the answer is lost.</summary>
    FailUnsaved,
}

/// <summary>Decides what comes next for something that is done once. Pure.</summary>
internal static class OnceDecision
{
    /// <param name="progress">How far it is.</param>
    /// <param name="canFind">Whether <c>find</c> is there, and was not asked yet.</param>
    /// <param name="hasFind">Whether <c>find</c> is there.</param>
    /// <param name="failsIfUncertain">Whether <see cref="OnUncertain.Fail"/> is set.</param>
    public static OnceMove Next(OnceProgress progress, bool canFind, bool hasFind, bool failsIfUncertain) => progress switch
    {
        OnceProgress.Answered => OnceMove.Give,
        OnceProgress.NotBegun => OnceMove.Run,
        // Between the doing and the storing only the provider knows.
        _ when canFind => OnceMove.Find,
        // It was done for sure: a find that does not know it is no reason to do it again.
        OnceProgress.Unsaved => OnceMove.FailUnsaved,
        OnceProgress.Uncertain when failsIfUncertain && !hasFind => OnceMove.FailUncertain,
        _ => OnceMove.Run,
    };
}
