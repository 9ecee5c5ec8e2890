using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>If the engine itself breaks, nothing more starts, and the report says so with a result for every item.</summary>
public sealed class EngineFaultTests
{
    [Test]
    public async Task A_clock_that_breaks_at_any_reading_ends_the_run_with_its_fault_and_a_result_for_every_item()
    {
        // The first readings are those of the run's start: there it throws to the caller that starts it.
        for (int calls = 2; calls < 150; calls++)
            await RunAsync(new FailingTime(timestampsBefore: calls));
    }

    [Test]
    public async Task A_clock_that_cannot_make_its_next_timer_ends_the_run_with_its_fault_and_a_result_for_every_item()
    {
        for (int calls = 0; calls < 60; calls++)
            await RunAsync(new FailingTime(timersBefore: calls));
    }

    [Test]
    public async Task A_timer_that_cannot_be_set_anew_ends_the_run_with_its_fault_and_a_result_for_every_item()
    {
        for (int calls = 0; calls < 20; calls++)
            await RunAsync(new FailingTime(changesBefore: calls));
    }

    [Test]
    public async Task RunAsync_throws_the_fault_with_the_report()
    {
        Pipeline<int, int> pipeline = Build(new FailingTime(timersBefore: 3));
        PipelineFaultException thrown = await pipeline.RunAsync(Endless()).CatchAsync<PipelineFaultException>();
        PipelineReport<int> report = thrown.Report.ShouldBeOfType<PipelineReport<int>>();

        thrown.InnerException.ShouldBeSameAs(report.Fault);
        (report.IsEngineBroken, report.NotTakenCount).ShouldBe((true, null));
        report.Errors.ToString().ShouldStartWith("The engine of the pipeline broke: ");
        report.Fault.ShouldBeOfType<InvalidTimeZoneException>();
        report.Results.Count.ShouldBe((int)report.Snapshot.Fed);
        Should.Throw<PipelineFailedException>(report.ThrowIfFailed);

        static async IAsyncEnumerable<int> Endless()
        {
            for (int i = 0; ; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
    }

#if ANTFLOW_FAULTS
    [Test]
    [Category("Faults")]
    public async Task Completion_never_faults_not_even_if_the_results_cannot_be_read_at_the_end()
    {
        // Not disposed: that waits for the completion, and this test has to end if there is none.
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start(new RunOptions { RunId = "r" });
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        run.Core.Sink.Break();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        report.Fault.ShouldBeOfType<InvalidOperationException>().InnerException.ShouldBeOfType<NullReferenceException>();
        report.Errors.Fault.ShouldBeSameAs(report.Fault);
        (report.IsEngineBroken, report.WasStopped, report.Snapshot.RunId, report.Snapshot.Phase).ShouldBe((true, false, "r", RunPhase.Ended));
        report.Results.ShouldBeEmpty();
        (report.Snapshot.Fed, report.SucceededCount, report.FailedCount, report.CanceledCount).ShouldBe((1, 0, 0, 1));
        report.ToString().ShouldStartWith("The engine of the pipeline broke: ");
    }
#endif

    [Test]
    public async Task A_grace_period_beyond_all_timers_is_no_fault()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start(new RunOptions { AbandonAfter = TimeSpan.MaxValue });
        await run.FeedOneAsync(1);
        PipelineReport<int> report = await run.StopAsync(gracePeriod: TimeSpan.MaxValue).InTime();

        report.Fault.ShouldBeNull();
        report.Results.Count.ShouldBe(1);
    }

    private static async Task RunAsync(FailingTime time)
    {
        await using PipelineRun<int, int> run = Build(time).Start(new RunOptions { AbandonAfter = TimeSpan.FromMilliseconds(1) });
        long placed;
        try
        {
            placed = await run.FeedAsync(Enumerable.Range(0, 20)).InTime();
        }
        catch (PipelineClosedException closed)
        {
            placed = closed.Accepted;
        }

        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();
        ((long)report.Results.Count).ShouldBe(placed);
        report.Results.Select(r => r.Sequence).ShouldBeUnique();
        report.Snapshot.Fed.ShouldBe(placed);
        (report.SucceededCount + report.FailedCount + report.CanceledCount).ShouldBe(placed);
        if (report.CanceledCount > 0)
            report.Fault.ShouldBeOfType<InvalidTimeZoneException>();
        else if (!time.HasFailed)
            report.SucceededCount.ShouldBe(20);
    }

    private static Pipeline<int, int> Build(TimeProvider time) => PipelineBuilder
        .StageWithContext<int, int>("A", (x, context) => context.Attempt == 1 && x % 5 == 0 ? throw new TimeoutException() : x, workers: 2, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromMilliseconds(1));
            s.MaxInFlight = 10;
            s.QueueCapacity = 4;
        })
        .Then("B", async (x, ct) =>
        {
            await Task.Yield();
            return x;
        }, workers: 2, s => s.AttemptTimeout = TimeSpan.FromHours(1))
        .WithTimeProvider(time)
        .Build();
}
