using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>How an item ended.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResultStatus>))]
public enum ResultStatus
{
    /// <summary>The item has passed all stages.</summary>
    Succeeded,

    /// <summary>The item failed in a stage, after its last attempt.</summary>
    Failed,

    /// <summary>The run was stopped or canceled before the item was done.</summary>
    Canceled,

    /// <summary>A filter (<c>ThenWhere</c>) did not let the item through. No failure: the error of its result is an <see cref="ItemFilteredException"/>.</summary>
    Filtered,
}
