namespace AntFlow.Dataflow;

/// <summary>Keeps what tasks do once (<c>StageContext.OnceAsync</c>).</summary>
internal interface IOnceKeeper
{
    /// <summary>Does it, unless it was done.</summary>
    Task<T> DoAsync<T>(OncePlace place, Func<CancellationToken, Task<T>> body, Func<CancellationToken, Task<(bool IsFound, T Value)>>? find);

    /// <summary>Forgets it: the next time it is done anew.</summary>
    Task ForgetAsync(OncePlace place);

    /// <summary>A text that names it for others: the same in every life until it is forgotten.</summary>
    string GetIdempotencyKey(OncePlace place);
}

/// <summary>Something an item does once in a stage.</summary>
/// <param name="Item">The item.</param>
/// <param name="Id">Its id.</param>
/// <param name="Stage">The name of the stage.</param>
/// <param name="StageIndex">Its number; 0 without a run.</param>
/// <param name="Key">The user's name for it.</param>
/// <param name="Token">The token of the attempt.</param>
internal readonly record struct OncePlace(ItemRecord Item, ItemId Id, string Stage, int StageIndex, string Key, CancellationToken Token);
