using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Decisions.Tests.Tracking;

public sealed class PackedEventTests
{
    [Test]
    public void Every_status_there_is_comes_back_beside_the_greatest_values_of_all_else([Values] ItemStatus status)
    {
        int greatestStage = (1 << PackedEvent.StageBits) - 1;
        PackedEvent packed = default;
        packed.IsThere.ShouldBeFalse();
        packed.Write(new ItemMoment(status, "A", greatestStage, "A-W0", int.MaxValue, long.MaxValue, ushort.MaxValue, Error: null, IsEnd: false));

        packed.IsThere.ShouldBeTrue();
        (packed.Status, packed.Stage, packed.Worker, packed.ClockTimestamp, packed.Attempt).ShouldBe((status, greatestStage, int.MaxValue, long.MaxValue, ushort.MaxValue));
    }

    [Test]
    public void Every_status_there_is_comes_back_beside_the_least_values_of_all_else([Values] ItemStatus status)
    {
        PackedEvent packed = default;
        packed.Write(new ItemMoment(status, "A", StageIndex: 0, Worker: null, WorkerIndex: -1, ClockTimestamp: 0, Attempt: 0, Error: null, IsEnd: false));

        packed.IsThere.ShouldBeTrue();
        (packed.Status, packed.Stage, packed.Worker, packed.ClockTimestamp, packed.Attempt).ShouldBe((status, 0, -1, 0, 0));
    }

    [Test]
    public void What_is_too_large_is_cut_to_the_greatest_value_and_touches_nothing_else()
    {
        PackedEvent packed = default;
        packed.Write(new ItemMoment(ItemStatus.Retrying, "A", int.MaxValue, "A-W3", WorkerIndex: 3, ClockTimestamp: 5, int.MaxValue, Error: null, IsEnd: false));

        (packed.Status, packed.Stage, packed.Worker, packed.ClockTimestamp, packed.Attempt).ShouldBe((ItemStatus.Retrying, (1 << PackedEvent.StageBits) - 1, 3, 5, ushort.MaxValue));
    }

    [Test]
    public void The_statuses_leave_room_for_a_thousand_stages()
    {
        ((int)Enum.GetValues<ItemStatus>().Max() + 1).ShouldBeLessThan(1 << PackedEvent.StatusBits, "the status is stored plus one: zero says that there is no event");
        (1 << PackedEvent.StageBits).ShouldBeGreaterThan(1000);
    }
}
