using System.Globalization;

namespace AntFlow.Dataflow.Checkpoints;

/// <summary>Where and how a copy that was read back differs from the written value.</summary>
internal sealed class ValueDifference(string what, string remedy)
{
    private readonly List<string> _path = [];

    public string What { get; } = what;

    public string Remedy { get; } = remedy;

    /// <summary>The location, from the outside in.</summary>
    public string Path => string.Concat(Enumerable.Reverse(_path));

    /// <summary>A different value.</summary>
    public static ValueDifference OfValues(object? value, object? copy) => new($"{Show(value)} became {Show(copy)}", copy is string text && text.Contains('\uFFFD', StringComparison.Ordinal)
        ? "Half a surrogate pair cannot be written in UTF-8; store such a text in another form, such as bytes."
        : "Give its members setters or constructor parameters, or a JsonConverter of your own.");

    /// <summary>A different type.</summary>
    public static ValueDifference OfTypes(Type type, Type copy) => new(
        $"{TypeNames.Of(type)} became {TypeNames.Of(copy)}", "Declare the type itself, list its derived types with [JsonDerivedType], or give it a JsonConverter of your own.");

    /// <summary>A different comparer.</summary>
    public static ValueDifference OfComparers(Type type) => new(
        $"the comparer of a {TypeNames.Of(type)} became the default one", "Only the default comparer comes back: create the collection with its comparer where you use it, or give it a JsonConverter of your own.");

    /// <summary>A different order.</summary>
    public static ValueDifference OfOrder(Type type) => new($"the order of a {TypeNames.Of(type)} became another one", "Use a list to keep an order of its own.");

    /// <summary>A different number of elements.</summary>
    public static ValueDifference OfCounts(int value, int copy) => new(
        string.Create(CultureInfo.InvariantCulture, $"{value} elements became {copy}"), "Store the elements in a form that keeps them unchanged, such as a list.");

    /// <summary>Adds the part in which the difference was found.</summary>
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
