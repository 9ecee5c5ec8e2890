namespace AntFlow.Dataflow;

/// <summary>What became of an item that asked to be accepted.</summary>
internal enum Acceptance
{
    /// <summary>It has its sequence number and will have a result.</summary>
    Accepted,

    /// <summary>There is no room, and the feeder would not wait.</summary>
    Full,

    /// <summary>The run takes nothing more.</summary>
    Closed,
}

/// <summary>What a feeder has, or wants.</summary>
internal enum FeedTerms
{
    /// <summary>The item is taken at once; the feeder waits afterwards if the front is above its capacity.</summary>
    ThenWait,

    /// <summary>The item is taken only if there is room.</summary>
    IfRoom,

    /// <summary>Room was promised: the item is taken whatever has happened since. If the run is closing, it ends Canceled.</summary>
    Promised,

    /// <summary>As <see cref="Promised"/>, but the promise was another stage's.</summary>
    Owed,
}
