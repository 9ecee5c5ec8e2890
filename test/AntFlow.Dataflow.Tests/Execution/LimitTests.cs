using AntFlow.Dataflow.Tests.Scenarios;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>A semaphore of the user as the limit of calls.</summary>
public sealed class LimitTests
{
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task No_more_calls_run_than_the_limit_lets_in_though_there_are_more_workers()
    {
        await using var executor = new AsyncExecutor(5);
        using var limit = new SemaphoreSlim(2);
        Task<int>[] futures = [.. Enumerable.Range(0, 12).Select(i => SubmitHeld(executor, i, limit))];
        Task<int> free = executor.Submit(() => 1);
        await _gate.WhenArrivedAsync(2);
        limit.CurrentCount.ShouldBe(0);
        _gate.Arrivals.Count.ShouldBe(2);
        _gate.OpenForAll();
        await Task.WhenAll([free, .. futures]).InTime();
        _gate.MaxInsideCount.ShouldBeLessThanOrEqualTo(2);
        limit.CurrentCount.ShouldBe(2);
    }

    [Test]
    public async Task Two_executors_share_a_limit_with_each_other_and_with_anybody_else()
    {
        await using var left = new AsyncExecutor(4);
        await using var right = new AsyncExecutor(4);
        using var limit = new SemaphoreSlim(3);
        await limit.WaitAsync();
        Task<int>[] futures = [.. Enumerable.Range(0, 40).Select(i => SubmitHeld(i % 2 == 0 ? left : right, i, limit))];
        await _gate.WhenArrivedAsync(2);
        limit.CurrentCount.ShouldBe(0);
        _gate.Arrivals.Count.ShouldBe(2, "the third permit is somebody else's");
        limit.Release();
        await _gate.WhenArrivedAsync(3);
        _gate.OpenForAll();
        await Task.WhenAll(futures).InTime();
        _gate.MaxInsideCount.ShouldBeLessThanOrEqualTo(3);
        limit.CurrentCount.ShouldBe(3);
    }

    [Test]
    public async Task The_most_urgent_of_those_that_wait_for_a_limit_gets_it_first()
    {
        await using var executor = new AsyncExecutor(6);
        using var limit = new SemaphoreSlim(1);
        await limit.WaitAsync();
        int[] priorities = [5, 3, 9, 1, 3];
        Task<int>[] futures = [.. priorities.Select((priority, i) => SubmitHeld(executor, i, limit, priority))];
        await Waiting.UntilAsync(() => executor.Pool.Limits.Of(limit).WaitingCount == 5);
        _gate.OpenForAll();
        limit.Release();
        await Task.WhenAll(futures).InTime();
        // The call that asked first holds a place at the semaphore, but asks for the most urgent of all.
        _gate.Arrivals.ShouldBe([3, 1, 4, 0, 2]);
    }

    [Test]
    public async Task A_call_that_is_canceled_while_it_waits_for_a_limit_is_over_and_leaves_its_worker()
    {
        await using var executor = new AsyncExecutor(1);
        using var limit = new SemaphoreSlim(1);
        await limit.WaitAsync();
        using var canceling = new CancellationTokenSource();
        Task<int> waiting = executor.Submit(() => 1, new SubmitOptions { Limit = limit }, canceling.Token);
        Task<int> next = executor.Submit(() => 2);
        await canceling.CancelAsync();
        await waiting.CatchAsync<TaskCanceledException>();
        (await next.InTime()).ShouldBe(2);
        limit.Release();
        (await executor.Submit(() => 3, new SubmitOptions { Limit = limit }).InTime()).ShouldBe(3);
        await Waiting.UntilAsync(() => limit.CurrentCount == 1);
    }

    [Test]
    public async Task A_call_that_is_canceled_before_its_worker_has_a_permit_for_it_keeps_none()
    {
        await using var executor = new AsyncExecutor(1);
        using var limit = new SemaphoreSlim(1);
        using var another = new SemaphoreSlim(1);
        using var canceling = new CancellationTokenSource();
        Task<int> first = SubmitHeld(executor, 0, another);
        await _gate.WhenArrivedAsync(1);
        Task<int> canceled = executor.Submit(() => 1, new SubmitOptions { Limit = limit }, canceling.Token);
        Task<int> next = executor.Submit(() => 2);
        await canceling.CancelAsync();
        _gate.OpenForAll();
        await first.InTime();

        (await next.InTime()).ShouldBe(2, "the one worker has found what was canceled before it came to this");
        limit.CurrentCount.ShouldBe(1);
        canceled.IsCanceled.ShouldBeTrue();
    }

