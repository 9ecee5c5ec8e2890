using System.Runtime.CompilerServices;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>Waiting for many futures.</summary>
public sealed class FuturesTests
{
    private readonly SteppedTime _time = new();
    private readonly TaskCompletionSource<int>[] _sources = [.. Enumerable.Range(0, 5).Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously))];
    private readonly AsyncLocal<object?> _context = new();

    private Task<int>[] All => [.. _sources.Select(source => source.Task)];

    [Test]
    public async Task Futures_come_as_they_end()
    {
        await using IAsyncEnumerator<Task<int>> ended = All.AsCompleted().GetAsyncEnumerator();
        foreach (int i in new[] { 3, 0, 4, 1, 2 })
        {
            ValueTask<bool> next = ended.MoveNextAsync();
            if (i == 4)
                _sources[i].SetException(new InvalidOperationException("four"));
            else if (i == 1)
                _sources[i].SetCanceled();
            else
                _sources[i].SetResult(i);
            (await next.AsTask().InTime()).ShouldBeTrue();
            ended.Current.ShouldBeSameAs(_sources[i].Task);
        }

        (await ended.MoveNextAsync().AsTask().InTime()).ShouldBeFalse();
    }

    [Test]
    public async Task A_hundred_thousand_futures_get_one_continuation_each()
    {
        const int Count = 100_000;
        TaskCompletionSource<int>[] sources = [.. Enumerable.Range(0, Count).Select(_ => new TaskCompletionSource<int>())];
        using var token = new CancellationTokenSource();
        // What one continuation costs, said by the framework itself.
        long one = AllocatedBy(() =>
        {
            foreach (TaskCompletionSource<int> source in sources)
                _ = source.Task.ContinueWith(static (_, _) => { }, sources, token.Token, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        });
        await token.CancelAsync();

        IAsyncEnumerator<Task<int>> ended = sources.Select(source => source.Task).AsCompleted().GetAsyncEnumerator();
        Task<bool> next = Task.FromResult(false);
        AllocatedBy(() => next = ended.MoveNextAsync().AsTask()).ShouldBeLessThan(one * 3 / 2);
        sources[0].SetResult(0);
        (await next).ShouldBeTrue();
        (await ended.Current).ShouldBe(0);
        for (int i = 1; i < Count; i++)
        {
            // The wait for the next one adds nothing to those that still run. What has ended is there at once, on this thread.
            AllocatedBy(() =>
            {
                sources[i].SetResult(i);
                next = ended.MoveNextAsync().AsTask();
            }).ShouldBeLessThan(Count);
            (next.IsCompletedSuccessfully, await next, await ended.Current).ShouldBe((true, true, i));
        }

        (await ended.MoveNextAsync()).ShouldBeFalse();
    }

    [Test]
    public async Task The_wait_for_the_next_future_ends_with_the_time()
    {
        List<Task<int>> read = [];
        Task reading = ReadAsync(All.AsCompleted(TimeSpan.FromSeconds(5), _time), read);
        _sources[2].SetResult(2);
        await Waiting.UntilAsync(() => read.Count == 1);
        await _time.StepAsync(5);
        (await reading.CatchAsync<TimeoutException>()).Message.ShouldBe("4 of 5 futures have not ended within 00:00:05.");
        read.ShouldBe([_sources[2].Task]);
    }

    [Test]
    public async Task Futures_that_end_in_time_all_come_though_their_reader_is_slow()
    {
        await using IAsyncEnumerator<Task<int>> ended = All.AsCompleted(TimeSpan.FromSeconds(5), _time).GetAsyncEnumerator();
        ValueTask<bool> first = ended.MoveNextAsync();
        foreach (TaskCompletionSource<int> source in _sources)
            source.SetResult(1);
        (await first.AsTask().InTime()).ShouldBeTrue();
        _time.Advance(TimeSpan.FromSeconds(9));
        for (int i = 1; i < 5; i++)
            (await ended.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
        (await ended.MoveNextAsync().AsTask().InTime()).ShouldBeFalse();
    }

    [Test]
    public async Task Waiting_again_and_again_leaves_nothing_behind()
    {
        List<WeakReference> waits = [];
        for (int round = 0; round < 1000; round++)
            waits.Add(await WaitOnceAsync());
        GC.Collect();

        // A continuation keeps the context it was made in, and all that is in there. That of the last wait may be on the stack of a thread, too.
        waits.Count(wait => wait.IsAlive).ShouldBeLessThan(10);
        GC.KeepAlive(_sources);
    }

    [TestCase(60)]
    [TestCase(10_000_000)]
    public async Task A_time_beyond_what_a_timer_can_wait_is_as_good_as_none(int days)
    {
        Task<WaitResult<int>> waiting = All.WaitAsync(WaitStrategy.FirstCompleted, TimeSpan.FromDays(days));
        await using IAsyncEnumerator<Task<int>> ended = All.AsCompleted(TimeSpan.FromDays(days)).GetAsyncEnumerator();
        ValueTask<bool> next = ended.MoveNextAsync();
        _sources[0].SetResult(1);

        (await waiting.InTime()).Done.Count.ShouldBe(1);
        (await next.AsTask().InTime()).ShouldBeTrue();
    }

    [Test]
    public async Task Those_that_have_ended_come_also_without_any_time()
    {
        foreach (TaskCompletionSource<int> source in _sources)
            source.SetResult(1);
        (await All.AsCompleted(TimeSpan.Zero).ToListAsync().InTime()).Count.ShouldBe(5);
        (await All.WaitAsync(timeout: TimeSpan.Zero).InTime()).Done.Count.ShouldBe(5);
    }

    [Test]
    public async Task A_future_given_twice_comes_twice()
    {
        _sources[0].SetResult(1);
        (await new[] { _sources[0].Task, _sources[0].Task }.AsCompleted().ToListAsync().InTime()).Count.ShouldBe(2);
    }

    [Test]
    public async Task The_wait_can_be_canceled()
    {
        using var canceling = new CancellationTokenSource();
        Task<WaitResult<int>> waiting = All.WaitAsync(timeout: TimeSpan.FromSeconds(1), timeProvider: _time, cancellationToken: canceling.Token);
        Task reading = ReadAsync(All.AsCompleted(cancellationToken: canceling.Token), []);
        await canceling.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting.InTime());
        await Should.ThrowAsync<OperationCanceledException>(reading.InTime());
    }

    [Test]
    public async Task Waiting_for_all_returns_when_all_have_ended_however_they_did()
    {
        Task<WaitResult<int>> waiting = All.WaitAsync();
        _sources[0].SetException(new InvalidOperationException("no"));
        _sources[1].SetCanceled();
        for (int i = 2; i < 5; i++)
        {
            waiting.IsCompleted.ShouldBeFalse();
            _sources[i].SetResult(i);
        }

        WaitResult<int> result = await waiting.InTime();
        result.Done.ShouldBe(All);
        result.Pending.ShouldBeEmpty();
    }

    [Test]
    public async Task Waiting_for_the_first_returns_with_one_of_any_kind([Values(0, 1, 2)] int kind)
    {
        Task<WaitResult<int>> waiting = All.WaitAsync(WaitStrategy.FirstCompleted);
        waiting.IsCompleted.ShouldBeFalse();
        if (kind == 0)
            _sources[3].SetResult(3);
        else if (kind == 1)
            _sources[3].SetException(new InvalidOperationException("no"));
        else
            _sources[3].SetCanceled();
        WaitResult<int> result = await waiting.InTime();
        result.Done.ShouldBe([_sources[3].Task]);
        result.Pending.ShouldBe(All.Where((_, i) => i != 3));
    }

    [Test]
    public async Task Waiting_for_the_first_failure_passes_over_results_and_cancellations()
    {
        // Those that have ended are looked at before the call returns.
        _sources[0].SetResult(0);
        _sources[1].SetCanceled();
        Task<WaitResult<int>> waiting = All.WaitAsync(WaitStrategy.FirstException);
        waiting.IsCompleted.ShouldBeFalse();
        _sources[2].SetException(new InvalidOperationException("no"));
        WaitResult<int> result = await waiting.InTime();
        result.Done.ShouldBe(All.Take(3));
        result.Pending.ShouldBe(All.Skip(3));
    }

    [Test]
    public async Task Waiting_for_the_first_failure_ends_with_all_if_there_is_none()
    {
        Task<WaitResult<int>> waiting = All.WaitAsync(WaitStrategy.FirstException);
        foreach (TaskCompletionSource<int> source in _sources)
            source.SetResult(1);
        (await waiting.InTime()).Done.ShouldBe(All);
    }

    [Test]
    public async Task When_the_time_is_over_waiting_for_all_throws_and_the_others_return_what_they_have()
    {
        _sources[0].SetResult(0);
        Task<WaitResult<int>> all = All.WaitAsync(timeout: TimeSpan.FromSeconds(2), timeProvider: _time);
        await _time.StepAsync(2);
        (await all.CatchAsync<TimeoutException>()).Message.ShouldBe("4 of 5 futures have not ended within 00:00:02.");

        Task<WaitResult<int>> failure = All.WaitAsync(WaitStrategy.FirstException, TimeSpan.FromSeconds(2), _time);
        await _time.StepAsync(2);
        (await failure.InTime()).Done.ShouldBe([_sources[0].Task]);

        Task<WaitResult<int>> first = All.Skip(1).WaitAsync(WaitStrategy.FirstCompleted, TimeSpan.FromSeconds(2), _time);
        await _time.StepAsync(2);
        WaitResult<int> result = await first.InTime();
        result.Done.ShouldBeEmpty();
        result.Pending.Count.ShouldBe(4);
    }

    [Test]
    public async Task Waiting_for_all_within_the_time_throws_nothing()
    {
        Task<WaitResult<int>> waiting = All.WaitAsync(timeout: TimeSpan.FromSeconds(2), timeProvider: _time);
        foreach (TaskCompletionSource<int> source in _sources)
            source.SetResult(1);
        (await waiting.InTime()).Done.Count.ShouldBe(5);
        _time.PendingTimerCount.ShouldBe(0);
    }

    [Test]
    public async Task No_futures_are_no_wait([Values] WaitStrategy strategy)
    {
        WaitResult<int> result = await Array.Empty<Task<int>>().WaitAsync(strategy).InTime();
        result.Done.ShouldBeEmpty();
        result.Pending.ShouldBeEmpty();
        (await Array.Empty<Task<int>>().AsCompleted().ToListAsync().InTime()).ShouldBeEmpty();
    }

    [Test]
    public async Task Calls_of_an_executor_that_race_are_told_apart()
    {
        await using var executor = new AsyncExecutor(4);
        var gate = new Gate<int>();
        Task<int>[] futures = [.. Enumerable.Range(0, 4).Select(i => executor.Submit(async () =>
        {
            await gate.PassAsync(i);
            return i;
        }))];
        await gate.WhenArrivedAsync(4);
        gate.Open(2);
        WaitResult<int> result = await futures.WaitAsync(WaitStrategy.FirstCompleted).InTime();
        result.Done.ShouldBe([futures[2]]);
        gate.OpenForAll();
        (await futures.AsCompleted().ToListAsync().InTime()).ShouldBe(futures, ignoreOrder: true);
        (await Task.WhenAll(futures)).ShouldBe([0, 1, 2, 3]);
    }

    [Test]
    public async Task Wrong_input_is_refused_at_the_call()
    {
        Should.Throw<ArgumentNullException>(() => { _ = ((Task<int>[])null!).AsCompleted(); });
        Should.Throw<ArgumentException>(() => { _ = new Task<int>[] { _sources[0].Task, null! }.AsCompleted(); }).Message.ShouldStartWith("Future 1 is null.");
        Should.Throw<ArgumentOutOfRangeException>(() => { _ = All.AsCompleted(TimeSpan.FromSeconds(-1)); });
        await Should.ThrowAsync<ArgumentOutOfRangeException>(All.WaitAsync((WaitStrategy)7));
    }

    private static long AllocatedBy(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Waits for the futures, without a result, in a context of its own.</summary>
    /// <returns>Whether that context is still held by anything.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private async Task<WeakReference> WaitOnceAsync()
    {
        var inContext = new object();
        _context.Value = inContext;
        (await All.WaitAsync(WaitStrategy.FirstCompleted, TimeSpan.Zero).InTime()).Done.ShouldBeEmpty();
        return new WeakReference(inContext);
    }

    private static async Task ReadAsync(IAsyncEnumerable<Task<int>> futures, List<Task<int>> read)
    {
        await foreach (Task<int> future in futures)
            read.Add(future);
    }
}
