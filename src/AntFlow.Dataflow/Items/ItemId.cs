using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Identifies an item: a text, a number or a <see cref="Guid"/>, and kinds are distinct (<c>"1"</c> is not <c>1</c>).</summary>
/// <remarks>An item fed without an id gets an automatic one, made of its sequence number; it prints as <c>#5</c> and equals no explicit id.
/// The default value identifies nothing and is refused wherever an id is asked for.</remarks>
public readonly struct ItemId : IEquatable<ItemId>
{
    private static readonly object _numberKind = new();
    private static readonly object _automaticKind = new();

    // A string, a boxed Guid, or one of the two markers above with the number beside it.
    private readonly object? _kind;
    private readonly long _number;

    private ItemId(object kind, long number)
    {
        _kind = kind;
        _number = number;
    }

    /// <summary>Makes an id from a text.</summary>
    /// <param name="text">The text; compared ordinally.</param>
    /// <exception cref="ArgumentException"><paramref name="text"/> is null or empty.</exception>
    public ItemId(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        _kind = text;
    }

    /// <summary>Makes an id from a number.</summary>
    /// <param name="number">Any number.</param>
    public ItemId(long number)
        : this(_numberKind, number)
    {
    }

    /// <summary>Makes an id from a <see cref="Guid"/>.</summary>
    /// <param name="guid">Any value.</param>
    public ItemId(Guid guid)
        : this(guid, 0)
    {
    }

    /// <summary>Whether this is the default value, which identifies nothing.</summary>
    public bool IsDefault => _kind is null;

    /// <summary>Whether the id was made from the item's sequence number because the item was fed without one.</summary>
    public bool IsAutomatic => ReferenceEquals(_kind, _automaticKind);

    internal long AutomaticNumber => _number;

    /// <summary>Makes an id from a text.</summary>
    /// <param name="text">The text; compared ordinally.</param>
    public static implicit operator ItemId(string text) => new(text);

    /// <summary>Makes an id from a number.</summary>
    /// <param name="number">Any number.</param>
    public static implicit operator ItemId(long number) => new(number);

    /// <summary>Makes an id from a <see cref="Guid"/>.</summary>
    /// <param name="guid">Any value.</param>
    public static implicit operator ItemId(Guid guid) => new(guid);

    /// <summary>Whether two ids are of the same kind and value.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator ==(ItemId left, ItemId right) => left.Equals(right);

    /// <summary>Whether two ids differ in kind or value.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator !=(ItemId left, ItemId right) => !left.Equals(right);

    /// <summary>Makes an id from a text.</summary>
    /// <param name="text">The text; compared ordinally.</param>
    /// <returns>The id.</returns>
    public static ItemId FromString(string text) => new(text);

    /// <summary>Makes an id from a number.</summary>
    /// <param name="number">Any number.</param>
    /// <returns>The id.</returns>
    public static ItemId FromInt64(long number) => new(number);

    /// <summary>Makes an id from a <see cref="Guid"/>.</summary>
    /// <param name="guid">Any value.</param>
    /// <returns>The id.</returns>
    public static ItemId FromGuid(Guid guid) => new(guid);

    /// <summary>The id as stores keep it: kinds stay distinct.</summary>
    internal string ToStoredText() => _kind switch
    {
        string text => "s:" + text,
        Guid guid => "g:" + guid.ToString("N"),
        _ => string.Create(CultureInfo.InvariantCulture, $"n:{_number}"),
    };

    /// <summary>The id a store kept.</summary>
    internal static ItemId OfStoredText(string stored) => stored.AsSpan(0, Math.Min(2, stored.Length)) switch
    {
        "s:" when stored.Length > 2 => new ItemId(stored[2..]),
        "g:" when Guid.TryParseExact(stored.AsSpan(2), "N", out Guid guid) => new ItemId(guid),
        "n:" when long.TryParse(stored.AsSpan(2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => new ItemId(number),
        _ => throw new FormatException($"'{stored}' is no stored id."),
    };

    internal static ItemId Automatic(long sequence) => new(_automaticKind, sequence);

    /// <inheritdoc/>
    public bool Equals(ItemId other) =>
        _number == other._number && (ReferenceEquals(_kind, other._kind) || (_kind is not null && _kind.Equals(other._kind)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ItemId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _kind switch
    {
        null => 0,
        string text => string.GetHashCode(text, StringComparison.Ordinal),
        Guid guid => guid.GetHashCode(),
        _ => HashCode.Combine(IsAutomatic, _number),
    };

    /// <summary>The id as text: <c>home</c>, <c>17</c>, <c>#5</c> for an automatic one, <c>(none)</c> for the default value.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _kind switch
    {
        null => "(none)",
        string text => text,
        Guid guid => guid.ToString(),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(IsAutomatic ? "#" : string.Empty)}{_number}"),
    };
}
