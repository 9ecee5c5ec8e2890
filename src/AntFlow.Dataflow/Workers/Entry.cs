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
