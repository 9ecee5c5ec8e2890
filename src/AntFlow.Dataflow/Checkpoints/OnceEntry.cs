namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Something an item does once.</summary>
/// <remarks>Guarded by the lock of the item's record while nothing of it is <see cref="Running"/>, and else written by the call that runs it alone.</remarks>
internal sealed class OnceEntry
{
    /// <summary>What an earlier process has stored of it, until a call has taken it over, which takes the type of the answer.</summary>
    public StoredOnce? Stored { get; set; }

    /// <summary>How often it was forgotten.</summary>
    public int Generation { get; set; }

    /// <summary>How far it is. Counts once <see cref="Stored"/> is taken over.</summary>
    public OnceProgress Progress { get; set; }

    /// <summary>The answer as it was given, as long as it was not turned into bytes: it is there whatever becomes of that.</summary>
    public object? Value { get; set; }

    /// <summary>The answer, serialized; null if it was not, or cannot be.</summary>
    public ReadOnlyMemory<byte>? Answer { get; set; }

    /// <summary>The type of the answer.</summary>
    public Type? AnswerType { get; set; }

    /// <summary>Whether the store knows that it is done: the answer, or that this could not be stored.</summary>
    public bool IsAnswerStored { get; set; }

    /// <summary>The call that works on it at present: others of the same name wait for it.</summary>
    public Task? Running { get; set; }

    /// <summary>There is an answer.</summary>
    public void SetAnswer<T>(T value) =>
        (Stored, Progress, Value, Answer, AnswerType, IsAnswerStored) = (null, OnceProgress.Answered, value, null, typeof(T), false);

    /// <summary>Takes over what an earlier process has stored.</summary>
    public void TakeOver(OnceProgress progress) => (Stored, Progress, Value, Answer, AnswerType, IsAnswerStored) = (null, progress, null, null, null, false);

    /// <summary>Begins a new generation.</summary>
    public void Forget()
    {
        TakeOver(OnceProgress.NotBegun);
        Generation++;
    }
}
