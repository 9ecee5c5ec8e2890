using System.Collections.Concurrent;
using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What receivers may expect of any source block: taking one, some or all, waiting, and the end.</summary>
/// <typeparam name="TOut">What the source gives; <see cref="ValueOf(TOut)"/> says which number it stands for.</typeparam>
public abstract class ReceiveConformance<TOut>
{
    /// <summary>A new source that holds the items 0 .. <paramref name="count"/> - 1 and gives them in this order.</summary>
    protected abstract Task<IReceivableSourceBlock<TOut>> Create(int count, CancellationToken cancellationToken = default);

    /// <summary>The number an item stands for.</summary>
    protected abstract int ValueOf(TOut item);

    /// <summary>Whether a block that is canceled drops what it holds and ends canceled, as blocks do. If not, what it holds can still be taken, and then it completes.</summary>
    protected virtual bool CancelingDropsItems => true;

    [Test]
    public async Task Items_are_received_in_order_until_there_are_none()
    {
        IReceivableSourceBlock<TOut> source = await Create(5);
        for (int i = 0; i < 5; i++)
        {
            source.TryReceive(null, out TOut? item).ShouldBeTrue();
            ValueOf(item).ShouldBe(i);
        }

        source.TryReceive(null, out _).ShouldBeFalse();
    }

