using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

/// <summary>What a worker publishes is read whole or not at all, wherever its writer is: step by step, and by readers that run while the writer stands still.</summary>
public sealed class VersionedTests
{
    private Versioned<Pair> _published;

    [Test]
    public void What_was_written_is_read()
    {
        _published.Read().ShouldBe(default);
        for (int i = 1; i <= 3; i++)
        {
            _published.Write(new Pair(i, i));
            _published.Read().ShouldBe(new Pair(i, i));
        }
    }

    [Test]
    public void A_look_between_two_writes_is_whole()
    {
        _published.Write(new Pair(1, 1));
        int version = _published.Look(out Pair value);

        _published.IsWhole(version).ShouldBeTrue();
        value.ShouldBe(new Pair(1, 1));
    }

    [Test]
    public void A_look_in_the_middle_of_a_write_is_not_whole_also_once_the_write_has_ended()
    {
        _published.Write(new Pair(1, 1));
        _published.BeginWrite();
        int version = _published.Look(out _);
        _published.IsWhole(version).ShouldBeFalse("the writer has begun");
        _published.Set(new Pair(2, 2));
        _published.IsWhole(version).ShouldBeFalse("the writer has not ended");
        _published.EndWrite();

        _published.IsWhole(version).ShouldBeFalse("what was looked at is not what is there now");
    }

    [TestCase(1)]
    [TestCase(2)]
    public void A_look_that_was_overtaken_by_whole_writes_is_not_whole(int writes)
    {
        _published.Write(new Pair(1, 1));
        int version = _published.Look(out _);
        for (int i = 0; i < writes; i++)
            _published.Write(new Pair(2, 2));

        _published.IsWhole(version).ShouldBeFalse();
    }

    [Test]
    public void A_look_that_was_overtaken_by_the_begin_of_a_write_is_not_whole()
    {
        _published.Write(new Pair(1, 1));
        int version = _published.Look(out _);
        _published.BeginWrite();
        _published.IsWhole(version).ShouldBeFalse();
        _published.EndWrite();
    }

    [Test]
    public void Readers_get_nothing_while_a_writer_stands_between_two_halves()
    {
        bool isOver = false;
        long reads = 0;
        var torn = new List<Pair>();
        var reader = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                Pair value = _published.Read();
                if (value.First != value.Second)
                    torn.Add(value);
                Interlocked.Increment(ref reads);
            }
        });
        reader.Start();
        for (int i = 1; i <= 100; i++)
        {
            long before = Interlocked.Read(ref reads);
            SpinWait.SpinUntil(() => Interlocked.Read(ref reads) > before);
            _published.BeginWrite();
            // One read may have ended as the write began, and not been counted yet.
            long begun = Interlocked.Read(ref reads);
            _published.Set(new Pair(i, -i));
            for (int turn = 0; turn < 20; turn++)
                Thread.Yield();
            Interlocked.Read(ref reads).ShouldBeLessThanOrEqualTo(begun + 1);
            _published.Set(new Pair(i, i));
            _published.EndWrite();
        }

        Volatile.Write(ref isOver, true);
        reader.Join();
        torn.ShouldBeEmpty();
    }

    private readonly record struct Pair(long First, long Second);
}
