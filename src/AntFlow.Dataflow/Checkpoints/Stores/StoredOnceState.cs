namespace AntFlow.Dataflow.Checkpoints;

/// <summary>How far something is that an item does once.</summary>
public enum StoredOnceState
{
    /// <summary>It was forgotten, and not begun again.</summary>
    Forgotten,

    /// <summary>It was begun; whether it was done is not known unless somebody asks the provider.</summary>
    Begun,

    /// <summary>It is done, and the answer is stored.</summary>
    Answered,

    /// <summary>It is done, and its answer could not be stored. It is not done again unless it is forgotten.</summary>
    Unsaved,
}
