using System.Collections.Concurrent;
using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What links of any source block do: their options, unlinking, several to one target, the end, and all of it at once.</summary>
/// <typeparam name="TOut">What the source gives; <see cref="ValueOf(TOut)"/> says which number it stands for.</typeparam>
public abstract class LinkConformance<TOut>
{
    private static readonly DataflowLinkOptions _propagating = new() { PropagateCompletion = true };

    /// <summary>A new source that holds the items 0 .. <paramref name="count"/> - 1 and gives them in this order.</summary>
    protected abstract Task<IReceivableSourceBlock<TOut>> Create(int count, CancellationToken cancellationToken = default);

    /// <summary>The number an item stands for.</summary>
    protected abstract int ValueOf(TOut item);

    /// <summary>Whether a block that is canceled drops what it holds and ends canceled, as blocks do. If not, what it holds can still be taken, and then it completes.</summary>
    protected virtual bool CancelingDropsItems => true;

    private protected int ValueOf(SeenOffer<TOut> offer) => ValueOf(offer.Item);

    [Test]
    public async Task A_link_carries_at_most_so_many_items()
    {
        IReceivableSourceBlock<TOut> source = await Create(5);
        var limited = ScriptedTarget<TOut>.Accepting();
        var rest = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(limited, new DataflowLinkOptions { MaxMessages = 2 });
        source.LinkTo(rest);
        (await limited.NextOffers(2)).Select(ValueOf).ShouldBe([0, 1]);
        (await rest.NextOffers(3)).Select(ValueOf).ShouldBe([2, 3, 4]);
        limited.OfferCount.ShouldBe(2);
    }

