namespace AntFlow.Dataflow.Checkpoints;

/// <summary>A <c>OnceAsync</c> call of an item.</summary>
/// <remarks>Guarded by the lock of the item's record while no call is <see cref="Running"/>; otherwise only the running call writes it.</remarks>
internal sealed class OnceEntry
{
    /// <summary>The stored state of an earlier process, until a call takes it over; only a call knows the type of the answer.</summary>
    public StoredOnce? Stored { get; set; }

    /// <summary>How often it was forgotten.</summary>
    public int Generation { get; set; }

    /// <summary>The progress of the call. Valid once <see cref="Stored"/> is taken over.</summary>
    public OnceProgress Progress { get; set; }

    /// <summary>The answer as it was returned, until it is serialized: it is kept even if that fails.</summary>
    public object? Value { get; set; }

    /// <summary>The answer, serialized; null if it has not been or cannot be serialized.</summary>
    public ReadOnlyMemory<byte>? Answer { get; set; }

    /// <summary>The type of the answer.</summary>
    public Type? AnswerType { get; set; }

    /// <summary>Whether the store knows that the call is done: it has the answer, or the fact that the answer could not be stored.</summary>
    public bool IsAnswerStored { get; set; }

    /// <summary>The call that works on it at present; other calls with the same key wait for it.</summary>
    public Task? Running { get; set; }

    /// <summary>Sets the answer.</summary>
    public void SetAnswer<T>(T value) =>
        (Stored, Progress, Value, Answer, AnswerType, IsAnswerStored) = (null, OnceProgress.Answered, value, null, typeof(T), false);

    /// <summary>Takes over the stored state of an earlier process.</summary>
    public void TakeOver(OnceProgress progress) => (Stored, Progress, Value, Answer, AnswerType, IsAnswerStored) = (null, progress, null, null, null, false);

    /// <summary>Begins a new generation.</summary>
    public void Forget()
    {
        TakeOver(OnceProgress.NotBegun);
        Generation++;
    }
}
