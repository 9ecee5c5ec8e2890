using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

public sealed class InAGraphTests
{
    private static readonly TimeSpan _safety = TimeSpan.FromSeconds(30);

    [Test]
    public async Task A_pipeline_is_a_block_between_other_blocks()
    {
        Pipeline<int, string> pipeline = PipelineBuilder.Stage<int, int>("A", x => x + 1, workers: 4).Then("B", x => $"{x}", workers: 4).Build();
        PipelineBlock<int, string> block = pipeline.AsBlock();
        var source = new BufferBlock<int>();
        List<string> seen = [];
        var sink = new ActionBlock<PipelineResult<string>>(r => seen.Add(r.Value!));
        source.LinkTo(block, new DataflowLinkOptions { PropagateCompletion = true });
        block.LinkTo(sink, new DataflowLinkOptions { PropagateCompletion = true });

        for (int i = 0; i < 5000; i++)
            source.Post(i);
        source.Complete();
        await sink.Completion.WaitAsync(_safety);

        seen.Select(int.Parse).Order().ShouldBe(Enumerable.Range(1, 5000));
        (await block.Run.Completion).SucceededCount.ShouldBe(5000);
        (await block.Run.Completion).Results.ShouldBeEmpty();
    }

    [Test]
    public async Task Unread_results_block_the_workers_and_then_intake_is_postponed()
    {
        int started = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x =>
        {
            Interlocked.Increment(ref started);
            return x;
        }, workers: 2, s => s.QueueCapacity = 3).Build();
        PipelineBlock<int, int> block = pipeline.AsBlock(new RunOptions { ResultCapacity = 4 });

        List<Task<bool>> sends = [.. Enumerable.Range(0, 100).Select(i => block.SendAsync(i))];
        // 4 results held by the block, 1 by the run, 2 more on which the workers wait, 3 queued: at most 10 are taken.
        sends.Count(send => send.IsCompleted).ShouldBeLessThan(20);
        for (int i = 0; i < 100; i++)
            (await block.ReceiveAsync(_safety)).IsSuccess.ShouldBeTrue();
        (await Task.WhenAll(sends)).ShouldAllBe(sent => sent);
        started.ShouldBe(100);
        block.Complete();
        await block.Completion.WaitAsync(_safety);
    }

    [Test]
    public async Task A_faulted_block_cancels_the_run_and_the_report_still_counts_every_item()
    {
        var running = new TaskCompletionSource();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            running.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            return x;
        }).Build();
        PipelineBlock<int, int> block = pipeline.AsBlock();
        for (int i = 0; i < 5; i++)
            block.Post(i).ShouldBeTrue();
        await running.Task.WaitAsync(_safety);

        ((IDataflowBlock)block).Fault(new InvalidOperationException("graph broke"));

        (await Should.ThrowAsync<InvalidOperationException>(() => block.Completion.WaitAsync(_safety))).Message.ShouldBe("graph broke");
        PipelineReport<int> report = await block.Run.Completion.WaitAsync(_safety);
        report.CanceledCount.ShouldBe(5);
        report.Fault.ShouldBeNull();
        block.Post(6).ShouldBeFalse();
    }

    [Test]
    public async Task Stopping_the_run_gives_the_results_of_canceled_items_too()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        PipelineBlock<int, int> block = pipeline.AsBlock();
        block.Run.Pause();
        for (int i = 0; i < 5; i++)
            block.Post(i).ShouldBeTrue();

        block.Run.Stop();

        for (int i = 0; i < 5; i++)
            (await block.ReceiveAsync(_safety)).Status.ShouldBe(ResultStatus.Canceled);
        await block.Completion.WaitAsync(_safety);
    }

    [Test]
    public async Task With_a_filter_for_every_link_each_result_goes_where_it_belongs_however_busy_the_targets_are()
    {
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x % 10 == 0 ? throw new ArgumentException("ten") : x, workers: 4, s => s.Retry = RetryPolicy.None)
            .Build();
        PipelineBlock<int, int> block = pipeline.AsBlock();
        List<PipelineResult<int>> good = [], bad = [];
        var bounded = new ExecutionDataflowBlockOptions { BoundedCapacity = 1 };
        var busy = new ActionBlock<PipelineResult<int>>(
            async result =>
            {
                await Task.Yield();
                good.Add(result);
            },
            bounded);
        var rest = new ActionBlock<PipelineResult<int>>(bad.Add, bounded);
        block.LinkTo(busy, new DataflowLinkOptions { PropagateCompletion = true }, result => result.IsSuccess);
        block.LinkTo(rest, new DataflowLinkOptions { PropagateCompletion = true }, result => !result.IsSuccess);

        for (int i = 0; i < 1000; i++)
            await block.SendAsync(i);
        block.Complete();
        await Task.WhenAll(busy.Completion, rest.Completion).WaitAsync(_safety);

        good.Select(result => result.Value).Order().ShouldBe(Enumerable.Range(0, 1000).Where(i => i % 10 != 0));
        bad.Count.ShouldBe(100);
        bad.ShouldAllBe(result => !result.IsSuccess);
    }
}
