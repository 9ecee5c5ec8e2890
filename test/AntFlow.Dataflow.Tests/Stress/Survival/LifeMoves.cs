namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>What is done to a start of the run from outside: one move after the other, and its end.</summary>
internal sealed class LifeMoves(SurvivalPlan plan, LifePlan life, PipelineRun<Cargo, Cargo> run, Beginnings beginnings, Action kill, Coverage coverage)
{
    public async Task MakeAsync()
    {
        foreach (MovePlan move in life.Moves)
        {
            await beginnings.Begun.WhenAsync(move.AfterCalls);
            coverage.See(move.Move);
            Make(move);
        }

        if (life.End == LifeEnd.Completed)
            ResumeAll();
        else
            await EndAsync();
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
            default:
                beginnings.Allow(move.Stage, move.Workers);
                run.SetWorkers(stage, move.Workers);
                break;
        }
    }

    private void ResumeAll()
    {
        run.Resume();
        foreach (SurvivorStage stage in plan.Stages)
            run.Resume(stage.Name);
    }

    private async Task EndAsync()
    {
        // The run may not be open yet.
        bool isPolling = life.EndAfter % 2 == 0 && await Moves.HasPollingAsync(run, plan.Graph, mostTurns: 3_000);
        if (isPolling)
            coverage.See($"Stopped polling.{life.End}");
        else if (life.End != LifeEnd.StoppedInFailures)
            await beginnings.Begun.WhenAsync(life.EndAfter);
        switch (life.End)
        {
            case LifeEnd.Killed:
                kill();
                run.Cancel();
                break;
            case LifeEnd.Canceled:
                run.Cancel();
                break;
            case LifeEnd.StoppedAfterStage:
                run.Stop();
                ResumeAll();
                break;
            case LifeEnd.StoppedAfterItem:
                run.Stop(mode: StopMode.AfterItem);
                ResumeAll();
                break;
            case LifeEnd.StoppedInFailures:
                await beginnings.Failing.WhenAsync(1 + (life.EndAfter % 4));
                run.Stop(mode: life.EndAfter % 2 == 0 ? StopMode.AfterStage : StopMode.AfterItem);
                ResumeAll();
                break;
            case LifeEnd.StoppedWithGrace:
                await run.StopAsync(TimeSpan.FromMilliseconds(life.GraceMs), StopMode.AfterItem);
                break;
            default:
                await run.DisposeAsync();
                break;
        }
    }
}
