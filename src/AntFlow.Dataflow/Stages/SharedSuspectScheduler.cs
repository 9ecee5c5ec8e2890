namespace AntFlow.Dataflow;

/// <summary>The suspects of a run, over all its stages: lets them start, has those put aside that may not (<see cref="StageRequeuing.Quarantine"/>), and sends these back.</summary>
/// <remarks><b>The lock</b> guards the line. Every section is entered without the lock of a stage and enters none: a suspect is first put aside in its stage and then lined up here, and
/// returns in a section of its stage after the section that took it out of the line. So a suspect that is taken out here is always in its stage already, unless the run was closed and the item has
/// ended: then another one is chosen.</remarks>
internal sealed class SharedSuspectScheduler
{
    private readonly Lock _lock = new();
    private readonly SuspectScheduler _scheduler = new();
    private readonly Dictionary<int, StageRequeuing> _stages = [];

    /// <summary>Asks whether a worker may start its item. If so, the item counts as running until <see cref="End"/>.</summary>
    public bool TryStart(int stage, Worker worker, ItemRecord suspect)
    {
        lock (_lock)
        {
            if (!_scheduler.TryStart(suspect, stage))
                return false;
        }

        worker.Suspect = suspect;
        return true;
    }

    /// <summary>Lines up a suspect that was put aside in its stage.</summary>
    public void Enqueue(StageRequeuing stage, ItemRecord suspect)
    {
        lock (_lock)
        {
            _stages[stage.Node.Index] = stage;
            _scheduler.Enqueue(suspect, stage.Node.Index);
        }

        // The suspect in its way may have ended since it asked. And it was brought back in place of others, which may be allowed to start now.
        BringBack();
    }

    /// <summary>Notes that nothing of the worker's item runs any more.</summary>
    public void End(Worker worker)
    {
        if (worker.Suspect is not { } suspect)
            return;
        worker.Suspect = null;
        lock (_lock)
            _scheduler.End(suspect);
        BringBack();
    }

    /// <summary>Returns the suspects that run in a stage.</summary>
    public SuspectCounts CountIn(int stage)
    {
        lock (_lock)
            return _scheduler.CountIn(stage);
    }

    // The loop ends: a suspect that returns and is refused again was overtaken by one that has started.
    private void BringBack()
    {
        bool isComplete;
        do
        {
            isComplete = true;
            foreach ((StageRequeuing stage, ItemRecord suspect) in TakeStartable())
                isComplete &= stage.BringBack(suspect);
        }
        while (!isComplete);
    }

    private (StageRequeuing Stage, ItemRecord Suspect)[] TakeStartable()
    {
        lock (_lock)
            return [.. _scheduler.TakeStartable().Select(taken => (_stages[taken.Stage], taken.Suspect))];
    }
}
