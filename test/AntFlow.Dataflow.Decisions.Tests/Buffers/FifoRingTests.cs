using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Buffers;

/// <summary>The ring against the queue of the framework, and what it does with memory.</summary>
public sealed class FifoRingTests
{
    private const int LargestRing = 8192;
    private const int SegmentSize = 32_768;

    [Test]
    public void It_gives_back_what_it_was_given_in_this_order() => DecisionPlans.Play(dice =>
    {
        var play = new Play();
        for (int i = dice.Between(1, 20); i > 0; i--)
            play.Move(dice.OneIn(2), dice.Pick(1, 1, 5, 31, 33, 70));
        return play.End();
    });

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void It_does_so_through_segments_too(int seed)
    {
        var dice = Dice.Of(seed);
        var play = new Play();
        for (int i = 0; i < 30; i++)
            play.Move(dice.Percent(55), dice.Pick(1, 1025, LargestRing, SegmentSize, SegmentSize - 1, SegmentSize + 1, 50_000));
        play.End();
    }

    [Test]
    public void One_that_runs_empty_between_segments_begins_with_a_small_ring_again()
    {
        var play = new Play();
        play.Move(adds: true, LargestRing + SegmentSize);
        play.Move(adds: false, LargestRing + SegmentSize);
        play.Move(adds: true, 3);
        play.Move(adds: false, 2);
        play.Move(adds: true, LargestRing + (2 * SegmentSize));
        play.End();
    }

    [Test]
    public void The_head_is_the_next_one_and_stays()
    {
        var ring = new FifoRing<string>();
        ring.Count.ShouldBe(0);
        ring.Enqueue("a");
        ring.Enqueue("b");

        (ring.Head, ring.Count).ShouldBe(("a", 2));
        ring.Dequeue();
        (ring.Head, ring.Count).ShouldBe(("b", 1));
    }

    [TestCase(1)]
    [TestCase(1024)]
    public void A_small_ring_that_runs_empty_is_kept(int count) => AllocatedByRefilling<int>(count).ShouldBe(0);

    [Test]
    public void A_large_ring_that_runs_empty_is_given_back() => AllocatedByRefilling<int>(1025).ShouldBeGreaterThan(0);

    [Test]
    public void Segments_that_run_empty_are_used_again()
    {
        // Rings up to the largest one are made anew: twice the largest one in all.
        const long rings = 2 * LargestRing * sizeof(long);

        AllocatedByRefilling<Cell>(LargestRing + (3 * SegmentSize)).ShouldBeLessThan(rings + 20_000);
    }

    /// <summary>What a ring that was filled once allocates to be filled again, at the least: the shared pool gives memory back when the machine is short of it.</summary>
    private static long AllocatedByRefilling<T>(int count)
    {
        var ring = new FifoRing<T>();
        Fill(ref ring, count);
        long least = long.MaxValue;
        for (int i = 0; i < 3; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Fill(ref ring, count);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static void Fill<T>(ref FifoRing<T> ring, int count)
    {
        for (int i = 0; i < count; i++)
            ring.Enqueue(default!);
        for (int i = 0; i < count; i++)
            ring.Dequeue();
    }

    private sealed class Play
    {
        private readonly Queue<int> _model = new();
        private FifoRing<int> _ring;
        private int _next;
        private long _sum;

        public void Move(bool adds, int count)
        {
            for (int i = 0; i < count && (adds || _model.Count > 0); i++)
            {
                if (adds)
                    Add();
                else
                    Take();
            }

            _ring.Count.ShouldBe(_model.Count);
        }

        public string End()
        {
            Move(adds: false, _model.Count);
            return $"{_next} {_sum}";
        }

        private void Add()
        {
            _ring.Enqueue(_next);
            _model.Enqueue(_next++);
        }

        private void Take()
        {
            int expected = _model.Dequeue();
            // Millions of comparisons: the words are made only when they are needed.
            if (_ring.Head != expected || _ring.Dequeue() != expected || _ring.Count != _model.Count)
                throw new InvalidOperationException($"{expected} does not come as number {_next}, with {_model.Count} behind it");
            _sum = unchecked((_sum * 31) + expected);
        }
    }

    /// <summary>A type of its own: nothing else takes segments of it out of the shared pool.</summary>
    private readonly record struct Cell(long Value);
}
