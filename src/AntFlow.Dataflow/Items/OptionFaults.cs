using System.Globalization;

namespace AntFlow.Dataflow;

/// <summary>Checks the values of one options object, and describes all faults in the same form.</summary>
/// <param name="options">The name of the options type.</param>
internal readonly struct OptionFaults(string options)
{
    private readonly List<string> _found = [];

    public IReadOnlyList<string> Found => _found;

    public OptionFaults AtLeast<T>(string property, T? value, T least)
        where T : struct, IComparable<T>
    {
        if (value is { } given && given.CompareTo(least) < 0)
            Add(property, given, Text($"be at least {least}"));
        return this;
    }

    public OptionFaults Above<T>(string property, T? value, T bound)
        where T : struct, IComparable<T>
    {
        if (value is { } given && given.CompareTo(bound) <= 0)
            Add(property, given, Text($"be above {bound}"));
        return this;
    }

    public OptionFaults Defined<T>(string property, T? value)
        where T : struct, Enum
    {
        if (value is { } given && !Enum.IsDefined(given))
            Add(property, given, $"be {string.Join(" or ", Enum.GetNames<T>())}");
        return this;
    }

    public OptionFaults Given(string property, object? value)
    {
        if (value is null)
            Add(property, "null", "have a value");
        return this;
    }

    /// <summary>Adds any other fault, in the form <c>it must ...</c>.</summary>
    public OptionFaults If(bool isWrong, string property, object value, string must)
    {
        if (isWrong)
            Add(property, value, must);
        return this;
    }

    public void Throw() => PipelineConfigurationException.ThrowIfAny(_found);

    private void Add(string property, object value, string must) => _found.Add(Text($"{options}.{property} is {value}; it must {must}."));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
