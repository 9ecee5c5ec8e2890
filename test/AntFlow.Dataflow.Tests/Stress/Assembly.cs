using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.Tests.Stress.Graphs;

namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Makes the pipeline of a plan.</summary>
internal sealed class Assembly(Plan plan, Bodies bodies, Functions functions, TimeProvider time)
{
    public List<Stage<Cargo, Cargo>> Stages { get; } = [];

    public Pipeline<Cargo, Cargo> Build()
    {
        PipelineBuilder<Cargo, Cargo> builder = new GraphAssembly<Cargo>(Add).Add(PipelineBuilder.Of<Cargo>(), plan.Graph.Root).WithTimeProvider(time);
        if (plan.Identifies)
            builder = builder.IdentifyBy(functions.Identify);
        if (plan.Log != LogShape.None)
            builder = builder.WithLogging(new PlannedLog(plan));
        Pipeline<Cargo, Cargo> pipeline = builder.Build();
        Stages.AddRange(pipeline.Stages.Cast<Stage<Cargo, Cargo>>());
        return pipeline;
    }

    private PipelineBuilder<Cargo, Cargo> Add(PipelineBuilder<Cargo, Cargo> builder, ElementPlan element, Func<Routes<Cargo, int?>, Routes<Cargo, int?, Cargo>> branches)
    {
        StagePlan stage = plan.Stages[element.Stage];
        return stage.Shape switch
        {
            Shape.Where => AddWhere(builder, stage),
            Shape.Switch => AddSwitch(builder, stage, branches),
            Shape.Poll => AddPoll(builder, stage),
            _ => builder.Then(MakeStage(stage)),
        };
    }

