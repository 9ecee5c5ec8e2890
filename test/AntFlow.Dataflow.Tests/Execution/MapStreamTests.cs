using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>A call for every value of a source, the results as they come.</summary>
public sealed class MapStreamTests
{
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task The_results_come_in_input_order_each_as_soon_as_it_can()
    {
        await using var executor = new AsyncExecutor(3);
        await using IAsyncEnumerator<int> reader = Held(executor, new Watched(Enumerable.Range(0, 5))).GetAsyncEnumerator();
        ValueTask<bool> first = reader.MoveNextAsync();
        await _gate.WhenArrivedAsync(3);
        _gate.Open(1);
        _gate.Open(2);
        await _gate.WhenArrivedAsync(5);
        first.IsCompleted.ShouldBeFalse("the first is not there yet");
        _gate.Open(0);
        (await first.AsTask().InTime()).ShouldBeTrue();
        reader.Current.ShouldBe(0);
        for (int x = 1; x <= 2; x++)
        {
            (await reader.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
            reader.Current.ShouldBe(x);
        }

        _gate.OpenForAll();
        (await Rest(reader).InTime()).ShouldBe([3, 4]);
    }

    [Test]
    public async Task Nothing_begins_before_the_results_are_asked_for_and_each_reader_has_his_own_map()
    {
        await using var executor = new AsyncExecutor(3);
        var source = new Watched(Enumerable.Range(0, 30));
        IAsyncEnumerable<int> stream = executor.MapStreamAsync(source, x => x + 1);
        source.Pulled.ShouldBe(0);
        List<int>[] both = await Task.WhenAll(stream.ToListAsync(), stream.ToListAsync()).InTime();
        both.ShouldAllBe(results => results.SequenceEqual(Enumerable.Range(1, 30)));
        (source.Pulled, source.Closed).ShouldBe((60, 2));
    }

    [Test]
    public async Task A_reader_that_leaves_before_the_first_result_has_begun_nothing()
    {
        await using var executor = new AsyncExecutor(3);
        var source = new Watched(Enumerable.Range(0, 30));
        await executor.MapStreamAsync(source, x => x).GetAsyncEnumerator().DisposeAsync();
        source.Pulled.ShouldBe(0);
        await executor.ShutdownAsync().InTime();
    }

    [Test]
    public async Task A_stream_that_is_asked_for_its_results_after_the_shutdown_says_so()
    {
        await using var executor = new AsyncExecutor(3);
        IAsyncEnumerable<int> stream = executor.MapStreamAsync([1, 2], x => x);
        await executor.ShutdownAsync().InTime();
        await stream.ToListAsync().CatchAsync<ExecutorShutdownException>();
    }

    [Test]
    public async Task A_slow_reader_holds_the_source_back()
    {
        await using var executor = new AsyncExecutor(4);
        var source = new Watched(Enumerable.Range(0, 1000));
        int read = 0;
        await foreach (int x in executor.MapStreamAsync(source, x => x))
        {
            x.ShouldBe(read++);
            if (read <= 50)
                await executor.Submit(() => 0, new SubmitOptions { Priority = int.MaxValue }).InTime();
            source.Pulled.ShouldBeLessThanOrEqualTo(read + 20);
        }

        read.ShouldBe(1000);
    }

    [Test]
    public async Task Leaving_early_cancels_the_rest_and_waits_for_it()
    {
        await using var executor = new AsyncExecutor(3);
        var source = new Watched(Enumerable.Range(0, 1000));
        int running = 0;
        IAsyncEnumerable<int> stream = executor.MapStreamAsync(source, async (int x, CancellationToken ct) =>
        {
            Interlocked.Increment(ref running);
            try
            {
                if (x >= 2)
                    await _gate.PassAsync(x, ct);
                return x;
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }
        });
        await foreach (int x in stream)
        {
            if (x == 1)
                break;
        }

        Volatile.Read(ref running).ShouldBe(0);
        source.Closed.ShouldBe(1);
        (await executor.Submit(() => 1).InTime()).ShouldBe(1);
    }

    [Test]
    public async Task A_failure_is_thrown_where_its_result_would_be_and_cancels_the_rest()
    {
        await using var executor = new AsyncExecutor(4);
        var source = new Watched(Enumerable.Range(0, 1000));
        List<int> read = [];
        Task reading = ReadAsync(executor.MapStreamAsync(source, async (int x, CancellationToken ct) =>
        {
            if (x == 2)
                throw new InvalidOperationException("two");
            await _gate.PassAsync(x, ct);
            return x;
        }), read);
        await _gate.WhenArrivedAsync(3);
        _gate.Open(1);
        _gate.Open(0);
        (await reading.CatchAsync<InvalidOperationException>()).Message.ShouldBe("two");
        read.ShouldBe([0, 1]);
        source.Closed.ShouldBe(1);
        source.Pulled.ShouldBeLessThanOrEqualTo(3 + 20 + 1, "those read, the window, and one that was being pulled when the map was closed");
        await executor.DisposeAsync().AsTask().InTime();
    }

    [Test]
    public async Task After_a_failure_nothing_more_begins_though_the_results_before_it_are_still_to_come()
    {
        await using var executor = new AsyncExecutor(2);
        var more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        List<int> read = [];
        Task reading = ReadAsync(executor.MapStreamAsync(SourceAsync(), async (int x, CancellationToken ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x == 1 ? throw new InvalidOperationException("one") : x;
        }), read);
        await _gate.WhenArrivedAsync(2);
        _gate.Open(1);
        // The only free worker comes here once it is done with the failure.
        await executor.Submit(() => 0).InTime();

        more.SetResult();
        await closed.Task.InTime();
        // And here after whatever was pulled.
        Task<int> last = executor.Submit(() => 0);
        await Waiting.UntilAsync(() => last.IsCompleted || _gate.Arrivals.Count > 2);

        int[] begun = [.. _gate.Arrivals.Order()];
        _gate.OpenForAll();
        (await reading.CatchAsync<InvalidOperationException>()).Message.ShouldBe("one");
        read.ShouldBe([0]);
        begun.ShouldBe([0, 1]);

        async IAsyncEnumerable<int> SourceAsync()
        {
            try
            {
                yield return 0;
                yield return 1;
                await more.Task;
                yield return 2;
            }
            finally
            {
                closed.SetResult();
            }
        }
    }

    [Test]
    public async Task What_the_source_throws_comes_after_the_results_before_it()
    {
        await using var executor = new AsyncExecutor(4);
        List<int> read = [];
        (await ReadAsync(executor.MapStreamAsync(Broken(), async (int x) =>
        {
            await Task.Yield();
            return x;
        }), read).CatchAsync<InvalidOperationException>()).Message.ShouldBe("the source");
        read.ShouldBe(Enumerable.Range(0, 20));

        static IEnumerable<int> Broken()
        {
            for (int i = 0; i < 20; i++)
                yield return i;
            throw new InvalidOperationException("the source");
        }
    }

    [Test]
    public async Task A_source_whose_value_cannot_be_read_has_failed_there()
    {
        await using var executor = new AsyncExecutor(2);
        List<int> read = [];
        await ReadAsync(executor.MapStreamAsync(new Unreadable(), x => x), read).CatchAsync<NotSupportedException>();
        read.ShouldBe([1, 2]);
    }

    [Test]
    public async Task Options_are_read_at_the_call()
    {
        await using var executor = new AsyncExecutor(2);
        var options = new MapOptions();
        IAsyncEnumerable<int> stream = executor.MapStreamAsync([1, 2], x => x, options);
        options.ItemTimeout = TimeSpan.FromSeconds(-1);
        (await stream.ToListAsync().InTime()).ShouldBe([1, 2]);
    }

    [Test]
    public async Task Either_token_cancels_it([Values] bool ofReader)
    {
        await using var executor = new AsyncExecutor(2);
        using var canceling = new CancellationTokenSource();
        IAsyncEnumerable<int> stream = executor.MapStreamAsync(Enumerable.Range(0, 100), async (int x, CancellationToken ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x;
        }, cancellationToken: ofReader ? CancellationToken.None : canceling.Token);
        List<int> read = [];
        Task reading = ReadAsync(stream, read, ofReader ? canceling.Token : CancellationToken.None);
        await _gate.WhenArrivedAsync(2);
        await canceling.CancelAsync();
        (await reading.CatchAsync<OperationCanceledException>()).CancellationToken.ShouldBe(canceling.Token);
        await executor.DisposeAsync().AsTask().InTime();
    }

    [Test]
    public async Task Failed_calls_are_retried()
    {
        var time = new SteppedTime();
        await using var executor = new AsyncExecutor(4, time);
        int[] calls = new int[12];
        Task<List<int>> reading = executor.MapStreamAsync(
            Enumerable.Range(0, 12),
            (int x) => Interlocked.Increment(ref calls[x]) <= x % 2 ? throw new InvalidOperationException("again") : x,
            new MapOptions { Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1)) }).ToListAsync();
        (await time.DriveAsync(reading)).ShouldBe(Enumerable.Range(0, 12));