    [Test]
    public async Task A_filter_looks_at_the_first_item_only()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        source.TryReceive(i => ValueOf(i) == 1, out _).ShouldBeFalse();
        source.TryReceive(i => ValueOf(i) == 0, out TOut? item).ShouldBeTrue();
        ValueOf(item!).ShouldBe(0);
        source.TryReceive(i => ValueOf(i) == 1, out _).ShouldBeTrue();
    }

    [Test]
    public async Task A_filter_that_throws_takes_nothing()
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        Should.Throw<InvalidOperationException>(() => source.TryReceive(_ => throw new InvalidOperationException("mine"), out _)).Message.ShouldBe("mine");
        source.TryReceive(null, out TOut? item).ShouldBeTrue();
        ValueOf(item).ShouldBe(0);
    }

    [Test]
    public async Task All_items_are_received_at_once_in_order()
    {
        IReceivableSourceBlock<TOut> source = await Create(30);
        source.TryReceiveAll(out IList<TOut>? items).ShouldBeTrue();
        items!.Select(ValueOf).ShouldBe(Enumerable.Range(0, 30));
        source.TryReceiveAll(out items).ShouldBeFalse();
        items.ShouldBeNull();
    }

    [Test]
    public async Task What_a_target_has_postponed_can_be_received_and_its_header_is_void()
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        source.TryReceive(null, out TOut? item).ShouldBeTrue();
        ValueOf(item).ShouldBe(0);
        target.TryConsume(offer).ShouldBeFalse();
        SeenOffer<TOut> next = await target.NextOffer();
        ValueOf(next.Item).ShouldBe(1);
        target.TryConsume(next).ShouldBeTrue();
    }

    [Test]
    public async Task What_targets_have_postponed_can_all_be_received()
    {
        IReceivableSourceBlock<TOut> source = await Create(10);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        source.TryReceiveAll(out IList<TOut>? items).ShouldBeTrue();
        items!.Select(ValueOf).ShouldBe(Enumerable.Range(0, 10));
        target.TryConsume(offer).ShouldBeFalse();
    }

    [TestCase("TryReceive")]
    [TestCase("TryReceive with a filter")]
    [TestCase("Receive")]
    public async Task A_target_that_is_asked_can_receive_what_it_is_offered(string call)
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var received = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new ScriptedTarget<TOut>(_ =>
        {
            if (!received.Task.IsCompleted)
                received.SetResult(ReceiveBy(source, call));
            return DataflowMessageStatus.Declined;
        });
        source.LinkTo(target);
        (await received.Task.InTime()).ShouldBe(0);
        target.TryConsume(await target.NextOffer()).ShouldBeFalse();
        source.TryReceiveAll(out IList<TOut>? rest).ShouldBeTrue();
        rest!.Select(ValueOf).ShouldBe([1, 2]);
    }

    [Test]
    public async Task A_target_that_is_asked_can_receive_all()
    {
        IReceivableSourceBlock<TOut> source = await Create(10);
        var received = new TaskCompletionSource<IList<TOut>?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var target = new ScriptedTarget<TOut>(_ =>
        {
            source.TryReceiveAll(out IList<TOut>? items);
            received.SetResult(items);
            return DataflowMessageStatus.Postponed;
        });
        source.LinkTo(target);
        (await received.Task.InTime()).ShouldNotBeNull().Select(ValueOf).ShouldBe(Enumerable.Range(0, 10));
        target.TryConsume(await target.NextOffer()).ShouldBeFalse();
        source.Complete();
        await source.Completion.InTime();
        target.OfferCount.ShouldBe(1);
    }

    [Test]
    public async Task A_target_that_is_asked_can_accept_what_its_filter_did_not_let_it_receive()
    {
        IReceivableSourceBlock<TOut> source = await Create(10);
        bool isReceived = false;
        var target = new ScriptedTarget<TOut>(offer =>
        {
            isReceived |= source.TryReceive(_ => false, out _);
            return DataflowMessageStatus.Accepted;
        });
        source.LinkTo(target);
        (await target.NextOffers(10)).Select(offer => ValueOf(offer.Item)).ShouldBe(Enumerable.Range(0, 10));
        isReceived.ShouldBeFalse();
        source.Complete();
        await source.Completion.InTime();
    }

    [Test]
    public async Task A_target_that_receives_while_it_is_asked_and_other_receivers_get_every_item_once()
    {
        IReceivableSourceBlock<TOut> source = await Create(1000);
        var seen = new ConcurrentBag<int>();
        void Take()
        {
            if (source.TryReceive(null, out TOut? item))
                seen.Add(ValueOf(item));
        }

        var target = new ScriptedTarget<TOut>(_ =>
        {
            Take();
            return DataflowMessageStatus.Declined;
        });
        source.Complete();
        await Patience.Together(3, thread =>
        {
            if (thread == 0)
                source.LinkTo(target);
            while (!source.Completion.IsCompleted)
                Take();
        });
        seen.Order().ShouldBe(Enumerable.Range(0, 1000));
    }

    [Test]
    public async Task Waiting_receivers_hear_of_the_end()
    {
        IReceivableSourceBlock<TOut> source = await Create(0);
        Task<TOut>[] waiting = [.. Enumerable.Range(0, 10).Select(_ => source.ReceiveAsync())];
        source.Complete();
        foreach (Task<TOut> receiver in waiting)
            await Should.ThrowAsync<InvalidOperationException>(() => receiver.InTime());
    }

    [Test]
    public async Task A_canceled_receiver_takes_nothing()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        Task<TOut> receiver = source.ReceiveAsync(new CancellationToken(canceled: true));
        await receiver.Ended();
        receiver.IsCanceled.ShouldBeTrue();
        ValueOf(await source.ReceiveAsync().InTime()).ShouldBe(0);
    }

    [Test]
    public async Task Availability_is_told_while_there_are_items_and_denied_at_the_end()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        (await source.OutputAvailableAsync().InTime()).ShouldBeTrue();
        source.TryReceive(null, out _).ShouldBeTrue();
        Task<bool> waiting = source.OutputAvailableAsync();
        source.Complete();
        (await waiting.InTime()).ShouldBeFalse();
        (await source.OutputAvailableAsync().InTime()).ShouldBeFalse();
    }

    [Test]
    public async Task Waiting_for_availability_can_be_canceled()
    {
        IReceivableSourceBlock<TOut> source = await Create(0);
        using var cancel = new CancellationTokenSource();
        Task<bool> waiting = source.OutputAvailableAsync(cancel.Token);
        await cancel.CancelAsync();
        await waiting.Ended();
        waiting.IsCanceled.ShouldBeTrue();
    }

    [Test]
    public async Task Choosing_takes_from_the_source_that_has_something()
    {
        IReceivableSourceBlock<TOut> full = await Create(1);
        IReceivableSourceBlock<TOut> empty = await Create(0);
        int chosen = -1;
        int branch = await DataflowBlock.Choose(empty, _ => { }, full, item => chosen = ValueOf(item)).InTime();
        branch.ShouldBe(1);
        chosen.ShouldBe(0);
    }

    [Test]
    public async Task Choosing_takes_one_item_of_many()
    {
        IReceivableSourceBlock<TOut> one = await Create(10);
        IReceivableSourceBlock<TOut> other = await Create(10);
        await DataflowBlock.Choose(one, _ => { }, other, _ => { }).InTime();
        one.TryReceiveAll(out IList<TOut>? ones).ShouldBeTrue();
        other.TryReceiveAll(out IList<TOut>? others).ShouldBeTrue();
        (ones!.Count + others!.Count).ShouldBe(19);
    }

    [Test]
    public async Task An_observer_sees_every_item_and_the_end()
    {
        IReceivableSourceBlock<TOut> source = await Create(20);
        var seen = new List<int>();
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable subscription = source.AsObservable().Subscribe(new Collecting(item => seen.Add(ValueOf(item)), ended.SetResult));
        source.Complete();
        await ended.Task.InTime();
        seen.ShouldBe(Enumerable.Range(0, 20));
    }

    [Test]
    public async Task The_source_ends_when_the_last_item_was_received()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        source.Complete();
        for (int i = 0; i < 3; i++)
        {
            source.Completion.IsCompleted.ShouldBeFalse();
            source.TryReceive(null, out _).ShouldBeTrue();
        }

        await source.Completion.InTime();
    }

    [Test]
    public async Task The_source_ends_when_all_were_received()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        source.Complete();
        source.TryReceiveAll(out _).ShouldBeTrue();
        await source.Completion.InTime();
    }

    [Test]
    public async Task A_faulted_source_gives_nothing_any_more()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        source.Fault(new InvalidOperationException("mine"));
        await source.Completion.Ended();
        source.TryReceive(null, out _).ShouldBeFalse();
        source.TryReceiveAll(out _).ShouldBeFalse();
    }

    [Test]
    public async Task A_canceled_source_drops_what_it_holds_or_gives_all_of_it_and_then_nothing_any_more()
    {
        using var cancel = new CancellationTokenSource();
        IReceivableSourceBlock<TOut> source = await Create(3, cancel.Token);
        await cancel.CancelAsync();
        for (int i = 0; i < 3 && !CancelingDropsItems; i++)
            ValueOf(await source.ReceiveAsync().InTime()).ShouldBe(i);
        await source.Completion.Ended();
        source.Completion.IsCanceled.ShouldBe(CancelingDropsItems);
        source.TryReceive(null, out _).ShouldBeFalse();
    }

    [Test]
    public async Task Continuations_of_the_end_do_not_run_on_the_thread_that_took_the_last_item()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        source.Complete();
        int taker = 0;
        Task<int> continued = source.Completion.ContinueWith(
            _ => Environment.CurrentManagedThreadId, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await Patience.Together(1, unused =>
        {
            taker = Environment.CurrentManagedThreadId;
            source.TryReceive(null, out _);
        });
        (await continued.InTime()).ShouldNotBe(taker);
    }

    [Test]
    public async Task Many_receiving_threads_get_every_item_once()
    {
        IReceivableSourceBlock<TOut> source = await Create(3000);
        var seen = new ConcurrentBag<int>();
        await Patience.Together(4, thread =>
        {
            if (thread == 3)
            {
                while (source.TryReceive(any => ValueOf(any) >= 0, out TOut? matching))
                    seen.Add(ValueOf(matching));
                return;
            }

            while (source.TryReceive(null, out TOut? item))
                seen.Add(ValueOf(item));
        });
        seen.Order().ShouldBe(Enumerable.Range(0, 3000));
    }

    [Test]
    public async Task Many_waiting_receivers_get_every_item_once()
    {
        IReceivableSourceBlock<TOut> source = await Create(1000);
        TOut[] items = await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(() => source.ReceiveAsync()))).InTime();
        items.Select(ValueOf).Order().ShouldBe(Enumerable.Range(0, 1000));
    }

    /// <summary>Receives one item in one of three ways and says which number it stands for; -1: there was none.</summary>
    private int ReceiveBy(IReceivableSourceBlock<TOut> source, string call)
    {
        if (call == "Receive")
            return ValueOf(source.Receive());
        return source.TryReceive(call == "TryReceive" ? null : static _ => true, out TOut? item) ? ValueOf(item) : -1;
    }

    private sealed class Collecting(Action<TOut> onNext, Action onCompleted) : IObserver<TOut>
    {
        public void OnCompleted() => onCompleted();

        public void OnError(Exception error) => onCompleted();

        public void OnNext(TOut value) => onNext(value);
    }
}
