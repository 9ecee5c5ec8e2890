using System.ComponentModel;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;

namespace AntFlow.Dataflow;

/// <summary>Identifies an item: a text, a number or a <see cref="Guid"/>. The kinds are distinct (<c>"1"</c> is not <c>1</c>).</summary>
/// <remarks>An item that is fed without an id gets an automatic one, made from its sequence number. It is printed as <c>#5</c> and equals no explicit id. The default value identifies nothing, and
/// methods that require an id reject it.
/// <para><c>ToString("R")</c> returns a text that <see cref="Parse"/> can read: <c>s:home</c>, <c>n:17</c>, <c>g:</c> and 32 digits, <c>#5</c>, and the empty text for the default value. JSON contains the same text, as
/// a string. Ids are ordered by kind; within a kind, texts are ordered ordinally, and numbers and guids by value.</para></remarks>
[JsonConverter(typeof(ItemIdJsonConverter))]
[TypeConverter(typeof(ItemIdTypeConverter))]
public readonly struct ItemId : IEquatable<ItemId>, IComparable<ItemId>, IComparable, IParsable<ItemId>
{
    private static readonly object _numberKind = new();
    private static readonly object _automaticKind = new();

    // A string, a boxed Guid, or one of the two markers above together with the number.
    private readonly object? _kind;
    private readonly long _number;

    private ItemId(object kind, long number)
    {
        _kind = kind;
        _number = number;
    }

    /// <summary>Creates an id from a text.</summary>
    /// <param name="text">The text; it is compared ordinally.</param>
    /// <exception cref="ArgumentException"><paramref name="text"/> is null or empty.</exception>
    public ItemId(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        _kind = text;
    }

    /// <summary>Creates an id from a number.</summary>
    /// <param name="number">Any number.</param>
    public ItemId(long number)
        : this(_numberKind, number)
    {
    }

    /// <summary>Creates an id from a <see cref="Guid"/>.</summary>
    /// <param name="guid">Any value.</param>
    public ItemId(Guid guid)
        : this(guid, 0)
    {
    }

    /// <summary>Whether this is the default value, which identifies nothing.</summary>
    public bool IsDefault => _kind is null;

    /// <summary>Whether the id was made from the sequence number of an item that was fed without an id.</summary>
    public bool IsAutomatic => ReferenceEquals(_kind, _automaticKind);

    /// <summary>The kind of value that the id was made from.</summary>
    public ItemIdKind Kind => _kind switch
    {
        null => ItemIdKind.None,
        string => ItemIdKind.Text,
        Guid => ItemIdKind.Guid,
        _ => IsAutomatic ? ItemIdKind.Automatic : ItemIdKind.Number,
    };

    /// <summary>The value: a <see cref="string"/>, a <see cref="long"/> (for an automatic id, the sequence number) or a <see cref="Guid"/>; null for the default id.</summary>
    public object? Value => _kind is null or string or Guid ? _kind : _number;

    internal long AutomaticNumber => _number;

    /// <summary>Creates an id from a text. The conversion never throws: null and the empty text give the default id, which methods that require an id reject.</summary>
    /// <param name="text">The text; it is compared ordinally.</param>
    public static implicit operator ItemId(string? text) => string.IsNullOrEmpty(text) ? default : new ItemId(text);

    /// <summary>Creates an id from a number.</summary>
    /// <param name="number">Any number.</param>
    public static implicit operator ItemId(long number) => new(number);

    /// <summary>Creates an id from a <see cref="Guid"/>.</summary>
    /// <param name="guid">Any value.</param>
    public static implicit operator ItemId(Guid guid) => new(guid);

    /// <summary>Returns whether two ids have the same kind and value.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator ==(ItemId left, ItemId right) => left.Equals(right);

    /// <summary>Returns whether two ids differ in kind or value.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator !=(ItemId left, ItemId right) => !left.Equals(right);

    /// <summary>Returns whether one id comes before another.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator <(ItemId left, ItemId right) => left.CompareTo(right) < 0;

    /// <summary>Returns whether one id comes before another or equals it.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator <=(ItemId left, ItemId right) => left.CompareTo(right) <= 0;

    /// <summary>Returns whether one id comes after another.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator >(ItemId left, ItemId right) => left.CompareTo(right) > 0;

    /// <summary>Returns whether one id comes after another or equals it.</summary>
    /// <param name="left">One id.</param>
    /// <param name="right">The other id.</param>
    public static bool operator >=(ItemId left, ItemId right) => left.CompareTo(right) >= 0;

    /// <summary>Creates an id from a text.</summary>
    /// <param name="text">The text; it is compared ordinally.</param>
    /// <returns>The id.</returns>
    /// <exception cref="ArgumentException"><paramref name="text"/> is null or empty.</exception>
    public static ItemId FromString(string text) => new(text);

    /// <summary>Creates an id from a number.</summary>
    /// <param name="number">Any number.</param>
    /// <returns>The id.</returns>
    public static ItemId FromInt64(long number) => new(number);

    /// <summary>Creates an id from a <see cref="Guid"/>.</summary>
    /// <param name="guid">Any value.</param>
    /// <returns>The id.</returns>
    public static ItemId FromGuid(Guid guid) => new(guid);

    /// <summary>Parses a text that <c>ToString("R")</c> has written.</summary>
    /// <param name="s">The text, such as <c>s:home</c> or <c>n:17</c>.</param>
    /// <returns>The id.</returns>
    /// <exception cref="FormatException"><paramref name="s"/> is not such a text.</exception>
    public static ItemId Parse(string s)
    {
        ArgumentNullException.ThrowIfNull(s);
        return ItemIdText.TryRead(s, out ItemId id) ? id : throw new FormatException(DescribeWrong(s));
    }

    /// <summary>Parses a text that <c>ToString("R")</c> has written. Does not throw.</summary>
    /// <param name="s">The text, such as <c>s:home</c> or <c>n:17</c>.</param>
    /// <param name="result">The id; the default value if the text cannot be parsed.</param>
    /// <returns>True if the text was parsed.</returns>
    public static bool TryParse([NotNullWhen(true)] string? s, out ItemId result)
    {
        result = default;
        return s is not null && ItemIdText.TryRead(s, out result);
    }

    /// <inheritdoc/>
    static ItemId IParsable<ItemId>.Parse(string s, IFormatProvider? provider) => Parse(s);

    /// <inheritdoc/>
    static bool IParsable<ItemId>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ItemId result) => TryParse(s, out result);

    internal static string DescribeWrong(string text) =>
        $"'{(text.Length <= 100 ? text : text[..97] + "...")}' is not an item id. Write s: before a text, n: before a number, g: before the 32 digits of a Guid, as ToString(\"R\") does.";

    /// <summary>Returns the text in which stores keep the id: kinds stay distinct.</summary>
    internal string ToStoredText() => _kind switch
    {
        string text => "s:" + text,
        Guid guid => "g:" + guid.ToString("N"),
        _ => string.Create(CultureInfo.InvariantCulture, $"n:{_number}"),
    };

    /// <summary>Returns the id of a text that a store kept.</summary>
    internal static ItemId OfStoredText(string stored) => stored.AsSpan(0, Math.Min(2, stored.Length)) switch
    {
        "s:" when stored.Length > 2 => new ItemId(stored[2..]),
        "g:" when Guid.TryParseExact(stored.AsSpan(2), "N", out Guid guid) => new ItemId(guid),
        "n:" when long.TryParse(stored.AsSpan(2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => new ItemId(number),
        _ => throw new FormatException($"'{stored}' is not a stored id."),
    };

    internal static ItemId Automatic(long sequence) => new(_automaticKind, sequence);

    /// <inheritdoc/>
    public bool Equals(ItemId other) =>
        _number == other._number && (ReferenceEquals(_kind, other._kind) || (_kind is not null && _kind.Equals(other._kind)));

    /// <inheritdoc/>
    public int CompareTo(ItemId other)
    {
        int kinds = ((int)Kind).CompareTo((int)other.Kind);
        return kinds != 0 ? kinds : (_kind, other._kind) switch
        {
            (string text, string otherText) => string.CompareOrdinal(text, otherText),
            (Guid guid, Guid otherGuid) => guid.CompareTo(otherGuid),
            _ => _number.CompareTo(other._number),
        };
    }

    /// <inheritdoc/>
    public int CompareTo(object? obj) => obj switch
    {
        null => 1,
        ItemId other => CompareTo(other),
        _ => throw new ArgumentException($"An item id cannot be compared with a {obj.GetType()}.", nameof(obj)),
    };

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

    /// <summary>Returns the id as text: <c>home</c>, <c>17</c>, <c>#5</c> for an automatic id, <c>(none)</c> for the default value.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => _kind switch
    {
        null => "(none)",
        string text => text,
        Guid guid => guid.ToString(),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(IsAutomatic ? "#" : string.Empty)}{_number}"),
    };

    /// <summary>Returns the id as text in a format.</summary>
    /// <param name="format"><c>G</c>, null or empty for display, as <see cref="ToString()"/>; <c>R</c> for a text that <see cref="Parse"/> can read.</param>
    /// <returns>The text.</returns>
    /// <exception cref="FormatException">The format is not supported.</exception>
    public string ToString(string? format) => format switch
    {
        null or "" or "G" => ToString(),
        "R" => ItemIdText.Write(this),
        _ => throw new FormatException($"An item id has no format '{format}'; use G, or R for a text that can be read back."),
    };
}
