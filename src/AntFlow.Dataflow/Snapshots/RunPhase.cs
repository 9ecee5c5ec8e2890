using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>The phase of a run. A run never returns to an earlier phase.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunPhase>))]
public enum RunPhase
{
    /// <summary>Items may start. Also the phase of a paused run, and of a run after <c>Complete()</c>, which processes everything to the end.</summary>
    Running,

    /// <summary>The run is being stopped gently: it accepts and retries nothing, and work that the stop mode allows continues.</summary>
    Stopping,

    /// <summary>The run was canceled: nothing starts any more, and the tokens of running tasks are canceled.</summary>
    Canceling,

    /// <summary>Every accepted item has ended, and no more items can be fed.</summary>
    Ended,
}