        Task<List<int>> failing = executor.MapStreamAsync<int, int>(
            [1], _ => throw new InvalidOperationException("always"), new MapOptions { Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1)) }).ToListAsync();
        await time.DriveAsync(failing.CatchAsync<InvalidOperationException>());
    }

    [Test]
    public async Task A_million_results_pass_through_a_small_window()
    {
        await using var executor = new AsyncExecutor(8);
        long sum = 0;
        await foreach (long x in executor.MapStreamAsync(Enumerable.Range(0, 1_000_000), x => (long)x))
            sum += x;
        sum.ShouldBe(499_999_500_000);
    }

    private sealed class Unreadable : IEnumerable<int>, IEnumerator<int>
    {
        private int _at;

        public int Current => _at < 3 ? _at : throw new NotSupportedException();

        object System.Collections.IEnumerator.Current => Current;

        public IEnumerator<int> GetEnumerator() => this;

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => this;

        public bool MoveNext() => ++_at < 10;

        public void Reset() => throw new NotSupportedException();

        public void Dispose()
        {
        }
    }

    private static async Task ReadAsync(IAsyncEnumerable<int> stream, List<int> read, CancellationToken cancellationToken = default)
    {
        await foreach (int x in stream.WithCancellation(cancellationToken))
            read.Add(x);
    }

    private static async Task<List<int>> Rest(IAsyncEnumerator<int> reader)
    {
        List<int> rest = [];
        while (await reader.MoveNextAsync())
            rest.Add(reader.Current);
        return rest;
    }

    private IAsyncEnumerable<int> Held(AsyncExecutor executor, IEnumerable<int> source) => executor.MapStreamAsync(source, async (int x, CancellationToken ct) =>
    {
        await _gate.PassAsync(x, ct);
        return x;
    });
}
