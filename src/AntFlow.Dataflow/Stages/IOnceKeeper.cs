namespace AntFlow.Dataflow;

/// <summary>Runs and records what tasks do once (<c>StageContext.OnceAsync</c>).</summary>
internal interface IOnceKeeper
{
    /// <summary>Runs the function, unless it was completed before.</summary>
    Task<T> DoAsync<T>(OnceId id, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find);

    /// <summary>Forgets the record: the next call runs the function again.</summary>
    Task ForgetAsync(OnceId id);

    /// <summary>Returns a text that identifies the call to external services: it stays the same, also after a resume, until the call is forgotten.</summary>
    string GetIdempotencyKey(OnceId id);
}

/// <summary>One thing that an item does once in a stage.</summary>
/// <param name="Item">The item.</param>
/// <param name="Id">Its id.</param>
/// <param name="Stage">The name of the stage.</param>
/// <param name="StageIndex">Its number; 0 without a run.</param>
/// <param name="Key">The user's name for it.</param>
/// <param name="Token">The token of the attempt.</param>
internal readonly record struct OnceId(ItemRecord Item, ItemId Id, string Stage, int StageIndex, string Key, CancellationToken Token);
