using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What targets may do from inside an offer, where the framework's blocks leave it to luck.</summary>
public sealed class SourceHalfTests
{
    [Test]
    public async Task A_target_may_link_another_while_it_is_asked()
    {
        var block = Filled(5);
        var rest = ScriptedTarget<int>.Accepting();
        int links = 0;
        block.LinkTo(new ScriptedTarget<int>(_ =>
        {
            if (links++ == 0)
                block.LinkTo(rest, new DataflowLinkOptions { Append = false });
            return DataflowMessageStatus.Declined;
        }));
        (await rest.NextOffers(5)).Select(offer => offer.Item).ShouldBe(Enumerable.Range(0, 5));
    }

    [Test]
    public async Task Targets_that_unlink_each_other_while_they_are_asked_do_not_hide_the_rest()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        var links = new List<IDisposable>();
        var rest = ScriptedTarget<int>.Accepting();
        var first = new ScriptedTarget<int>(_ =>
        {
            links.ForEach(link => link.Dispose());
            return DataflowMessageStatus.Declined;
        });
        links.Add(block.LinkTo(first));
        links.Add(block.LinkTo(ScriptedTarget<int>.Declining()));
        links.Add(block.LinkTo(ScriptedTarget<int>.Declining()));
        block.LinkTo(rest);
        block.Post(1);
        block.Post(2);
        (await rest.NextOffers(2)).Select(offer => offer.Item).ShouldBe([1, 2]);
        first.OfferCount.ShouldBe(1);
    }

    [TestCase(DataflowMessageStatus.Accepted)]
    [TestCase(DataflowMessageStatus.Postponed)]
    [TestCase(DataflowMessageStatus.Declined)]
    public async Task A_target_may_consume_while_it_is_asked_whatever_it_answers(DataflowMessageStatus answer)
    {
        var block = Filled(20);
        ScriptedTarget<int> target = null!;
        target = new ScriptedTarget<int>(offer =>
        {
            target.TryConsume(offer, out int item).ShouldBeTrue();
            item.ShouldBe(offer.Item);
            return answer;
        });
        block.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        block.Complete();
        await target.Completion.InTime();
        (await target.NextOffers(20)).Select(offer => offer.Item).ShouldBe(Enumerable.Range(0, 20));
        target.OfferCount.ShouldBe(20);
    }

    [Test]
    public async Task A_target_may_reserve_while_it_is_asked()
    {
        var block = Filled(2);
        ScriptedTarget<int> target = null!;
        target = new ScriptedTarget<int>(offer => target.TryReserve(offer) ? DataflowMessageStatus.Postponed : DataflowMessageStatus.Declined);
        var other = ScriptedTarget<int>.Accepting();
        block.LinkTo(target);
        SeenOffer<int> offer = await target.NextOffer();
        block.LinkTo(other);
        block.Post(-1);
        block.TryReceive(out _).ShouldBeFalse();
        target.TryConsume(offer, out int item).ShouldBeTrue();
        item.ShouldBe(0);
        (await target.NextOffer()).Item.ShouldBe(-1);
        other.OfferCount.ShouldBe(0);
    }

    [TestCase(DataflowMessageStatus.Accepted)]
    [TestCase(DataflowMessageStatus.Postponed)]
    [TestCase(DataflowMessageStatus.Declined)]
    public async Task A_target_may_receive_while_it_is_asked_whatever_it_answers(DataflowMessageStatus answer)
    {
        var block = Filled(20);
        var received = new List<int>();
        var target = new ScriptedTarget<int>(_ =>
        {
            if (block.TryReceive(i => i % 2 == 0, out int even))
                received.Add(even);
            else if (block.TryReceive(out int odd))
                received.Add(odd);
            return answer;
        });
        block.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        block.Complete();
        await target.Completion.InTime();
        received.ShouldBe(Enumerable.Range(0, 20));
        target.OfferCount.ShouldBe(20);
        block.Count.ShouldBe(0);
    }

    [Test]
    public async Task A_target_that_receives_several_items_while_it_is_asked_is_not_offered_them()
    {
        var block = Filled(4);
        var received = new List<int>();
        var target = new ScriptedTarget<int>(_ =>
        {
            while (received.Count < 3 && block.TryReceive(out int item))
                received.Add(item);
            return DataflowMessageStatus.Accepted;
        });
        block.LinkTo(target);
        (await target.NextOffers(2)).Select(offer => offer.Item).ShouldBe([0, 3]);
        received.ShouldBe([0, 1, 2]);
    }

    [Test]
    public async Task A_target_receives_what_it_is_offered_before_a_more_urgent_item_that_comes_while_it_is_asked()
    {
        var block = Filled(2);
        var received = new List<int>();
        var target = new ScriptedTarget<int>(offer =>
        {
            if (offer.Item == 0)
                block.Post(-1);
            block.TryReceive(out int item);
            received.Add(item);
            return DataflowMessageStatus.Declined;
        });
        block.LinkTo(target);
        await target.NextOffers(3);
        received.ShouldBe([0, -1, 1]);
    }

    [Test]
    public async Task A_target_that_receives_all_while_it_is_asked_gets_the_most_urgent_first()
    {
        var block = Filled(3);
        IList<int>? received = null;
        var target = new ScriptedTarget<int>(_ =>
        {
            block.Post(-1);
            block.TryReceiveAll(out received);
            return DataflowMessageStatus.Accepted;
        });
        block.LinkTo(target);
        await target.NextOffer();
        received.ShouldBe([-1, 0, 1, 2]);
        block.Complete();
        await block.Completion.InTime();
        target.OfferCount.ShouldBe(1);
    }

    [Test]
    public async Task What_a_target_receives_while_it_is_asked_makes_room()
    {
        var block = new PriorityBufferBlock<int>(i => i, new DataflowBlockOptions { BoundedCapacity = 1 });
        block.Post(1);
        Task<bool> sent = block.SendAsync(2);
        sent.IsCompleted.ShouldBeFalse();
        var target = new ScriptedTarget<int>(_ =>
        {
            block.TryReceive(out int _);
            return DataflowMessageStatus.Declined;
        });
        block.LinkTo(target);
        (await target.NextOffers(2)).Select(offer => offer.Item).ShouldBe([1, 2]);
        (await sent.InTime()).ShouldBeTrue();
    }

    [Test]
    public async Task What_a_target_receives_while_it_is_asked_and_accepts_as_well_makes_room_once()
    {
        var block = new PriorityBufferBlock<int>(i => i, new DataflowBlockOptions { BoundedCapacity = 3 });
        var target = new ScriptedTarget<int>(_ =>
        {
            block.TryReceive(out int _);
            return DataflowMessageStatus.Accepted;
        });
        using (block.LinkTo(target))
        {
            for (int i = 0; i < 10; i++)
                (await block.SendAsync(i).InTime()).ShouldBeTrue();
            await target.NextOffers(10);
        }

        for (int i = 0; i < 3; i++)
            (await block.SendAsync(i).InTime()).ShouldBeTrue();
        Task<bool> tooMany = block.SendAsync(3);
        block.Count.ShouldBe(3);
        tooMany.IsCompleted.ShouldBeFalse();
    }

    [Test]
    public async Task A_target_that_faults_the_source_while_it_is_asked_receives_nothing_more()
    {
        var block = Filled(3);
        bool isReceived = false;
        var target = new ScriptedTarget<int>(_ =>
        {
            ((IDataflowBlock)block).Fault(new InvalidOperationException("mine"));
            isReceived = block.TryReceive(out int _) || block.TryReceive(_ => true, out int _) || block.TryReceiveAll(out IList<int>? _);
            return DataflowMessageStatus.Declined;
        });
        block.LinkTo(target);
        await target.NextOffer();
        await block.Completion.Ended();
        isReceived.ShouldBeFalse();
    }

    [TestCase("complete", DataflowMessageStatus.Accepted)]
    [TestCase("fault", DataflowMessageStatus.Accepted)]
    [TestCase("fault", DataflowMessageStatus.Postponed)]
    public async Task A_target_may_end_the_source_while_it_is_asked(string end, DataflowMessageStatus answer)
    {
        var block = Filled(3);
        var target = new ScriptedTarget<int>(_ =>
        {
            if (end == "complete")
                block.Complete();
            else
                ((IDataflowBlock)block).Fault(new InvalidOperationException("mine"));
            return answer;
        });
        block.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        await target.Completion.Ended();
        await block.Completion.Ended();
        block.Completion.IsFaulted.ShouldBe(end == "fault");
        target.OfferCount.ShouldBe(end == "fault" ? 1 : 3);
        block.Count.ShouldBe(0);
    }

    [Test]
    public async Task Adding_and_counting_do_not_wait_for_a_target_that_thinks()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new ManualResetEventSlim();
        var target = new ScriptedTarget<int>(_ =>
        {
            asked.TrySetResult();
            answer.Wait();
            return DataflowMessageStatus.Accepted;
        });
        block.LinkTo(target);
        block.Post(5);
        await asked.Task.InTime();
        block.Post(1).ShouldBeTrue();
        block.Count.ShouldBe(2);
        block.Complete();
        answer.Set();
        (await target.NextOffers(2)).Select(offer => offer.Item).ShouldBe([5, 1]);
        await block.Completion.InTime();
        target.OfferCount.ShouldBe(2);
    }

    [Test]
    public async Task A_receiver_waits_for_the_answer_of_a_target_and_gets_what_it_declined()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var answer = new ManualResetEventSlim();
        block.LinkTo(new ScriptedTarget<int>(_ =>
        {
            asked.TrySetResult();
            answer.Wait();
            return DataflowMessageStatus.Declined;
        }));
        block.Post(5);
        await asked.Task.InTime();
        int received = 0;
        Task receiving = Patience.Together(1, thread => block.TryReceive(out received).ShouldBeTrue());
        answer.Set();
        await receiving;
        received.ShouldBe(5);
    }

    private static PriorityBufferBlock<int> Filled(int count)
    {
        var block = new PriorityBufferBlock<int>(i => i);
        for (int i = 0; i < count; i++)
            block.Post(i);
        return block;
    }
}
