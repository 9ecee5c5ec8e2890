using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests;

/// <summary>What sources may expect of any target block that has a capacity: offers, postponement, refusal.</summary>
public abstract class TargetConformance
{
    private const int Small = 3;

    /// <summary>A new target that accepts about <paramref name="capacity"/> items until some are taken out of it; -1: any number.</summary>
    protected abstract TargetUnderTest Create(int capacity = DataflowBlockOptions.Unbounded, CancellationToken cancellationToken = default);

    /// <summary>Whether a block that is canceled drops what it holds and ends canceled, as blocks do. If not, what it holds can still be taken, and then it completes.</summary>
    protected virtual bool CancelingDropsItems => true;

    private TaskStatus EndOfCanceled => CancelingDropsItems ? TaskStatus.Canceled : TaskStatus.RanToCompletion;

    [Test]
    public void An_offer_without_a_valid_header_is_an_error() =>
        Should.Throw<ArgumentException>(() => Create().Block.OfferMessage(default, 1, null, consumeToAccept: false)).ParamName.ShouldBe("messageHeader");

    [Test]
    public void An_offer_to_be_consumed_needs_a_source() =>
        Should.Throw<ArgumentException>(() => Create().Block.OfferMessage(new DataflowMessageHeader(1), 1, null, consumeToAccept: true))
            .ParamName.ShouldBe("consumeToAccept");

    [Test]
    public void Faulting_without_an_exception_is_an_error() =>
        Should.Throw<ArgumentNullException>(() => Create().Block.Fault(null!)).ParamName.ShouldBe("exception");

    [Test]
    public async Task An_item_without_a_source_is_accepted()
    {
        TargetUnderTest target = Create();
        target.Block.OfferMessage(new DataflowMessageHeader(1), 7, null, consumeToAccept: false).ShouldBe(DataflowMessageStatus.Accepted);
        (await target.Take()).ShouldBe(7);
    }

    [Test]
    public async Task An_accepted_item_is_not_consumed_as_well()
    {
        TargetUnderTest target = Create();
        ScriptedSource source = ScriptedSource.Giving(8);
        source.Offer(target.Block, 7).ShouldBe(DataflowMessageStatus.Accepted);
        (await target.Take()).ShouldBe(7);
        source.ConsumeCount.ShouldBe(0);
    }

    [Test]
    public async Task An_item_to_be_consumed_is_the_one_its_source_gives()
    {
        TargetUnderTest target = Create();
        ScriptedSource source = ScriptedSource.Giving(8);
        source.Offer(target.Block, 7, id: 5, consumeToAccept: true).ShouldBe(DataflowMessageStatus.Accepted);
        (await target.Take()).ShouldBe(8);
        (await source.Consumed).Id.ShouldBe(5);
        source.ConsumeCount.ShouldBe(1);
    }

    [Test]
    public async Task An_item_that_its_source_does_not_give_is_not_available()
    {
        TargetUnderTest target = Create();
        ScriptedSource.Empty().Offer(target.Block, 7, consumeToAccept: true).ShouldBe(DataflowMessageStatus.NotAvailable);
        target.Block.Post(1).ShouldBeTrue();
        target.Block.Complete();
        (await target.Drain()).ShouldBe([1]);
    }

    [Test]
    public async Task An_item_that_is_not_available_takes_no_room()
    {
        TargetUnderTest target = Create(Small);
        for (int i = 0; i < 3 * Small; i++)
            ScriptedSource.Empty().Offer(target.Block, i, consumeToAccept: true).ShouldBe(DataflowMessageStatus.NotAvailable);
        int count = await target.Fill();
        count.ShouldBeGreaterThanOrEqualTo(Small);
        target.Block.Complete();
        (await target.Drain()).Count.ShouldBe(count);
    }

