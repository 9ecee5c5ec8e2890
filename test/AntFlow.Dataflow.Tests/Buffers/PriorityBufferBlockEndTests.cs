using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>Where user code throws, and how the block ends better than the framework's blocks do.</summary>
public sealed class PriorityBufferBlockEndTests
{
    private static readonly DataflowBlockOptions _small = new() { BoundedCapacity = 2 };

    [Test]
    public async Task An_error_that_asks_the_block_it_faults_is_an_error_like_others()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        var fault = new AsksBack(block);
        var caller = new Thread(() => ((IDataflowBlock)block).Fault(fault)) { IsBackground = true };
        caller.Start();

        caller.Join(TimeSpan.FromSeconds(120)).ShouldBeTrue();
        await block.Completion.Ended();
        block.Completion.Exception!.InnerExceptions.ShouldHaveSingleItem().ShouldBeSameAs(fault.InnerException);
    }

    private sealed class AsksBack(PriorityBufferBlock<int> block) : AggregateException([new InvalidOperationException("mine")])
    {
        public override string Message => $"with {block.Count} items";
    }

    [Test]
    public async Task A_priority_function_that_throws_tells_who_posts_and_hurts_nobody_else()
    {
        var block = new PriorityBufferBlock<int>(Touchy, _small);
        for (int i = 0; i < 10; i++)
            Should.Throw<InvalidOperationException>(() => block.Post(-1)).Message.ShouldBe("touchy");
        Task<bool> sent = block.SendAsync(-1);
        await sent.Ended();
        sent.Exception!.Flatten().InnerException!.Message.ShouldBe("touchy");
        block.Post(1).ShouldBeTrue();
        block.Post(2).ShouldBeTrue();
        block.Post(3).ShouldBeFalse();
        block.Complete();
        block.TryReceiveAll(out IList<int>? items).ShouldBeTrue();
        items.ShouldBe([1, 2]);
        await block.Completion.InTime();
    }

    [Test]
    public async Task An_item_whose_priority_cannot_be_told_is_not_postponed_either()
    {
        var block = new PriorityBufferBlock<int>(Touchy, _small);
        block.Post(1);
        block.Post(2);
        ScriptedSource source = ScriptedSource.Giving(-1);
        Should.Throw<InvalidOperationException>(() => source.Offer(block, -1)).Message.ShouldBe("touchy");
        Task<bool> sent = block.SendAsync(-1);
        await sent.Ended();
        sent.Exception!.Flatten().InnerException!.Message.ShouldBe("touchy");
        ScriptedSource.Giving(3).Offer(block, 3).ShouldBe(DataflowMessageStatus.Postponed);
        var received = new List<int>();
        for (int i = 0; i < 3; i++)
            received.Add(await block.ReceiveAsync().InTime());
        received.ShouldBe([1, 2, 3]);
        source.ConsumeCount.ShouldBe(0);
    }

    [Test]
    public void A_priority_function_that_throws_leaves_the_item_with_its_source()
    {
        var block = new PriorityBufferBlock<int>(Touchy, _small);
        ScriptedSource source = ScriptedSource.Giving(5);
        Should.Throw<InvalidOperationException>(() => source.Offer(block, -1, consumeToAccept: true));
        source.ConsumeCount.ShouldBe(0);
    }

    [Test]
    public async Task A_room_that_was_held_while_the_priority_function_threw_goes_to_who_waits()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var proceed = new ManualResetEventSlim();
        var block = new PriorityBufferBlock<int>(
            item =>
            {
                if (item >= 0)
                    return item;
                entered.SetResult();
                proceed.Wait();
                throw new InvalidOperationException("touchy");
            },
            new DataflowBlockOptions { BoundedCapacity = 1 });
        Task posting = Patience.Together(1, _ => Should.Throw<InvalidOperationException>(() => block.Post(-1)));
        await entered.Task.InTime();
        Task<bool> waiting = block.SendAsync(1);
        waiting.IsCompleted.ShouldBeFalse();
        proceed.Set();
        (await waiting.InTime()).ShouldBeTrue();
        await posting;
        block.Count.ShouldBe(1);
    }

    [Test]
    public async Task The_end_waits_for_an_item_that_is_being_accepted()
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var proceed = new ManualResetEventSlim();
        var block = new PriorityBufferBlock<int>(item =>
        {
            entered.SetResult();
            proceed.Wait();
            return item;
        });
        bool isAccepted = false;
        Task posting = Patience.Together(1, _ => isAccepted = block.Post(7));
        await entered.Task.InTime();
        block.Complete();
        block.Post(8).ShouldBeFalse();
        block.Completion.IsCompleted.ShouldBeFalse();
        proceed.Set();
        await posting;
        isAccepted.ShouldBeTrue();
        (await block.ReceiveAsync().InTime()).ShouldBe(7);
        await block.Completion.InTime();
    }

    [Test]
    public void The_priority_function_is_asked_once_for_each_accepted_item_and_not_for_declined_ones()
    {
        int calls = 0;
        var block = new PriorityBufferBlock<int>(_ => Interlocked.Increment(ref calls), _small);
        block.Post(1).ShouldBeTrue();
        block.Post(2).ShouldBeTrue();
        calls.ShouldBe(2);
        block.Post(3).ShouldBeFalse();
        calls.ShouldBe(2);
        ScriptedSource.Giving(4).Offer(block, 4).ShouldBe(DataflowMessageStatus.Postponed);
        calls.ShouldBe(3);
        block.Complete();
        block.Post(5).ShouldBeFalse();
        calls.ShouldBe(3);
    }

    [Test]
    public async Task The_priority_function_may_use_the_block()
    {
        PriorityBufferBlock<int> block = null!;
        block = new PriorityBufferBlock<int>(item =>
        {
            if (item > 0)
                block.Post(item - 1);
            return block.Count;
        });
        block.Post(3).ShouldBeTrue();
        block.Count.ShouldBe(4);
        block.Complete();
        block.TryReceiveAll(out _).ShouldBeTrue();
        await block.Completion.InTime();
    }

    [Test]
    public async Task A_block_with_items_can_be_canceled_after_it_was_completed()
    {
        using var cancel = new CancellationTokenSource();
        var block = new PriorityBufferBlock<int>(i => i, new DataflowBlockOptions { CancellationToken = cancel.Token });
        block.Post(1);
        block.Complete();
        await cancel.CancelAsync();
        await block.Completion.Ended();
        block.Completion.IsCanceled.ShouldBeTrue();
        block.Count.ShouldBe(0);
    }

    [Test]
    public async Task A_block_with_items_can_be_faulted_after_it_was_completed()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        block.Post(1);
        block.Complete();
        ((IDataflowBlock)block).Fault(new InvalidOperationException("mine"));
        await block.Completion.Ended();
        block.Completion.Exception!.InnerException!.Message.ShouldBe("mine");
        block.Count.ShouldBe(0);
    }

    [Test]
    public async Task Errors_are_not_wrapped_at_each_hop()
    {
        var first = new PriorityBufferBlock<int>(i => i);
        var second = new PriorityBufferBlock<int>(i => i);
        var third = new PriorityBufferBlock<int>(i => i);
        first.LinkTo(second, new DataflowLinkOptions { PropagateCompletion = true });
        second.LinkTo(third, new DataflowLinkOptions { PropagateCompletion = true });
        ((IDataflowBlock)first).Fault(new AggregateException(new InvalidOperationException("a"), new AggregateException(new InvalidOperationException("b"))));
        await third.Completion.Ended();
        third.Completion.Exception!.InnerExceptions.Select(error => error.Message).ShouldBe(["a", "b"]);
    }

    [Test]
    public async Task An_aggregate_without_errors_faults_all_the_same()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        ((IDataflowBlock)block).Fault(new AggregateException("empty"));
        await block.Completion.Ended();
        block.Completion.IsFaulted.ShouldBeTrue();
    }

    [Test]
    public async Task A_source_that_throws_when_its_postponed_item_is_fetched_faults_the_block()
    {
        var block = new PriorityBufferBlock<int>(i => i, new DataflowBlockOptions { BoundedCapacity = 1 });
        block.Post(1);
        new ScriptedSource { Give = () => throw new InvalidOperationException("mine") }.Offer(block, 2).ShouldBe(DataflowMessageStatus.Postponed);
        block.TryReceive(out _).ShouldBeTrue();
        await block.Completion.Ended();
        block.Completion.Exception!.InnerException!.Message.ShouldBe("mine");
    }

    [Test]
    public async Task A_scheduler_that_refuses_faults_the_block()
    {
        var block = new PriorityBufferBlock<int>(i => i, new DataflowBlockOptions { TaskScheduler = new RefusingScheduler() });
        block.LinkTo(ScriptedTarget<int>.Accepting());
        block.Post(1).ShouldBeTrue();
        await block.Completion.Ended();
        block.Completion.IsFaulted.ShouldBeTrue();
    }

    [Test]
    public async Task A_target_that_throws_when_it_is_told_of_the_end_does_not_keep_it_from_others()
    {
        var block = new PriorityBufferBlock<int>(i => i);
        block.LinkTo(new ThrowingAtTheEnd(), new DataflowLinkOptions { PropagateCompletion = true });
        var other = ScriptedTarget<int>.Accepting();
        block.LinkTo(other, new DataflowLinkOptions { PropagateCompletion = true });
        block.Complete();
        await other.Completion.InTime();
    }

    private static int Touchy(int item) => item >= 0 ? item : throw new InvalidOperationException("touchy");

    private sealed class RefusingScheduler : TaskScheduler
    {
        protected override void QueueTask(Task task) => throw new NotSupportedException();

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

        protected override IEnumerable<Task> GetScheduledTasks() => [];
    }

    private sealed class ThrowingAtTheEnd : ITargetBlock<int>
    {
        public Task Completion => Task.CompletedTask;

        public DataflowMessageStatus OfferMessage(DataflowMessageHeader messageHeader, int messageValue, ISourceBlock<int>? source, bool consumeToAccept) =>
            DataflowMessageStatus.Declined;

        public void Complete() => throw new InvalidOperationException("mine");

        public void Fault(Exception exception) => throw exception;
    }
}
