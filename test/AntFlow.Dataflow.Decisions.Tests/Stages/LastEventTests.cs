using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Stages;

internal sealed class LastEventTests
{
    [Test]
    public void The_run_says_which_event_of_an_item_is_its_last_one([Values] ItemStatus status, [Values] bool isExit)
    {
        var ears = new Ears();
        Stage stage = Stage.Create<int, int>("A", x => x);

        new TellingRun(ears).TellOf(status, new PipelineStage(stage, Index: 0, stage.Settings, [isExit]));

        bool isOver = status is ItemStatus.Failed or ItemStatus.Canceled or ItemStatus.Filtered;
        bool isThrough = status is ItemStatus.Completed or ItemStatus.Skipped;
        bool isEnd = isOver || (isThrough && isExit);
        ears.Heard.ShouldBe(isEnd ? [$"{status} True", $"{status} ended"] : [$"{status} False"]);
    }

    private sealed class Ears : PipelineObserver
    {
        public List<string> Heard { get; } = [];

        public override ObserverInterests Interests => ObserverInterests.Statuses | ObserverInterests.Ends;

        public override void OnStatus(in ItemObservation item) => Heard.Add($"{item.Status} {item.IsEnd}");

        public override void OnEnded(in ItemObservation item) => Heard.Add($"{item.Status} ended");
    }

    /// <summary>A run that does nothing but tell.</summary>
    private sealed class TellingRun(PipelineObserver observer) : RunState(_clock, GroupOf(observer), new Random(1))
    {
        private static readonly RunClock _clock = new(TimeProvider.System);

        public override CancellationToken Token => CancellationToken.None;

        public override IOnceKeeper Onces => throw new NotSupportedException();

        public void TellOf(ItemStatus status, PipelineStage stage)
        {
            var item = new Item();
            BeginObserving(item, now: 0, blockedByReader: 0);
            NotifyStatus(item, status, stage, worker: null, stamp: 1);
        }

        public override bool Conclude(Item item, in Conclusion conclusion, Waiter? waiter = null) => throw new NotSupportedException();

        public override Waiter? WaitForReader(Waiter waiter) => throw new NotSupportedException();

        public override void NotifyRestored(Item item, int stage) => throw new NotSupportedException();

        public override void GiveStoreUp(Exception error) => throw new NotSupportedException();

        public override void ReportCallback(string callback, ItemId itemId, string stage, Exception error) => throw new NotSupportedException();

        public override void ReportLate(ItemId itemId, string stage, Exception? error) => throw new NotSupportedException();

        public override void ReportFault(Exception error) => throw new NotSupportedException();

        public override void GiveUp(Exception error) => throw new NotSupportedException();

        private static ObserverGroup GroupOf(PipelineObserver observer) =>
            new([observer], default, new ObservedRun("r", _clock, ["A"]), (callback, _, _, error) => throw new InvalidOperationException(callback, error));
    }
}
