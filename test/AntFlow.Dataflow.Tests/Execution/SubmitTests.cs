using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>One call, and its future.</summary>
public sealed class SubmitTests
{
    private readonly Gate<int> _gate = new();
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_call_gives_its_result_in_whatever_form_it_is_written()
    {
        await using var executor = new AsyncExecutor();
        Task<int>[] futures =
        [
            executor.Submit(async (CancellationToken ct) =>
            {
                await Task.Yield();
                ct.ThrowIfCancellationRequested();
                return 1;
            }),
            executor.Submit(() => Task.FromResult(2)),
            executor.Submit(() => 3),
            executor.Submit(async () => await new ValueTask<int>(4)),
        ];
        (await Task.WhenAll(futures).InTime()).ShouldBe([1, 2, 3, 4]);

        int ended = 0;
        Task[] resultless =
        [
            executor.Submit(async () =>
            {
                await Task.Yield();
                Interlocked.Increment(ref ended);
            }),
            executor.Submit(async (CancellationToken _) =>
            {
                await Task.Yield();
                Interlocked.Increment(ref ended);
            }),
            executor.Submit(() => { Interlocked.Increment(ref ended); }),
        ];
        await Task.WhenAll(resultless).InTime();
        ended.ShouldBe(3);
    }

    [Test]
    public async Task A_ValueTask_that_would_never_be_awaited_is_refused_at_the_call()
    {
        await using var executor = new AsyncExecutor();

        ArgumentException refused = Should.Throw<ArgumentException>(() => { _ = executor.Submit(() => new ValueTask<int>(4)); });

        (refused.ParamName, refused.Message.Contains("never be awaited", StringComparison.Ordinal)).ShouldBe(("task", true));
    }

    [Test]
    public async Task Many_calls_each_give_their_own_result()
    {
        await using var executor = new AsyncExecutor(3);
        Task<int>[] futures = [.. Enumerable.Range(0, 500).Select(i => executor.Submit(async () =>
        {
            await Task.Yield();
            return i * 2;
        }))];
        (await Task.WhenAll(futures).InTime()).ShouldBe(Enumerable.Range(0, 500).Select(i => i * 2));
    }

    [Test]
    public async Task A_future_is_done_only_when_its_call_is()
    {
        await using var executor = new AsyncExecutor();
        Task<int> future = executor.Submit(async ct =>
        {
            await _gate.PassAsync(0, ct);
            return 1;
        });
        await _gate.WhenArrivedAsync(1);
        future.IsCompleted.ShouldBeFalse();
        _gate.Open(0);
        (await future.InTime()).ShouldBe(1);
    }

    [Test]
    public async Task A_future_has_what_its_call_threw_with_the_original_stack([Values] bool suspends)
    {
        await using var executor = new AsyncExecutor();
        InvalidOperationException error = await executor.Submit(() => ThrowAsync(suspends)).CatchAsync<InvalidOperationException>();
        error.Message.ShouldBe("deep inside");
        error.StackTrace.ShouldNotBeNull().ShouldContain(nameof(ThrowAsync));
        error.InnerException.ShouldBeNull();
    }

    [Test]
    public async Task So_many_calls_run_at_once_as_there_are_workers_and_no_more()
    {
        await using var executor = new AsyncExecutor(3);
        Task<int>[] futures = [.. Enumerable.Range(0, 20).Select(i => executor.Submit(async () =>
        {
            await _gate.PassAsync(i);
            return i;
        }))];
        await _gate.WhenArrivedAsync(3);
        for (int i = 0; i < 20; i++)
        {
            _gate.Arrivals.Count.ShouldBeLessThanOrEqualTo(i + 3);
            // They begin in their order, and come to the gate in any.
            await Waiting.UntilAsync(() => _gate.Arrivals.Contains(i));
            _gate.Open(i);
            await futures[i].InTime();
        }

        _gate.MaxInsideCount.ShouldBe(3);
    }

