using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>The kind of value that an <see cref="ItemId"/> was made from.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ItemIdKind>))]
public enum ItemIdKind
{
    /// <summary>None: the default value.</summary>
    None,

    /// <summary>The sequence number of an item that was fed without an id.</summary>
    Automatic,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A <see cref="System.Guid"/>.</summary>
    Guid,
}
