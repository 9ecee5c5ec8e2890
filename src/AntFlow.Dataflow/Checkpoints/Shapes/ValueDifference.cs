using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Where and how what was read back differs from what was written.</summary>
internal sealed class ValueDifference(string what, string remedy)
{
    private readonly List<string> _path = [];

    public string What { get; } = what;

    public string Remedy { get; } = remedy;

    /// <summary>Where, from the outside in.</summary>
    public string Path => string.Concat(Enumerable.Reverse(_path));

    /// <summary>Another value.</summary>
    public static ValueDifference OfValues(object? value, object? copy) => new($"{Show(value)} became {Show(copy)}", copy is string text && text.Contains('\uFFFD', StringComparison.Ordinal)
        ? "Half a surrogate pair cannot be written in UTF-8; keep such a text in another way, such as bytes."
        : "Give its members setters or constructor parameters, or a JsonConverter of your own.");

    /// <summary>Another type.</summary>
    public static ValueDifference OfTypes(Type type, Type copy) => new(
        $"{TypeNames.Of(type)} became {TypeNames.Of(copy)}", "Declare the type itself, list its derived types with [JsonDerivedType], or give it a JsonConverter of your own.");

    /// <summary>Another comparer.</summary>
    public static ValueDifference OfComparers(Type type) => new(
        $"the comparer of a {TypeNames.Of(type)} became the default one", "Only the default comparer comes back: make the collection with its comparer where it is used, or give it a JsonConverter of your own.");

    /// <summary>Another order.</summary>
    public static ValueDifference OfOrder(Type type) => new($"the order of a {TypeNames.Of(type)} became another one", "Keep what has an order of its own as a list.");

    /// <summary>Another number of elements.</summary>
    public static ValueDifference OfCounts(int value, int copy) => new(
        string.Create(CultureInfo.InvariantCulture, $"{value} elements became {copy}"), "Keep what a collection makes of its elements in another way, such as a list.");

    /// <summary>Says in what it was found.</summary>
    public ValueDifference In(string part)
    {
        _path.Add(part);
        return this;
    }

    private static string Show(object? value) => value switch
    {
        null => "null",
        string text => $"\"{(text.Length <= 40 ? text : $"{text[..40]}...")}\"",
        DateTime time => $"{time.ToString("O", CultureInfo.InvariantCulture)} ({time.Kind})",
        DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
        double number when double.IsNegative(number) && number == 0 => "-0",
        IFormattable leaf => leaf.ToString(null, CultureInfo.InvariantCulture),
        bool flag => flag ? "true" : "false",
        _ => $"a {TypeNames.Of(value.GetType())}",
    };
}
