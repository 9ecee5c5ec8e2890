using System.Collections.Concurrent;
using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What a graph may expect of a buffering block with options: both halves together.</summary>
public abstract class PropagatorConformance
{
    private static readonly DataflowLinkOptions _propagating = new() { PropagateCompletion = true };

    protected abstract IPropagatorBlock<int, int> Create(DataflowBlockOptions options);

    protected abstract int CountOf(IPropagatorBlock<int, int> block);

    [Test]
    public async Task A_chain_of_small_blocks_carries_everything_in_order_and_ends()
    {
        IPropagatorBlock<int, int>[] chain = [.. Enumerable.Range(0, 8).Select(i => Create(new DataflowBlockOptions { BoundedCapacity = 1 + (i % 2) }))];
        for (int i = 1; i < chain.Length; i++)
            chain[i - 1].LinkTo(chain[i], _propagating);
        Task<List<int>> drained = TargetUnderTest.Of(chain[^1], i => i).Drain();
        for (int i = 0; i < 500; i++)
            (await chain[0].SendAsync(i).InTime()).ShouldBeTrue();
        chain[0].Complete();
        (await drained.InTime()).ShouldBe(Enumerable.Range(0, 500));
        await Task.WhenAll(chain.Select(block => block.Completion)).InTime();
    }

    [Test]
    public async Task A_fault_reaches_the_end_of_a_chain_as_itself()
    {
        IPropagatorBlock<int, int>[] chain = [.. Enumerable.Range(0, 5).Select(_ => Create(new DataflowBlockOptions()))];
        for (int i = 1; i < chain.Length; i++)
            chain[i - 1].LinkTo(chain[i], _propagating);
        chain[0].Fault(new InvalidOperationException("mine"));
        await chain[^1].Completion.Ended();
        chain[^1].Completion.Exception!.Flatten().InnerExceptions.ShouldHaveSingleItem().Message.ShouldBe("mine");
    }

    [Test]
    public async Task Blocks_linked_in_a_circle_pass_an_item_round()
    {
        IPropagatorBlock<int, int> there = Create(new DataflowBlockOptions());
        IPropagatorBlock<int, int> back = Create(new DataflowBlockOptions());
        int passes = 0;
        var end = new BufferBlock<int>();
        there.LinkTo(back, _ => Interlocked.Increment(ref passes) < 1000);
        there.LinkTo(end);
        back.LinkTo(there);
        there.Post(7);
        (await end.ReceiveAsync().InTime()).ShouldBe(7);
        passes.ShouldBe(1000);
    }

