using System.Runtime.CompilerServices;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Execution;

/// <summary>A call for every value of a source, the results collected.</summary>
public sealed class MapTests
{
    private readonly Gate<int> _gate = new();
    private readonly SteppedTime _time = new();

    [Test]
    public async Task The_results_are_in_input_order_whoever_ends_first()
    {
        await using var executor = new AsyncExecutor(10);
        Task<IReadOnlyList<int>> map = executor.MapAsync(Enumerable.Range(0, 10), async (int x, CancellationToken ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x * 2;
        });
        await _gate.WhenArrivedAsync(10);
        foreach (int x in Enumerable.Range(0, 10).Reverse())
            _gate.Open(x);
        (await map.InTime()).ShouldBe(Enumerable.Range(0, 10).Select(x => x * 2));
    }

    [Test]
    public async Task Any_form_of_function_and_of_source_will_do()
    {
        await using var executor = new AsyncExecutor(3);
        int[] ten = [.. Enumerable.Range(0, 10)];
        IReadOnlyList<int>[] all =
        [
            await executor.MapAsync(ten, async (int x, CancellationToken _) =>
            {
                await Task.Yield();
                return x + 1;
            }),
            await executor.MapAsync(ten, (int x, CancellationToken _) => new ValueTask<int>(x + 1)),
            await executor.MapAsync(ten, (int x) => Task.FromResult(x + 1)),
            await executor.MapAsync(ten, (int x) => new ValueTask<int>(x + 1)),
            await executor.MapAsync(ten, x => x + 1),
            await executor.MapAsync(ten, (x, _) => x + 1),
            await executor.MapStreamAsync(SlowlyAsync(ten), x => x + 1).ToListAsync(),
            await executor.MapAsync(new HashSet<int>(ten), x => x + 1),
            await executor.MapAsync(ten.Where(x => x >= 0), x => x + 1),
        ];
        all.ShouldAllBe(results => results.SequenceEqual(Enumerable.Range(1, 10)));
    }

    [Test]
    public async Task Nothing_gives_nothing()
    {
        await using var executor = new AsyncExecutor();
        (await executor.MapAsync(Array.Empty<int>(), x => x).InTime()).ShouldBeEmpty();
    }

    [Test]
    public async Task Two_sources_are_zipped_before_and_end_with_the_shorter_one()
    {
        await using var executor = new AsyncExecutor(3);
        int[] lefts = [1, 2, 3];

        (await executor.MapAsync(lefts.Zip([10, 20]), async pair =>
        {
            await Task.Yield();
            return pair.First + pair.Second;
        }).InTime()).ShouldBe([11, 22]);
        (await executor.MapStreamAsync(SlowlyAsync(lefts).Zip(SlowlyAsync([10, 20])), pair => pair.First + pair.Second).ToListAsync().InTime()).ShouldBe([11, 22]);
    }

    [Test]
    public async Task A_function_whose_task_would_never_be_awaited_is_refused_at_the_call()
    {
        await using var executor = new AsyncExecutor();
        Func<int, Task> task = async _ => await Task.Yield();
        Func<int, CancellationToken, ValueTask> valueTask = (_, _) => default;

        Should.Throw<ArgumentException>(() => { _ = executor.MapAsync([1], task); }).Message.ShouldContain("never be awaited");
        Should.Throw<ArgumentException>(() => { _ = executor.MapAsync([1], valueTask); }).Message.ShouldContain("never be awaited");
        Should.Throw<ArgumentException>(() => { _ = executor.MapAsync([1], async x => { await Task.Yield(); }); }).ParamName.ShouldBe("task");
        Should.Throw<ArgumentException>(() => { _ = executor.MapStreamAsync([1], task); }).ParamName.ShouldBe("task");
    }

    [Test]
    public async Task More_than_two_sources_are_zipped_before()
    {
        await using var executor = new AsyncExecutor(3);

        IReadOnlyList<string> joined = await executor.MapAsync(
            new[] { 1, 2, 3 }.Zip(["a", "b", "c"], [true, false]), async ((int Number, string Letter, bool IsLast) x, CancellationToken ct) =>
            {
                await Task.Yield();
                return $"{x.Number}{x.Letter}{x.IsLast}";
            }).InTime();

        joined.ShouldBe(["1aTrue", "2bFalse"]);
    }

    [Test]
    public async Task It_pulls_never_more_than_the_workers_and_a_few_ahead()
    {
        await using var executor = new AsyncExecutor(4);
        var source = new Watched(Enumerable.Range(0, 1000));
        Task<IReadOnlyList<int>> map = executor.MapAsync(source, async (int x) =>
        {
            await _gate.PassAsync(x);
            return x;
        });
        await _gate.WhenArrivedAsync(4);
        await Waiting.UntilAsync(() => source.Pulled == 20);
        for (int done = 1; done <= 100; done++)
        {
            _gate.Open(_gate.Arrivals[done - 1]);
            await _gate.WhenArrivedAsync(done + 4);
            source.Pulled.ShouldBeLessThanOrEqualTo(done + 20);
        }

        _gate.OpenForAll();
        (await map.InTime()).Count.ShouldBe(1000);
        (source.Pulled, source.Closed).ShouldBe((1000, 1));
        source.MostAtOnce.ShouldBe(1);
    }

