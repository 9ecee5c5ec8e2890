namespace AntFlow.Dataflow;

/// <summary>A value to feed, with its id, priority and metadata. If you need none of these, feed the plain value.</summary>
/// <typeparam name="T">The type of the value.</typeparam>
/// <param name="value">The value that the stage gets.</param>
public sealed class WorkItem<T>(T value)
{
    private Dictionary<string, object?>? _metadata;

    /// <summary>The value that the stage gets.</summary>
    public T Value { get; } = value;

    /// <summary>The id of the item. Default: null; the item then gets an automatic id such as <c>#5</c>.</summary>
    /// <exception cref="ArgumentException">The default <see cref="ItemId"/> identifies nothing.</exception>
    public ItemId? Id
    {
        get;
        init => field = value is { IsDefault: true } ? throw new ArgumentException("The default ItemId identifies nothing; use a text, a number or a Guid, or leave Id null.", nameof(value)) : value;
    }

    /// <summary>The priority of the item; a lower number goes first. Default: null; the item then has the priority of the feed call, or else <see cref="ItemPriority.Normal"/>.</summary>
    public int? Priority { get; init; }

    /// <summary>Metadata that is passed with the item to every task, callback, event and result. Copied when the item is fed. Default: empty.</summary>
    public IDictionary<string, object?> Metadata => _metadata ??= new Dictionary<string, object?>(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, object?>? CopyMetadata() =>
        _metadata is { Count: > 0 } ? new Dictionary<string, object?>(_metadata, StringComparer.Ordinal) : null;
}
