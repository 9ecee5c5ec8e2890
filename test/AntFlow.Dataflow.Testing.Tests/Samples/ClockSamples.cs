using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests.Samples;

public sealed class ClockSamples
{
    [Test]
    public async Task A_pipeline_with_retries_is_driven_to_its_end()
    {
        // sample: clock
        var time = new SteppedTime();
        int calls = 0;
        Pipeline<string, string> pipeline = PipelineBuilder
            .Stage<string, string>("Fetch", Fetch, workers: 1, s => s.Retry = RetryPolicy.Fixed(attempts: 3, TimeSpan.FromMinutes(10)))
            .WithTimeProvider(time)
            .Build();

        DateTimeOffset begin = time.GetUtcNow();
        PipelineReport<string> report = await time.DriveAsync(pipeline.RunAsync(["https://a.example"]));

        report.Results.Single().Attempts.ShouldBe(3);
        (time.GetUtcNow() - begin).ShouldBe(TimeSpan.FromMinutes(20), tolerance: TimeSpan.FromSeconds(1));

        string Fetch(string url) => ++calls < 3 ? throw new HttpRequestException("busy") : "a page";
        // end
    }

    [Test]
    public async Task A_retry_is_looked_at_just_before_it_is_due()
    {
        // sample: clock-by-hand
        var time = new SteppedTime();
        var failing = new Queue<Exception>([new HttpRequestException("busy")]);
        await using PipelineRun<string, string> run = PipelineBuilder
            .Stage<string, string>("Fetch", url => failing.TryDequeue(out Exception? error) ? throw error : "a page", workers: 1, s => s.Retry = RetryPolicy.Fixed(attempts: 2, TimeSpan.FromMinutes(10)))
            .WithTimeProvider(time)
            .Build()
            .Start();
        await run.FeedAsync(["https://a.example"]);
        run.Complete();

        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromMinutes(9));
        run.GetSnapshot().Retrying.ShouldBe(1);

        time.StepToNextTimer();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
        // end
    }
}
