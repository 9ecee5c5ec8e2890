using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>Shows a run on a console, with the features that the console supports.</summary>
/// <remarks>Calls come one at a time from one run. Calls of a second run that uses the same options meanwhile are recognized by the run's name and start time, and refused.</remarks>
internal sealed class TerminalDisplay : IPipelineDisplay
{
    private readonly Lock _lock = new();
    private readonly DashboardLevel? _level;
    private readonly IAnsiConsole? _console;
    private readonly TerminalAbilities? _abilities;
    private readonly TimeProvider _time;
    private IShow? _show;
    private (string RunId, DateTimeOffset StartedAt)? _shown;

    /// <param name="level">How much is shown; null for one line.</param>
    /// <param name="console">The console; null for the console of the process.</param>
    /// <param name="abilities">The features of the console; null to detect them.</param>
    /// <param name="time">Real time, for keys and frames.</param>
    public TerminalDisplay(DashboardLevel? level, IAnsiConsole? console = null, TerminalAbilities? abilities = null, TimeProvider? time = null)
    {
        _level = level;
        _console = console;
        _abilities = abilities;
        _time = time ?? TimeProvider.System;
    }

    /// <summary>The name of the method the user called to add this display.</summary>
    public string Name => NameOf(_level);

    public static string NameOf(DashboardLevel? level) =>
        level is { } dashboard ? $"{nameof(TerminalRunOptions.ShowDashboard)}({dashboard})" : $"{nameof(TerminalRunOptions.ShowProgress)}()";

    public static View ViewOf(DashboardLevel? level) => level switch
    {
        null => HeadView.Progress,
        DashboardLevel.Compact => HeadView.Compact,
        DashboardLevel.Detailed => DashboardView.Detailed,
        _ => DashboardView.Full,
    };

    public void OnStart(IPipelineRun run, long? total)
    {
        IAnsiConsole console = _console ?? AnsiConsole.Console;
        TerminalAbilities abilities = _abilities ?? TerminalAbilities.Of(console);
        IShow show;
        lock (_lock)
        {
            if (_shown is { } shown)
                throw new InvalidOperationException($"{Name} already shows run {shown.RunId} and can show one run at a time; run {run.RunId} continues without a display. Give each run its own options.");
            _shown = KeyOf(run.GetSnapshot());
            _show = show = abilities.CanRedraw
                ? new LiveShow(console, run, ViewOf(_level), abilities.CanReadKeys && _level == DashboardLevel.Full, _time)
                : new PlainShow(console, run, _time);
        }

        show.Start();
    }

    public void OnUpdate(PipelineSnapshot snapshot) => ShowOf(snapshot)?.Update(snapshot);

    public void OnFinish(PipelineReport report)
    {
        IShow? show = ShowOf(report.Snapshot);
        if (show is null)
            return;
        lock (_lock)
            (_show, _shown) = (null, null);
        show.Finish(report);
    }

    private static (string RunId, DateTimeOffset StartedAt) KeyOf(PipelineSnapshot snapshot) => (snapshot.RunId, snapshot.StartedAt);

    private IShow? ShowOf(PipelineSnapshot snapshot)
    {
        lock (_lock)
            return _shown == KeyOf(snapshot) ? _show : null;
    }
}
