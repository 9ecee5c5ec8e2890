using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class Canceling
{
    [Test]
    public async Task RunAsync_throws_with_a_report_of_every_item()
    {
        using var source = new CancellationTokenSource();
        var gate = new Gate<int>();
        Task<PipelineReport<int>> running = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            if (x > 1)
                await gate.PassAsync(x, ct);
            return x;
        }).RunAsync(Enumerable.Range(0, 100), cancellationToken: source.Token);
        await gate.WhenArrivedAsync(1);
        await source.CancelAsync();
        PipelineCanceledException<int> canceled = await running.CatchAsync<PipelineCanceledException<int>>();

        canceled.ShouldBeAssignableTo<OperationCanceledException>();
        canceled.Report.SucceededCount.ShouldBe(2);
        canceled.Report.Results.Count.ShouldBe((int)canceled.Report.Snapshot.Fed);
        canceled.Report.CanceledCount.ShouldBe(canceled.Report.Snapshot.Fed - 2);
        canceled.Report.Results.Where(r => !r.IsSuccess).ShouldAllBe(r => r.Error is OperationCanceledException);
    }

    [Test]
    public async Task It_throws_when_input_was_left_untaken_though_no_item_was_canceled()
    {
        using var source = new CancellationTokenSource();
        async IAsyncEnumerable<int> Items()
        {
            yield return 1;
            await Task.Yield();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, source.Token);
            yield return 2;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<PipelineReport<int>> running = PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x =>
        {
            done.SetResult();
            return x;
        }).RunAsync(Items(), cancellationToken: source.Token);
        await done.Task.InTime();
        await source.CancelAsync();

        (await running.CatchAsync<PipelineCanceledException<int>>()).Report.Snapshot.Fed.ShouldBe(1);
    }

    [Test]
    public async Task A_token_canceled_before_the_start_runs_nothing()
    {
        int calls = 0;
        PipelineCanceledException<int> canceled = await Pipeline.RunAsync([1, 2], (int x) => { calls++; return x; }, cancellationToken: new CancellationToken(canceled: true))
            .CatchAsync<PipelineCanceledException<int>>();

        calls.ShouldBe(0);
        canceled.Report.SucceededCount.ShouldBe(0);
    }

    [Test]
    public async Task A_token_canceled_after_the_end_does_not_throw()
    {
        using var source = new CancellationTokenSource();
        PipelineReport<int> report = await Pipeline.RunAsync([1, 2], (int x) => x, cancellationToken: source.Token);
        await source.CancelAsync();

        report.SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task StreamAsync_throws_at_its_end_too()
    {
        using var source = new CancellationTokenSource();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x, CancellationToken ct) =>
        {
            if (x == 1)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return x;
        }, workers: 1).Build();
        List<PipelineResult<int>> read = [];
        async Task ReadAsync()
        {
            await foreach (PipelineResult<int> result in pipeline.StreamAsync([0, 1], cancellationToken: source.Token))
            {
                read.Add(result);
                await source.CancelAsync();
            }
        }

        PipelineCanceledException<int> canceled = await ReadAsync().CatchAsync<PipelineCanceledException<int>>();

        read.Count.ShouldBe(2);
        read[1].Status.ShouldBe(ResultStatus.Canceled);
        canceled.Report.CanceledCount.ShouldBe(1);
    }

    [Test]
    public async Task Failed_items_make_nothing_throw_but_ThrowIfFailed()
    {
        PipelineReport<int> report = await Pipeline.RunAsync([1, 2, 3], (int x) => x == 2 ? throw new ArgumentException("two") : x);

        (report.SucceededCount, report.FailedCount, report.CanceledCount, report.Fault).ShouldBe((2, 1, 0, null));
        PipelineFailedException failed = Should.Throw<PipelineFailedException>(report.ThrowIfFailed);
        failed.ShouldBeAssignableTo<AntFlowException>();
        failed.Report.ShouldBeSameAs(report);
        failed.InnerException.ShouldBeOfType<ArgumentException>();
        PipelineReport<int> fine = await Pipeline.RunAsync([1], (int x) => x);
        fine.ThrowIfFailed();
    }
}
