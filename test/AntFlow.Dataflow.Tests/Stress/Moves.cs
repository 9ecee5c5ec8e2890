namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What is done to a run from outside, one move after the other, each at its moment.</summary>
internal sealed class Moves(
    Plan plan, PipelineRun<Cargo, Cargo> run, Bodies bodies, SnapshotCheck snapshots, Coverage coverage, Action<string> violated)
{
    private readonly List<Task> _endings = [];

    public async Task MakeAsync()
    {
        foreach (MovePlan move in plan.Moves)
        {
            await bodies.Begun.WhenAsync(move.AfterCalls, TimeSpan.FromMilliseconds(5));
            coverage.See(move.Move);
            Make(move);
        }

        run.Resume();
        foreach (StagePlan stage in plan.Stages)
            run.Resume(stage.Name);
    }

    /// <summary>Whatever ended the run gives the report.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(_endings);
        PipelineReport<Cargo> again = await run.StopAsync();
        if (!ReferenceEquals(again, await run.Completion))
            violated("A run that is over gave another report.");
    }

    private void Make(MovePlan move)
    {
        string stage = plan.Stages[move.Stage].Name;
        switch (move.Move)
        {
            case Move.PauseRun:
                run.Pause();
                break;
            case Move.ResumeRun:
                run.Resume();
                break;
            case Move.PauseStage:
                run.Pause(stage);
                break;
            case Move.ResumeStage:
                run.Resume(stage);
                break;
            case Move.MoreWorkers or Move.FewerWorkers:
                SetWorkers(move, stage);
                break;
            case Move.Complete:
                run.Complete();
                break;
            case Move.StopAfterStage or Move.StopAfterItem:
                _endings.Add(run.StopAsync(gracePeriod: null, move.Move == Move.StopAfterItem ? StopMode.AfterItem : StopMode.AfterStage));
                break;
            case Move.StopWithGrace:
                _endings.Add(run.StopAsync(TimeSpan.FromMilliseconds(move.GraceMs), move.Workers % 2 == 0 ? StopMode.AfterItem : StopMode.AfterStage));
                break;
            default:
                // A run that was started has no token: canceling it is disposing it.
                _endings.Add(run.DisposeAsync().AsTask());
                break;
        }
    }

    private void SetWorkers(MovePlan move, string stage)
    {
        Allowance executions = bodies.Stages[move.Stage];
        Allowance places = snapshots.Places[move.Stage];
        executions.BeginChange(move.Workers);
        places.BeginChange(SnapshotCheck.PlacesOf(plan.Stages[move.Stage], move.Workers));
        run.SetWorkers(stage, move.Workers);
        executions.EndChange();
        places.EndChange();
    }
}
