namespace AntFlow.Dataflow.Tests.Stress;

/// <summary>Makes the pipeline of a plan.</summary>
internal sealed class Assembly(Plan plan, Bodies bodies, Functions functions, TimeProvider time)
{
    public List<Stage<Cargo, Cargo>> Stages { get; } = [];

    public Pipeline<Cargo, Cargo> Build()
    {
        foreach (StagePlan stage in plan.Stages)
            Stages.Add(MakeStage(stage));
        PipelineBuilder<Cargo, Cargo> builder = PipelineBuilder.Stage(Stages[0]);
        foreach (Stage<Cargo, Cargo> stage in Stages.Skip(1))
            builder = builder.Then(stage);
        builder = builder.WithTimeProvider(time);
        if (plan.Identifies)
            builder = builder.IdentifyBy(functions.Identify);
        if (plan.Log != LogShape.None)
            builder = builder.WithLogging(new PlannedLog(plan));
        return builder.Build();
    }

    private Stage<Cargo, Cargo> MakeStage(StagePlan stage) =>
        // A single task without a limit, in the short form.
        stage.Limits is [null] && stage.Shape == TaskShape.Async
            ? Stage.Create<Cargo, Cargo>(stage.Name, (x, ct) => bodies.CallAsync(stage, 0, x, ct), stage.Workers, options => Configure(stage, options))
            : Stage.CreateWithTasks<Cargo, Cargo>(stage.Name, tasks => AddTasks(stage, tasks), stage.Workers, options => Configure(stage, options));

    private StageTasks<Cargo, Cargo> AddTasks(StagePlan stage, StageTasks<Cargo, Cargo> tasks)
    {
        for (int i = 0; i < stage.Limits.Count; i++)
        {
            int task = i;
            string name = $"T{task}";
            tasks = stage.Shape switch
            {
                TaskShape.Sync => tasks.Task(name, (Cargo x) => bodies.Call(stage, task, x), stage.Limits[task]),
                TaskShape.WithContext => tasks.TaskWithContext(
                    name,
                    (Cargo x, StageContext context) =>
                    {
                        context.SetStatus("here", TimeSpan.FromMilliseconds(1));
                        return bodies.CallAsync(stage, task, x, context.CancellationToken);
                    },
                    stage.Limits[task]),
                _ => tasks.Task(name, (Cargo x, CancellationToken ct) => bodies.CallAsync(stage, task, x, ct), stage.Limits[task]),
            };
        }

        return tasks;
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
