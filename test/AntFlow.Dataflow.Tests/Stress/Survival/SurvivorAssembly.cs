using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress.Survival;

/// <summary>Makes the pipeline of all starts, each time anew.</summary>
internal sealed class SurvivorAssembly(SurvivalPlan plan, SurvivorBodies bodies, ICheckpointStore store, TimeProvider time)
{
    public Pipeline<Cargo, Cargo> Build()
    {
        PipelineBuilder<Cargo, Cargo> builder = new GraphAssembly<Cargo>(Add).Add(PipelineBuilder.Of<Cargo>(), plan.Graph.Root);
        builder = builder.IdentifyBy(value => plan.IdOf(SurvivorBodies.NumberOf(value))).WithTimeProvider(time);
        return (plan.Seed % 2 == 0 ? builder.WithCheckpoints(store, plan.Options) : builder.WithCheckpoints(store, CargoJson.Default, plan.Options)).Build();
    }

    private PipelineBuilder<Cargo, Cargo> Add(PipelineBuilder<Cargo, Cargo> builder, ElementPlan element, Func<Routes<Cargo, int?>, Routes<Cargo, int?, Cargo>> branches)
    {
        SurvivorStage stage = plan.Stages[element.Stage];
        return stage.Shape switch
        {
            Shape.Where => builder.ThenWhereWithContext(stage.Name, (value, context) => bodies.PassesAsync(value, stage, context), stage.Workers, options => Configure(options, stage)),
            Shape.Switch => builder.ThenSwitchWithContext(stage.Name, (value, context) => bodies.KeyOfAsync(value, stage, context), branches, stage.Workers, options => Configure(options, stage)),
            Shape.Poll => builder.ThenPollWithContext(stage.Name, (Cargo value, StageContext context) => bodies.LookAsync(value, stage, context), stage.Poll!.Every, stage.Workers, options => ConfigurePoll(options, stage)),
            _ => builder.Then(Stage.CreateWithTasks<Cargo, Cargo>(stage.Name, tasks => AddTasks(tasks, stage), stage.Workers, options => Configure(options, stage))),
        };
    }

    private StageTasks<Cargo, Cargo> AddTasks(StageTasks<Cargo, Cargo> tasks, SurvivorStage stage)
    {
        for (int i = 0; i < stage.Limits.Count; i++)
        {
            int task = i;
            tasks = tasks.TaskWithContext($"T{task}", async (Cargo value, StageContext context) => (Cargo)await bodies.WorkAsync(value, stage, task, context), stage.Limits[task]);
        }

        return tasks;
    }

    private void ConfigurePoll(PollOptions<Cargo, Cargo> options, SurvivorStage stage)
    {
        Configure(options, stage);
        options.First = stage.Poll!.First;
        options.Jitter = stage.Poll.Jitter;
    }

    private void Configure(StageOptions<Cargo, Cargo> options, SurvivorStage stage)
    {
        options.Retry = RetryPolicy.Fixed(stage.Attempts, TimeSpan.FromMilliseconds(5)) with
        {
            IsThrottle = error => bodies.Answer("IsThrottle", stage, error, error is PlannedException { IsThrottle: true }),
            ShouldRetry = error => bodies.Answer("ShouldRetry", stage, error, error is not NotSupportedException),
        };
        options.RetryScope = stage.Scope;
        options.QueueCapacity = stage.Capacity;
        options.MaxInFlight = stage.MaxInFlight;
        options.AttemptTimeout = InMs(stage.AttemptTimeoutMs);
        options.ItemTimeout = InMs(stage.ItemTimeoutMs);
        if (stage.Skips)
        {
            options.SkipIf = value => bodies.SkipIf(value, stage);
            options.SkipTo = value => bodies.SkipTo(value, stage);
        }

        if (stage.OnSuccess)
            options.OnSuccess = (e, _) => bodies.TellSuccessAsync(e.Input, e.Value, stage);
        if (stage.OnFailure)
            options.OnFailure = (e, _) => bodies.TellFailureAsync(e.Input, stage);
    }

    private static TimeSpan? InMs(int? milliseconds) => milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}