    [Test]
    public async Task What_is_consumed_later_counts_for_the_limit_of_the_link()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var limited = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(limited, new DataflowLinkOptions { MaxMessages = 1 });
        limited.TryConsume(await limited.NextOffer()).ShouldBeTrue();
        var rest = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(rest);
        (await rest.NextOffers(2)).Select(ValueOf).ShouldBe([1, 2]);
        limited.OfferCount.ShouldBe(1);
    }

    [Test]
    public async Task What_is_declined_does_not_count_for_the_limit_of_the_link()
    {
        IReceivableSourceBlock<TOut> source = await Create(4);
        var limited = new ScriptedTarget<TOut>(offer => ValueOf(offer) < 2 ? DataflowMessageStatus.Declined : DataflowMessageStatus.Accepted);
        var rest = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(limited, new DataflowLinkOptions { MaxMessages = 1 });
        source.LinkTo(rest);
        (await rest.NextOffers(3)).Select(ValueOf).ShouldBe([0, 1, 3]);
        limited.OfferCount.ShouldBe(3);
    }

    [Test]
    public async Task A_link_that_is_prepended_is_asked_first()
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        var order = new ConcurrentQueue<string>();
        ScriptedTarget<TOut> Declining(string name) => new(_ =>
        {
            order.Enqueue(name);
            return DataflowMessageStatus.Declined;
        });
        ScriptedTarget<TOut> last = Declining("last");
        await WhileNothingIsOffered(source, () =>
        {
            source.LinkTo(Declining("second"));
            source.LinkTo(last);
            source.LinkTo(Declining("first"), new DataflowLinkOptions { Append = false });
        });
        await last.NextOffer();
        order.ShouldBe(["first", "second", "last"]);
    }

    [Test]
    public async Task A_target_that_declines_for_good_is_unlinked()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var gone = new ScriptedTarget<TOut>(DataflowMessageStatus.DecliningPermanently);
        var rest = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(gone);
        await gone.NextOffer();
        source.LinkTo(rest);
        await rest.NextOffers(3);
        gone.OfferCount.ShouldBe(1);
    }

    [Test]
    public async Task An_unlinked_target_is_not_offered_anything()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var gone = ScriptedTarget<TOut>.Postponing();
        var rest = ScriptedTarget<TOut>.Accepting();
        IDisposable link = source.LinkTo(gone, _propagating);
        await gone.NextOffer();
        link.Dispose();
        link.Dispose();
        source.LinkTo(rest, _propagating);
        await rest.NextOffers(3);
        source.Complete();
        await rest.Completion.InTime();
        gone.OfferCount.ShouldBe(1);
        gone.WasTold.ShouldBeFalse();
    }

    [Test]
    public async Task A_new_link_gets_what_others_have_postponed_and_they_are_not_asked_again()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var postponing = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(postponing, _propagating);
        await postponing.NextOffer();
        var accepting = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(accepting);
        ValueOf(await accepting.NextOffer()).ShouldBe(0);
        source.Complete();
        await postponing.Completion.InTime();
        postponing.OfferCount.ShouldBe(1);
    }

    [Test]
    public async Task A_target_that_is_linked_twice_is_asked_twice_by_two_sources()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        source.LinkTo(target);
        List<SeenOffer<TOut>> offers = await target.NextOffers(2);
        offers[0].Source.ShouldNotBeSameAs(offers[1].Source);
        target.TryConsume(offers[1]).ShouldBeTrue();
        target.TryConsume(offers[0]).ShouldBeFalse();
    }

    [Test]
    public async Task A_second_link_to_one_target_reserves_and_releases_for_itself()
    {
        IReceivableSourceBlock<TOut> source = await Create(1);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target);
        source.LinkTo(target);
        List<SeenOffer<TOut>> offers = await target.NextOffers(2);
        target.TryReserve(offers[1]).ShouldBeTrue();
        target.TryReserve(offers[0]).ShouldBeFalse();
        target.Release(offers[1]);
        List<SeenOffer<TOut>> again = await target.NextOffers(2);
        target.TryConsume(again[0]).ShouldBeTrue();
    }

    [Test]
    public async Task Of_two_links_to_one_target_each_has_its_own_limit_and_end()
    {
        IReceivableSourceBlock<TOut> source = await Create(10);
        var target = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(target, new DataflowLinkOptions { MaxMessages = 3 });
        IDisposable second = source.LinkTo(target, new DataflowLinkOptions { MaxMessages = 4 });
        (await target.NextOffers(7)).Select(ValueOf).ShouldBe(Enumerable.Range(0, 7));
        second.Dispose();
        var rest = ScriptedTarget<TOut>.Accepting();
        source.LinkTo(rest);
        (await rest.NextOffers(3)).Select(ValueOf).ShouldBe([7, 8, 9]);
        target.OfferCount.ShouldBe(7);
    }

    [Test]
    public async Task Predicates_split_the_items()
    {
        IReceivableSourceBlock<TOut> source = await Create(100);
        var even = new BufferBlock<TOut>();
        var odd = new BufferBlock<TOut>();
        source.LinkTo(even, _propagating, item => ValueOf(item) % 2 == 0);
        source.LinkTo(odd, _propagating, item => ValueOf(item) % 2 == 1);
        source.Complete();
        await source.Completion.InTime();
        even.TryReceiveAll(out IList<TOut>? evens).ShouldBeTrue();
        odd.TryReceiveAll(out IList<TOut>? odds).ShouldBeTrue();
        evens!.Select(ValueOf).ShouldBe(Enumerable.Range(0, 50).Select(i => 2 * i));
        odds!.Select(ValueOf).ShouldBe(Enumerable.Range(0, 50).Select(i => (2 * i) + 1));
    }

    [Test]
    public async Task A_target_that_throws_faults_the_source()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        await WhileNothingIsOffered(source, () => source.LinkTo(new ScriptedTarget<TOut>(_ => throw new InvalidOperationException("mine"))));
        await source.Completion.Ended();
        source.Completion.Exception!.Flatten().InnerException!.Message.ShouldBe("mine");
    }

    [Test]
    public async Task A_predicate_that_throws_faults_the_source()
    {
        IReceivableSourceBlock<TOut> source = await Create(3);
        var told = ScriptedTarget<TOut>.Accepting();
        await WhileNothingIsOffered(source, () => source.LinkTo(told, _propagating, _ => throw new InvalidOperationException("mine")));
        await source.Completion.Ended();
        source.Completion.Exception!.Flatten().InnerException!.Message.ShouldBe("mine");
        await told.Completion.Ended();
        told.Completion.IsFaulted.ShouldBeTrue();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task The_end_is_propagated_only_if_asked_for(bool isLinkedAfterTheEnd)
    {
        IReceivableSourceBlock<TOut> source = await Create(0);
        var told = ScriptedTarget<TOut>.Accepting();
        var untold = ScriptedTarget<TOut>.Accepting();
        if (isLinkedAfterTheEnd)
        {
            source.Complete();
            await source.Completion.InTime();
        }

        source.LinkTo(untold).ShouldNotBeNull();
        source.LinkTo(told, _propagating).Dispose();
        if (!isLinkedAfterTheEnd)
        {
            source.LinkTo(told, _propagating);
            source.Complete();
        }

        await told.Completion.InTime();
        untold.WasTold.ShouldBeFalse();
    }

    private static async Task FaultAsync(IReceivableSourceBlock<TOut> source, ScriptedTarget<TOut> target, bool isLinkedAfterTheEnd)
    {
        if (!isLinkedAfterTheEnd)
            source.LinkTo(target, _propagating);
        source.Fault(new InvalidOperationException("mine"));
        await source.Completion.Ended();
        if (isLinkedAfterTheEnd)
            source.LinkTo(target, _propagating);
        await target.Completion.Ended();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_fault_is_propagated_as_a_fault(bool isLinkedAfterTheEnd)
    {
        IReceivableSourceBlock<TOut> source = await Create(2);
        var target = ScriptedTarget<TOut>.Postponing();
        await FaultAsync(source, target, isLinkedAfterTheEnd);
        target.Completion.Exception!.Flatten().InnerException!.Message.ShouldBe("mine");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_target_is_told_of_a_fault_by_an_exception_that_holds_all_errors(bool isLinkedAfterTheEnd)
    {
        IReceivableSourceBlock<TOut> source = await Create(0);
        var target = ScriptedTarget<TOut>.Accepting();
        await FaultAsync(source, target, isLinkedAfterTheEnd);
        Exception told = target.Completion.Exception!.InnerExceptions.ShouldHaveSingleItem();
        told.ShouldBeOfType<AggregateException>().InnerExceptions.ShouldHaveSingleItem().Message.ShouldBe("mine");
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task What_a_target_throws_that_is_told_of_the_end_as_it_is_linked_goes_to_whoever_links_it(bool isFaulted)
    {
        IReceivableSourceBlock<TOut> source = await Create(0);
        if (isFaulted)
            source.Fault(new InvalidOperationException("mine"));
        else
            source.Complete();
        await source.Completion.Ended();
        var target = new ScriptedTarget<TOut>(DataflowMessageStatus.Accepted) { OnTold = () => throw new FormatException("its own") };
        Should.Throw<FormatException>(() => source.LinkTo(target, _propagating)).Message.ShouldBe("its own");
        target.Completion.IsFaulted.ShouldBe(isFaulted);
        source.LinkTo(target).ShouldNotBeNull();
    }

    [Test]
    public async Task Cancellation_is_propagated_as_completion()
    {
        using var cancel = new CancellationTokenSource();
        IReceivableSourceBlock<TOut> source = await Create(2, cancel.Token);
        var target = ScriptedTarget<TOut>.Postponing();
        source.LinkTo(target, _propagating);
        await cancel.CancelAsync();
        for (int i = 0; i < 2 && !CancelingDropsItems; i++)
            target.TryConsume(await target.NextOffer()).ShouldBeTrue();
        await target.Completion.InTime();
        await source.Completion.Ended();
        source.Completion.IsCanceled.ShouldBe(CancelingDropsItems);
    }

    [Test]
    public async Task A_target_may_unlink_itself_while_it_is_asked()
    {
        IReceivableSourceBlock<TOut> source = await Create(5);
        IDisposable? link = null;
        var leaving = new ScriptedTarget<TOut>(_ =>
        {
            link!.Dispose();
            return DataflowMessageStatus.Declined;
        });
        var rest = ScriptedTarget<TOut>.Accepting();
        await WhileNothingIsOffered(source, () =>
        {
            link = source.LinkTo(leaving);
            source.LinkTo(rest);
        });
        (await rest.NextOffers(4)).Select(ValueOf).ShouldBe([1, 2, 3, 4]);
        leaving.OfferCount.ShouldBe(1);
    }

    [Test]
    public async Task Many_targets_that_postpone_and_fight_take_every_item_once()
    {
        IReceivableSourceBlock<TOut> source = await Create(1000);
        var seen = new ConcurrentBag<int>();
        ActionBlock<TOut>[] targets = [.. Enumerable.Range(0, 4).Select(_ => new ActionBlock<TOut>(
            item => seen.Add(ValueOf(item)), new ExecutionDataflowBlockOptions { BoundedCapacity = 1 }))];
        foreach (ActionBlock<TOut> target in targets)
            source.LinkTo(target, _propagating);
        source.Complete();
        await Task.WhenAll(targets.Select(target => target.Completion)).InTime();
        seen.Order().ShouldBe(Enumerable.Range(0, 1000));
    }

    [Test]
    public async Task Links_that_come_and_go_while_items_flow_lose_nothing()
    {
        IReceivableSourceBlock<TOut> source = await Create(2000);
        var seen = new BufferBlock<TOut>();
        await Patience.Together(3, thread =>
        {
            for (int i = 0; i < 300; i++)
            {
                var options = new DataflowLinkOptions { MaxMessages = 1 + (i % 3), Append = thread != 0 };
                using IDisposable link = thread == 1 ? source.LinkTo(seen, options, item => ValueOf(item) % 2 == 0) : source.LinkTo(seen, options);
                if (thread == 2 && source.TryReceive(null, out TOut? item))
                    seen.Post(item);
            }
        });
        source.LinkTo(seen, _propagating);
        source.Complete();
        await source.Completion.InTime();
        seen.TryReceiveAll(out IList<TOut>? items).ShouldBeTrue();
        items!.Select(ValueOf).Order().ShouldBe(Enumerable.Range(0, 2000));
    }

    /// <summary>Does something while the first item is reserved, so that no target is asked; then takes that item.</summary>
    private static async Task WhileNothingIsOffered(IReceivableSourceBlock<TOut> source, Action action)
    {
        var holder = ScriptedTarget<TOut>.Postponing();
        using IDisposable link = source.LinkTo(holder);
        SeenOffer<TOut> offer = await holder.NextOffer();
        holder.TryReserve(offer).ShouldBeTrue();
        action();
        link.Dispose();
        holder.TryConsume(offer).ShouldBeTrue();
    }
}
