using Spectre.Console;

namespace AntFlow.Dataflow.Terminal;

/// <summary>A run as a frame that is redrawn at the end of the terminal, with keys if the console has any.</summary>
/// <remarks>The lock guards everything here. Updates come from the loop of the display, keys from a timer. Calls to the run that a key requests are made outside the lock.</remarks>
internal sealed partial class LiveShow : IShow
{
    private readonly Lock _lock = new();
    private readonly IAnsiConsole _console;
    private readonly IPipelineRun _run;
    private readonly View _view;
    private readonly TimeProvider _time;
    private readonly long _begin;
    private readonly bool _hasKeys;
    private readonly RunWatch _watch;
    private readonly LiveRegion _region;
    private readonly FramePace _pace = new();
    private CursorGuard? _cursor;
    private KeyLoop? _keys;
    private bool _isDirty;
    private bool _isOver;

    public LiveShow(IAnsiConsole console, IPipelineRun run, View view, bool hasKeys, TimeProvider time)
    {
        _console = console;
        _run = run;
        _view = view;
        _time = time;
        _hasKeys = hasKeys;
        _begin = time.GetTimestamp();
        _watch = new RunWatch(hasKeys, time.LocalTimeZone);
        _region = new LiveRegion(console);
    }

    public void Start()
    {
        lock (_lock)
        {
            _cursor = new CursorGuard(_console);
            if (_hasKeys)
                _keys = new KeyLoop(_console.Input, _time, OnKey, Redraw);
        }

        Update(_run.GetSnapshot());
    }

    public void Update(PipelineSnapshot snapshot)
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            Try(
                (in Lock.Scope held) =>
                {
                    _watch.Add(snapshot);
                    _isDirty = true;
                    Draw(held);
                },
                held);
        }
    }

    public void Finish(PipelineReport report)
    {
        lock (_lock)
        {
            _isOver = true;
            KeyLoop? keys = _keys;
            Broken("keys-are-read-after-the-end", ref keys, null);
            keys?.Dispose();
            try
            {
                _region.Draw(SummaryView.Of(report, RoomNow() with { Height = int.MaxValue }));
                _region.Leave();
            }
            finally
            {
                _cursor?.Dispose();
            }
        }
    }

    private void OnKey(ConsoleKeyInfo key)
    {
        KeyDecision decision;
        string stage;
        lock (_lock)
        {
            if (_isOver || _watch.Current is not { Now.Stages.Count: > 0 } watched)
                return;
            decision = KeyDecision.Of(key, watched);
            stage = watched.Now.Stages[decision.Selected].Name;
        }

        Ask(decision, stage);
        PipelineSnapshot now = _run.GetSnapshot();
        lock (_lock)
        {
            _watch.Refresh(now);
            _watch.Choose(watched => watched with
            {
                Selected = decision.Selected,
                ShowsHelp = watched.ShowsHelp != (decision.Action == KeyAction.Help),
                Notice = decision.Notice,
            });
            _isDirty = true;
        }
    }

    private void Ask(KeyDecision decision, string stage)
    {
        switch (decision.Action)
        {
            case KeyAction.Pause:
                _run.Pause();
                break;
            case KeyAction.Resume:
                _run.Resume();
                break;
            case KeyAction.SetWorkers:
                _run.SetWorkers(stage, decision.Workers);
                break;
            case KeyAction.Stop:
                _run.Stop();
                break;
            case KeyAction.Cancel:
                _run.Cancel();
                break;
        }
    }

    private void Redraw()
    {
        using (Lock.Scope held = _lock.EnterScope())
        {
            if (!_isOver && _isDirty)
                Try(Draw, held);
        }
    }

    private void Draw(in Lock.Scope held)
    {
        TimeSpan now = _time.GetElapsedTime(_begin);
        if (_watch.Current is not { } watched || _pace.IsTooEarly(now))
            return;
        _isDirty = false;
        IReadOnlyList<Line> lines = _view(watched, RoomNow());
        if (_pace.TryBegin(lines, now))
            _region.Draw(lines);
    }

    private delegate void Step(in Lock.Scope held);

    private void Try(Step step, in Lock.Scope held)
    {
        try
        {
            step(held);
        }
        catch
        {
            // Whatever is on the screen now, the next frame begins on a new line, and the cursor is visible again.
            _region.Leave();
            _pace.Forget();
            _cursor?.Show();
            throw;
        }
    }

    // The last column and the last row stay free: writing there makes terminals wrap and scroll.
    private Room RoomNow() => new(
        Math.Max(20, _console.Profile.Width - 1), Math.Max(4, _console.Profile.Height - 1), Glyphs.Of(_console.Profile.Capabilities.Unicode));

    /// <summary>A decision that the faults build can change. In other builds, the calls are removed.</summary>
    static partial void Broken<TValue>(string fault, ref TValue value, TValue instead);
}
