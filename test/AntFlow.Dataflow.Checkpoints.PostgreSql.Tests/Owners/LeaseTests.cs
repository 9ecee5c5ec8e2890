using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

/// <summary>A lease without a server: its renewals end as a test says.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan _length = TimeSpan.FromSeconds(30);

    private readonly SteppedTime _time = new();
    private readonly Gate<int> _renewals = new();
    private Func<bool> _answer = () => true;
    private int _asked;

    [Test]
    public async Task It_is_renewed_every_third_of_its_length()
    {
        _renewals.OpenForAll();
        await using Lease lease = Begin();

        for (int third = 1; third <= 7; third++)
        {
            await _time.StepAsync(10);
            await _renewals.WhenArrivedAsync(third).InTime();
            await Waiting.UntilAsync(() => lease.HoldsFor(TimeSpan.FromSeconds(29)));
        }

        lease.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task It_counts_from_before_it_was_asked_for()
    {
        await using Lease lease = Begin();
        await _time.StepAsync(10);
        await _renewals.WhenArrivedAsync(1).InTime();
        _time.Advance(TimeSpan.FromSeconds(5));

        _renewals.Open(1);

        await Waiting.UntilAsync(() => lease.HoldsFor(TimeSpan.FromSeconds(24)));
        lease.HoldsFor(TimeSpan.FromSeconds(26)).ShouldBeFalse();
    }

    [Test]
    public async Task It_is_asked_for_a_time_to_come()
    {
        await using Lease lease = Begin();

        _time.Advance(TimeSpan.FromSeconds(9));

        lease.HoldsFor(TimeSpan.FromSeconds(20)).ShouldBeTrue();
        lease.HoldsFor(TimeSpan.FromSeconds(21)).ShouldBeFalse();
    }

    [Test]
    public async Task It_is_lost_when_the_server_says_so()
    {
        _renewals.OpenForAll();
        _answer = () => false;
        await using Lease lease = Begin();

        await _time.StepAsync(10);

        await Waiting.UntilAsync(() => lease.Lost.IsCancellationRequested);
        lease.HoldsFor(TimeSpan.Zero).ShouldBeFalse();
    }

    [Test]
    public async Task It_is_lost_when_it_could_not_be_renewed_in_its_time()
    {
        _renewals.OpenForAll();
        _answer = () => throw new TimeoutException("The server is away.");
        await using Lease lease = Begin();

        _time.Advance(TimeSpan.FromSeconds(29));
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));

        await Waiting.UntilAsync(() => lease.Lost.IsCancellationRequested);
        lease.HoldsFor(TimeSpan.Zero).ShouldBeFalse();
    }

    [Test]
    public async Task It_is_lost_in_time_though_a_renewal_hangs()
    {
        await using Lease lease = Begin();
        await _time.StepAsync(10);
        await _renewals.WhenArrivedAsync(1).InTime();

        _time.Advance(TimeSpan.FromSeconds(20));

        await Waiting.UntilAsync(() => lease.Lost.IsCancellationRequested);
    }

    [Test]
    public async Task It_lives_on_when_a_renewal_fails_and_the_next_does_not()
    {
        _renewals.OpenForAll();
        _answer = () => _asked > 1 ? true : throw new TimeoutException("The server is away.");
        await using Lease lease = Begin();

        await _time.StepAsync(10);
        await _time.StepAsync(2);

        await Waiting.UntilAsync(() => lease.HoldsFor(TimeSpan.FromSeconds(29)));
        _time.Advance(TimeSpan.FromSeconds(9));
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task It_does_not_come_back_once_it_is_lost()
    {
        await using Lease lease = Begin();
        await _time.StepAsync(10);
        await _renewals.WhenArrivedAsync(1).InTime();
        lease.Lose("somebody said so");

        _renewals.Open(1);
        lease.OnRenewed(_time.GetTimestamp());

        lease.HoldsFor(TimeSpan.Zero).ShouldBeFalse();
        lease.ToException().Message.ShouldContain("somebody said so");
    }

    [Test]
    public async Task It_is_not_lost_but_over_when_it_is_given_up()
    {
        Lease lease = Begin();

        await lease.DisposeAsync();
        _time.Advance(TimeSpan.FromSeconds(60));

        lease.HoldsFor(TimeSpan.Zero).ShouldBeFalse();
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
        _renewals.Arrivals.ShouldBeEmpty();
        _time.PendingTimers.ShouldBe(0);
    }

    private Lease Begin() => new("run", _length, _time, _time.GetTimestamp(), async token =>
    {
        await _renewals.PassAsync(++_asked, token);
        return _answer();
    });
}
