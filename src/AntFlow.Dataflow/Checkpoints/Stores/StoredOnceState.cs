namespace AntFlow.Dataflow.Checkpoints;

/// <summary>The state of a stored <c>OnceAsync</c> call.</summary>
public enum StoredOnceState
{
    /// <summary>It was forgotten and has not begun again.</summary>
    Forgotten,

    /// <summary>It was begun. Whether it was done is unknown until the provider is asked.</summary>
    Begun,

    /// <summary>It is done, and the answer is stored.</summary>
    Answered,

    /// <summary>It is done, and its answer could not be stored. It is not done again unless it is forgotten.</summary>
    Unsaved,
}
