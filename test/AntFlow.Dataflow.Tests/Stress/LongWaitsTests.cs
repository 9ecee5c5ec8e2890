using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stress;

internal sealed class LongWaitsTests
{
    [Test]
    public async Task I_can_wait_for_longer_than_a_timer_lasts_before_anything_is_canceled_or_abandoned()
    {
        var gate = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", _ => gate.Task).Build();
        PipelineRun<int, int> run = pipeline.Start(new RunOptions { AbandonAfter = TimeSpan.MaxValue });
        await run.FeedOneAsync(1);
        Task<PipelineReport<int>> stopping = run.StopAsync(TimeSpan.FromDays(365), StopMode.AfterItem);
        Task disposing = run.DisposeAsync().AsTask();
        gate.SetResult(1);
        PipelineReport<int> report = await stopping;
        await disposing;

        report.Fault.ShouldBeNull();
        report.Results.ShouldHaveSingleItem().WasAbandoned.ShouldBeFalse();
    }
}
