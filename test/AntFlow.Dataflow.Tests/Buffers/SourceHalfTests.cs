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

    [Test]
    public async Task A_target_that_receives_while_it_is_asked_gets_nothing_twice()
    {
        var block = Filled(3);
        bool isReceived = false;
        bool areReceived = false;
        bool areFiltered = false;
        var target = new ScriptedTarget<int>(_ =>
        {
            isReceived |= block.TryReceive(out int _);
            areFiltered |= block.TryReceive(i => i >= 0, out int _);
            areReceived |= block.TryReceiveAll(out IList<int>? _);
            return DataflowMessageStatus.Accepted;
        });
        block.LinkTo(target);
        (await target.NextOffers(3)).Select(offer => offer.Item).ShouldBe([0, 1, 2]);
        isReceived.ShouldBeFalse();
        areReceived.ShouldBeFalse();
        areFiltered.ShouldBeFalse();
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
