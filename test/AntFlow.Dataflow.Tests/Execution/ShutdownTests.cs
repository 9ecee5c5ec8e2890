using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>The end of an executor.</summary>
public sealed class ShutdownTests
{
    private readonly Gate<int> _gate = new();
    private readonly SteppedTime _time = new();

    [Test]
    public void A_filter_of_whoever_is_refused_may_use_the_executor()
    {
        var executor = new AsyncExecutor(1);
        _ = executor.ShutdownAsync();
        bool isCaught = false;
        // A filter runs where the exception is thrown, before anything is left on the way to the handler.
        var caller = new Thread(Call) { IsBackground = true };
        caller.Start();

        caller.Join(TimeSpan.FromSeconds(120)).ShouldBeTrue();
        isCaught.ShouldBeTrue();

        void Call()
        {
            try
            {
                _ = executor.Submit(() => 1);
            }
            catch (ExecutorShutdownException) when (executor.ShutdownAsync().IsCompletedSuccessfully)
            {
                isCaught = true;
            }
        }
    }

    [Test]
    public async Task Shutting_down_waits_for_all_that_was_submitted_and_refuses_what_comes_later()
    {
        var executor = new AsyncExecutor(1);
        Task<int>[] futures = [.. Enumerable.Range(0, 4).Select(i => SubmitHeld(executor, i))];
        await _gate.WhenArrivedAsync(1);
        Task shutdown = executor.ShutdownAsync();
        Should.Throw<ExecutorShutdownException>(() => { _ = executor.Submit(() => 1); }).Message.ShouldContain("shut down");
        typeof(ExecutorShutdownException).BaseType.ShouldBe(typeof(InvalidOperationException));
        shutdown.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        await shutdown.InTime();
        futures.ShouldAllBe(future => future.IsCompletedSuccessfully);
        await executor.ShutdownAsync().InTime();
        await executor.DisposeAsync();
    }

    [Test]
    public async Task Shutting_down_without_waiting_returns_at_once_and_lets_the_rest_finish()
    {
        var executor = new AsyncExecutor(1);
        Task<int>[] futures = [.. Enumerable.Range(0, 3).Select(i => SubmitHeld(executor, i))];
        executor.ShutdownAsync(wait: false).IsCompletedSuccessfully.ShouldBeTrue();
        _gate.OpenForAll();
        (await Task.WhenAll(futures).InTime()).ShouldBe([0, 1, 2]);
    }

