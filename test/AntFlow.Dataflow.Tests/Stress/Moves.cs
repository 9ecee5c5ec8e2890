using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>What is done to a run from outside, one move after the other, each at its moment.</summary>
internal sealed class Moves(
    Plan plan, PipelineRun<Cargo, Cargo> run, Bodies bodies, SnapshotCheck snapshots, Coverage coverage, Action<string> violated)
{
    private readonly List<Task> _endings = [];
    private readonly StartCheck _starts = new(plan, run, violated);

    public async Task MakeAsync()
    {
        foreach (MovePlan move in plan.Moves)
        {
            await bodies.Begun.WhenAsync(move.AfterCalls);
            coverage.See(move.Move);
            if (move.Move > Move.Complete && move.AfterCalls % 2 == 0 && await HasPollingAsync(run, plan.Graph, mostTurns: 400))
                coverage.See($"Ended while polling.{move.Move}");
            Make(move);
        }

        _starts.SetRunPaused(paused: false);
        for (int stage = 0; stage < plan.Stages.Count; stage++)
            _starts.SetPaused(stage, paused: false);
    }

    /// <summary>Waits for a moment at which an item waits for its next look, but not for long.</summary>
    /// <returns>Whether there was one.</returns>
    public static async Task<bool> HasPollingAsync(IPipelineRun run, GraphPlan graph, int mostTurns)
    {
        if (graph.Elements.All(element => element.Shape != Shape.Poll))
            return false;
        for (int turn = 0; turn < mostTurns && !run.Completion.IsCompleted; turn++)
        {
            if (run.GetSnapshot().Polling > 0)
                return true;
            await Task.Yield();
        }

        return false;
    }

    /// <summary>Whatever ended the run gives the report.</summary>
    public async Task EndAsync()
    {
        await Task.WhenAll(_endings);
        PipelineReport<Cargo> again = await run.StopAsync();
        if (!ReferenceEquals(again, await run.Completion))
            violated("A run that is over gave another report.");
        _starts.CheckEnd(again.Snapshot);
    }

    private void Make(MovePlan move)
    {
        string stage = plan.Stages[move.Stage].Name;
        switch (move.Move)
        {
            case Move.PauseRun or Move.ResumeRun:
                _starts.SetRunPaused(move.Move == Move.PauseRun);
                break;
            case Move.PauseStage or Move.ResumeStage:
                _starts.SetPaused(move.Stage, move.Move == Move.PauseStage);
                break;
            case Move.MoreWorkers or Move.FewerWorkers:
                SetWorkers(move, stage);
                break;
            case Move.Complete:
                run.Complete();
                break;
            case Move.StopAfterStage:
                Close(() => run.StopAsync());
                break;
            case Move.StopAfterItem:
                _endings.Add(run.StopAsync(gracePeriod: null, StopMode.AfterItem));
                break;
            case Move.StopWithGrace:
                _endings.Add(run.StopAsync(TimeSpan.FromMilliseconds(move.GraceMs), move.Workers % 2 == 0 ? StopMode.AfterItem : StopMode.AfterStage));
                break;
            default:
                // A run that was started has no token: canceling it is disposing it.
                Close(() => run.DisposeAsync().AsTask());
                break;
        }
    }

    private void Close(Func<Task> close)
    {
        _endings.Add(close());
        _starts.NoteClosed();
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
