using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>What holds a run back.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<BottleneckKind>))]
public enum BottleneckKind
{
    /// <summary>Nothing to do: every accepted item has ended, and no other one comes; or what waits is about to be taken.</summary>
    Nothing,

    /// <summary>Items do not come fast enough: workers of the first stage have nothing to do.</summary>
    Feeder,

    /// <summary>The workers of a stage are all busy, or what they have in hand is all there is left.</summary>
    Workers,

    /// <summary>As <see cref="Workers"/>, and workers of the stage before wait for room in that stage already.</summary>
    Downstream,

    /// <summary>Items of a stage wait for a permit of a task with a limit (<c>maxConcurrency</c>).</summary>
    TaskLimit,

    /// <summary>Items of a stage wait for their next attempt, and nothing else can go on there: they hold all places (<c>MaxInFlight</c>), or they are all there is left.</summary>
    Backoff,

    /// <summary>As <see cref="Backoff"/>, where most of those that wait were throttled.</summary>
    Throttled,

    /// <summary>Items that ran at crashes of the process wait until fewer such items run (<see cref="StageSnapshot.Suspects"/>), and nothing else can go on there.</summary>
    Suspects,

    /// <summary>The results are not read fast enough.</summary>
    Reader,

    /// <summary>The store of the checkpoints fails, or items wait to be saved in it; or the run is still being opened there.</summary>
    Store,

    /// <summary>An observer of the run, such as the callbacks of a tracker, is too slow: workers and feeders wait for it.</summary>
    Observer,

    /// <summary>The run is paused, or a stage in which items wait.</summary>
    Paused,

    /// <summary>The run is being stopped or canceled.</summary>
    Stopping,

    /// <summary>The run has ended.</summary>
    Finished,
}
