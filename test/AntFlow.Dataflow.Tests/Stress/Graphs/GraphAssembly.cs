using AntFlow.Dataflow.Shapes;

namespace AntFlow.Dataflow.Tests.Stress.Graphs;

/// <summary>Adds the stages of a planned pipeline to a builder, the branches of its switches included.</summary>
/// <param name="add">Adds the stage of an element. For a switch, it gets the branches to add.</param>
internal sealed class GraphAssembly<T>(Func<PipelineBuilder<T, T>, ElementPlan, Func<Routes<T, int?>, Routes<T, int?, T>>, PipelineBuilder<T, T>> add)
{
    public PipelineBuilder<T, T> Add(PipelineBuilder<T, T> builder, ScopePlan scope) =>
        scope.Elements.Aggregate(builder, (before, element) => add(before, element, routes => AddBranches(routes, element.Branches)));

    private Routes<T, int?, T> AddBranches(Routes<T, int?> none, IReadOnlyList<BranchPlan> branches)
    {
        Routes<T, int?, T>? all = null;
        foreach (BranchPlan branch in branches)
        {
            PipelineBuilder<T, T> Fill(PipelineBuilder<T, T> empty) => Add(empty, branch.Scope);
            all = branch.Keys switch
            {
                null => all is null ? none.Default(Fill) : all.Default(Fill),
                [var only] => all is null ? none.Case(only, Fill) : all.Case(only, Fill),
                _ => all is null ? none.Cases(branch.Keys, Fill) : all.Cases(branch.Keys, Fill),
            };
        }

        return all!;
    }
}

/// <summary>The job that a planned stage polls has failed.</summary>
internal sealed class JobFailedException(int number) : Exception($"the job of item {number} has failed");