    [Test]
    public async Task The_most_urgent_call_begins_first_and_equals_in_their_order()
    {
        await using var executor = new AsyncExecutor(1);
        Task<int> first = SubmitHeld(executor, -1, 0);
        await _gate.WhenArrivedAsync(1);
        int[] priorities = [5, 1, 5, 0, 1, 9, 0];
        Task[] futures = [.. priorities.Select((priority, i) => SubmitHeld(executor, i, priority))];
        _gate.OpenForAll();
        await Task.WhenAll([first, .. futures]).InTime();
        _gate.Arrivals.ShouldBe([-1, 3, 6, 1, 4, 0, 2, 5]);
    }

    [Test]
    public async Task A_call_is_made_once_unless_it_is_to_be_retried()
    {
        await using var executor = new AsyncExecutor();
        int calls = 0;
        await executor.Submit(() => Fail(ref calls)).CatchAsync<InvalidOperationException>();
        calls.ShouldBe(1);
    }

    [Test]
    public async Task A_retried_call_gives_its_result_and_waits_longer_each_time()
    {
        await using var executor = new AsyncExecutor(1, _time);
        int calls = 0;
        Task<int> future = executor.Submit(() => ++calls < 4 ? throw new InvalidOperationException("not yet") : calls, Retrying(5));
        await _time.StepAsync(1);
        await _time.StepAsync(2);
        await _time.StepAsync(4);
        (await future.InTime()).ShouldBe(4);
    }

    [Test]
    public async Task A_retried_call_that_never_succeeds_has_the_error_of_its_last_attempt()
    {
        await using var executor = new AsyncExecutor(1, _time);
        int calls = 0;
        Task<int> future = executor.Submit<int>(() => throw new InvalidOperationException($"attempt {++calls}"), Retrying(3));
        (await _time.DriveAsync(future.CatchAsync<InvalidOperationException>())).Message.ShouldBe("attempt 3");
    }

    [Test]
    public async Task A_call_that_waits_for_its_next_attempt_leaves_its_worker_to_others()
    {
        await using var executor = new AsyncExecutor(1, _time);
        int calls = 0;
        Task<int> retried = executor.Submit(() => ++calls == 1 ? throw new InvalidOperationException("once") : calls, Retrying(2));
        await _time.WhenPendingAsync(1);
        (await executor.Submit(() => 7).InTime()).ShouldBe(7);
        retried.IsCompleted.ShouldBeFalse();
        _time.StepToNextTimer();
        (await retried.InTime()).ShouldBe(2);
    }

    [Test]
    public async Task A_throttled_call_has_made_no_attempt()
    {
        await using var executor = new AsyncExecutor(1, _time);
        int calls = 0;
        RetryPolicy policy = RetryPolicy.None with { IsThrottle = e => e is TimeoutException, DelayFor = (_, _) => TimeSpan.FromSeconds(3) };
        Task<int> future = executor.Submit(() => ++calls < 4 ? throw new TimeoutException("busy") : calls, new SubmitOptions { Retry = policy });
        for (int i = 0; i < 3; i++)
            await _time.StepAsync(3);
        (await future.InTime()).ShouldBe(4);
    }

    [Test]
    public async Task A_function_of_the_policy_that_throws_fails_the_call_and_hides_neither_error()
    {
        await using var executor = new AsyncExecutor();
        RetryPolicy policy = RetryPolicy.Fixed(3, TimeSpan.Zero) with { ShouldRetry = _ => throw new ArithmeticException("the policy") };
        AggregateException error = await executor.Submit<int>(() => throw new InvalidOperationException("the call"), new SubmitOptions { Retry = policy }).CatchAsync<AggregateException>();
        error.InnerExceptions.Select(e => e.Message).ShouldBe(["the call", "the policy"]);
    }

