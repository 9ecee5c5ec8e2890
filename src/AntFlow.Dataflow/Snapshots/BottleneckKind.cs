using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>The kind of a bottleneck.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BottleneckKind>))]
public enum BottleneckKind
{
    /// <summary>There is nothing to do: every accepted item has ended and no other one arrives, or the waiting items are about to be taken.</summary>
    Nothing,

    /// <summary>Items do not arrive fast enough: workers of the first stage are idle.</summary>
    Feeder,

    /// <summary>All workers of a stage are busy, or the items that they process are the only ones left.</summary>
    Workers,

    /// <summary>Same as <see cref="Workers"/>, and workers of the previous stage already wait for room in that stage.</summary>
    Downstream,

    /// <summary>Items of a stage wait for a permit of a task with a limit (<c>maxConcurrency</c>).</summary>
    TaskLimit,

    /// <summary>Items of a stage wait for their next attempt, and no other item can start there: the waiting items occupy all places (<c>MaxInFlight</c>), or they are the only ones
    /// left.</summary>
    Backoff,

    /// <summary>Same as <see cref="Backoff"/>, and most of the waiting items were throttled.</summary>
    Throttled,

    /// <summary>Items of a stage wait because other items of their key are in the stage (<c>StageOptions.SerialBy</c>), and no other item waits that could start there.</summary>
    Key,

    /// <summary>Items of a stage that polls wait for their next look, and they occupy all places (<c>MaxInFlight</c>) or are the only ones left.</summary>
    Polling,

    /// <summary>Items that ran at crashes of the process wait until fewer such items run (<see cref="StageSnapshot.Suspects"/>), and no other item can start there.</summary>
    Suspects,

    /// <summary>The results are not read fast enough.</summary>
    Reader,

    /// <summary>The checkpoint store fails, or items wait to be saved in it, or the run is still being opened there.</summary>
    Store,

    /// <summary>An observer of the run, such as the callbacks of a tracker, is too slow: workers and feeders wait for it.</summary>
    Observer,

    /// <summary>The run is paused, or a stage with waiting items is paused.</summary>
    Paused,

    /// <summary>The run is being stopped or canceled.</summary>
    Stopping,

    /// <summary>The run has ended.</summary>
    Finished,
}
