using AntFlow.Dataflow.Decisions.Tests.Kit;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Tracking;

internal sealed class HistoriesModelTests
{
    private static readonly string[] _stages = ["A", "B"];

    [Test]
    public void The_newest_items_are_remembered_with_their_newest_events_and_all_are_counted() => DecisionPlans.Play(dice =>
    {
        int maxItems = dice.Between(1, 6);
        int maxEvents = dice.Between(1, 9);
        var histories = new ItemHistories(maxItems, maxEvents);
        TrackedRun run = histories.BeginRun(new ObservedRun("r", new RunClock(TimeProvider.System), _stages));
        var model = new Model(maxItems, maxEvents);
        List<TrackedItem> inFlight = [];
        long fed = 0;
        long time = 0;
        for (int step = dice.Between(1, 60); step > 0; step--)
        {
            if (inFlight.Count == 0 || dice.OneIn(3))
            {
                inFlight.Add(new TrackedItem().Begin(fed, dice.OneIn(2) ? new ItemId($"id{dice.Below(4)}") : ItemId.Automatic(fed), metadata: null));
                fed++;
            }

            // Items are announced in any order: a feeder may be overtaken between drawing the number and telling.
            TrackedItem item = inFlight[dice.Below(inFlight.Count)];
            // Steps that a time of the day can tell apart.
            ItemMoment moment = Draw(dice, isFirst: !model.Knows(item), time += 1000);
            histories.Add(run, item, moment);
            model.Add(item, moment);
            histories.Count().ShouldBe(model.Count());
            if (moment.IsEnd)
                inFlight.Remove(item);
        }

        return Compare(histories, model);
    });

    private static ItemMoment Draw(Dice dice, bool isFirst, long time) => isFirst
        ? dice.OneIn(8) ? Of(ItemStatus.Completed, 1, time, 0) : Of(ItemStatus.Queued, 0, time, 0)
        : dice.Below(12) switch
        {
            0 => Of(ItemStatus.Failed, dice.Below(2), time, 1, new TimeoutException($"{time}")),
            1 => Of(ItemStatus.Canceled, dice.Below(2), time, 0),
            2 => Of(ItemStatus.Completed, 1, time, 1),
            < 6 => Of(ItemStatus.Retrying, dice.Below(2), time, dice.Between(1, 70_000), new TimeoutException($"{time}")),
            _ => Of(ItemStatus.InProgress, dice.Below(2), time, dice.Between(1, 9)),
        };

    private static ItemMoment Of(ItemStatus status, int stage, long timestamp, int attempt, Exception? error = null) =>
        new(status, _stages[stage], stage, "W", (int)(timestamp / 1000 % 5) - 1, timestamp, attempt, error, IsEnd: status is ItemStatus.Failed or ItemStatus.Canceled || (status == ItemStatus.Completed && stage == 1));

    private static string Compare(ItemHistories histories, Model model)
    {
        histories.Count().ShouldBe(model.Count());
        var told = new System.Text.StringBuilder();
        foreach (ItemId id in model.Ids)
        {
            string events = string.Join(", ", histories.Find(id).Select(e => Describe(e.Status, e.Stage, e.Attempt, e.WorkerIndex, e.Error)));
            events.ShouldBe(string.Join(", ", model.Find(id).Select(m => Describe(m.Status, m.Stage, Math.Min(m.Attempt, ushort.MaxValue), m.WorkerIndex, m.Error))));
            told.Append(id).Append(": ").Append(events).Append("; ");
        }

        foreach (ItemStatus status in Enum.GetValues<ItemStatus>())
            histories.FindLast(status).Count.ShouldBe(model.CountLast(status));
        return told.ToString();
    }

    private static string Describe(ItemStatus status, string stage, int attempt, int worker, Exception? error) => $"{status} {stage} {attempt} {worker} {error?.Message}";

    /// <summary>The same with a list for every item there has ever been.</summary>
    private sealed class Model(int maxItems, int maxEvents)
    {
        private readonly List<(TrackedItem Item, List<ItemMoment> Events)> _announced = [];
        private readonly Dictionary<long, TrackedItem> _places = [];

        public IEnumerable<ItemId> Ids => _announced.Select(known => known.Item.Id).Distinct();

        public bool Knows(TrackedItem item) => _announced.Exists(known => known.Item == item);

        public void Add(TrackedItem item, in ItemMoment moment)
        {
            if (!Knows(item))
            {
                _announced.Add((item, []));
                long place = item.Number % maxItems;
                TrackedItem? before = _places.GetValueOrDefault(place);
                if (before is null || before.Number < item.Number)
                    _places[place] = item;
            }

            EventsOf(item).Add(moment);
        }

        public long[] Count()
        {
            long[] counts = new long[Enum.GetValues<ItemStatus>().Length];
            foreach ((_, List<ItemMoment> events) in _announced)
                counts[(int)events[^1].Status]++;
            return counts;
        }

        public int CountLast(ItemStatus status) => _places.Values.Count(item => EventsOf(item)[^1].Status == status);

        public IEnumerable<ItemMoment> Find(ItemId id) => _announced
            .Where(known => known.Item.Id == id && _places.ContainsValue(known.Item))
            .SelectMany(known => known.Events.TakeLast(maxEvents))
            .OrderBy(moment => moment.ClockTimestamp);

        private List<ItemMoment> EventsOf(TrackedItem item) => _announced.Find(known => known.Item == item).Events;
    }
}