    [Test]
    public async Task A_call_that_was_canceled_before_it_began_is_over_at_once_and_is_never_made()
    {
        await using var executor = new AsyncExecutor(1);
        Task<int> first = SubmitHeld(executor, 0, 0);
        await _gate.WhenArrivedAsync(1);
        using var canceling = new CancellationTokenSource();
        Task<int> pending = executor.Submit(() => 9, cancellationToken: canceling.Token);
        await canceling.CancelAsync();

        (await pending.CatchAsync<TaskCanceledException>()).CancellationToken.ShouldBe(canceling.Token);
        pending.IsCanceled.ShouldBeTrue();
        first.IsCompleted.ShouldBeFalse("the one worker is still busy");
        _gate.OpenForAll();
        await first.InTime();
        (await executor.Submit(() => 1, cancellationToken: canceling.Token).CatchAsync<TaskCanceledException>()).CancellationToken.ShouldBe(canceling.Token);
    }

    [Test]
    public async Task A_call_that_was_canceled_is_not_made_by_the_worker_that_finds_it_later()
    {
        var executor = new AsyncExecutor(1);
        Task<int> first = SubmitHeld(executor, 0, 0);
        await _gate.WhenArrivedAsync(1);
        using var canceling = new CancellationTokenSource();
        int made = 0;
        Task<int> pending = executor.Submit(() => ++made, cancellationToken: canceling.Token);
        Task<int> next = executor.Submit(() => made);
        await canceling.CancelAsync();
        _gate.OpenForAll();
        await first.InTime();

        (await next.InTime()).ShouldBe(0, "the one worker has found what was canceled before it came to this");
        pending.IsCanceled.ShouldBeTrue();
        await executor.DisposeAsync().AsTask().InTime();
    }

    [Test]
    public async Task A_running_call_is_told_by_its_token_and_ends_canceled_if_it_listens()
    {
        await using var executor = new AsyncExecutor(2);
        using var canceling = new CancellationTokenSource();
        var options = new SubmitOptions { Retry = RetryPolicy.Fixed(5, TimeSpan.Zero) };
        Task<int> listens = executor.Submit(async ct =>
        {
            await _gate.PassAsync(0, ct);
            return 0;
        }, options, canceling.Token);
        Task<int> ignores = executor.Submit(async () =>
        {
            await _gate.PassAsync(1);
            return 1;
        }, options, canceling.Token);
        await _gate.WhenArrivedAsync(2);
        await canceling.CancelAsync();

        await listens.CatchAsync<TaskCanceledException>();
        listens.IsCanceled.ShouldBeTrue();
        ignores.IsCompleted.ShouldBeFalse();
        _gate.Open(1);
        (await ignores.InTime()).ShouldBe(1);
        _gate.Arrivals.Count.ShouldBe(2, "what was canceled is not tried again");
    }

    [Test]
    public async Task A_call_that_waits_for_its_next_attempt_is_over_at_once_when_it_is_canceled()
    {
        await using var executor = new AsyncExecutor(1, _time);
        using var canceling = new CancellationTokenSource();
        Task<int> future = executor.Submit<int>(() => throw new InvalidOperationException("again"), new SubmitOptions { Retry = RetryPolicy.Fixed(3, TimeSpan.FromHours(1)) }, canceling.Token);
        await _time.WhenPendingAsync(1);
        await canceling.CancelAsync();
        await future.CatchAsync<TaskCanceledException>();
    }

    [Test]
    public void A_call_that_is_canceled_between_its_failure_and_its_wait_for_the_next_attempt_is_over()
    {
        ExecutorPool pool = ExecutorPool.Start(1, _time);
        pool.BeginCall();
        using var canceling = new CancellationTokenSource();
        var call = new SubmittedCall<int>(CallForm.From(() => 1), CallTerms.Of(new SubmitOptions(), pool.Limits), default, pool, canceling.Token);
        call.Watch();
        call.TryBegin().ShouldBeTrue();
        canceling.Cancel();
        call.Task.IsCompleted.ShouldBeFalse("the attempt still runs");

        call.TryRest().ShouldBeFalse();
        call.Task.IsCanceled.ShouldBeTrue();
        pool.ShutDown(cancelPending: false);
        pool.Completion.IsCompletedSuccessfully.ShouldBeTrue("it has left");
    }

