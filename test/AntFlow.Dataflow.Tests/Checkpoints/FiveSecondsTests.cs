using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Nothing starts unless the run is sure to be ours for five seconds more.</summary>
public sealed class FiveSecondsTests
{
    private static readonly TimeSpan _enough = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _tooLittle = _enough - TimeSpan.FromTicks(1);

    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());

    private async Task<PipelineRun<string, string>> StartAsync(Job job)
    {
        job.Time = _time;
        PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_attempt_needs_them(bool isEnough)
    {
        var job = new Job(_store);
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.HoldsLeft = isEnough ? _enough : _tooLittle;
        await run.FeedAsync(["x"]).InTime();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();

        job.CallsOf("x").Length.ShouldBe(isEnough ? 3 : 0);
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(isEnough ? ResultStatus.Succeeded : ResultStatus.Canceled);
        (report.Fault is LeaseLostException).ShouldBe(!isEnough);
    }

    [Test]
    public async Task An_attempt_needs_them_once_it_was_noted_too_however_long_that_took()
    {
        var job = new Job(_store);
        await using PipelineRun<string, string> run = await StartAsync(job);
        _store.Before = method => method == nameof(ICheckpointRun.MarkStartedAsync) ? new IOException("away") : null;
        await run.FeedAsync(["x"]).InTime();
        await _time.WhenPendingAsync(1);
        _store.HoldsLeft = _tooLittle;
        _store.Before = _ => null;
        run.Complete();

        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        job.Calls.ShouldBeEmpty();
        report.Fault.ShouldBeOfType<LeaseLostException>();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task What_is_done_once_needs_them(bool isEnough)
    {
        int made = 0;
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", (x, context) =>
            {
                _store.HoldsLeft = isEnough ? _enough : _tooLittle;
                return context.OnceAsync("batch", _ => Task.FromResult($"made {++made}"));
            }).IdentifyBy(x => x).WithCheckpoints(_store).Build();

        PipelineReport<string> report = await pipeline.LiveAsync("x").ReportAsync();

        made.ShouldBe(isEnough ? 1 : 0);
        (report.Fault is LeaseLostException).ShouldBe(!isEnough);
    }
}