    [Test]
    public async Task A_source_that_throws_when_asked_directly_hears_of_it_and_takes_no_room()
    {
        TargetUnderTest target = Create(Small);
        var source = new ScriptedSource { Give = () => throw new InvalidOperationException("mine") };
        for (int i = 0; i < 3 * Small; i++)
            Should.Throw<InvalidOperationException>(() => source.Offer(target.Block, 7, consumeToAccept: true)).Message.ShouldBe("mine");
        int count = await target.Fill();
        target.Block.Complete();
        (await target.Drain()).Count.ShouldBe(count);
    }

    [Test]
    public async Task A_full_target_declines_what_has_no_source()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        target.Block.OfferMessage(new DataflowMessageHeader(1), 7, null, consumeToAccept: false).ShouldBe(DataflowMessageStatus.Declined);
        target.Block.Complete();
        (await target.Drain()).Count.ShouldBe(count);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_postponed_offer_is_consumed_when_room_comes_free(bool consumeToAccept)
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        ScriptedSource source = ScriptedSource.Giving(100);
        source.Offer(target.Block, 100, id: 9, consumeToAccept).ShouldBe(DataflowMessageStatus.Postponed);
        List<int> taken = await target.TakeMany(count + 1);
        taken.ShouldContain(100);
        (await source.Consumed).Id.ShouldBe(9);
        source.ConsumeCount.ShouldBe(1);
    }

    [Test]
    public async Task Postponed_offers_are_consumed_in_the_order_of_arrival()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        for (int i = 100; i < 120; i++)
            ScriptedSource.Giving(i).Offer(target.Block, i).ShouldBe(DataflowMessageStatus.Postponed);
        List<int> taken = await target.TakeMany(count + 20);
        taken.Where(i => i >= 100).ShouldBe(Enumerable.Range(100, 20));
    }

    [Test]
    public async Task A_source_that_offers_again_keeps_its_place_and_is_asked_for_the_newest_header()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        ScriptedSource first = ScriptedSource.Giving(100);
        ScriptedSource second = ScriptedSource.Giving(101);
        first.Offer(target.Block, 100, id: 1).ShouldBe(DataflowMessageStatus.Postponed);
        second.Offer(target.Block, 101, id: 1).ShouldBe(DataflowMessageStatus.Postponed);
        first.Offer(target.Block, 100, id: 2).ShouldBe(DataflowMessageStatus.Postponed);
        (await target.TakeMany(count + 2)).Where(i => i >= 100).ShouldBe([100, 101]);
        (await first.Consumed).Id.ShouldBe(2);
        first.ConsumeCount.ShouldBe(1);
    }

    [Test]
    public async Task A_postponed_offer_that_is_gone_gives_its_room_to_the_next()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        ScriptedSource gone = ScriptedSource.Empty();
        gone.Offer(target.Block, 100).ShouldBe(DataflowMessageStatus.Postponed);
        ScriptedSource.Giving(101).Offer(target.Block, 101).ShouldBe(DataflowMessageStatus.Postponed);
        List<int> taken = await target.TakeMany(count + 1);
        taken.ShouldContain(101);
        taken.ShouldNotContain(100);
        gone.ConsumeCount.ShouldBe(1);
    }

    [Test]
    public async Task Rooms_of_offers_that_are_gone_are_given_back_exactly_once()
    {
        TargetUnderTest target = Create(Small);
        int count = await target.Fill();
        ScriptedSource[] gone = [.. Enumerable.Range(0, 20).Select(_ => ScriptedSource.Empty())];
        foreach (ScriptedSource source in gone)
            source.Offer(target.Block, 100).ShouldBe(DataflowMessageStatus.Postponed);
        // The last one shows that all before it were asked.
        ScriptedSource last = ScriptedSource.Giving(101);
        last.Offer(target.Block, 101).ShouldBe(DataflowMessageStatus.Postponed);
        (await target.TakeMany(count + 1)).ShouldContain(101);
        gone.ShouldAllBe(source => source.ConsumeCount == 1);

        // The fetching loop may still be between the last item and its end, where it lets nothing pass.
        for (int i = 0; i < count; i++)
            (await target.Block.SendAsync(i).InTime()).ShouldBeTrue();
        (await target.Fill()).ShouldBe(0);
        target.Block.Complete();
        (await target.Drain()).Count.ShouldBe(count);
    }

    [Test]
    public async Task Completing_declines_for_good()
    {
        TargetUnderTest target = Create();
        target.Block.Post(1).ShouldBeTrue();
        target.Block.Complete();
        target.Block.Complete();
        ScriptedSource.Giving(1).Offer(target.Block, 1).ShouldBe(DataflowMessageStatus.DecliningPermanently);
        ScriptedSource.Giving(1).Offer(target.Block, 1, consumeToAccept: true).ShouldBe(DataflowMessageStatus.DecliningPermanently);
        target.Block.Post(2).ShouldBeFalse();
        (await target.Drain()).ShouldBe([1]);
        await target.Block.Completion.InTime();
    }

    [Test]
    public async Task Faulting_declines_for_good_and_shows_the_error()
    {
        TargetUnderTest target = Create();
        target.Block.Fault(new InvalidOperationException("mine"));
        ScriptedSource.Giving(1).Offer(target.Block, 1).ShouldBe(DataflowMessageStatus.DecliningPermanently);
        await target.Block.Completion.Ended();
        target.Block.Completion.Exception!.Flatten().InnerException!.Message.ShouldBe("mine");
    }

    [Test]
    public async Task Canceling_declines_for_good_and_ends_the_target()
    {
        using var cancel = new CancellationTokenSource();
        TargetUnderTest target = Create(cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        ScriptedSource.Giving(1).Offer(target.Block, 1).ShouldBe(DataflowMessageStatus.DecliningPermanently);
        await target.Block.Completion.Ended();
        target.Block.Completion.Status.ShouldBe(EndOfCanceled);
    }

    [Test]
    public async Task A_target_made_with_a_canceled_token_is_canceled()
    {
        TargetUnderTest target = Create(cancellationToken: new CancellationToken(canceled: true));
        target.Block.Post(1).ShouldBeFalse();
        await target.Block.Completion.Ended();
        target.Block.Completion.Status.ShouldBe(EndOfCanceled);
    }

    [TestCase("complete")]
    [TestCase("fault")]
    [TestCase("cancel")]
    public async Task Whatever_ends_a_target_lets_go_of_postponed_offers(string end)
    {
        using var cancel = new CancellationTokenSource();
        TargetUnderTest target = Create(Small, cancel.Token);
        await target.Fill();
        ScriptedSource[] sources = [.. Enumerable.Range(0, 5).Select(ScriptedSource.Giving)];
        foreach (ScriptedSource source in sources)
            source.Offer(target.Block, 1, id: 4).ShouldBe(DataflowMessageStatus.Postponed);
        await End(target.Block, end, cancel);
        foreach (ScriptedSource source in sources)
        {
            (await source.Reserved).Id.ShouldBe(4);
            (await source.Released).Id.ShouldBe(4);
            source.ConsumeCount.ShouldBe(0);
        }
    }

    [Test]
    public async Task What_could_not_be_reserved_is_not_released()
    {
        TargetUnderTest target = Create(Small);
        await target.Fill();
        var refusing = new ScriptedSource { LetsReserve = false };
        ScriptedSource letting = ScriptedSource.Giving(1);
        refusing.Offer(target.Block, 1).ShouldBe(DataflowMessageStatus.Postponed);
        letting.Offer(target.Block, 1).ShouldBe(DataflowMessageStatus.Postponed);
        target.Block.Complete();
        await letting.Released;
        await refusing.Reserved;
        await target.Drain();
        await target.Block.Completion.InTime();
        refusing.WasReleased.ShouldBeFalse();
    }

    private static async Task End(ITargetBlock<int> block, string end, CancellationTokenSource cancel)
    {
        if (end == "complete")
            block.Complete();
        else if (end == "fault")
            block.Fault(new InvalidOperationException("mine"));
        else
            await cancel.CancelAsync();
    }
}
