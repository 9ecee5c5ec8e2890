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

        new TellingRun(ears).Tell(new Item(), status, new StageNode(stage, Index: 0, isExit), worker: null, stamp: 1);

        bool isOver = status is ItemStatus.Failed or ItemStatus.Canceled;
        bool isThrough = status is ItemStatus.Completed or ItemStatus.Skipped;
        ears.Heard.ShouldHaveSingleItem().IsEnd.ShouldBe(isOver || (isThrough && isExit));
    }

    private sealed class Ears : RunObserver
    {
        public List<ItemMoment> Heard { get; } = [];

        public override void OnStatus(Item item, in ItemMoment moment) => Heard.Add(moment);

        public override void OnTask(Item item, in TaskMoment moment) => throw new NotSupportedException();
    }

    /// <summary>A run that does nothing but tell.</summary>
    private sealed class TellingRun(RunObserver observer) : RunState(new RunClock(TimeProvider.System), observer, new Random(1))
    {
        public override CancellationToken Token => CancellationToken.None;

        public override IOnceKeeper Onces => throw new NotSupportedException();

        public override bool Conclude(Item item, in Conclusion conclusion, WaitSlip? slip = null) => throw new NotSupportedException();

        public override WaitSlip? WaitForReader(WaitSlip slip) => throw new NotSupportedException();

        public override void TellRestored(Item item) => throw new NotSupportedException();

        public override void GiveStoreUp(Exception error) => throw new NotSupportedException();

        public override void ReportCallback(string callback, ItemId itemId, string stage, Exception error) => throw new NotSupportedException();

        public override void ReportLate(ItemId itemId, string stage, Exception? error) => throw new NotSupportedException();

        public override void ReportFault(Exception error) => throw new NotSupportedException();

        public override void GiveUp(Exception error) => throw new NotSupportedException();
    }
}
