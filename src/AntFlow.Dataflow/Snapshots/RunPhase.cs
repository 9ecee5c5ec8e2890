using System.Text.Json.Serialization;

namespace AntFlow.Dataflow.Snapshots;

/// <summary>How far a run is on its way to its end. Only ever rises.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RunPhase>))]
public enum RunPhase
{
    /// <summary>Items may start. Also while it is paused, and after <c>Complete()</c>, which lets everything go on to the end.</summary>
    Running,

    /// <summary>It is being stopped gently: nothing is accepted or tried again, and what may still go on does.</summary>
    Stopping,

    /// <summary>It was canceled: nothing starts any more, and what runs is told by its token.</summary>
    Canceling,

    /// <summary>Every accepted item has ended, and no more can come.</summary>
    Ended,
}
