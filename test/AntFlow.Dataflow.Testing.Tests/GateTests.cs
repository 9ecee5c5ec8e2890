using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests;

public sealed class GateTests
{
    private readonly Gate<string> _gate = new();

    [Test]
    public async Task What_arrives_is_told_and_held_until_it_is_let_through()
    {
        Task a = _gate.PassAsync("a"), b = _gate.PassAsync("b");
        await _gate.WhenArrivedAsync(2).InTime();
        (_gate.InsideCount, a.IsCompleted, b.IsCompleted).ShouldBe((2, false, false));

        _gate.Open("b");

        await b.InTime();
        (_gate.InsideCount, _gate.MaxInsideCount, a.IsCompleted).ShouldBe((1, 2, false));
        _gate.Arrivals.ShouldBe(["a", "b"]);
    }

    [Test]
    public async Task It_may_be_opened_before_something_arrives_for_one_arrival()
    {
        _gate.Open("a");

        await _gate.PassAsync("a").InTime();
        _gate.PassAsync("a").IsCompleted.ShouldBeFalse();
    }

    [Test]
    public async Task Of_two_arrivals_of_the_same_the_first_is_let_through_first()
    {
        Task first = _gate.PassAsync("a"), second = _gate.PassAsync("a");

        _gate.Open("a");

        await first.InTime();
        second.IsCompleted.ShouldBeFalse();
    }

    [Test]
    public async Task Opened_for_all_it_lets_all_through_that_is_held_or_comes()
    {
        Task held = _gate.PassAsync("a");

        _gate.OpenForAll();

        await held.InTime();
        await _gate.PassAsync("b").InTime();
        _gate.InsideCount.ShouldBe(0);
    }

    [Test]
    public async Task What_leaves_by_its_token_uses_up_nothing_that_is_meant_for_a_later_arrival()
    {
        using var leaving = new CancellationTokenSource();
        Task left = _gate.PassAsync("a", leaving.Token);
        await leaving.CancelAsync();
        await left.CatchAsync<TaskCanceledException>();
        Task again = _gate.PassAsync("a");

        _gate.Open("a");

        await again.InTime();
        _gate.InsideCount.ShouldBe(0);
    }

    [Test]
    public Task What_is_just_leaving_by_its_token_uses_up_nothing_either() => OwnContext.RunAsync(() =>
    {
        // Each round is one chance to meet what was canceled before it has left.
        for (int round = 0; round < 500; round++)
        {
            using var leaving = new CancellationTokenSource();
            Task left = _gate.PassAsync("a", leaving.Token);
            leaving.Cancel();

            _gate.Open("a");

            _gate.PassAsync("a").IsCompleted.ShouldBeTrue($"round {round}");
        }
    });

    [Test]
    public async Task Of_those_that_are_held_the_first_that_is_not_leaving_is_let_through()
    {
        using var leaving = new CancellationTokenSource();
        Task first = _gate.PassAsync("a", leaving.Token), second = _gate.PassAsync("a");
        await OwnContext.RunAsync(() =>
        {
            leaving.Cancel();
            _gate.Open("a");
        });

        await second.InTime();
        (await first.CatchAsync<TaskCanceledException>()).CancellationToken.ShouldBe(leaving.Token);
        _gate.PassAsync("a").IsCompleted.ShouldBeFalse();
    }

    [Test]
    public async Task What_comes_with_a_canceled_token_leaves_at_once()
    {
        await _gate.PassAsync("a", new CancellationToken(canceled: true)).CatchAsync<TaskCanceledException>();

        (_gate.Arrivals.Count, _gate.InsideCount).ShouldBe((1, 0));
    }

    [Test]
    public async Task A_wait_for_arrivals_ends_when_the_last_of_them_has_come()
    {
        Task two = _gate.WhenArrivedAsync(2);
        _ = _gate.PassAsync("a");
        two.IsCompleted.ShouldBeFalse();
        _ = _gate.PassAsync("b");

        await two.InTime();
    }
}
