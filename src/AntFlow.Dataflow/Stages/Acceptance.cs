namespace AntFlow.Dataflow;

/// <summary>The result of asking a stage to accept an item.</summary>
internal enum Acceptance
{
    /// <summary>The item has its sequence number and will have a result.</summary>
    Accepted,

    /// <summary>There is no room, and the feeder does not wait.</summary>
    Full,

    /// <summary>The run takes no more items.</summary>
    Closed,
}

/// <summary>What a feeder has, or asks for.</summary>
internal enum AcceptMode
{
    /// <summary>The item is taken at once; the feeder waits afterwards if the front is above its capacity.</summary>
    ThenWait,

    /// <summary>The item is taken only if there is room.</summary>
    IfRoom,

    /// <summary>Room was promised: the item is taken whatever has happened since. If the run is closing, the item ends Canceled.</summary>
    Promised,

    /// <summary>As <see cref="Promised"/>, but another stage gave the promise.</summary>
    Owed,
}
