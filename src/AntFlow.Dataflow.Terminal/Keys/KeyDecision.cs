namespace AntFlow.Dataflow.Terminal;

/// <summary>The action that a key requests.</summary>
internal enum KeyAction
{
    None,
    Pause,
    Resume,
    SelectStage,
    SetWorkers,
    Stop,
    Cancel,
    Help,
}

/// <summary>The decision about a key, made without a console and without a run.</summary>
/// <param name="Action">The requested action.</param>
/// <param name="Selected">The stage that is selected afterwards.</param>
/// <param name="Workers">The new number of workers of the selected stage.</param>
/// <param name="Notice">The notice to show; null for none.</param>
internal readonly record struct KeyDecision(KeyAction Action, int Selected, int Workers = 0, string? Notice = null)
{
    public static KeyDecision Of(ConsoleKeyInfo key, Watched watched)
    {
        PipelineSnapshot now = watched.Now;
        int selected = watched.Selected;
        bool isOver = now.Phase == RunPhase.Ended;
        return key switch
        {
            { KeyChar: '?' or 'h' or 'H' } => new KeyDecision(KeyAction.Help, selected),
            { Key: ConsoleKey.Escape } when watched.ShowsHelp => new KeyDecision(KeyAction.Help, selected),
            { Key: ConsoleKey.UpArrow or ConsoleKey.LeftArrow } => Select(-1, watched),
            { Key: ConsoleKey.DownArrow or ConsoleKey.RightArrow } => Select(1, watched),
            _ when isOver => new KeyDecision(KeyAction.None, selected),
            { KeyChar: 'p' or 'P' } when now.IsPaused => new KeyDecision(KeyAction.Resume, selected, Notice: "resumed"),
            { KeyChar: 'p' or 'P' } => new KeyDecision(KeyAction.Pause, selected, Notice: "paused; p resumes"),
            { KeyChar: '+' or '=' } => SetWorkers(1, watched),
            { KeyChar: '-' or '_' } => SetWorkers(-1, watched),
            { KeyChar: 'q' or 'Q' } => Stop(watched),
            _ => new KeyDecision(KeyAction.None, selected),
        };
    }

    private static KeyDecision Select(int by, Watched watched) =>
        new(KeyAction.SelectStage, Math.Clamp(watched.Selected + by, 0, Math.Max(0, watched.Now.Stages.Count - 1)));

    private static KeyDecision SetWorkers(int by, Watched watched)
    {
        StageSnapshot stage = watched.Now.Stages[watched.Selected];
        int workers = Math.Clamp(stage.Workers + by, 1, StageOptions.MaxWorkers);
        return workers == stage.Workers
            ? new KeyDecision(KeyAction.None, watched.Selected, Notice: $"{TextWidth.Clean(stage.Name)}: {(by < 0 ? "one worker is the least" : $"{Say.Count(workers)} workers are the most")}")
            : new KeyDecision(KeyAction.SetWorkers, watched.Selected, workers, $"{TextWidth.Clean(stage.Name)}: {Say.Plural(workers, "worker", "workers")}");
    }

    private static KeyDecision Stop(Watched watched) => watched.Now.Phase switch
    {
        RunPhase.Running => new KeyDecision(KeyAction.Stop, watched.Selected, Notice: "stopping; q again cancels"),
        RunPhase.Stopping => new KeyDecision(KeyAction.Cancel, watched.Selected, Notice: "canceling"),
        _ => new KeyDecision(KeyAction.None, watched.Selected),
    };
}
