using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>What can be done with a console.</summary>
/// <param name="CanRedraw">Whether what was written can be written over. Else only plain lines are written, without control codes.</param>
/// <param name="CanReadKeys">Whether keys can be looked for.</param>
internal readonly record struct TerminalAbilities(bool CanRedraw, bool CanReadKeys)
{
    public static TerminalAbilities Of(IAnsiConsole console)
    {
        bool canRedraw = console.Profile.Capabilities is { Interactive: true, Ansi: true } && console.Profile.Out.IsTerminal;
        return new TerminalAbilities(canRedraw, canRedraw && !Console.IsInputRedirected);
    }
}
