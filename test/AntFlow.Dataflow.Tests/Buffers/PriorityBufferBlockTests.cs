using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

public sealed class PriorityBufferBlockTests
{
    private static readonly Func<int, int> _lastDigit = i => i % 10;

    [Test]
    public void Nothing_works_without_a_priority_function_or_options()
    {
        Should.Throw<ArgumentNullException>(() => new PriorityBufferBlock<int>(null!));
        Should.Throw<ArgumentNullException>(() => new PriorityBufferBlock<int>(null!, new DataflowBlockOptions()));
        Should.Throw<ArgumentNullException>(() => new PriorityBufferBlock<int>(_lastDigit, null!));
    }

    [Test]
    public void The_lowest_number_leaves_first_and_the_oldest_among_equals()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit);
        foreach (int item in new[] { 15, 10, 25, 11, 20, 35, -7 })
            block.Post(item);
        block.TryReceiveAll(out IList<int>? items).ShouldBeTrue();
        items.ShouldBe([-7, 10, 20, 11, 15, 25, 35]);
    }

    [Test]
    public async Task A_linked_target_gets_the_most_urgent_first()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { TaskScheduler = scheduler });
        var target = ScriptedTarget<int>.Accepting();
        block.LinkTo(target);
        foreach (int item in new[] { 15, 10, 25, 11, 20 })
            block.Post(item);
        scheduler.RunAll();
        (await target.NextOffers(5)).Select(offer => offer.Item).ShouldBe([10, 20, 11, 15, 25]);
    }

    [Test]
    public async Task With_400_items_waiting_an_urgent_one_is_next()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var seen = new List<int>();
        var worker = new ActionBlock<int>(
            async item =>
            {
                seen.Add(item);
                started.TrySetResult();
                await gate.Task;
            },
            new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
        block.LinkTo(worker, new DataflowLinkOptions { PropagateCompletion = true });
        block.Post(9);
        await started.Task.InTime();
        for (int i = 1; i <= 400; i++)
            block.Post((i * 10) + 5);
        block.Post(100_000);
        block.Post(100_001);
        block.Complete();
        gate.SetResult();
        await worker.Completion.InTime();
        seen.Count.ShouldBe(403);
        seen[1].ShouldBe(100_000);
        seen[2].ShouldBe(100_001);
        seen.Skip(3).ShouldBeInOrder();
    }

    [Test]
    public async Task A_more_urgent_item_is_offered_to_all_who_postponed_under_a_new_id()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit);
        var first = ScriptedTarget<int>.Postponing();
        var second = ScriptedTarget<int>.Postponing();
        block.LinkTo(first);
        block.LinkTo(second);
        block.Post(5);
        SeenOffer<int> old = await first.NextOffer();
        SeenOffer<int> oldOfSecond = await second.NextOffer();
        block.Post(1);
        SeenOffer<int> urgent = await first.NextOffer();
        SeenOffer<int> urgentOfSecond = await second.NextOffer();
        urgent.Item.ShouldBe(1);
        urgentOfSecond.Header.ShouldBe(urgent.Header);
        urgent.Header.ShouldNotBe(old.Header);
        first.TryConsume(old).ShouldBeFalse();
        first.TryReserve(old).ShouldBeFalse();
        second.TryConsume(oldOfSecond).ShouldBeFalse();
        second.TryConsume(urgentOfSecond, out int item).ShouldBeTrue();
        item.ShouldBe(1);
        SeenOffer<int> again = await first.NextOffer();
        again.Item.ShouldBe(5);
        again.Header.ShouldNotBe(old.Header);
        first.TryConsume(again, out item).ShouldBeTrue();
        item.ShouldBe(5);
    }

    [Test]
    public void An_old_header_is_void_at_once_not_only_when_the_new_item_was_offered()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { TaskScheduler = scheduler });
        var target = ScriptedTarget<int>.Postponing();
        block.LinkTo(target);
        block.Post(5);
        scheduler.RunAll();
        SeenOffer<int> old = target.SeenNow();
        block.Post(1);
        target.TryReserve(old).ShouldBeFalse();
        target.TryConsume(old).ShouldBeFalse();
        block.Count.ShouldBe(2);
        scheduler.RunAll();
        target.OfferCount.ShouldBe(2);
    }

    [Test]
    public void A_new_link_is_offered_what_waits_by_the_scheduler_and_not_by_whoever_links()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(i => i, new DataflowBlockOptions { TaskScheduler = scheduler });
        block.Post(1);
        var target = ScriptedTarget<int>.Accepting();
        block.LinkTo(target);
        target.OfferCount.ShouldBe(0);
        scheduler.RunAll();
        target.SeenNow().Item.ShouldBe(1);
    }

    [Test]
    public void An_item_that_was_not_offered_yet_cannot_be_reserved_or_consumed()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        block.Post(1);
        var target = ScriptedTarget<int>.Postponing();
        var guessed = new SeenOffer<int>(new DataflowMessageHeader(1), 1, block, ConsumeToAccept: false);
        target.TryReserve(guessed).ShouldBeFalse();
        target.TryConsume(guessed).ShouldBeFalse();
    }

    [Test]
    public void An_equally_urgent_item_does_not_disturb_the_targets()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { TaskScheduler = scheduler });
        var target = ScriptedTarget<int>.Postponing();
        block.LinkTo(target);
        block.Post(5);
        scheduler.RunAll();
        block.Post(15);
        block.Post(6);
        scheduler.RunAll();
        target.OfferCount.ShouldBe(1);
        target.TryConsume(target.SeenNow(), out int item).ShouldBeTrue();
        item.ShouldBe(5);
    }

    [Test]
    public async Task A_more_urgent_item_that_arrives_while_targets_are_asked_is_offered_before_the_rest_is()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit);
        int posts = 0;
        var second = ScriptedTarget<int>.Postponing();
        var first = new ScriptedTarget<int>(offer =>
        {
            if (offer.Item == 5 && Interlocked.Increment(ref posts) == 1)
                block.Post(1);
            return DataflowMessageStatus.Postponed;
        });
        block.LinkTo(first);
        block.LinkTo(second);
        block.Post(5);
        SeenOffer<int> offer = await second.NextOffer();
        offer.Item.ShouldBe(1);
        second.TryConsume(offer).ShouldBeTrue();
        (await second.NextOffer()).Item.ShouldBe(5);
    }

    [Test]
    public async Task A_reserved_item_stays_reserved_when_a_more_urgent_one_arrives()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit);
        var target = ScriptedTarget<int>.Postponing();
        block.LinkTo(target);
        block.Post(5);
        SeenOffer<int> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        block.Post(1);
        target.TryConsume(offer, out int item).ShouldBeTrue();
        item.ShouldBe(5);
        (await target.NextOffer()).Item.ShouldBe(1);
    }

    [Test]
    public async Task A_released_item_goes_back_behind_a_more_urgent_one_and_before_its_equals()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit);
        var target = ScriptedTarget<int>.Postponing();
        IDisposable link = block.LinkTo(target);
        block.Post(5);
        SeenOffer<int> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        block.Post(15);
        block.Post(1);
        link.Dispose();
        target.Release(offer);
        target.TryConsume(offer).ShouldBeFalse();
        block.TryReceiveAll(out IList<int>? items).ShouldBeTrue();
        items.ShouldBe([1, 5, 15]);
    }

    [Test]
    public void Receivers_get_the_more_urgent_item_not_the_one_that_is_laid_out()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { TaskScheduler = scheduler });
        block.LinkTo(ScriptedTarget<int>.Postponing());
        block.Post(5);
        scheduler.RunAll();
        block.Post(1);
        block.TryReceive(i => i == 1, out int item).ShouldBeTrue();
        item.ShouldBe(1);
        block.TryReceive(out item).ShouldBeTrue();
        item.ShouldBe(5);
    }

    [Test]
    public async Task Postponed_offers_are_let_in_by_urgency()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { BoundedCapacity = 1 });
        block.Post(9).ShouldBeTrue();
        Task<bool>[] sent = [.. new[] { 15, 11, 25, 21, 10 }.Select(i => block.SendAsync(i))];
        var order = new List<int>();
        for (int i = 0; i < 6; i++)
            order.Add(await block.ReceiveAsync().InTime());
        order.ShouldBe([9, 10, 11, 21, 15, 25]);
        (await Task.WhenAll(sent).InTime()).ShouldAllBe(accepted => accepted);
    }

    [Test]
    public async Task A_source_that_offers_something_more_urgent_moves_ahead()
    {
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { BoundedCapacity = 1 });
        block.Post(9).ShouldBeTrue();
        ScriptedSource changing = ScriptedSource.Giving(11);
        changing.Offer(block, 15, id: 1).ShouldBe(DataflowMessageStatus.Postponed);
        ScriptedSource.Giving(12).Offer(block, 12).ShouldBe(DataflowMessageStatus.Postponed);
        ScriptedSource.Giving(21).Offer(block, 21).ShouldBe(DataflowMessageStatus.Postponed);
        // As urgent as the last one now, but it came before.
        changing.Offer(block, 11, id: 2).ShouldBe(DataflowMessageStatus.Postponed);
        var order = new List<int>();
        for (int i = 0; i < 4; i++)
            order.Add(await block.ReceiveAsync().InTime());
        order.ShouldBe([9, 11, 21, 12]);
        (await changing.Consumed).Id.ShouldBe(2);
        changing.ConsumeCount.ShouldBe(1);
    }

    [Test]
    public void One_task_at_a_time_fetches_and_no_more_items_than_the_options_allow()
    {
        var scheduler = new ManualScheduler();
        var options = new DataflowBlockOptions { TaskScheduler = scheduler, BoundedCapacity = 6, MaxMessagesPerTask = 4 };
        var block = new PriorityBufferBlock<int>(_ => 0, options);
        for (int i = 0; i < 6; i++)
            block.Post(i).ShouldBeTrue();
        ScriptedSource[] sources = [.. Enumerable.Range(0, 10).Select(ScriptedSource.Giving)];
        foreach (ScriptedSource source in sources)
            source.Offer(block, 1).ShouldBe(DataflowMessageStatus.Postponed);
        for (int i = 0; i < 6; i++)
            block.Receive().ShouldBe(i);
        scheduler.QueuedCount.ShouldBe(1);
        scheduler.RunOne();
        sources.Sum(source => source.ConsumeCount).ShouldBe(4);
        scheduler.RunAll();
        sources.Sum(source => source.ConsumeCount).ShouldBe(6);
    }

    [Test]
    public async Task A_fault_lets_nobody_in_for_the_items_it_drops()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { BoundedCapacity = 1, TaskScheduler = scheduler });
        block.Post(1);
        ScriptedSource source = ScriptedSource.Giving(2);
        source.Offer(block, 2).ShouldBe(DataflowMessageStatus.Postponed);
        ((IDataflowBlock)block).Fault(new InvalidOperationException("mine"));
        scheduler.QueuedCount.ShouldBe(0);
        await source.Released;
        await block.Completion.Ended();
        source.ConsumeCount.ShouldBe(0);
    }

    [Test]
    public void A_debugger_sees_why_a_block_stands_still()
    {
        var scheduler = new ManualScheduler();
        var block = new PriorityBufferBlock<int>(_lastDigit, new DataflowBlockOptions { BoundedCapacity = 1, TaskScheduler = scheduler });
        var target = ScriptedTarget<int>.Postponing();
        block.LinkTo(target);
        block.Post(1);
        ScriptedSource.Giving(2).Offer(block, 2);
        scheduler.RunAll();
        target.TryReserve(target.SeenNow());
        var view = new PriorityBufferBlockDebugView<int>(block);
        view.Count.ShouldBe(1);
        view.BoundedCapacity.ShouldBe(1);
        view.PostponedOffers.ShouldBe(1);
        view.LinkedTargets.ShouldBe(1);
        view.ReservedBy.ShouldBeSameAs(target);
        view.IsDecliningPermanently.ShouldBeFalse();
        view.Completion.ShouldBe(TaskStatus.WaitingForActivation);
        view.Name.ShouldStartWith("PriorityBufferBlock");
    }
}