    [Test]
    public async Task A_permit_is_given_back_between_attempts()
    {
        var time = new SteppedTime();
        await using var executor = new AsyncExecutor(1, time);
        using var limit = new SemaphoreSlim(1);
        int calls = 0;
        Task<int> future = executor.Submit(() => ++calls == 1 ? throw new InvalidOperationException("once") : calls, new SubmitOptions { Limit = limit, Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1)) });
        await time.WhenPendingAsync(1);
        limit.CurrentCount.ShouldBe(1);
        time.StepToNextTimer();
        (await future.InTime()).ShouldBe(2);
        limit.CurrentCount.ShouldBe(1);
    }

    [Test]
    public async Task A_limit_that_was_disposed_fails_the_calls_that_ask_for_it_and_no_others()
    {
        await using var executor = new AsyncExecutor(2);
        var limit = new SemaphoreSlim(1);
        limit.Dispose();
        await executor.Submit(() => 1, new SubmitOptions { Limit = limit }).CatchAsync<ObjectDisposedException>();
        (await executor.Submit(() => 2).InTime()).ShouldBe(2);
    }

    [Test]
    public async Task A_limit_that_is_disposed_while_a_call_holds_it_does_not_hurt_the_call()
    {
        await using var executor = new AsyncExecutor(2);
        var limit = new SemaphoreSlim(1);
        Task<int> holding = SubmitHeld(executor, 0, limit);
        await _gate.WhenArrivedAsync(1);
        limit.Dispose();
        _gate.OpenForAll();
        (await holding.InTime()).ShouldBe(0);
    }

    [Test]
    public async Task Whoever_comes_to_a_line_that_was_closed_is_sent_away_and_takes_no_permit([Values(0, 1)] int free)
    {
        using var limit = new SemaphoreSlim(free);
        var queue = new SemaphoreQueue(limit);
        var early = new Worker("Executor", 0);
        var late = new Worker("Executor", 1);
        if (free == 0)
            queue.TryAcquire(early, new Item()).ShouldBeFalse();
        queue.Close();

        queue.TryAcquire(late, new Item()).ShouldBeFalse();
        (await late.Slip.WaitAsync().AsTask().InTime()).ShouldBeFalse();
        if (free == 0)
            (await early.Slip.WaitAsync().AsTask().InTime()).ShouldBeFalse();
        (queue.WaitingCount, limit.CurrentCount).ShouldBe((0, free));
    }

    [Test]
    public async Task A_permit_is_given_back_when_the_engine_breaks_as_an_attempt_begins()
    {
        var executor = new AsyncExecutor(1, new FailingTime(timersBefore: 0));
        using var limit = new SemaphoreSlim(1);
        await executor.Submit(() => 1, new SubmitOptions { Limit = limit, ItemTimeout = TimeSpan.FromSeconds(1) }).CatchAsync<InvalidTimeZoneException>();
        await Waiting.UntilAsync(() => limit.CurrentCount == 1);
        Should.Throw<InvalidOperationException>(() => { _ = executor.Submit(() => 2); }).InnerException.ShouldBeOfType<InvalidTimeZoneException>();
    }

    [Test]
    public async Task Canceling_and_releasing_at_the_same_instant_lose_no_permit_and_no_call()
    {
        await using var executor = new AsyncExecutor(3);
        using var limit = new SemaphoreSlim(1);
        for (int round = 0; round < 400; round++)
        {
            await limit.WaitAsync();
            using var canceling = new CancellationTokenSource();
            Task<int>[] futures = [.. Enumerable.Range(0, 3).Select(i =>
                executor.Submit(() => i, new SubmitOptions { Limit = limit }, i == 1 ? CancellationToken.None : canceling.Token))];
            await Task.WhenAll(Task.Run(limit.Release), Task.Run(canceling.Cancel));
            await Task.WhenAll(futures.Select(future => future.ContinueWith(_ => { }, TaskScheduler.Default))).InTime();
            futures[1].Status.ShouldBe(TaskStatus.RanToCompletion);
            futures.ShouldAllBe(future => !future.IsFaulted);
            await Waiting.UntilAsync(() => limit.CurrentCount == 1);
        }
    }

    private Task<int> SubmitHeld(AsyncExecutor executor, int who, SemaphoreSlim limit, int priority = 0) => executor.Submit(async () =>
    {
        await _gate.PassAsync(who);
        return who;
    }, new SubmitOptions { Limit = limit, Priority = priority });
}
