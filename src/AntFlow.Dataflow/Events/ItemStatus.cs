using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>What happened to an item in a stage, as a tracker reports it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ItemStatus>))]
public enum ItemStatus
{
    /// <summary>The item arrived in the stage. Always comes before <see cref="InProgress"/> of the same stage.</summary>
    Queued,

    /// <summary>An attempt started: a worker has the item, and a permit if its task has a limit.</summary>
    InProgress,

    /// <summary>An attempt failed or was throttled; the item waits for the next one.</summary>
    Retrying,

    /// <summary>The stage handed the item on without running its tasks (<c>SkipIf</c>).</summary>
    Skipped,

    /// <summary>The stage has processed the item. Reported once per stage.</summary>
    Completed,

    /// <summary>The item failed and is not tried again. No further status follows.</summary>
    Failed,

    /// <summary>The item was canceled. No further status follows.</summary>
    Canceled,

    /// <summary>A filter did not let the item through (<c>ThenWhere</c>). No further status follows.</summary>
    Filtered,
}
