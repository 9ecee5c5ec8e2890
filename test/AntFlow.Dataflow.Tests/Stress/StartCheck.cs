namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Checks that nothing starts that must not: in a paused stage, and once the run is being stopped or canceled.</summary>
/// <remarks>What a worker holds when the engine is notified may still begin; a snapshot taken just afterwards shows how many those are.</remarks>
internal sealed class StartCheck(Plan plan, PipelineRun<Cargo, Cargo> run, Action<string> violated)
{
    private readonly StageSnapshot?[] _atPause = new StageSnapshot?[plan.Stages.Count];
    private readonly bool[] _isPaused = new bool[plan.Stages.Count];
    private readonly bool _isLeftAlone = plan.StopAfterFailures is null && plan.Reading != Reading.ReadAndLeave;
    private bool _isRunPaused;
    private PipelineSnapshot? _atClose;

    public void SetRunPaused(bool paused)
    {
        if (!paused)
            CheckPaused(stage => !_isPaused[stage]);
        if (paused)
            run.Pause();
        else
            run.Resume();
        _isRunPaused = paused;
        NotePaused();
    }

    public void SetPaused(int stage, bool paused)
    {
        if (!paused)
            CheckPaused(checkedStage => checkedStage == stage && !_isRunPaused);
        if (paused)
            run.Pause(plan.Stages[stage].Name);
        else
            run.Resume(plan.Stages[stage].Name);
        _isPaused[stage] = paused;
        NotePaused();
    }

    /// <summary>The run was stopped after the stage, or canceled.</summary>
    public void NoteClosed() => _atClose ??= run.GetSnapshot();

    public void CheckEnd(PipelineSnapshot last)
    {
        for (int i = 0; _atClose is not null && i < last.Stages.Count; i++)
        {
            // Of several tasks the later ones are begun, too.
            StageSnapshot then = _atClose.Stages[i];
            if (plan.Stages[i].Limits.Count == 1 && last.Stages[i].Attempts > then.Attempts + then.InProgress + then.Limited)
                violated($"{then.Name}: {last.Stages[i].Attempts} attempts in the end, when the run was closed there were {then}");
        }
    }

    private void NotePaused()
    {
        PipelineSnapshot now = run.GetSnapshot();
        for (int i = 0; i < _atPause.Length; i++)
        {
            if (_isRunPaused || _isPaused[i])
                _atPause[i] ??= now.Stages[i];
            else
                _atPause[i] = null;
        }
    }

    private void CheckPaused(Func<int, bool> isConcerned)
    {
        // A pause does not hinder a stop.
        bool isGoingOn = _isLeftAlone && !plan.Moves.Any(move => move.Move > Move.Complete);
        PipelineSnapshot now = run.GetSnapshot();
        for (int i = 0; isGoingOn && i < _atPause.Length; i++)
        {
            if (_atPause[i] is { } then && isConcerned(i) && now.Stages[i].Attempts > then.Attempts + then.InProgress)
                violated($"{then.Name}: {now.Stages[i].Attempts} attempts while it was paused, before there were {then}");
        }
    }
}
