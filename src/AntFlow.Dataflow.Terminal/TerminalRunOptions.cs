using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Shows runs in the terminal.</summary>
/// <remarks>If the output is redirected or is not a terminal, plain lines without control codes are written instead. Every display leaves a summary behind.
/// A display shows one run at a time: another run that uses the same options meanwhile is not shown.</remarks>
public static class TerminalRunOptions
{
    /// <summary>Shows the run as one line: done of total, rate, remaining time, failures.</summary>
    /// <param name="options">The options of the run.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="InvalidOperationException">The run already has a display.</exception>
    public static RunOptions ShowProgress(this RunOptions options) => Show(options, null, console: null);

    /// <summary>Shows the run as a dashboard.</summary>
    /// <param name="options">The options of the run.</param>
    /// <param name="level">How much it shows. Default: <see cref="DashboardLevel.Compact"/>.</param>
    /// <returns>The same options.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The level is not defined.</exception>
    /// <exception cref="InvalidOperationException">The run already has a display.</exception>
    public static RunOptions ShowDashboard(this RunOptions options, DashboardLevel level = DashboardLevel.Compact)
    {
        if (!Enum.IsDefined(level))
            throw new ArgumentOutOfRangeException(nameof(level), level, "The level of a dashboard is Compact, Detailed or Full.");
        return Show(options, level, console: null);
    }

    internal static RunOptions Show(RunOptions options, DashboardLevel? level, IAnsiConsole? console)
    {
        ArgumentNullException.ThrowIfNull(options);
        string name = TerminalDisplay.NameOf(level);
        if (options.Display is { } other)
        {
            throw new InvalidOperationException(
                $"{name}: the run already has a display, {NameOf(other)}. A run has one display; call one of the two, or set RunOptions.Display to null first.");
        }

        options.Display = new TerminalDisplay(level, console);
        return options;
    }

    private static string NameOf(IPipelineDisplay display) =>
        display is TerminalDisplay terminal ? terminal.Name : display.GetType().Name;
}
