namespace AntFlow.Dataflow;

/// <summary>Whether a worker may begin the next task of the item in its hands.</summary>
internal enum Entry
{
    /// <summary>It may.</summary>
    Go,

    /// <summary>The task's limit is reached: the worker waits on its slip, true for a permit, false if the item was canceled (and counted) meanwhile.</summary>
    Wait,

    /// <summary>The stage is paused: the item is back in the front, out of the worker's hands.</summary>
    Away,

    /// <summary>The run is closing; the item was counted as canceled.</summary>
    Canceled,
}

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
