using System.Globalization;

namespace AntFlow.Dataflow.Json;

/// <summary>What a value looked like that itself cannot go where this was: the input of a stage, or metadata of a type of your own, in JSON.</summary>
/// <param name="Type">The full name of the type of the value.</param>
/// <param name="Text">What its <c>ToString</c> gave, in the invariant culture if the type knows cultures. At most 8,000 characters; of a longer text the last one is <c>…</c>.</param>
public sealed record ShownValue(string Type, string Text)
{
    /// <summary>The text.</summary>
    /// <returns><see cref="Text"/>.</returns>
    public override string ToString() => Text;

    /// <summary>Shows a value. One that is shown already stays what it is; one whose <c>ToString</c> throws says so.</summary>
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
