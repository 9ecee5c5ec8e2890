using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>The abilities of a console.</summary>
/// <param name="CanRedraw">Whether output can be overwritten. Otherwise only plain lines are written, without control codes.</param>
/// <param name="CanReadKeys">Whether the console can be polled for keys.</param>
internal readonly record struct TerminalAbilities(bool CanRedraw, bool CanReadKeys)
{
    public static TerminalAbilities Of(IAnsiConsole console)
    {
        bool canRedraw = console.Profile.Capabilities is { Interactive: true, Ansi: true } && console.Profile.Out.IsTerminal;
        return new TerminalAbilities(canRedraw, canRedraw && !Console.IsInputRedirected);
    }
}
