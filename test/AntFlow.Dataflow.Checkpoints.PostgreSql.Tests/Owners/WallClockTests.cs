using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

/// <summary>A lease goes by a clock that only goes forward, whatever the one on the wall says.</summary>
public sealed class WallClockTests
{
    private readonly WallClock _time = new();

    [Test]
    public void It_is_thirty_seconds_if_nothing_else_is_said() => new PostgreSqlCheckpointOptions().LeaseTime.ShouldBe(TimeSpan.FromSeconds(30));

    [TestCase(-3_650)]
    [TestCase(3_650)]
    public async Task It_is_neither_made_shorter_nor_made_longer_by_a_clock_that_is_set(int days)
    {
        await using Lease lease = new("run", TimeSpan.FromSeconds(30), _time, _time.GetTimestamp(), _ => throw new TimeoutException("The server is away."), _ => { });
        _time.Inner.Advance(TimeSpan.FromSeconds(9));

        _time.Set = TimeSpan.FromDays(days);

        lease.IsValid.ShouldBeTrue();
        _time.Inner.Advance(TimeSpan.FromSeconds(20));
        lease.IsValid.ShouldBeTrue();
        _time.Inner.Advance(TimeSpan.FromSeconds(1));
        lease.IsValid.ShouldBeFalse();
    }

    /// <summary>A clock whose time of day may be set. Its timestamps and timers know nothing of that.</summary>
    private sealed class WallClock : TimeProvider
    {
        public SteppedTime Inner { get; } = new();

        public TimeSpan Set { get; set; }

        public override long TimestampFrequency => Inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Inner.GetUtcNow() + Set;

        public override long GetTimestamp() => Inner.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Inner.CreateTimer(callback, state, dueTime, period);
    }
}
