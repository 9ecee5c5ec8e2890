using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What targets may expect of any source block: offers, headers, consume, reserve, release.</summary>
/// <typeparam name="TOut">What the source gives; <see cref="ValueOf(TOut)"/> says which number it stands for.</typeparam>
public abstract class SourceConformance<TOut>
{
    /// <summary>A new source that holds the items 0 .. <paramref name="count"/> - 1 and gives them in this order.</summary>
    protected abstract Task<IReceivableSourceBlock<TOut>> Create(int count, CancellationToken cancellationToken = default);

    /// <summary>The number an item stands for.</summary>
    protected abstract int ValueOf(TOut item);

    private protected int ValueOf(SeenOffer<TOut> offer) => ValueOf(offer.Item);

    [Test]
    public async Task Headers_without_an_id_are_errors()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var target = ScriptedTarget<TOut>.Accepting();
        Should.Throw<ArgumentException>(() => source.ConsumeMessage(default, target, out _)).ParamName.ShouldBe("messageHeader");
        Should.Throw<ArgumentException>(() => source.ReserveMessage(default, target)).ParamName.ShouldBe("messageHeader");
        Should.Throw<ArgumentException>(() => source.ReleaseReservation(default, target)).ParamName.ShouldBe("messageHeader");
    }

    [Test]
    public async Task Calls_without_a_target_are_errors()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var header = new DataflowMessageHeader(1);
        Should.Throw<ArgumentNullException>(() => source.ConsumeMessage(header, null!, out _)).ParamName.ShouldBe("target");
        Should.Throw<ArgumentNullException>(() => source.ReserveMessage(header, null!)).ParamName.ShouldBe("target");
        Should.Throw<ArgumentNullException>(() => source.ReleaseReservation(header, null!)).ParamName.ShouldBe("target");
        Should.Throw<ArgumentNullException>(() => source.LinkTo(null!, new DataflowLinkOptions())).ParamName.ShouldBe("target");
    }

    [Test]
    public async Task A_link_without_options_is_an_error()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        Should.Throw<ArgumentNullException>(() => source.LinkTo(ScriptedTarget<TOut>.Accepting(), null!)).ParamName.ShouldBe("linkOptions");
    }

    [Test]
    public async Task Of_two_wrong_arguments_the_first_is_named()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        Should.Throw<ArgumentException>(() => source.ConsumeMessage(default, null!, out _)).ParamName.ShouldBe("messageHeader");
        Should.Throw<ArgumentException>(() => source.ReserveMessage(default, null!)).ParamName.ShouldBe("messageHeader");
        Should.Throw<ArgumentException>(() => source.ReleaseReservation(default, null!)).ParamName.ShouldBe("messageHeader");
        Should.Throw<ArgumentNullException>(() => source.LinkTo(null!, null!)).ParamName.ShouldBe("target");
    }

    [Test]
    public async Task A_target_is_offered_every_item_in_order_by_the_source_itself()
    {
        IReceivableSourceBlock<TOut> source = await Create(50);
        var target = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(target);
        List<SeenOffer<TOut>> offers = await target.NextOffers(50);
        offers.Select(ValueOf).ShouldBe(Enumerable.Range(0, 50));
        offers.ShouldAllBe(offer => ReferenceEquals(offer.Source, source) && offer.Header.IsValid && !offer.ConsumeToAccept);
        offers.Select(offer => offer.Header.Id).Distinct().Count().ShouldBe(50);
    }

    [Test]
    public async Task What_one_target_declines_the_next_one_gets()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var declining = ScriptedTarget<TOut>.Declining();
        var accepting = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(declining);
        source.LinkTo(accepting);
        (await accepting.NextOffers(3)).Select(ValueOf).ShouldBe([0, 1, 2]);
        (await declining.NextOffers(3)).Select(ValueOf).ShouldBe([0, 1, 2]);
    }

    [Test]
    public async Task What_one_target_accepts_the_next_one_never_sees()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var first = ScriptedTarget<TOut>.Accepting();
        var second = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(first);
        await first.NextOffers(3);
        source.LinkTo(second, new DataflowLinkOptions { PropagateCompletion = true });
        source.Complete();
        await second.Completion.InTime();
        second.OfferCount.ShouldBe(0);
    }

    [Test]
    public async Task A_postponed_item_can_be_consumed_later_and_once()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        target.TryConsume(offer, out TOut? item).ShouldBeTrue();
        ValueOf(item!).ShouldBe(0);
        target.TryConsume(offer).ShouldBeFalse();
        source.TryReceive(out _).ShouldBeFalse();
    }

    [Test]
    public async Task After_a_postponed_item_was_consumed_the_next_is_offered()
    {
        IReceivableSourceBlock<TOut> source = await Create(20);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        for (int i = 0; i < 20; i++)
        {
            SeenOffer<TOut> offer = await target.NextOffer();
            ValueOf(offer).ShouldBe(i);
            target.TryConsume(offer).ShouldBeTrue();
        }
    }

    [Test]
    public async Task An_item_is_not_given_for_another_id()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        SeenOffer<TOut> wrong = offer with { Header = new DataflowMessageHeader(offer.Header.Id + 1) };
        target.TryConsume(wrong).ShouldBeFalse();
        target.TryReserve(wrong).ShouldBeFalse();
        target.TryConsume(offer).ShouldBeTrue();
    }

    [Test]
    public async Task Of_two_targets_that_postponed_one_gets_the_item()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var first = ScriptedTarget<TOut>.Postponing();
        var second = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(first);
        source.LinkTo(second);
        SeenOffer<TOut> one = await first.NextOffer();
        SeenOffer<TOut> other = await second.NextOffer();
        second.TryConsume(other).ShouldBeTrue();
        first.TryConsume(one).ShouldBeFalse();
    }

    [Test]
    public async Task A_reserved_item_is_for_the_target_that_reserved_it()
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        var first = ScriptedTarget<TOut>.Postponing();
        var second = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(first);
        source.LinkTo(second);
        SeenOffer<TOut> one = await first.NextOffer();
        SeenOffer<TOut> other = await second.NextOffer();
        first.TryReserve(one).ShouldBeTrue();
        second.TryReserve(other).ShouldBeFalse();
        second.TryConsume(other).ShouldBeFalse();
        source.TryReceive(out _).ShouldBeFalse();
        source.TryReceiveAll(out _).ShouldBeFalse();
        first.TryConsume(one, out TOut? item).ShouldBeTrue();
        ValueOf(item!).ShouldBe(0);
    }

    [Test]
    public async Task After_a_reserved_item_was_consumed_the_next_is_offered_to_all()
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        var first = ScriptedTarget<TOut>.Postponing();
        var second = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(first);
        source.LinkTo(second);
        SeenOffer<TOut> offer = await first.NextOffer();
        await second.NextOffer();
        first.TryReserve(offer).ShouldBeTrue();
        first.TryConsume(offer).ShouldBeTrue();
        ValueOf(await first.NextOffer()).ShouldBe(1);
        ValueOf(await second.NextOffer()).ShouldBe(1);
    }

    [Test]
    public async Task A_released_item_is_offered_to_all_again()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var first = ScriptedTarget<TOut>.Postponing();
        var second = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(first);
        source.LinkTo(second);
        SeenOffer<TOut> offer = await first.NextOffer();
        await second.NextOffer();
        first.TryReserve(offer).ShouldBeTrue();
        first.Release(offer);
        await first.NextOffer();
        SeenOffer<TOut> again = await second.NextOffer();
        second.TryConsume(again, out TOut? item).ShouldBeTrue();
        ValueOf(item!).ShouldBe(0);
    }

    [Test]
    public async Task A_released_item_can_be_received()
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        var target = ScriptedTarget<TOut>.Postponing();
        IDisposable link = source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        link.Dispose();
        target.Release(offer);
        ValueOf(await source.ReceiveAsync().InTime()).ShouldBe(0);
        ValueOf(await source.ReceiveAsync().InTime()).ShouldBe(1);
    }

    [Test]
    public async Task Releasing_what_is_not_reserved_is_an_error()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var holder = ScriptedTarget<TOut>.Postponing();
        var other = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(holder);
        source.LinkTo(other);
        SeenOffer<TOut> offer = await holder.NextOffer();
        SeenOffer<TOut> others = await other.NextOffer();
        Should.Throw<InvalidOperationException>(() => holder.Release(offer));
        holder.TryReserve(offer).ShouldBeTrue();
        Should.Throw<InvalidOperationException>(() => other.Release(others));
        Should.Throw<InvalidOperationException>(() => holder.Release(offer with { Header = new DataflowMessageHeader(offer.Header.Id + 1) }));
        // None of these has loosened it.
        other.TryConsume(others).ShouldBeFalse();
        holder.TryConsume(offer).ShouldBeTrue();
    }

    [Test]
    public async Task A_reservation_holds_back_the_end_until_it_is_consumed()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        SeenOffer<TOut> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        source.Complete();
        source.Completion.IsCompleted.ShouldBeFalse();
        target.TryConsume(offer).ShouldBeTrue();
        await source.Completion.InTime();
        await target.Completion.InTime();
    }

    [Test]
    public async Task What_is_reserved_when_the_source_faults_can_still_be_consumed_and_then_it_ends()
    {
        IReceivableSourceBlock<TOut> source = await Create(5);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        source.Fault(new InvalidOperationException("mine"));
        target.TryConsume(offer, out TOut? item).ShouldBeTrue();
        ValueOf(item!).ShouldBe(0);
        await source.Completion.Ended();
        source.Completion.IsFaulted.ShouldBeTrue();
    }

    [Test]
    public async Task What_is_reserved_when_the_source_faults_is_dropped_when_it_is_released()
    {
        IReceivableSourceBlock<TOut> source = await Create(5);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        SeenOffer<TOut> offer = await target.NextOffer();
        target.TryReserve(offer).ShouldBeTrue();
        source.Fault(new InvalidOperationException("mine"));
        target.Release(offer);
        await source.Completion.Ended();
        source.Completion.IsFaulted.ShouldBeTrue();
        source.TryReceive(out _).ShouldBeFalse();
    }

    [Test]
    public async Task Two_phase_commit_over_two_sources_takes_pairs()
    {
        IReceivableSourceBlock<TOut> left = await Create(50);
        IReceivableSourceBlock<TOut> right = await Create(50);
        var join = new JoinBlock<TOut, TOut>(new GroupingDataflowBlockOptions { Greedy = false });
        left.LinkTo(join.Target1);
        right.LinkTo(join.Target2);
        for (int i = 0; i < 50; i++)
        {
            Tuple<TOut, TOut> pair = await join.ReceiveAsync().InTime();
            ValueOf(pair.Item1).ShouldBe(i);
            ValueOf(pair.Item2).ShouldBe(i);
        }
    }

    [Test]
    public async Task Three_joins_that_fight_over_the_same_sources_take_every_item_once()
    {
        IReceivableSourceBlock<TOut> left = await Create(90);
        IReceivableSourceBlock<TOut> right = await Create(90);
        var pairs = new BufferBlock<Tuple<TOut, TOut>>();
        for (int i = 0; i < 3; i++)
        {
            var join = new JoinBlock<TOut, TOut>(new GroupingDataflowBlockOptions { Greedy = false });
            left.LinkTo(join.Target1);
            right.LinkTo(join.Target2);
            join.LinkTo(pairs);
        }

        var seenLeft = new List<int>();
        var seenRight = new List<int>();
        for (int i = 0; i < 90; i++)
        {
            Tuple<TOut, TOut> pair = await pairs.ReceiveAsync().InTime();
            seenLeft.Add(ValueOf(pair.Item1));
            seenRight.Add(ValueOf(pair.Item2));
        }

        seenLeft.Order().ShouldBe(Enumerable.Range(0, 90));
        seenRight.Order().ShouldBe(Enumerable.Range(0, 90));
    }

    [Test]
    public async Task A_target_may_take_its_time_with_a_small_queue_of_its_own()
    {
        IReceivableSourceBlock<TOut> source = await Create(200);
        var seen = new List<int>();
        var target = new ActionBlock<TOut>(item => seen.Add(ValueOf(item)), new ExecutionDataflowBlockOptions { BoundedCapacity = 1 });
        source.LinkTo(target, new DataflowLinkOptions { PropagateCompletion = true });
        source.Complete();
        await target.Completion.InTime();
        seen.ShouldBe(Enumerable.Range(0, 200));
    }
}