    [Test]
    public async Task The_time_of_a_call_includes_its_retries_and_its_token_is_canceled_at_its_end()
    {
        await using var executor = new AsyncExecutor(1, _time);
        int calls = 0;
        Task<int> future = executor.Submit(async ct =>
        {
            if (++calls == 1)
                throw new InvalidOperationException("once");
            await _gate.PassAsync(calls, ct);
            return calls;
        }, new SubmitOptions { Retry = RetryPolicy.Fixed(9, TimeSpan.FromSeconds(2)), ItemTimeout = TimeSpan.FromSeconds(5) });
        await _time.StepAsync(2);
        await _gate.WhenArrivedAsync(1);
        await _time.StepAsync(3);

        AttemptTimeoutException error = await future.CatchAsync<AttemptTimeoutException>();
        error.IsItemTimeout.ShouldBeTrue();
        error.Attempt.ShouldBe(2);
        error.Timeout.ShouldBe(TimeSpan.FromSeconds(5));
        error.InnerException.ShouldBeAssignableTo<OperationCanceledException>();
        error.Message.ShouldBe("The call did not end within its ItemTimeout of 00:00:05 (attempt 2).");
        calls.ShouldBe(2);
    }

    [Test]
    public async Task A_call_whose_next_attempt_would_begin_too_late_fails_now()
    {
        await using var executor = new AsyncExecutor(1, _time);
        Task<int> future = executor.Submit<int>(
            () => throw new InvalidOperationException("once"),
            new SubmitOptions { Retry = RetryPolicy.Fixed(9, TimeSpan.FromSeconds(7)), ItemTimeout = TimeSpan.FromSeconds(5) });
        (await future.CatchAsync<AttemptTimeoutException>()).InnerException.ShouldBeOfType<InvalidOperationException>();
    }

    [Test]
    public async Task A_call_sees_the_AsyncLocals_of_whoever_submitted_it_and_leaves_none_behind()
    {
        await using var executor = new AsyncExecutor(1);
        var local = new AsyncLocal<string?> { Value = "mine" };
        Task<string?> seen = executor.Submit<string?>(() =>
        {
            string? value = local.Value;
            local.Value = "changed";
            return value;
        });
        (await seen.InTime()).ShouldBe("mine");
        local.Value = null;
        (await executor.Submit(() => local.Value).InTime()).ShouldBeNull();
        (await executor.Submit<string?>(async () =>
        {
            await Task.Yield();
            return local.Value;
        }).InTime()).ShouldBeNull();
    }

    [Test]
    public async Task Whoever_awaits_a_future_does_not_hold_the_worker()
    {
        await using var executor = new AsyncExecutor(1);
        using var blocked = new ManualResetEventSlim();
        Task<int> first = SubmitHeld(executor, 1, 0);
        // On a call that has ended already it would run here.
        Task waiting = first.ContinueWith(_ => blocked.Wait(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await _gate.WhenArrivedAsync(1);
        _gate.OpenForAll();
        (await executor.Submit(() => 2).InTime()).ShouldBe(2);
        blocked.Set();
        await waiting.InTime();
    }

    private static SubmitOptions Retrying(int attempts) => new() { Retry = RetryPolicy.Exponential(attempts, TimeSpan.FromSeconds(1), jitter: false) };

    private static int Fail(ref int calls)
    {
        calls++;
        throw new InvalidOperationException("no");
    }

    private static async Task<int> ThrowAsync(bool suspends)
    {
        if (suspends)
            await Task.Yield();
        throw new InvalidOperationException("deep inside");
    }

    private Task<int> SubmitHeld(AsyncExecutor executor, int who, int priority) => executor.Submit(async () =>
    {
        await _gate.PassAsync(who);
        return who;
    }, new SubmitOptions { Priority = priority });
}