    [Test]
    public async Task The_first_failure_cancels_the_rest_waits_for_it_and_is_thrown_with_its_stack()
    {
        await using var executor = new AsyncExecutor(3);
        var source = new Watched(Enumerable.Range(0, 1000));
        int begun = 0;
        Task<IReadOnlyList<int>> map = executor.MapAsync(source, async (int x, CancellationToken ct) =>
        {
            Interlocked.Increment(ref begun);
            if (x == 1)
            {
                await _gate.PassAsync(1, CancellationToken.None);
                return FailDeepInside();
            }

            if (x == 2)
            {
                // Does not listen.
                await _gate.PassAsync(2, CancellationToken.None);
                return 2;
            }

            await _gate.PassAsync(x, ct);
            return x;
        });
        await _gate.WhenArrivedAsync(3);
        _gate.Open(1);
        await Waiting.UntilAsync(() => source.Closed == 1);
        map.IsCompleted.ShouldBeFalse("a call still runs");
        _gate.Open(2);

        InvalidOperationException error = await map.CatchAsync<InvalidOperationException>();
        error.Message.ShouldBe("deep inside");
        error.StackTrace.ShouldNotBeNull().ShouldContain(nameof(FailDeepInside));
        begun.ShouldBe(3);
        source.Pulled.ShouldBeLessThanOrEqualTo(19 + 1, "the window, and one that was being pulled when the map was stopped");
        (await executor.Submit(() => 5).InTime()).ShouldBe(5);
    }

    [Test]
    public async Task A_failing_map_does_not_wait_for_workers_that_are_busy_with_something_else()
    {
        await using var executor = new AsyncExecutor(2);
        Task<IReadOnlyList<int>> map = executor.MapAsync(Enumerable.Range(0, 100), async (int x) =>
        {
            await _gate.PassAsync(x);
            return x == 0 ? throw new InvalidOperationException("zero") : x;
        }, new MapOptions { Priority = 10 });
        await _gate.WhenArrivedAsync(2);
        Task<int>[] others = [.. new[] { -1, -2 }.Select(i => executor.Submit(async () =>
        {
            await _gate.PassAsync(i);
            return i;
        }, new SubmitOptions { Priority = 1 }))];
        // Both workers continue with something else, so nothing takes the values that have not begun.
        _gate.Open(1);
        await _gate.WhenArrivedAsync(3);
        _gate.Open(0);
        await map.CatchAsync<InvalidOperationException>();
        await _gate.WhenArrivedAsync(4);
        _gate.Arrivals.ShouldBe([0, 1, -1, -2], ignoreOrder: true);
        _gate.OpenForAll();
        await Task.WhenAll(others).InTime();
    }

    [Test]
    public async Task What_the_source_throws_is_thrown_and_what_runs_is_waited_for()
    {
        await using var executor = new AsyncExecutor(2);
        using var broken = new ManualResetEventSlim();
        Task<IReadOnlyList<int>> map = executor.MapAsync(Broken(broken), async (int x) =>
        {
            await _gate.PassAsync(x);
            return x;
        });
        await _gate.WhenArrivedAsync(2);
        map.IsCompleted.ShouldBeFalse();
        broken.Set();
        _gate.OpenForAll();
        (await map.CatchAsync<InvalidOperationException>()).Message.ShouldBe("the source");
        await executor.MapAsync(new Unopenable(), x => x).CatchAsync<NotSupportedException>();

        static IEnumerable<int> Broken(ManualResetEventSlim broken)
        {
            yield return 1;
            yield return 2;
            broken.Wait();
            throw new InvalidOperationException("the source");
        }
    }

    [Test]
    public async Task An_endless_list_or_one_that_cannot_be_counted_is_a_source_like_any_other()
    {
        var executor = new AsyncExecutor(2);
        await executor.MapAsync(Enumerable.Range(0, int.MaxValue), x => x == 50 ? throw new InvalidOperationException("enough") : x).CatchAsync<InvalidOperationException>();
        await executor.DisposeAsync().AsTask().InTime();
    }

