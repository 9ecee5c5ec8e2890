using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>What happened to an item in a stage, as a tracker tells it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ItemStatus>))]
public enum ItemStatus
{
    /// <summary>It arrived in the stage. Always comes before <see cref="InProgress"/> of the same stage.</summary>
    Queued,

    /// <summary>An attempt began: a worker has the item, and a permit if its task has a limit.</summary>
    InProgress,

    /// <summary>An attempt failed or was throttled; the item waits for the next one.</summary>
    Retrying,

    /// <summary>The stage let it pass without running its tasks (<c>SkipIf</c>).</summary>
    Skipped,

    /// <summary>The stage is done with it. Said once per stage.</summary>
    Completed,

    /// <summary>It failed for good. Nothing comes after this.</summary>
    Failed,

    /// <summary>It was canceled. Nothing comes after this.</summary>
    Canceled,
}
