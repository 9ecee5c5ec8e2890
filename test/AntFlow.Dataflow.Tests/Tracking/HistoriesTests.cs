using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

public sealed class HistoriesTests
{
    private static readonly string[] _stages = ["A", "B"];

    [Test]
    public async Task A_look_sees_what_has_happened_so_far_in_its_order()
    {
        const int items = 3_000;
        var histories = new ItemHistories(maxItems: 50, maxEvents: 8);
        TrackedRun run = histories.BeginRun(new ObservedRun("r", new RunClock(TimeProvider.System), _stages));
        long next = -1;
        using var done = new CancellationTokenSource();
        Task[] looking = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(() => Look(histories, done.Token)))];

        // More owners than places, so that items are forgotten while they still write.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (Interlocked.Increment(ref next) is var sequence && sequence < items)
            {
                TrackedItem item = new TrackedItem().Begin(sequence, sequence % 3 == 0 ? new ItemId(sequence % 100) : ItemId.Automatic(sequence), metadata: null);
                for (int e = 0; e < 7; e++)
                    histories.Add(run, item, MomentOf(sequence, e));
            }
        })));
        await done.CancelAsync();
        await Task.WhenAll(looking);

        histories.Count()[(int)ItemStatus.Canceled].ShouldBe(items);
        histories.Count().Sum().ShouldBe(items);
        histories.FindLast(ItemStatus.Canceled).Count.ShouldBe(50);
    }

    private static void Look(ItemHistories histories, CancellationToken done)
    {
        while (!done.IsCancellationRequested)
        {
            for (long number = 0; number < 100; number += 3)
            {
                // Several items may have one id: each one's events are there from its first on, without a gap.
                IReadOnlyList<StatusEvent> events = histories.Find(new ItemId(number));
                for (int i = 0; i < events.Count; i++)
                {
                    int expected = i == 0 || events[i].Attempt == 0 ? 0 : events[i - 1].Attempt + 1;
                    events[i].Attempt.ShouldBe(expected);
                    events[i].Stage.ShouldBe(_stages[expected % 2]);
                }
            }

            histories.Count().ShouldAllBe(count => count >= 0);
        }
    }

    private static ItemMoment MomentOf(long sequence, int nth)
    {
        ItemStatus status = nth == 6 ? ItemStatus.Canceled : ItemStatus.InProgress;
        long timestamp = (sequence * 10) + nth;
        return new ItemMoment(status, _stages[nth % 2], nth % 2, "W", (int)(timestamp / 1000 % 5) - 1, timestamp, nth, Error: null, IsEnd: nth == 6);
    }
}