    private PipelineBuilder<Cargo, Cargo> AddWhere(PipelineBuilder<Cargo, Cargo> builder, StagePlan stage)
    {
        return stage.Form switch
        {
            TaskShape.Sync => builder.ThenWhere(stage.Name, x => bodies.Call(stage, 0, x, Answer), stage.Workers, options => Configure(stage, options)),
            TaskShape.WithContext => builder.ThenWhereWithContext(stage.Name, (x, context) => bodies.CallAsync(stage, 0, x, Answer, context.CancellationToken), stage.Workers, options => Configure(stage, options)),
            // As an object of its own, which any pipeline can have.
            _ when stage.Index % 2 == 0 => builder.Then(Stage.CreateWhere<Cargo>(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, Answer, ct), stage.Workers, options => Configure(stage, options))),
            _ => builder.ThenWhere(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, Answer, ct), stage.Workers, options => Configure(stage, options)),
        };

        bool Answer(Answers answers, Cargo? input) => answers.Passes(stage, input);
    }

    private PipelineBuilder<Cargo, Cargo> AddSwitch(PipelineBuilder<Cargo, Cargo> builder, StagePlan stage, Func<Routes<Cargo, int?>, Routes<Cargo, int?, Cargo>> branches)
    {
        return stage.Form switch
        {
            TaskShape.Sync => builder.ThenSwitch(stage.Name, x => bodies.Call(stage, 0, x, Answer), branches, stage.Workers, options => Configure(stage, options)),
            TaskShape.WithContext => builder.ThenSwitchWithContext(stage.Name, (x, context) => bodies.CallAsync(stage, 0, x, Answer, context.CancellationToken), branches, stage.Workers, options => Configure(stage, options)),
            _ => builder.ThenSwitch(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, Answer, ct), branches, stage.Workers, options => Configure(stage, options)),
        };

        int? Answer(Answers answers, Cargo? input) => answers.KeyOf(stage, input);
    }

    private PipelineBuilder<Cargo, Cargo> AddPoll(PipelineBuilder<Cargo, Cargo> builder, StagePlan stage)
    {
        var every = TimeSpan.FromMilliseconds(stage.Poll!.EveryMs);
        return stage.Form switch
        {
            TaskShape.Sync => builder.ThenPoll(stage.Name, x => bodies.Call(stage, 0, x, Answer), every, stage.Workers, options => ConfigurePoll(stage, options)),
            TaskShape.WithContext => builder.ThenPollWithContext(stage.Name, (x, context) => bodies.CallAsync(stage, 0, x, Answer, context.CancellationToken), every, stage.Workers, options => ConfigurePoll(stage, options)),
            _ when stage.Index % 2 == 0 => builder.Then(Stage.CreatePoll<Cargo, Cargo>(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, Answer, ct), every, stage.Workers, options => ConfigurePoll(stage, options))),
            _ => builder.ThenPoll(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, Answer, ct), every, stage.Workers, options => ConfigurePoll(stage, options)),
        };

        Poll<Cargo> Answer(Answers answers, Cargo? input) => answers.Look(stage, input);
    }

    private Stage<Cargo, Cargo> MakeStage(StagePlan stage) =>
        // A single task without a limit, in the short form.
        stage.Limits is [null] && stage.Form == TaskShape.Async
            ? Stage.Create<Cargo, Cargo>(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, (_, input) => Answers.Work(stage, 0, input), ct), stage.Workers, options => Configure(stage, options))
            : Stage.CreateWithTasks<Cargo, Cargo>(stage.Name, tasks => AddTasks(stage, tasks), stage.Workers, options => Configure(stage, options));

    private StageTasks<Cargo, Cargo> AddTasks(StagePlan stage, StageTasks<Cargo, Cargo> tasks)
    {
        for (int i = 0; i < stage.Limits.Count; i++)
        {
            int task = i;
            string name = $"T{task}";
            Func<Answers, Cargo?, Cargo> answer = (_, input) => Answers.Work(stage, task, input);
            tasks = stage.Form switch
            {
                TaskShape.Sync => tasks.Task(name, (Cargo x) => bodies.Call(stage, task, x, answer), stage.Limits[task]),
                TaskShape.WithContext => tasks.TaskWithContext(
                    name,
                    (Cargo x, StageContext context) =>
                    {
                        context.SetStatus("here", TimeSpan.FromMilliseconds(1));
                        return bodies.CallAsync(stage, task, x, answer, context.CancellationToken);
                    },
                    stage.Limits[task]),
                _ => tasks.Task(name, (Cargo x, CancellationToken ct) => bodies.CallAsync(stage, task, x, answer, ct), stage.Limits[task]),
            };
        }

        return tasks;
    }

    private void ConfigurePoll(StagePlan stage, PollOptions<Cargo, Cargo> options)
    {
        Configure(stage, options);
        options.First = InMs(stage.Poll!.FirstMs);
        options.Jitter = stage.Poll.Jitter;
    }

    private void Configure(StagePlan stage, StageOptions<Cargo, Cargo> options)
    {
        options.QueueCapacity = stage.Capacity;
        options.Retry = functions.PolicyOf(stage);
        options.RetryScope = stage.Scope;
        options.AttemptTimeout = InMs(stage.AttemptTimeoutMs);
        options.ItemTimeout = InMs(stage.ItemTimeoutMs);
        options.MaxInFlight = stage.MaxInFlight;
        if (stage.Skips)
            options.SkipIf = x => functions.SkipIf(stage, x);
        if (stage.SkipsTo)
            options.SkipTo = x => functions.SkipTo(stage, x);
        if (stage.OnSuccess)
            options.OnSuccess = (e, _) => functions.CallBackAsync("OnSuccess", stage, e.Input);
        if (stage.OnFailure)
            options.OnFailure = (e, _) => functions.CallBackAsync("OnFailure", stage, e.Input);
        if (stage.HasScheduler)
            options.Scheduler = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, 2).ConcurrentScheduler;
    }

    private static TimeSpan? InMs(int? milliseconds) => milliseconds is { } ms ? TimeSpan.FromMilliseconds(ms) : null;
}