    [Test]
    public async Task Canceling_what_is_pending_ends_it_at_once_and_lets_what_runs_finish()
    {
        var executor = new AsyncExecutor(1, _time);
        Task<int> retrying = executor.Submit<int>(() => throw new InvalidOperationException("again"), new SubmitOptions { Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1)) });
        await _time.WhenPendingAsync(1);
        Task<int>[] futures = [.. Enumerable.Range(0, 4).Select(i => SubmitHeld(executor, i))];
        await _gate.WhenArrivedAsync(1);
        Task shutdown = executor.ShutdownAsync(cancelPending: true);

        futures.Skip(1).ShouldAllBe(future => future.IsCanceled);
        retrying.IsCanceled.ShouldBeTrue();
        futures[0].IsCompleted.ShouldBeFalse();
        shutdown.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        await shutdown.InTime();
        (await futures[0]).ShouldBe(0);
    }

    [Test]
    public async Task A_running_call_that_fails_after_what_is_pending_was_canceled_is_not_tried_again()
    {
        var executor = new AsyncExecutor(1);
        Task<int> future = executor.Submit<int>(async () =>
        {
            await _gate.PassAsync(0);
            throw new InvalidOperationException("too late");
        }, new SubmitOptions { Retry = RetryPolicy.Fixed(5, TimeSpan.Zero) });
        await _gate.WhenArrivedAsync(1);
        Task shutdown = executor.ShutdownAsync(cancelPending: true);
        _gate.OpenForAll();
        (await future.CatchAsync<InvalidOperationException>()).Message.ShouldBe("too late");
        await shutdown.InTime();
        _gate.Arrivals.Count.ShouldBe(1);
    }

    [Test]
    public async Task Canceling_what_is_pending_lets_go_those_that_wait_for_a_limit()
    {
        var executor = new AsyncExecutor(2);
        using var limit = new SemaphoreSlim(0);
        Task<int>[] futures = [.. Enumerable.Range(0, 3).Select(_ => executor.Submit(() => 1, new SubmitOptions { Limit = limit }))];
        await executor.ShutdownAsync(cancelPending: true).InTime();
        await Waiting.UntilAsync(() => futures.All(future => future.IsCanceled));
    }

    [Test]
    public async Task Disposing_while_calls_run_waits_for_them()
    {
        var executor = new AsyncExecutor(2);
        Task<int>[] futures = [.. Enumerable.Range(0, 6).Select(i => SubmitHeld(executor, i))];
        await _gate.WhenArrivedAsync(2);
        Task disposing = executor.DisposeAsync().AsTask();
        disposing.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        await disposing.InTime();
        futures.ShouldAllBe(future => future.IsCompletedSuccessfully);
    }

    [Test]
    public async Task The_wait_for_a_shutdown_can_be_given_up()
    {
        var executor = new AsyncExecutor(1);
        Task<int> future = SubmitHeld(executor, 0);
        using var canceling = new CancellationTokenSource();
        Task shutdown = executor.ShutdownAsync(cancellationToken: canceling.Token);
        await canceling.CancelAsync();
        await shutdown.CatchAsync<TaskCanceledException>();
        future.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        await executor.DisposeAsync().AsTask().InTime();
    }

    [Test]
    public async Task A_map_that_has_begun_goes_on_to_its_end_and_no_other_begins()
    {
        var executor = new AsyncExecutor(2);
        Task<IReadOnlyList<int>> map = executor.MapAsync(Enumerable.Range(0, 50), async (int x) =>
        {
            await _gate.PassAsync(x);
            return x;
        });
        await _gate.WhenArrivedAsync(2);
        Task shutdown = executor.ShutdownAsync();
        Should.Throw<ExecutorShutdownException>(() => { _ = executor.MapAsync([1], x => x); });
        Should.Throw<ExecutorShutdownException>(() => { _ = executor.MapStreamAsync([1], x => x); });
        shutdown.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();
        (await map.InTime()).Count.ShouldBe(50);
        await shutdown.InTime();
    }

    [Test]
    public async Task A_map_is_stopped_by_a_shutdown_that_cancels_what_is_pending()
    {
        var executor = new AsyncExecutor(1);
        Task<IReadOnlyList<int>> map = executor.MapAsync(Enumerable.Range(0, 50), async (int x) =>
        {
            await _gate.PassAsync(x);
            return x;
        });
        await _gate.WhenArrivedAsync(1);
        Task shutdown = executor.ShutdownAsync(cancelPending: true);
        map.IsCompleted.ShouldBeFalse("one call runs");
        _gate.OpenForAll();
        await map.CatchAsync<ExecutorShutdownException>();
        await shutdown.InTime();
        _gate.Arrivals.ShouldBe([0]);
    }

    [Test]
    public async Task A_map_that_waits_for_its_source_is_stopped_too()
    {
        var executor = new AsyncExecutor(2);
        Task<List<int>> map = executor.MapStreamAsync(OneThenNothingAsync(), async (int x) =>
        {
            await _gate.PassAsync(x);
            return x;
        }).ToListAsync();
        await _gate.WhenArrivedAsync(1);
        _gate.OpenForAll();
        await executor.ShutdownAsync(cancelPending: true).InTime();
        await map.CatchAsync<ExecutorShutdownException>();

        static async IAsyncEnumerable<int> OneThenNothingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct = default)
        {
            yield return 1;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        }
    }

    [Test]
    public async Task Canceling_what_is_pending_forgets_nobody_who_is_on_his_way_to_a_limit()
    {
        for (int round = 0; round < 500; round++)
        {
            var executor = new AsyncExecutor(2);
            using var limit = new SemaphoreSlim(0);
            Task<int> future = executor.Submit(() => 1, new SubmitOptions { Limit = limit });
            await executor.ShutdownAsync(cancelPending: true).InTime();
            await future.CatchAsync<TaskCanceledException>();
        }
    }

    private Task<int> SubmitHeld(AsyncExecutor executor, int who) => executor.Submit(async () =>
    {
        await _gate.PassAsync(who);
        return who;
    });
}