    [Test]
    public async Task A_block_linked_to_itself_passes_an_item_round()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions());
        int passes = 0;
        var end = new BufferBlock<int>();
        block.LinkTo(block, _ => Interlocked.Increment(ref passes) < 1000);
        block.LinkTo(end);
        block.Post(7);
        (await end.ReceiveAsync().InTime()).ShouldBe(7);
    }

    [Test]
    public async Task Two_blocks_encapsulated_are_one()
    {
        IPropagatorBlock<int, int> entry = Create(new DataflowBlockOptions { BoundedCapacity = 2 });
        IPropagatorBlock<int, int> exit = Create(new DataflowBlockOptions());
        entry.LinkTo(exit, _propagating);
        IPropagatorBlock<int, int> both = DataflowBlock.Encapsulate(entry, exit);
        Task<List<int>> drained = TargetUnderTest.Of(both, i => i).Drain();
        for (int i = 0; i < 100; i++)
            (await both.SendAsync(i).InTime()).ShouldBeTrue();
        both.Complete();
        (await drained.InTime()).ShouldBe(Enumerable.Range(0, 100));
    }

    [Test]
    public void Capacity_is_exact_and_counts_what_waits()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { BoundedCapacity = 5 });
        for (int i = 0; i < 5; i++)
            block.Post(i).ShouldBeTrue();
        block.Post(5).ShouldBeFalse();
        CountOf(block).ShouldBe(5);
        ((IReceivableSourceBlock<int>)block).TryReceiveAll(out _).ShouldBeTrue();
        CountOf(block).ShouldBe(0);
        for (int i = 0; i < 5; i++)
            block.Post(i).ShouldBeTrue();
        block.Post(5).ShouldBeFalse();
    }

    [Test]
    public async Task A_reserved_item_keeps_its_room()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { BoundedCapacity = 1 });
        var target = ScriptedTarget<int>.Postponing();
        block.LinkTo(target);
        block.Post(1).ShouldBeTrue();
        SeenOffer<int> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        block.Post(2).ShouldBeFalse();
        Task<bool> waiting = block.SendAsync(3);
        waiting.IsCompleted.ShouldBeFalse();
        CountOf(block).ShouldBe(1);
        target.TryConsume(offer).ShouldBeTrue();
        (await waiting.InTime()).ShouldBeTrue();
        (await target.NextOffer()).Item.ShouldBe(3);
    }

    [Test]
    public async Task Capacity_is_never_exceeded()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { BoundedCapacity = 4 });
        int most = 0;
        Task producers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 500; i++)
                (await block.SendAsync(i).InTime()).ShouldBeTrue();
        })));
        for (int i = 0; i < 2000; i++)
        {
            most = Math.Max(most, CountOf(block));
            await block.ReceiveAsync().InTime();
        }

        await producers.InTime();
        most.ShouldBeInRange(1, 4);
        CountOf(block).ShouldBe(0);
    }

    [Test]
    public void Items_are_offered_on_the_scheduler_of_the_options()
    {
        var scheduler = new ManualScheduler();
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { TaskScheduler = scheduler });
        var target = ScriptedTarget<int>.Accepting();
        block.LinkTo(target);
        for (int i = 0; i < 10; i++)
            block.Post(i);
        target.OfferCount.ShouldBe(0);
        scheduler.RunAll();
        target.OfferCount.ShouldBe(10);
        scheduler.RunCount.ShouldBe(1);
    }

    [Test]
    public void Postponed_offers_are_fetched_on_the_scheduler_of_the_options()
    {
        var scheduler = new ManualScheduler();
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { TaskScheduler = scheduler, BoundedCapacity = 1 });
        block.Post(1).ShouldBeTrue();
        ScriptedSource source = ScriptedSource.Giving(2);
        source.Offer(block, 2).ShouldBe(DataflowMessageStatus.Postponed);
        block.Receive().ShouldBe(1);
        source.ConsumeCount.ShouldBe(0);
        ScriptedSource behind = ScriptedSource.Giving(3);
        behind.Offer(block, 3).ShouldBe(DataflowMessageStatus.Postponed);
        scheduler.RunAll();
        source.ConsumeCount.ShouldBe(1);
        behind.ConsumeCount.ShouldBe(0);
        block.Receive().ShouldBe(2);
    }

    [Test]
    public void A_task_offers_no_more_items_than_the_options_allow()
    {
        var scheduler = new ManualScheduler();
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { TaskScheduler = scheduler, MaxMessagesPerTask = 3 });
        var target = ScriptedTarget<int>.Accepting();
        block.LinkTo(target);
        for (int i = 0; i < 8; i++)
            block.Post(i);
        scheduler.RunOne();
        target.OfferCount.ShouldBe(3);
        scheduler.RunOne();
        target.OfferCount.ShouldBe(6);
        scheduler.RunAll();
        target.OfferCount.ShouldBe(8);
    }

    [Test]
    public void Offering_rests_while_every_target_has_postponed()
    {
        var scheduler = new ManualScheduler();
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { TaskScheduler = scheduler });
        var target = ScriptedTarget<int>.Postponing();
        block.LinkTo(target);
        block.Post(0);
        scheduler.RunAll();
        int runs = scheduler.RunCount;
        for (int i = 0; i < 100; i++)
            block.Post(0);
        scheduler.RunAll();
        target.OfferCount.ShouldBe(1);
        scheduler.RunCount.ShouldBe(runs);
    }

    [Test]
    public void Options_are_copied()
    {
        var options = new DataflowBlockOptions { BoundedCapacity = 2, NameFormat = "first" };
        IPropagatorBlock<int, int> block = Create(options);
        options.BoundedCapacity = 1;
        options.NameFormat = "second";
        block.Post(1).ShouldBeTrue();
        block.Post(2).ShouldBeTrue();
        block.Post(3).ShouldBeFalse();
        block.ToString().ShouldBe("first");
    }

    [Test]
    public void The_name_is_made_as_the_options_say()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { NameFormat = "<{1}>" });
        block.ToString().ShouldBe($"<{block.Completion.Id}>");
        Create(new DataflowBlockOptions { NameFormat = "{0}" }).ToString()!.ShouldContain("BufferBlock");
        Create(new DataflowBlockOptions { NameFormat = "{2}" }).ToString().ShouldNotBeNullOrEmpty();
    }

    [Test]
    public async Task Two_chains_into_one_block_and_out_of_it_lose_nothing_under_load()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { BoundedCapacity = 3, MaxMessagesPerTask = 2 });
        var seen = new ConcurrentBag<int>();
        ActionBlock<int>[] sinks = [.. Enumerable.Range(0, 3).Select(_ => new ActionBlock<int>(
            seen.Add, new ExecutionDataflowBlockOptions { BoundedCapacity = 1 }))];
        foreach (ActionBlock<int> sink in sinks)
            block.LinkTo(sink, _propagating);
        BufferBlock<int>[] sources = [.. Enumerable.Range(0, 3).Select(_ => new BufferBlock<int>())];
        foreach (BufferBlock<int> source in sources)
            source.LinkTo(block);
        await Patience.Together(4, thread =>
        {
            for (int i = 0; i < 500; i++)
            {
                if (thread < 3)
                    sources[thread].Post((thread * 500) + i);
                else if (((IReceivableSourceBlock<int>)block).TryReceive(null, out int item))
                    seen.Add(item);
            }

            if (thread < 3)
                sources[thread].Complete();
        });
        await Task.WhenAll(sources.Select(source => source.Completion)).InTime();
        block.Complete();
        await Task.WhenAll(sinks.Select(sink => sink.Completion)).InTime();
        seen.Order().ShouldBe(Enumerable.Range(0, 1500));
    }

    [Test]
    public async Task Producers_and_consumers_of_every_kind_at_once_lose_nothing()
    {
        IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { BoundedCapacity = 5 });
        var seen = new ConcurrentBag<int>();
        Task[] consumers = [.. Enumerable.Range(0, 3).Select(consumer => Task.Run(async () =>
        {
            while (await block.OutputAvailableAsync().InTime())
            {
                if (consumer == 0 && ((IReceivableSourceBlock<int>)block).TryReceiveAll(out IList<int>? items))
                    items.ToList().ForEach(seen.Add);
                else if (((IReceivableSourceBlock<int>)block).TryReceive(null, out int item))
                    seen.Add(item);
            }
        }))];
        await Task.WhenAll(Enumerable.Range(0, 4).Select(producer => Task.Run(async () =>
        {
            for (int i = 0; i < 400; i++)
            {
                if (producer % 2 == 0 || !block.Post((producer * 400) + i))
                    (await block.SendAsync((producer * 400) + i).InTime()).ShouldBeTrue();
            }
        }))).InTime();
        block.Complete();
        await Task.WhenAll(consumers).InTime();
        seen.Order().ShouldBe(Enumerable.Range(0, 1600));
    }

    [Test]
    public async Task A_block_ends_once_whatever_ends_it_at_once()
    {
        for (int round = 0; round < 50; round++)
        {
            using var cancel = new CancellationTokenSource();
            IPropagatorBlock<int, int> block = Create(new DataflowBlockOptions { BoundedCapacity = 2, CancellationToken = cancel.Token });
            block.LinkTo(ScriptedTarget<int>.Postponing());
            block.Post(1);
            Task<bool>[] sent = [.. Enumerable.Range(0, 5).Select(i => block.SendAsync(i))];
            await Patience.Together(4, thread =>
            {
                if (thread == 0)
                    block.Complete();
                else if (thread == 1)
                    block.Fault(new InvalidOperationException("mine"));
                else if (thread == 2)
                    cancel.Cancel();
                else
                    ((IReceivableSourceBlock<int>)block).TryReceiveAll(out _);
            });
            ((IReceivableSourceBlock<int>)block).TryReceiveAll(out _);
            await Task.WhenAll(sent).InTime();
            await block.Completion.Ended();
            block.Post(3).ShouldBeFalse();
        }
    }
}
