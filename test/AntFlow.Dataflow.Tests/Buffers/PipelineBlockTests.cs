using System.Collections.Concurrent;
using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What only a pipeline's block promises, or has a way of its own to break.</summary>
public sealed class PipelineBlockTests
{
    private static readonly DataflowLinkOptions _propagating = new() { PropagateCompletion = true };

    [Test]
    public async Task An_item_that_cannot_be_named_leaves_its_room_to_the_offer_that_waits_for_it()
    {
        PipelineBlock<int, int> block = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 1, s => s.QueueCapacity = 1)
            .IdentifyBy(x => x < 0 ? throw new InvalidOperationException("no name") : x)
            .Build()
            .AsBlock();
        using var isAsked = new ManualResetEventSlim();
        using var mayGive = new ManualResetEventSlim();
        var nameless = new ScriptedSource
        {
            Give = () =>
            {
                isAsked.Set();
                mayGive.Wait();
                return -1;
            },
        };
        ScriptedSource next = ScriptedSource.Giving(7);
        Task<DataflowMessageStatus> offering = Task.Factory.StartNew(
            () => nameless.Offer(block, -1, consumeToAccept: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        isAsked.Wait();
        next.Offer(block, 7).ShouldBe(DataflowMessageStatus.Postponed, "the only room is kept for the item that is being fetched");
        mayGive.Set();

        (await offering.InTime()).ShouldBe(DataflowMessageStatus.Accepted);
        await next.Consumed;
        PipelineResult<int>[] results = [await block.ReceiveAsync().InTime(), await block.ReceiveAsync().InTime()];
        results.Single(result => !result.IsSuccess).Error!.Message.ShouldBe("no name");
        results.Single(result => result.IsSuccess).Value.ShouldBe(7);
    }

    [TestCase(true, ResultStatus.Canceled)]
    [TestCase(false, ResultStatus.Succeeded)]
    public async Task An_item_that_is_being_fetched_while_the_run_is_closed_is_accepted_and_has_its_result(bool stops, ResultStatus status)
    {
        PipelineBlock<int, int> block = PipelineBuilder.Stage<int, int>("A", x => x).Build().AsBlock();
        var source = new ScriptedSource
        {
            Give = () =>
            {
                if (stops)
                    block.Run.Stop();
                else
                    block.Run.Complete();
                return 7;
            },
        };
        source.Offer(block, 7, consumeToAccept: true).ShouldBe(DataflowMessageStatus.Accepted);

        (await block.ReceiveAsync().InTime()).Status.ShouldBe(status);
        await block.Completion.InTime();
        (await block.Run.Completion.InTime()).Snapshot.Fed.ShouldBe(1);
    }

    [Test]
    public void A_result_that_finds_no_room_is_found_by_whoever_makes_room_in_that_moment()
    {
        PipelineBlock<int, int> block = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Build().AsBlock(new RunOptions { ResultCapacity = 1 });
        for (int round = 0; round < 5_000; round++)
        {
            block.Post(1).ShouldBeTrue();
            block.Post(2).ShouldBeTrue();
            int received = 0;
            SpinWait.SpinUntil(() =>
            {
                while (block.TryReceive(out _))
                    received++;
                return received == 2;
            }, Testing.Waiting.Patience).ShouldBeTrue("nothing else happens here that would send the second one on");
        }
    }

    [Test]
    public async Task Who_reads_the_run_behind_a_block_lets_the_offers_in_that_wait_for_him([Values(1, 2)] int capacity)
    {
        PipelineBlock<int, int> block = PipelineBuilder.Stage<int, int>("A", x => x).Build().AsBlock(new RunOptions { OrderResults = true, ResultCapacity = capacity });
        var source = new BufferBlock<int>();
        source.LinkTo(block, _propagating);
        for (int item = 0; item < 10; item++)
            source.Post(item).ShouldBeTrue();
        source.Complete();
        // The block keeps the first ones, which nothing takes from it.
        await using IAsyncEnumerator<PipelineResult<int>> reader = block.Run.ReadResultsAsync().GetAsyncEnumerator();
        for (int item = capacity; item < 10; item++)
        {
            (await reader.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
            reader.Current.Value.ShouldBe(item);
        }

        block.TryReceiveAll(out IList<PipelineResult<int>>? kept).ShouldBeTrue();
        kept.Select(result => result.Value).ShouldBe(Enumerable.Range(0, capacity));
        await block.Completion.InTime();
    }

    [Test]
    public async Task What_a_reader_of_the_run_behind_a_block_has_left_comes_out_of_the_block()
    {
        PipelineBlock<int, int> block = PipelineBuilder.Stage<int, int>("A", x => x).Build().AsBlock(new RunOptions { OrderResults = true, ResultCapacity = 32 });
        await block.Run.FeedAsync(Enumerable.Range(0, 64)).InTime();
        block.Complete();
        await block.Run.Completion.InTime();
        // The block keeps the first half, the run the other one.
        await foreach (PipelineResult<int> result in block.Run.ReadResultsAsync())
        {
            result.Value.ShouldBe(32);
            break;
        }

        List<int> received = [];
        while (await block.OutputAvailableAsync().InTime())
            received.Add((await block.ReceiveAsync().InTime()).Value);
        received.ShouldBe(Enumerable.Range(0, 64).Where(item => item != 32));
        await block.Completion.InTime();
    }

    [Test]
    public async Task Completing_the_run_declines_for_good_at_once_though_items_are_still_worked_on()
    {
        var gate = new Gate<int>();
        PipelineBlock<int, int> block = Held(gate);
        block.Post(1).ShouldBeTrue();
        await gate.WhenArrivedAsync(1);
        block.Post(2).ShouldBeTrue();
        Task<bool> waiting = block.SendAsync(3);
        waiting.IsCompleted.ShouldBeFalse();
        block.Run.Complete();

        (await waiting.InTime()).ShouldBeFalse();
        (await block.SendAsync(4).InTime()).ShouldBeFalse();
        ScriptedSource.Giving(5).Offer(block, 5).ShouldBe(DataflowMessageStatus.DecliningPermanently);
        block.Completion.IsCompleted.ShouldBeFalse();
        gate.OpenForAll();
        (await TargetUnderTest.Of(block, result => result.Value).Drain()).ShouldBe([1, 2]);
        await block.Completion.InTime();
    }

    [Test]
    public async Task Its_end_waits_for_the_items_it_works_on_and_for_their_results_to_be_taken()
    {
        var gate = new Gate<int>();
        PipelineBlock<int, int> block = Held(gate);
        block.Post(1).ShouldBeTrue();
        await gate.WhenArrivedAsync(1);
        block.Complete();
        block.Completion.IsCompleted.ShouldBeFalse();
        Task<bool> isAvailable = block.OutputAvailableAsync();
        gate.OpenForAll();
        (await isAvailable.InTime()).ShouldBeTrue();
        await block.Run.Completion.InTime();
        block.Completion.IsCompleted.ShouldBeFalse();
        block.TryReceive(null, out PipelineResult<int>? result).ShouldBeTrue();
        result!.Value.ShouldBe(1);
        await block.Completion.InTime();
    }

    [Test]
    public async Task A_chain_of_pipelines_with_small_queues_carries_everything_in_order_and_ends()
    {
        PipelineBlock<int, int>[] chain = [.. Enumerable.Range(0, 4).Select(i => PipelineBuilder
            .Stage<int, int>("A", x => x + 1, workers: 3, s => s.QueueCapacity = 1 + i)
            .Then("B", x => x, workers: 2, s => s.QueueCapacity = 1)
            .Build()
            .AsBlock(new RunOptions { OrderResults = true, ResultCapacity = 1 + i }))];
        for (int i = 1; i < chain.Length; i++)
        {
            var between = new TransformBlock<PipelineResult<int>, int>(result => result.Value, new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
            chain[i - 1].LinkTo(between, _propagating);
            between.LinkTo(chain[i], _propagating);
        }

        Task<List<int>> drained = TargetUnderTest.Of(chain[^1], result => result.Value).Drain();
        for (int i = 0; i < 300; i++)
            (await chain[0].SendAsync(i).InTime()).ShouldBeTrue();
        chain[0].Complete();

        (await drained.InTime()).ShouldBe(Enumerable.Range(4, 300));
        await Task.WhenAll(chain.Select(block => block.Completion)).InTime();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task It_ends_once_whatever_ends_it_at_once_and_its_report_counts_every_item(bool isOrdered)
    {
        for (int round = 0; round < 50; round++)
        {
            PipelineBlock<int, int> block = PipelineBuilder
                .Stage<int, int>("A", x => x, workers: 2, s => s.QueueCapacity = 2)
                .Build()
                .AsBlock(new RunOptions { OrderResults = isOrdered, ResultCapacity = 2 });
            IDisposable link = block.LinkTo(ScriptedTarget<PipelineResult<int>>.Postponing());
            block.Post(1);
            Task<bool>[] sent = [.. Enumerable.Range(0, 5).Select(i => block.SendAsync(i))];
            await Patience.Together(5, thread =>
            {
                if (thread == 0)
                    block.Complete();
                else if (thread == 1)
                    ((IDataflowBlock)block).Fault(new InvalidOperationException("mine"));
                else if (thread == 2)
                    _ = block.Run.DisposeAsync().AsTask();
                else if (thread == 3)
                    block.Run.Stop();
                else
                    block.TryReceiveAll(out _);
            });
            link.Dispose();
            int accepted = 1 + (await Task.WhenAll(sent).InTime()).Count(isAccepted => isAccepted);

            await block.Completion.Ended();
            PipelineReport<int> report = await block.Run.Completion.InTime();
            report.Fault.ShouldBeNull();
            (report.SucceededCount + report.CanceledCount).ShouldBe(accepted);
            block.Post(3).ShouldBeFalse();
        }
    }

    [Test]
    public async Task Producers_and_consumers_of_every_kind_at_once_lose_nothing()
    {
        PipelineBlock<int, int> block = PipelineBuilder
            .Stage<int, int>("A", x => x, workers: 3, s => s.QueueCapacity = 5)
            .Build()
            .AsBlock(new RunOptions { ResultCapacity = 2 });
        var seen = new ConcurrentBag<int>();
        Task[] consumers = [.. Enumerable.Range(0, 3).Select(consumer => Task.Run(async () =>
        {
            while (await block.OutputAvailableAsync().InTime())
            {
                if (consumer == 0 && block.TryReceiveAll(out IList<PipelineResult<int>>? items))
                    items.ToList().ForEach(item => seen.Add(item.Value));
                else if (block.TryReceive(null, out PipelineResult<int>? item))
                    seen.Add(item.Value);
            }
        }))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(producer => Task.Run(async () =>
        {
            for (int i = 0; i < 400; i++)
            {
                int item = (producer * 400) + i;
                if (producer == 3)
                    await block.Run.FeedOneAsync(item).InTime();
                else if (producer == 0 || !block.Post(item))
                    (await block.SendAsync(item).InTime()).ShouldBeTrue();
            }
        }))).InTime();
        block.Complete();
        await Task.WhenAll(consumers).InTime();
        seen.Order().ShouldBe(Enumerable.Range(0, 1600));
    }

    private static PipelineBlock<int, int> Held(Gate<int> gate) => PipelineBuilder
        .Stage<int, int>(
            "A",
            async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                return x;
            },
            workers: 1,
            s => s.QueueCapacity = 1)
        .Build()
        .AsBlock();
}
