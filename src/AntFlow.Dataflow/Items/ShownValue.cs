using System.Globalization;

namespace AntFlow.Dataflow.Json;

/// <summary>A textual representation of a value that cannot be stored itself: in JSON, the input of a stage, or metadata of a type of your own.</summary>
/// <param name="Type">The full name of the type of the value.</param>
/// <param name="Text">The result of its <c>ToString</c>, in the invariant culture if the type supports cultures. At most 8,000 characters; a longer text is cut and ends with <c>…</c>.</param>
public sealed record ShownValue(string Type, string Text)
{
    /// <summary>Returns the text.</summary>
    /// <returns><see cref="Text"/>.</returns>
    public override string ToString() => Text;

    /// <summary>Creates the representation of a value. A value that is a representation already is returned unchanged; if <c>ToString</c> throws, the text describes this.</summary>
    internal static ShownValue Of(object value) => value as ShownValue ?? new ShownValue(ErrorText.Fit(value.GetType().FullName ?? value.GetType().Name), TextOf(value));

    private static string TextOf(object value)
    {
        try
        {
            string? text = value is IFormattable formattable ? formattable.ToString(format: null, CultureInfo.InvariantCulture) : value.ToString();
            return ErrorText.Fit(text ?? string.Empty);
        }
        catch (Exception error)
        {
            return ErrorText.Fit($"ToString threw: {ErrorText.Line(error)}");
        }
    }
}
