using AntFlow.Dataflow.CrashTests.Lives;

namespace AntFlow.Dataflow.CrashTests.Promises;

/// <summary>Reads the lives of a run line by line, and writes down where one breaks what was promised.</summary>
internal sealed class StoryReader(Story story)
{
    // A timer may be a little early by the wall clock.
    private static readonly long _early = TimeSpan.FromMilliseconds(30).Ticks;

    private readonly Dictionary<(string Item, int Stage), StepHistory> _steps = [];
    private readonly HashSet<(string Item, int Stage)> _dead = [];
    private readonly List<string> _faults = [];

    /// <summary>What was broken.</summary>
    public IReadOnlyList<string> Faults => _faults;

    public IReadOnlyDictionary<(string Item, int Stage), StepHistory> Steps => _steps;

    public StepHistory Of((string Item, int Stage) step)
    {
        if (!_steps.TryGetValue(step, out StepHistory? history))
            _steps.Add(step, history = new StepHistory());
        return history;
    }

    public void Read()
    {
        foreach (Life life in story.Lives)
            Read(life);
    }

    private void Read(Life life)
    {
        CheckInterrupted(life);
        foreach (LedgerLine line in life.Lines)
        {
            switch (line.What)
            {
                case "begin":
                    CheckBegin(life, line);
                    break;
                case "told":
                    CheckTold(life, line);
                    break;
                case "crashed":
                    CheckCrashed(life, line);
                    break;
                case "interrupted" or "loaded" or "fed" or "opening" or "opened" or "result" or "report" or "dying" or "missed" or "forgotten" or "failure" or "owned" or "broken" or "hung" or "planned" or "planned-for" or "signaled" or "stopping":
                    continue;
                default:
                    break;
            }

            if (line.What != "crashed")
                Of(line.Step).Add(line);
        }

        if (life.Code != 0)
            Crash(life);
        if (life.Has("opened"))
            _dead.Clear();
        foreach (((string, int) step, StepHistory history) in _steps)
        {
            // A server that is stopped forgets what was noted last; that what is running is repeated is all that is promised then.
            if (history.IsRunning && life.WasKilled && !life.HadSetback)
                _dead.Add(step);
            history.EndLife(life);
        }
    }

    /// <summary>A suspect is what ran at an earlier crash, and has not passed its stage. What surely ran is a lower bound of what did, so that no crash is missed at which an item was alone.</summary>
    private void Crash(Life life)
    {
        (string, int)[] sure = [.. _steps.Where(step => step.Value.IsRunning && life.WasKilled && !life.HadSetback).Select(step => step.Key)];
        (string, int)[] suspects = [.. sure.Where(step => _steps[step].SureCrashes > 0)];
        foreach (((string, int) step, StepHistory history) in _steps)
        {
            bool mayBeSuspect = history.PossibleDeaths + history.Marked > 0;
            bool mayBeAlone = history.MayBeMarked(story.EndsAreNotedAtOnce) && suspects.All(other => other == step) && (mayBeSuspect || sure.All(other => other == step));
            history.Crash(sure.Contains(step), mayBeAlone);
        }
    }

    private void CheckBegin(Life life, LedgerLine line)
    {
        StepHistory step = Of(line.Step);
        if (step.IsDurable)
            Add(life, line, "a finished stage is repeated");
        if (step.IsRunning || step.IsSaving)
            Add(life, line, "it runs twice at the same time");
        if (line.Stage > 0 && Of((line.Item, line.Stage - 1)) is { IsDurable: false, MayBeDurable: false })
            Add(life, line, "the stage before is not durable");
        if (line.Attempt <= step.KnownFailures)
            Add(life, line, $"{step.KnownFailures} failures are known, and are forgotten");
        if (line.Attempt > step.Failed + 1)
            Add(life, line, $"only {step.Failed} attempts have failed");
        if (step.Due is { } due && line.At < due - _early)
            Add(life, line, $"it should have waited {TimeSpan.FromTicks(due - line.At).TotalMilliseconds:0} ms more");
    }

    private void CheckTold(Life life, LedgerLine line)
    {
        if (Of(line.Step) is { IsDurable: false, MayBeDurable: false })
            Add(life, line, "it is told before it is durable");
    }

    private void CheckCrashed(Life life, LedgerLine line)
    {
        StepHistory step = Of(line.Step);
        int counted = line.Attempt;
        int most = story.EndsAreNotedAtOnce ? step.PossibleDeaths : step.Marked;
        if (counted > most)
            Add(life, line, $"at most {most} deaths came while it was running");
        if (story.EndsAreNotedAtOnce && counted < step.Deaths)
            Add(life, line, $"at least {step.Deaths} deaths came while it was running");
    }

    private void CheckInterrupted(Life life)
    {
        if (!life.Has("opened"))
            return;
        HashSet<(string, int)> interrupted = [.. life.All("interrupted").Select(line => line.Step)];
        foreach ((string Item, int Stage) step in _dead.Where(step => !interrupted.Contains(step)))
            _faults.Add($"life {life.Number}: {step.Item} was running in stage {step.Stage} at the last death, and nobody noticed");
    }

    private void Add(Life life, LedgerLine line, string what) => _faults.Add($"life {life.Number}: '{line}': {what}");
}
