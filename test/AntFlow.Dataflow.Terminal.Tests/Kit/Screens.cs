using Spectre.Console;
using Spectre.Console.Testing;

namespace AntFlow.Dataflow.Terminal.Tests.Kit;

/// <summary>What a view looks like on a console of some size.</summary>
internal static class Screens
{
    /// <summary>Draws as a display does, on a console without control codes, and gives the text.</summary>
    public static string Draw(Func<Room, IReadOnlyList<Line>> view, int width, int height = 40, bool isUnicode = true)
    {
        using var console = new TestConsole();
        console.Profile.Width = width;
        console.Profile.Height = height;
        console.Profile.Capabilities.Ansi = false;
        new LiveRegion(console).Draw(view(new Room(width - 1, height - 1, Glyphs.Of(isUnicode))));
        return string.Join('\n', console.Output.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));
    }

    /// <summary>A console that takes control codes, as a terminal does.</summary>
    public static TestConsole Terminal(int width = 100, int height = 40)
    {
        TestConsole console = new TestConsole().EmitAnsiSequences();
        console.Profile.Width = width;
        console.Profile.Height = height;
        return console;
    }
}
