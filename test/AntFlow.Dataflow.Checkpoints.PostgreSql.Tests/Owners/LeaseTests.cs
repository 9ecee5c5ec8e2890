using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Checkpoints.PostgreSql.Tests.Owners;

/// <summary>A lease without a server: its renewals end as a test says.</summary>
public sealed class LeaseTests
{
    private static readonly TimeSpan _length = TimeSpan.FromSeconds(30);

    private readonly SteppedTime _time = new();
    private readonly Gate<int> _renewals = new();
    private readonly List<string?> _reports = [];
    private Func<string?> _answer = () => null;
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
        }

        lease.IsValid.ShouldBeTrue();
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
        _reports.ShouldBeEmpty();
    }

    [Test]
    public async Task It_counts_from_before_it_was_asked_for()
    {
        await using Lease lease = Begin();
        await _time.StepAsync(10);
        await _renewals.WhenArrivedAsync(1).InTime();
        _time.Advance(TimeSpan.FromSeconds(5));
        _renewals.Open(1);
        await _time.WhenPendingAsync(1);
        await Waiting.UntilAsync(() => _time.NextDue == TimeSpan.FromSeconds(10));
        _answer = () => throw new TimeoutException("The server is away.");

        _time.Advance(TimeSpan.FromSeconds(25) - TimeSpan.FromTicks(1));
        lease.IsValid.ShouldBeTrue();
        _time.Advance(TimeSpan.FromTicks(1));
        lease.IsValid.ShouldBeFalse();
    }

    [Test]
    public async Task It_is_held_until_the_very_end_of_it()
    {
        await using Lease lease = Begin();

        _time.Advance(_length - TimeSpan.FromTicks(1));
        lease.IsValid.ShouldBeTrue();
        _time.Advance(TimeSpan.FromTicks(1));

        lease.IsValid.ShouldBeFalse();
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
    }

    [Test]
    public async Task It_is_lost_when_the_server_says_so_and_the_reason_is_kept()
    {
        _renewals.OpenForAll();
        _answer = () => "process 7 on far-away has taken it over";
        await using Lease lease = Begin();

        await _time.StepAsync(10);

        await Waiting.UntilAsync(() => lease.Lost.IsCancellationRequested);
        lease.IsValid.ShouldBeFalse();
        (await lease.WaitUntilValidAsync(default).AsTask().CatchAsync<LeaseLostException>()).Message.ShouldContain("process 7 on far-away has taken it over");
        _reports.ShouldBeEmpty();
    }

    [Test]
    public async Task A_lease_that_could_not_be_renewed_in_its_time_is_not_lost_and_goes_on_when_the_server_says_so()
    {
        _renewals.OpenForAll();
        bool isAway = true;
        _answer = () => isAway ? throw new TimeoutException("The server is away.") : null;
        await using Lease lease = Begin();
        Task waiting = Task.CompletedTask;
        for (int attempt = 1; attempt <= 115; attempt++)
        {
            await _time.StepAsync(attempt == 1 ? 10 : 2);
            await Waiting.UntilAsync(() => _reports.Count == attempt);
            // The lease is over after the eleventh.
            if (attempt == 20)
                waiting = lease.WaitUntilValidAsync(default).AsTask();
        }

        lease.IsValid.ShouldBeFalse();
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
        waiting.IsCompleted.ShouldBeFalse();
        isAway = false;
        await _time.StepAsync(2);

        await waiting.InTime();
        lease.IsValid.ShouldBeTrue();
        _reports.SkipLast(1).ShouldAllBe(report => report == "The server is away.");
        await Waiting.UntilAsync(() => _reports[^1] is null);
    }

    [Test]
    public async Task What_waits_for_it_hears_that_it_was_taken()
    {
        _renewals.OpenForAll();
        _answer = () => _asked < 20 ? throw new TimeoutException("The server is away.") : "process 7 on far-away has taken it over";
        await using Lease lease = Begin();
        _time.Advance(TimeSpan.FromSeconds(30));
        Task waiting = lease.WaitUntilValidAsync(default).AsTask();

        while (!waiting.IsCompleted)
        {
            _time.StepToNextTimer();
            await Task.Yield();
        }

        await waiting.CatchAsync<LeaseLostException>();
        lease.Lost.IsCancellationRequested.ShouldBeTrue();
    }

    [Test]
    public async Task The_first_failure_is_reported_at_once_and_so_is_the_end_of_it()
    {
        _renewals.OpenForAll();
        _answer = () => _asked > 1 ? null : throw new TimeoutException("The server is away.");
        await using Lease lease = Begin();

        await _time.StepAsync(10);
        await Waiting.UntilAsync(() => _reports.Count == 1);
        await _time.StepAsync(2);
        await Waiting.UntilAsync(() => _reports.Count == 2);

        _reports.ShouldBe(["The server is away.", null]);
        lease.IsValid.ShouldBeTrue();
    }

    [Test]
    public async Task A_renewal_that_hangs_is_a_failure_that_says_so_and_is_tried_again()
    {
        await using Lease lease = Begin();
        await _time.StepAsync(10);
        await _renewals.WhenArrivedAsync(1).InTime();

        await _time.StepAsync(10);
        await Waiting.UntilAsync(() => _reports.Count == 1);
        await _time.StepAsync(2);

        await _renewals.WhenArrivedAsync(2).InTime();
        _reports.ShouldBe(["The database server did not answer within 00:00:10."]);
    }

    [Test]
    public async Task Waiting_for_it_obeys_its_token_and_takes_no_timer()
    {
        await using Lease lease = Begin();
        _time.Advance(TimeSpan.FromSeconds(9));
        int timers = _time.PendingTimerCount;
        _time.Advance(TimeSpan.FromSeconds(30));
        using var cancel = new CancellationTokenSource();
        Task waiting = lease.WaitUntilValidAsync(cancel.Token).AsTask();
        await Waiting.UntilAsync(() => _asked == 1);
        timers.ShouldBe(1);

        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await waiting);
    }

    [Test]
    public async Task It_does_not_come_back_once_it_is_lost()
    {
        await using Lease lease = Begin();
        await _time.StepAsync(10);
        await _renewals.WhenArrivedAsync(1).InTime();
        lease.Lose("another process has it", new IOException("why"));

        _renewals.Open(1);
        lease.OnRenewed(_time.GetTimestamp());

        lease.IsValid.ShouldBeFalse();
        lease.ToException().Message.ShouldContain("another process has it");
        lease.ToException().InnerException.ShouldBeOfType<IOException>();
    }

    [Test]
    public async Task It_is_not_lost_but_over_when_it_is_given_up_and_nothing_waits_for_it_any_more()
    {
        Lease lease = Begin();
        _time.Advance(TimeSpan.FromSeconds(9));
        await using Lease other = Begin();
        _time.Advance(TimeSpan.FromSeconds(0.5));

        await lease.DisposeAsync();
        _time.Advance(TimeSpan.FromSeconds(0.9));

        lease.IsValid.ShouldBeFalse();
        lease.Lost.IsCancellationRequested.ShouldBeFalse();
        await lease.WaitUntilValidAsync(default).AsTask().CatchAsync<LeaseLostException>();
        _renewals.Arrivals.ShouldBeEmpty();
        _time.PendingTimerCount.ShouldBe(1, "That of the other one.");
    }

    private Lease Begin() => new(
        "run",
        _length,
        _time,
        _time.GetTimestamp(),
        async token =>
        {
            await _renewals.PassAsync(++_asked, token);
            return _answer();
        },
        error => _reports.Add(error?.Message));
}
