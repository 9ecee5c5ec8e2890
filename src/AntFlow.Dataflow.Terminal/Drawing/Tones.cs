using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>The colors of tones. Only the sixteen colors that every terminal has are used, so that its theme applies.</summary>
internal static class Tones
{
    private static readonly Style[] _styles =
    [
        Style.Plain, // Plain
        new(decoration: Decoration.Bold), // Title
        new(Color.Green), // Good
        new(Color.Red), // Bad
        new(Color.Yellow), // Warning
        new(Color.Aqua), // Accent
        new(Color.Grey), // Faint
    ];

    public static Style StyleOf(Tone tone) => _styles[(int)tone];
}
