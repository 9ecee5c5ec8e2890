using System.Collections.Concurrent;
using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What senders may expect of any target block: waiting, giving up, and no item lost or doubled whatever runs at once.</summary>
public abstract class SendConformance
{
    private const int Small = 3;

    /// <summary>A new target that accepts about <paramref name="capacity"/> items until some are taken out of it; -1: any number.</summary>
    protected abstract TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default);

    [Test]
    public async Task Sending_succeeds_at_once_when_there_is_room()
    {
        TargetUnderTest target = Create(Small);
        Task<bool> sent = target.Block.SendAsync(1);
        (await sent.InTime()).ShouldBeTrue();
        (await target.Take()).ShouldBe(1);
    }

    [Test]
    public async Task Sending_waits_for_room()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        Task<bool> sent = target.Block.SendAsync(100);
        sent.IsCompleted.ShouldBeFalse();
        (await target.TakeMany(count + 1)).ShouldContain(100);
        (await sent.InTime()).ShouldBeTrue();
    }

    [Test]
    public async Task Sending_to_a_completed_target_gives_false()
    {
        TargetUnderTest target = Create();
        target.Block.Complete();
        (await target.Block.SendAsync(1).InTime()).ShouldBeFalse();
    }

    [Test]
    public async Task Waiting_senders_get_false_when_the_target_completes()
    {
        TargetUnderTest target = Create(Small);
        await target.Fill();
        Task<bool>[] sent = [.. Enumerable.Range(0, 50).Select(i => target.Block.SendAsync(100 + i))];
        target.Block.Complete();
        (await Task.WhenAll(sent).InTime()).ShouldAllBe(accepted => !accepted);
        (await target.Drain()).ShouldAllBe(i => i < 100);
    }

    [Test]
    public async Task Waiting_senders_get_false_when_the_target_faults()
    {
        TargetUnderTest target = Create(Small);
        await target.Fill();
        Task<bool>[] sent = [.. Enumerable.Range(0, 50).Select(i => target.Block.SendAsync(100 + i))];
        target.Block.Fault(new InvalidOperationException("mine"));
        (await Task.WhenAll(sent).InTime()).ShouldAllBe(accepted => !accepted);
        await target.Block.Completion.Ended();
        target.Block.Completion.IsFaulted.ShouldBeTrue();
    }

    [Test]
    public async Task Sending_with_a_canceled_token_is_canceled()
    {
        TargetUnderTest target = Create();
        Task<bool> sent = target.Block.SendAsync(1, new CancellationToken(canceled: true));
        await sent.Ended();
        sent.IsCanceled.ShouldBeTrue();
        target.Block.Post(2);
        target.Block.Complete();
        (await target.Drain()).ShouldBe([2]);
    }

    [Test]
    public async Task A_canceled_sender_leaves_its_room_to_the_next()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        using var cancel = new CancellationTokenSource();
        Task<bool> canceled = target.Block.SendAsync(100, cancel.Token);
        Task<bool> next = target.Block.SendAsync(101);
        await cancel.CancelAsync();
        await canceled.Ended();
        canceled.IsCanceled.ShouldBeTrue();
        List<int> taken = await target.TakeMany(count + 1);
        taken.ShouldContain(101);
        (await next.InTime()).ShouldBeTrue();
    }

    [Test]
    public async Task Items_accepted_before_the_end_come_out()
    {
        TargetUnderTest target = Create();
        for (int i = 0; i < 1000; i++)
            target.Block.Post(i).ShouldBeTrue();
        target.Block.Complete();
        (await target.Drain()).Order().ShouldBe(Enumerable.Range(0, 1000));
        await target.Block.Completion.InTime();
    }

    [Test]
    public async Task Many_posting_threads_lose_and_double_nothing()
    {
        TargetUnderTest target = Create();
        Task<List<int>> drained = target.Drain();
        await Patience.Together(4, thread =>
        {
            for (int i = 0; i < 1000; i++)
                target.Block.Post((thread * 1000) + i).ShouldBeTrue();
        });
        target.Block.Complete();
        (await drained.InTime()).Order().ShouldBe(Enumerable.Range(0, 4000));
    }

    [Test]
    public async Task Many_senders_through_a_small_target_lose_and_double_nothing()
    {
        TargetUnderTest target = Create(Small);
        Task<List<int>> drained = target.Drain();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            for (int i = 0; i < 250; i++)
                (await target.Block.SendAsync((sender * 250) + i).InTime()).ShouldBeTrue();
        }))).InTime();
        target.Block.Complete();
        (await drained.InTime()).Order().ShouldBe(Enumerable.Range(0, 2000));
    }

    [Test]
    public async Task Many_waiting_senders_are_all_let_in()
    {
        TargetUnderTest target = Create(Small);
        Task<bool>[] sent = [.. Enumerable.Range(0, 500).Select(i => target.Block.SendAsync(i))];
        List<int> taken = await target.TakeMany(500);
        taken.Order().ShouldBe(Enumerable.Range(0, 500));
        (await Task.WhenAll(sent).InTime()).ShouldAllBe(accepted => accepted);
    }

    [Test]
    public async Task Many_linked_sources_lose_and_double_nothing()
    {
        TargetUnderTest target = Create(Small);
        BufferBlock<int>[] sources = [.. Enumerable.Range(0, 5).Select(_ => new BufferBlock<int>())];
        foreach (BufferBlock<int> source in sources)
            source.LinkTo(target.Block);
        Task<List<int>> drained = target.Drain();
        await Patience.Together(5, thread =>
        {
            for (int i = 0; i < 300; i++)
                sources[thread].Post((thread * 300) + i);
            sources[thread].Complete();
        });
        await Task.WhenAll(sources.Select(source => source.Completion)).InTime();
        target.Block.Complete();
        (await drained.InTime()).Order().ShouldBe(Enumerable.Range(0, 1500));
    }

    [Test]
    public async Task A_predicate_on_the_way_in_lets_through_what_matches()
    {
        TargetUnderTest target = Create(Small);
        var source = new BufferBlock<int>();
        source.LinkTo(target.Block, new DataflowLinkOptions { PropagateCompletion = true }, i => i % 2 == 0);
        source.LinkTo(DataflowBlock.NullTarget<int>(), i => i % 2 == 1);
        for (int i = 0; i < 200; i++)
            source.Post(i);
        source.Complete();
        (await target.Drain()).Order().ShouldBe(Enumerable.Range(0, 100).Select(i => 2 * i));
    }

    [Test]
    public async Task What_was_accepted_while_the_target_completes_comes_out_and_nothing_else()
    {
        for (int round = 0; round < 20; round++)
        {
            TargetUnderTest target = Create(Small);
            Task<List<int>> drained = target.Drain();
            var accepted = new ConcurrentBag<int>();
            var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task[] senders = [.. Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
            {
                for (int i = 0; await target.Block.SendAsync((sender * 100_000) + i).InTime(); i++)
                {
                    accepted.Add((sender * 100_000) + i);
                    if (i == 20)
                        enough.TrySetResult();
                }
            }))];
            await enough.Task.InTime();
            target.Block.Complete();
            await Task.WhenAll(senders).InTime();
            (await drained.InTime()).Order().ShouldBe(accepted.Order());
        }
    }

    [Test]
    public async Task Senders_that_are_canceled_at_any_moment_are_accepted_or_not_but_never_both()
    {
        TargetUnderTest target = Create(Small);
        Task<List<int>> drained = target.Drain();
        var accepted = new ConcurrentBag<int>();
        await Task.WhenAll(Enumerable.Range(0, 300).Select(i => Task.Run(async () =>
        {
            using var cancel = new CancellationTokenSource();
            Task<bool> sent = target.Block.SendAsync(i, cancel.Token);
            if (i % 2 == 0)
                await cancel.CancelAsync();
            await sent.Ended();
            if (!sent.IsCanceled)
                accepted.Add(i);
        }))).InTime();
        target.Block.Complete();
        (await drained.InTime()).Order().ShouldBe(accepted.Order());
    }

    [Test]
    public async Task Everybody_is_let_go_when_the_target_faults_under_load()
    {
        for (int round = 0; round < 20; round++)
        {
            TargetUnderTest target = Create(Small);
            var busy = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task[] senders = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
            {
                for (int i = 0; await target.Block.SendAsync(i).InTime(); i++)
                    busy.TrySetResult();
            }))];
            await busy.Task.InTime();
            target.Block.Fault(new InvalidOperationException("mine"));
            await Task.WhenAll(senders).InTime();
            await target.Block.Completion.Ended();
            target.Block.Completion.IsFaulted.ShouldBeTrue();
        }
    }
}
