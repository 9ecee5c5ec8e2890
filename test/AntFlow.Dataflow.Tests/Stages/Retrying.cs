using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

public sealed class Retrying
{
    private readonly SteppedTime _time = new();
    private readonly List<double> _starts = [];

    [Test]
    public async Task Attempts_count_the_first_try()
    {
        (await FailAsync(RetryPolicy.Fixed(4, TimeSpan.FromSeconds(2)))).Attempts.ShouldBe(4);

        _starts.ShouldBe([0, 2, 4, 6], tolerance: 0.01);
    }

    [Test]
    public async Task None_is_one_attempt()
    {
        (await FailAsync(RetryPolicy.None)).Attempts.ShouldBe(1);

        _starts.Count.ShouldBe(1);
    }

    [Test]
    public async Task Exponential_doubles_up_to_its_longest_delay()
    {
        await FailAsync(RetryPolicy.Exponential(6, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), jitter: false));

        _starts.ShouldBe([0, 1, 3, 7, 12, 17], tolerance: 0.01);
    }

    [Test]
    public async Task Jitter_stays_between_half_and_the_whole_and_repeats_with_a_seed()
    {
        RetryPolicy policy = RetryPolicy.Exponential(8, TimeSpan.FromSeconds(16));
        await FailAsync(policy, new RunOptions { Seed = 5 });
        double[] first = [.. Delays()];
        _starts.Clear();
        await FailAsync(policy, new RunOptions { Seed = 5 });
        double[] second = [.. Delays()];
        _starts.Clear();
        await FailAsync(policy, new RunOptions { Seed = 6 });

        for (int i = 0; i < first.Length; i++)
            first[i].ShouldBeInRange(8 * Math.Pow(2, i) - 0.01, 16 * Math.Pow(2, i) + 0.01);
        second.ShouldBe(first, tolerance: 0.01);
        Delays().Zip(first).ShouldContain(pair => Math.Abs(pair.First - pair.Second) > 0.1);
    }

    [Test]
    public async Task The_default_tries_three_times()
    {
        (await FailAsync(RetryPolicy.Default)).Attempts.ShouldBe(3);

        Delays().First().ShouldBeInRange(0.5, 1.01);
        Delays().Last().ShouldBeInRange(1, 2.01);
    }

    [TestCase(typeof(ArgumentException))]
    [TestCase(typeof(ArgumentNullException))]
    [TestCase(typeof(NullReferenceException))]
    [TestCase(typeof(InvalidCastException))]
    [TestCase(typeof(NotSupportedException))]
    [TestCase(typeof(NotImplementedException))]
    [TestCase(typeof(FormatException))]
    [TestCase(typeof(OverflowException))]
    [TestCase(typeof(DivideByZeroException))]
    [TestCase(typeof(IndexOutOfRangeException))]
    [TestCase(typeof(KeyNotFoundException))]
    public async Task The_default_does_not_repeat_what_another_attempt_does_not_mend(Type error) =>
        (await FailAsync(RetryPolicy.Default, error: () => (Exception)Activator.CreateInstance(error)!)).Attempts.ShouldBe(1);

    [TestCase(typeof(System.Text.Json.JsonException))]
    [TestCase(typeof(InvalidDataException))]
    public async Task The_default_repeats_what_a_download_that_was_cut_off_throws(Type error) =>
        (await FailAsync(RetryPolicy.Default, error: () => (Exception)Activator.CreateInstance(error)!)).Attempts.ShouldBe(3);

    [Test]
    public async Task ShouldRetry_decides()
    {
        (await FailAsync(RetryPolicy.Fixed(5, TimeSpan.FromSeconds(1)) with { ShouldRetry = e => e.Message != "2" }, error: () => new TimeoutException($"{_starts.Count}")))
            .Attempts.ShouldBe(2);
    }

    [Test]
    public async Task DelayFor_wins_and_null_means_the_usual_delay()
    {
        await FailAsync(RetryPolicy.Fixed(4, TimeSpan.FromSeconds(1)) with { DelayFor = (e, attempt) => attempt == 2 ? TimeSpan.FromSeconds(30) : null });

        _starts.ShouldBe([0, 1, 31, 32], tolerance: 0.01);
    }

    [Test]
    public async Task A_policy_that_throws_fails_the_item_with_the_error_of_the_attempt_and_is_reported()
    {
        PipelineReport<int> report = await RunAsync(RetryPolicy.Fixed(4, TimeSpan.FromSeconds(1)) with { ShouldRetry = _ => throw new InvalidOperationException("policy") });

        report.Results[0].Error.ShouldBeOfType<TimeoutException>();
        report.Results[0].Attempts.ShouldBe(1);
        report.Errors.Callbacks.ShouldHaveSingleItem().Error.Message.ShouldBe("policy");
    }

    [Test]
    public async Task A_throttled_item_waits_DelayFor_else_the_first_delay_else_a_second_and_twice_as_long_each_time_in_a_row()
    {
        static RetryPolicy Throttling(RetryPolicy policy) => policy with { IsThrottle = _ => true };
        await ThrottleAsync(Throttling(RetryPolicy.None));
        await ThrottleAsync(Throttling(RetryPolicy.Exponential(3, TimeSpan.FromSeconds(4), jitter: false)));
        await ThrottleAsync(Throttling(RetryPolicy.None) with { DelayFor = (_, _) => TimeSpan.FromSeconds(9) });

        _starts.ShouldBe([0, 1, 3, 0, 4, 12, 0, 9, 18], tolerance: 0.01);
    }

    [TestCase(0)]
    [TestCase(-1_000)]
    [TestCase(0.9)]
    public async Task A_throttling_whose_wait_is_over_or_none_is_not_asked_again_at_once(double milliseconds)
    {
        await ThrottleAsync(RetryPolicy.Default with { IsThrottle = _ => true, DelayFor = (_, _) => TimeSpan.FromMilliseconds(milliseconds) });

        _starts.ShouldBe([0, 1, 3], tolerance: 0.01);
    }

    [Test]
    public async Task Refusals_of_one_task_say_nothing_about_the_next_one()
    {
        int first = 0;
        List<DateTimeOffset> second = [];
        Pipeline<int, int> pipeline = PipelineBuilder
            .StageWithTasks<int, int>("A", t => t
                .Task("first", int (int x) => ++first <= 3 ? throw new TimeoutException("not now") : x)
                .Task("second", int (int x) =>
                {
                    second.Add(_time.GetUtcNow());
                    return second.Count == 1 ? throw new TimeoutException("not now") : x;
                }), 1, s => s.Retry = RetryPolicy.None with { IsThrottle = _ => true })
            .WithTimeProvider(_time)
            .Build();

        (await _time.DriveAsync(pipeline.RunAsync([1]))).SucceededCount.ShouldBe(1);

        (second[1] - second[0]).TotalSeconds.ShouldBe(1, tolerance: 0.01);
    }

    [Test]
    public async Task A_delay_of_zero_stays_zero_however_many_attempts_there_are() =>
        (await RunAsync(RetryPolicy.Exponential(2_000, TimeSpan.Zero))).Errors.Callbacks.ShouldBeEmpty();

    [Test]
    public async Task ThrottleTimeout_counts_from_the_first_throttle_in_the_stage()
    {
        PipelineReport<int> report = await RunAsync(
            RetryPolicy.Fixed(3, TimeSpan.FromSeconds(10)) with { IsThrottle = _ => true, ThrottleTimeout = TimeSpan.FromSeconds(35) });

        _starts.ShouldBe([0, 10, 30, 70], tolerance: 0.01);
        report.Results[0].Status.ShouldBe(ResultStatus.Failed);
        report.Results[0].Error.ShouldBeOfType<TimeoutException>();
    }

    [Test]
    public async Task Retrying_a_task_does_not_repeat_the_earlier_ones()
    {
        List<string> calls = await CallsAsync(RetryScope.Task);

        calls.ShouldBe(["one 1", "two 2", "two 2", "three 3"]);
    }

    [Test]
    public async Task Retrying_a_stage_starts_again_from_its_first_task_with_its_input()
    {
        List<string> calls = await CallsAsync(RetryScope.Stage);

        calls.ShouldBe(["one 1", "two 2", "one 1", "two 2", "three 3"]);
    }

    [Test]
    public async Task With_as_many_places_as_workers_an_item_that_waits_holds_its_workers_so_fifty_are_fifty_live_items()
    {
        var gate = new Gate<string>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext context) =>
        {
            await gate.PassAsync($"{x}.{context.Attempt}", context.CancellationToken);
            return context.Attempt == 1 ? throw new TimeoutException("again") : x;
        }, workers: 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5));
            s.MaxInFlight = 1;
        }).WithTimeProvider(_time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([1, 2]);
        gate.OpenForAll();
        await _time.WhenPendingAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);

        run.GetSnapshot().Queued.ShouldBe(1, "no place is free, so only the returning item may start");
        run.Complete();
        await _time.DriveAsync(run.Completion);

        gate.Arrivals.ShouldBe(["1.1", "1.2", "2.1", "2.2"]);
    }

    [Test]
    public async Task With_more_places_than_workers_waiting_items_free_their_worker()
    {
        List<string> starts = [];
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", (int x, StageContext context) =>
        {
            starts.Add($"{x}.{context.Attempt}");
            return context.Attempt == 1 ? throw new TimeoutException("again") : x;
        }, workers: 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(5));
            s.MaxInFlight = 3;
        }).WithTimeProvider(_time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([1, 2, 3, 4]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 3);
        run.GetSnapshot().Queued.ShouldBe(1);
        run.Complete();
        await _time.DriveAsync(run.Completion);

        starts.Take(4).ShouldBe(["1.1", "2.1", "3.1", "1.2"]);
        starts.Count.ShouldBe(8);
    }

    private async Task<List<string>> CallsAsync(RetryScope scope)
    {
        List<string> calls = [];
        bool hasFailed = false;
        PipelineReport<int> report = await _time.DriveAsync(PipelineBuilder.StageWithTasks<int, int>("A", t => t
            .Task("one", x => { calls.Add($"one {x}"); return x + 1; })
            .Task("two", x =>
            {
                calls.Add($"two {x}");
                if (hasFailed)
                    return x + 1;
                hasFailed = true;
                throw new TimeoutException("again");
            })
            .Task("three", x => { calls.Add($"three {x}"); return x + 1; }), workers: 1, s =>
            {
                s.RetryScope = scope;
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1));
            }).WithTimeProvider(_time).RunAsync([1]));

        report.Results[0].Value.ShouldBe(4);
        return calls;
    }

    private async Task ThrottleAsync(RetryPolicy policy)
    {
        int calls = 0;
        DateTimeOffset begin = _time.GetUtcNow();
        PipelineReport<int> report = await _time.DriveAsync(PipelineBuilder.Stage<int, int>("A", x =>
        {
            _starts.Add((_time.GetUtcNow() - begin).TotalSeconds);
            return ++calls < 3 ? throw new TimeoutException("429") : x;
        }, 1, s => s.Retry = policy).WithTimeProvider(_time).RunAsync([1]));
        report.SucceededCount.ShouldBe(1);
    }

    private async Task<PipelineResult<int>> FailAsync(RetryPolicy policy, RunOptions? options = null, Func<Exception>? error = null)
    {
        PipelineResult<int> result = (await RunAsync(policy, options, error)).Results.ShouldHaveSingleItem();
        result.Status.ShouldBe(ResultStatus.Failed);
        return result;
    }

    private Task<PipelineReport<int>> RunAsync(RetryPolicy policy, RunOptions? options = null, Func<Exception>? error = null)
    {
        DateTimeOffset begin = _time.GetUtcNow();
        return _time.DriveAsync(PipelineBuilder.Stage<int, int>("A", (int _) =>
        {
            _starts.Add((_time.GetUtcNow() - begin).TotalSeconds);
            throw error?.Invoke() ?? new TimeoutException("no");
        }, 1, s => s.Retry = policy).WithTimeProvider(_time).RunAsync([1], options));
    }

    private IEnumerable<double> Delays() => _starts.Zip(_starts.Skip(1), (a, b) => b - a);
}
