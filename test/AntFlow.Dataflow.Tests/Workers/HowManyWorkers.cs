using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>There is a most of workers, which is said where more are asked for, before anything is made of it.</summary>
public sealed class HowManyWorkers
{
    private const int TooMany = StageOptions.MaxWorkers + 1;

    [TestCase(TooMany)]
    [TestCase(int.MaxValue)]
    public void A_stage_of_more_is_refused_when_the_pipeline_is_built(int workers)
    {
        string fault = $"Stage 'A': Workers is {workers}; it must be at most 100,000. There is no unlimited value: set the number that may run at once, with workers: or StageOptions.Workers.";

        Should.Throw<PipelineConfigurationException>(() => PipelineBuilder.Stage<int, int>("A", x => x, workers).Build()).Faults.ShouldBe([fault]);
        Should.Throw<PipelineConfigurationException>(() => PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.Workers = workers).Build()).Faults.ShouldBe([fault]);
        Should.Throw<PipelineConfigurationException>(() => PipelineBuilder.Stage(Stage.Create<int, int>("A", x => x, workers)).Build()).Faults.ShouldBe([fault]);
    }

    [Test]
    public async Task As_many_as_there_may_be_are_made()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, StageOptions.MaxWorkers).Build().Start();

        run.GetSnapshot().Workers.Count.ShouldBe(100_000);
    }

    [TestCase(TooMany)]
    [TestCase(int.MaxValue)]
    public async Task SetWorkers_refuses_more_and_leaves_the_run_as_it_was(int workers)
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Build().Start();

        ArgumentOutOfRangeException error = Should.Throw<ArgumentOutOfRangeException>(() => run.SetWorkers("A", workers));

        (error.ParamName, error.ActualValue).ShouldBe(("workers", workers));
        error.Message.ShouldStartWith($"workers is {workers}; it must be at most 100,000. There is no unlimited value: set the number that may run at once.");
        run.GetSnapshot().Stages[0].Workers.ShouldBe(2);
        await run.FeedAsync(Enumerable.Range(0, 10));
        run.SetWorkers("A", 3);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(10);
    }

    [TestCase(TooMany)]
    [TestCase(int.MaxValue)]
    public void An_executor_of_more_is_refused(int workers)
    {
        ArgumentOutOfRangeException error = Should.Throw<ArgumentOutOfRangeException>(() => new AsyncExecutor(workers));

        (error.ParamName, error.ActualValue).ShouldBe(("maxWorkers", workers));
        error.Message.ShouldStartWith($"maxWorkers is {workers}; it must be at most 100,000.");
    }

    [TestCase(0)]
    [TestCase(-1)]
    public async Task Less_than_one_is_refused_by_its_name(int workers)
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();

        Should.Throw<ArgumentOutOfRangeException>(() => run.SetWorkers("A", workers)).ParamName.ShouldBe("workers");
        Should.Throw<ArgumentOutOfRangeException>(() => new AsyncExecutor(workers)).ParamName.ShouldBe("maxWorkers");
    }
}