    [Test]
    public async Task Canceling_ends_the_map_as_canceled_and_tells_its_calls_and_its_source()
    {
        await using var executor = new AsyncExecutor(2);
        using var canceling = new CancellationTokenSource();
        Task<IReadOnlyList<int>> map = executor.MapAsync([0], PassAsync, cancellationToken: canceling.Token);
        Task<List<int>> stream = executor.MapStreamAsync(EndlessAsync(), PassAsync, cancellationToken: canceling.Token).ToListAsync();
        await _gate.WhenArrivedAsync(2);
        await canceling.CancelAsync();
        (await map.CatchAsync<OperationCanceledException>()).CancellationToken.ShouldBe(canceling.Token);
        map.IsCanceled.ShouldBeTrue();
        await stream.CatchAsync<OperationCanceledException>();

        var source = new Watched([1, 2]);
        await executor.MapAsync(source, x => x, cancellationToken: canceling.Token).CatchAsync<OperationCanceledException>();
        source.Pulled.ShouldBe(0);

        async Task<int> PassAsync(int x, CancellationToken ct)
        {
            await _gate.PassAsync(x, ct);
            return x;
        }

        static async IAsyncEnumerable<int> EndlessAsync([EnumeratorCancellation] CancellationToken ct = default)
        {
            yield return 1;
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        }
    }

    [Test]
    public async Task Failed_calls_are_retried_each_on_its_own()
    {
        await using var executor = new AsyncExecutor(4, _time);
        int[] calls = new int[20];
        Task<IReadOnlyList<int>> map = executor.MapAsync(
            Enumerable.Range(0, 20), (int x) => Interlocked.Increment(ref calls[x]) <= x % 3 ? throw new InvalidOperationException("again") : x, new MapOptions { Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)) });
        (await _time.DriveAsync(map)).ShouldBe(Enumerable.Range(0, 20));
        calls.ShouldBe(Enumerable.Range(0, 20).Select(x => (x % 3) + 1));

        Task<IReadOnlyList<int>> failing = executor.MapAsync<int, int>([1], _ => throw new InvalidOperationException("always"), new MapOptions { Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(1)) });
        await _time.DriveAsync(failing.CatchAsync<InvalidOperationException>());
    }

    [Test]
    public async Task Each_call_has_its_own_time()
    {
        await using var executor = new AsyncExecutor(1, _time);
        Task<IReadOnlyList<int>> map = executor.MapAsync([1, 2], async (int x, CancellationToken ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x;
        }, new MapOptions { ItemTimeout = TimeSpan.FromSeconds(4) });
        await _gate.WhenArrivedAsync(1);
        _time.Advance(TimeSpan.FromSeconds(3));
        _gate.Open(1);
        await _gate.WhenArrivedAsync(2);
        _time.Advance(TimeSpan.FromSeconds(3));
        map.IsCompleted.ShouldBeFalse();
        _time.Advance(TimeSpan.FromSeconds(1));
        await map.CatchAsync<AttemptTimeoutException>();
    }

    [Test]
    public async Task More_urgent_calls_go_before_those_of_a_map()
    {
        await using var executor = new AsyncExecutor(1);
        Task<IReadOnlyList<int>> map = executor.MapAsync(Enumerable.Range(0, 20), async (int x) =>
        {
            await _gate.PassAsync(x);
            return x;
        }, new MapOptions { Priority = 10 });
        await _gate.WhenArrivedAsync(1);
        Task<int> urgent = executor.Submit(async () =>
        {
            await _gate.PassAsync(-1);
            return -1;
        }, new SubmitOptions { Priority = 1 });
        _gate.OpenForAll();
        await Task.WhenAll(map, urgent).InTime();
        _gate.Arrivals[1].ShouldBe(-1);
    }

    [Test]
    public async Task An_executor_works_inside_the_stages_of_a_pipeline()
    {
        await using var executor = new AsyncExecutor(4);
        Pipeline<int[], int> pipeline = PipelineBuilder.Stage<int[], int>("Sum", async (int[] numbers) => (await executor.MapAsync(numbers, x => x * x)).Sum(), workers: 3).Build();
        PipelineReport<int> report = await pipeline.RunAsync([[1, 2, 3], [4, 5], []]);
        report.Results.Select(result => result.Value).ShouldBe([14, 41, 0]);
    }

    [Test]
    public async Task Wrong_input_is_refused_at_the_call()
    {
        await using var executor = new AsyncExecutor();
        Should.Throw<ArgumentNullException>(() => { _ = executor.MapAsync((IEnumerable<int>)null!, x => x); });
        Should.Throw<ArgumentNullException>(() => { _ = executor.MapStreamAsync((IEnumerable<int>)null!, x => x); });
        Should.Throw<ArgumentNullException>(() => { _ = executor.MapAsync([1], (Func<int, int>)null!); });
        Should.Throw<PipelineConfigurationException>(() => { _ = executor.MapAsync([1], x => x, new MapOptions { ItemTimeout = TimeSpan.FromSeconds(-1) }); });
        Should.Throw<PipelineConfigurationException>(() => { _ = executor.MapStreamAsync([1], x => x, new MapOptions { ItemTimeout = TimeSpan.FromSeconds(-1) }); });
    }

    private static int FailDeepInside() => throw new InvalidOperationException("deep inside");

    private static async IAsyncEnumerable<int> SlowlyAsync(IEnumerable<int> values)
    {
        foreach (int value in values)
        {
            await Task.Yield();
            yield return value;
        }
    }

    private sealed class Unopenable : IEnumerable<int>
    {
        public IEnumerator<int> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => throw new NotSupportedException();
    }
}
