using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Building;

/// <summary>What a pipeline says for all its stages, and what a stage says for itself.</summary>
public sealed class DefaultsOfStages
{
    private static readonly RetryPolicy _twice = RetryPolicy.Fixed(2, TimeSpan.Zero);

    private readonly SteppedTime _time = new();
    private int _calls;

    [SetUp]
    public void Begin() => _calls = 0;

    [Test]
    public async Task A_stage_that_says_nothing_works_as_the_pipeline_says()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", Fail).WithStageDefaults(new StageDefaults { Retry = _twice }).RunAsync([1]);

        (report.Results[0].Attempts, _calls).ShouldBe((2, 2));
    }

    [Test]
    public async Task A_stage_that_says_it_itself_works_as_it_says_also_with_what_it_is_anyway()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", Fail, configure: s => s.Retry = RetryPolicy.None);

        (await builder.WithStageDefaults(new StageDefaults { Retry = _twice }).RunAsync([1])).Results[0].Attempts.ShouldBe(1);
    }

    [Test]
    public async Task A_stage_says_that_it_has_no_limit_by_null()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Limited", SleepAsync)
            .Then("Unlimited", SleepAsync, configure: s => s.AttemptTimeout = null)
            .WithStageDefaults(new StageDefaults { Retry = RetryPolicy.None, AttemptTimeout = TimeSpan.FromSeconds(2) })
            .WithTimeProvider(_time)
            .Build();

        Task<PipelineReport<int>> running = pipeline.RunAsync([1, 5]);
        // The timer of the attempt is set before the body has begun to sleep: the clock stands still until both are.
        await _time.WhenPendingAsync(2);
        _time.StepToNextTimer();
        await _time.WhenPendingAsync(3);
        PipelineReport<int> report = await _time.DriveAsync(running);

        report.Results[0].Value.ShouldBe(1);
        report.Results[1].Error.ShouldBeOfType<AttemptTimeoutException>().Stage.ShouldBe("Limited");
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync("Unlimited", [5]);
        run.Complete();
        (await _time.DriveAsync(run.Completion)).SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task They_hold_for_stages_that_come_before_and_after_and_the_last_ones_count()
    {
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("A", x => x)
            .WithStageDefaults(new StageDefaults { Retry = RetryPolicy.Fixed(5, TimeSpan.Zero) })
            .WithStageDefaults(new StageDefaults { Retry = _twice })
            .Then("B", Fail)
            .RunAsync([1]);

        report.Results[0].Attempts.ShouldBe(2);
    }

    [Test]
    public async Task A_stage_keeps_what_it_is_in_other_pipelines()
    {
        Stage<int, int> stage = Stage.Create<int, int>("A", Fail, configure: s => s.RetryScope = RetryScope.Stage);
        var defaults = new StageDefaults { Retry = _twice };
        Pipeline<int, int> twice = PipelineBuilder.Stage(stage).WithStageDefaults(defaults).Build();
        defaults.Retry = RetryPolicy.None;
        Pipeline<int, int> once = PipelineBuilder.Stage(stage).WithStageDefaults(defaults).Build();

        (await once.RunAsync([1])).Results[0].Attempts.ShouldBe(1);
        await using PipelineRun<int, int> run = twice.Start();
        await run.FeedAsync(stage, [1]);
        run.Complete();
        (await run.Completion.InTime()).Results[0].Attempts.ShouldBe(2, "the defaults were copied");
    }

    [Test]
    public void Wrong_ones_are_told_for_each_stage_they_hold_for()
    {
        PipelineBuilder<int, int> builder = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x => x, configure: s => s.ItemTimeout = TimeSpan.FromDays(1));

        Should.Throw<PipelineConfigurationException>(() => builder.WithStageDefaults(new StageDefaults { Retry = null!, ItemTimeout = TimeSpan.Zero }).Build()).Faults.ShouldBe(
            [
                "Stage 'A': ItemTimeout is 00:00:00; it must be above zero and at most 49 days. Set it with StageDefaults.ItemTimeout, or leave it null for no limit.",
                "Stage 'A': Retry is null; it must be a policy. Set StageDefaults.Retry to RetryPolicy.None for no further attempts.",
                "Stage 'B': Retry is null; it must be a policy. Set StageDefaults.Retry to RetryPolicy.None for no further attempts.",
            ]);
        Should.Throw<ArgumentNullException>(() => builder.WithStageDefaults(null!));
    }

    [Test]
    public async Task They_say_what_is_repeated_and_where_bodies_start()
    {
        List<string> calls = [];
        TaskScheduler? seen = null;
        var scheduler = new SchedulerOfItsOwn();

        await PipelineBuilder
            .StageWithTasks<int, int>("A", tasks => tasks
                .Task("first", x =>
                {
                    calls.Add("first");
                    seen = TaskScheduler.Current;
                    return x;
                })
                .Task<int>("second", _ =>
                {
                    calls.Add("second");
                    throw new InvalidOperationException("no");
                }))
            .WithStageDefaults(new StageDefaults { Retry = _twice, RetryScope = RetryScope.Stage, Scheduler = scheduler })
            .RunAsync([1]);

        calls.ShouldBe(["first", "second", "first", "second"]);
        seen.ShouldBe(scheduler);
    }

    private int Fail(int x)
    {
        _calls++;
        throw new InvalidOperationException("no");
    }

    private async Task<int> SleepAsync(int seconds, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(seconds), _time, cancellationToken);
        return seconds;
    }

    private sealed class SchedulerOfItsOwn : TaskScheduler
    {
        protected override void QueueTask(Task task) => ThreadPool.QueueUserWorkItem(_ => TryExecuteTask(task));

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }
}
