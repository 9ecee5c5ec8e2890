using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Knows the way of every item through all starts: which stages it passes, and how it ends if it does not fail before.</summary>
internal sealed class SurvivorWays(SurvivalPlan plan)
{
    private readonly Way[] _ways = Find(plan);

    public Decider Decider { get; } = new(plan.Seed, plan.Graph);

    public Way Of(int item) => _ways[item];

    public static bool Skips(SurvivorStage stage, int item) => stage.Skips && item % 3 == 0;

    /// <summary>Whether a result goes with the way of its item.</summary>
    public bool Fits(int item, PipelineResult<Cargo> result)
    {
        int stage = plan.Stages.Single(planned => planned.Name == result.Stage).Index;
        string? kind = result.Error is StoredFailureException stored ? stored.OriginalType : result.Error?.GetType().Name;
        return result.Status switch
        {
            ResultStatus.Succeeded => Of(item).EndsIn(stage, WayEnd.Passed),
            ResultStatus.Filtered => Of(item).EndsIn(stage, WayEnd.FilteredOut) && result.Error is ItemFilteredException filtered && filtered.Stage == result.Stage,
            _ when kind == nameof(NoRouteException) => Of(item).EndsIn(stage, WayEnd.WithoutRoute) && result.Status == ResultStatus.Failed,
            _ when kind == nameof(JobFailedException) => Of(item).EndsIn(stage, WayEnd.JobFailed) && result.Status == ResultStatus.Failed,
            _ => Of(item).Has(stage) && result.Error is not ItemFilteredException,
        };
    }

    public string Text(int item) => $"[{string.Join(' ', Of(item).Stages)}] {Of(item).End}";

    private static Way[] Find(SurvivalPlan plan)
    {
        var decider = new Decider(plan.Seed, plan.Graph);
        return [.. plan.EntryStages.Select((entry, item) => Way.Of(plan.Graph, entry, stage => Skips(plan.Stages[stage], item) ? default : decider.Decide(stage, item)))];
    }
}
