using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Items;

public sealed class ItemPoolTests
{
    private readonly ItemPool _pool = new();

    [Test]
    public void A_worker_gives_sixteen_envelopes_back_at_once()
    {
        Item[] items = [.. Enumerable.Range(0, 40).Select(_ => Known())];
        ItemsInHand inHand = default;
        for (int i = 0; i < 15; i++)
            _pool.Return(items[i], ref inHand);
        RentAll().ShouldBeEmpty("they are in the hands of the worker");
        for (int i = 15; i < 40; i++)
            _pool.Return(items[i], ref inHand);

        RentAll().ShouldBe(items[..32], ignoreOrder: true);
        inHand.Count.ShouldBe(8);
    }

    [Test]
    public void What_is_given_back_one_by_one_and_together_comes_out_once()
    {
        Item[] items = [.. Enumerable.Range(0, 20).Select(_ => Known())];
        ItemsInHand inHand = default;
        for (int i = 0; i < 20; i++)
        {
            if (i % 5 == 0)
                _pool.Return(items[i]);
            else
                _pool.Return(items[i], ref inHand);
        }

        RentAll().ShouldBe(items, ignoreOrder: true);
    }

    [Test]
    public void No_more_are_kept_than_four_thousand_and_ninety_six()
    {
        ItemsInHand inHand = default;
        for (int i = 0; i < 5_000; i++)
            _pool.Return(Known(), ref inHand);

        RentAll().Count.ShouldBe(4_096);
    }

    [Test]
    public void An_envelope_has_one_owner_whoever_takes_and_gives_back()
    {
        const int Threads = 4;
        // Marked while it is in use.
        int collisions = 0;
        Thread[] all = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            ItemsInHand inHand = default;
            Item? spare = null;
            for (int i = 0; i < 50_000; i++)
            {
                Item item = _pool.Rent(ref spare);
                if (Interlocked.Increment(ref item.Visit.TaskIndex) != 1)
                    Interlocked.Increment(ref collisions);
                Interlocked.Decrement(ref item.Visit.TaskIndex);
                if (i % 3 == 0)
                    _pool.Return(item);
                else
                    _pool.Return(item, ref inHand);
            }
        }) { IsBackground = true })];
        foreach (Thread thread in all)
            thread.Start();
        foreach (Thread thread in all)
            thread.Join(Testing.Waiting.Patience).ShouldBeTrue();

        collisions.ShouldBe(0);
    }

    // Its number stays with an envelope in the pool.
    private static Item Known() => new() { Sequence = 7 };

    /// <summary>All the pool has: what it makes anew is not known.</summary>
    private List<Item> RentAll()
    {
        List<Item> all = [];
        Item? spare = null;
        for (Item item = _pool.Rent(ref spare); item.Sequence == 7; item = _pool.Rent(ref spare))
            all.Add(item);
        return all;
    }
}
