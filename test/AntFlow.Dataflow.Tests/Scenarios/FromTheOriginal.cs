using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>Counterparts of the original's integration tests, and of those that belong to no single feature.</summary>
public sealed class FromTheOriginal
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task Extract_transform_load_with_flaky_sources()
    {
        List<string> stored = [];
        Pipeline<int, string> pipeline = PipelineBuilder
            .StageWithContext<int, (int Id, int Amount)>("Extract", async (int id, StageContext context) =>
            {
                await Task.Delay(TimeSpan.FromSeconds(1), _time, context.CancellationToken);
                return id % 4 == 0 && context.Attempt == 1 ? throw new TimeoutException("flaky") : (id, id * 100);
            }, 3, s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(2)))
            .Then("Transform", row => row.Amount < 0 ? throw new ArgumentException("negative") : $"{row.Id}={row.Amount}", 2)
            .Then("Load", async text =>
            {
                await Task.Yield();
                lock (stored)
                    stored.Add(text);
            }, 2)
            .WithTimeProvider(_time)
            .Build();

        PipelineReport<string> report = await _time.DriveAsync(pipeline.RunAsync(Enumerable.Range(-1, 20)));

        (report.SucceededCount, report.FailedCount).ShouldBe((19, 1));
        report.Results[0].Stage.ShouldBe("Transform");
        report.Results[0].Error!.Message.ShouldBe("negative");
        stored.Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 19).Select(i => $"{i}={i * 100}").Order(StringComparer.Ordinal));
        report.Results.Skip(1).Select(r => r.Value).ShouldBe(Enumerable.Range(0, 19).Select(i => $"{i}={i * 100}"));
    }

    [Test]
    public async Task Callbacks_tracker_and_numbers_agree()
    {
        int good = 0, bad = 0;
        var tracker = new StatusTracker();
        PipelineReport<int> report = await PipelineBuilder
            .Stage<int, int>("A", (int x) => x % 5 == 0 ? throw new ArgumentException("five") : x, 4, s =>
            {
                s.OnSuccess = (_, _) =>
                {
                    Interlocked.Increment(ref good);
                    return default;
                };
                s.OnFailure = (_, _) =>
                {
                    Interlocked.Increment(ref bad);
                    return default;
                };
            })
            .WithTracker(tracker)
            .RunAsync(Enumerable.Range(0, 100)).InTime();

        (good, bad).ShouldBe((80, 20));
        (report.SucceededCount, report.FailedCount).ShouldBe((80, 20));
        (tracker.GetCounts().Completed, tracker.GetCounts().Failed, tracker.GetErrorSummary().TotalFailed).ShouldBe((80, 20, 20));
        (report.Snapshot.Stages[0].Completed, report.Snapshot.Stages[0].Failed, report.Snapshot.Stages[0].Arrived).ShouldBe((80, 20, 100));
        report.Snapshot.Workers.Sum(w => w.Processed).ShouldBe(80);
        report.Snapshot.Workers.Sum(w => w.Failed).ShouldBe(20);
    }

    [Test]
    public async Task Many_items_go_through_many_workers_in_order()
    {
        PipelineReport<long> report = await PipelineBuilder
            .Stage<int, int>("A", async x =>
            {
                await Task.Yield();
                return x + 1;
            }, 50)
            .Then("B", x => (long)x * x, 20)
            .RunAsync(Enumerable.Range(0, 20_000)).InTime();

        report.Results.Select(r => r.Value).ShouldBe(Enumerable.Range(1, 20_000).Select(x => (long)x * x));
        report.Results.Select(r => r.Sequence).ShouldBe(Enumerable.Range(0, 20_000).Select(x => (long)x));
    }

    [Test]
    public async Task Exactly_fifty_live_jobs_and_no_more_than_two_uploads()
    {
        int live = 0, mostLive = 0, uploads = 0, mostUploads = 0;
        var atTheProvider = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithTasks<int, int>("Jobs", t => t
            .Task("upload", async x =>
            {
                Max(ref mostUploads, Interlocked.Increment(ref uploads));
                await Task.Yield();
                Max(ref mostLive, Interlocked.Increment(ref live));
                Interlocked.Decrement(ref uploads);
                return x;
            }, maxConcurrency: 2)
            .Task("poll", async (x, ct) =>
            {
                await atTheProvider.PassAsync(x, ct);
                Interlocked.Decrement(ref live);
                return x;
            }), workers: 50).Build();
        Task<PipelineReport<int>> running = pipeline.RunAsync(Enumerable.Range(0, 300));
        await atTheProvider.WhenArrivedAsync(50);
        live.ShouldBe(50);
        atTheProvider.OpenForAll();

        (await running.InTime()).SucceededCount.ShouldBe(300);
        mostLive.ShouldBe(50);
        mostUploads.ShouldBeInRange(1, 2);
    }

    [Test]
    public async Task A_slow_item_holds_up_no_fast_one()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var fast = new Gate<int>();
        fast.OpenForAll();
        Task<PipelineReport<int>> running = PipelineBuilder.Stage<int, int>("A", async x =>
        {
            if (x == 0)
                await slow.Task;
            return x;
        }, 2).Then("B", async (x, ct) =>
        {
            await fast.PassAsync(x, ct);
            return x;
        }).RunAsync(Enumerable.Range(0, 200));
        await fast.WhenArrivedAsync(199);
        fast.Arrivals.ShouldNotContain(0);
        slow.SetResult();

        (await running.InTime()).SucceededCount.ShouldBe(200);
    }

    [Test]
    public async Task All_workers_are_used_and_named()
    {
        var gate = new Gate<string>();
        Task<PipelineReport<string>> running = PipelineBuilder.StageWithContext<int, string>("Fetch", async (int x, StageContext context) =>
        {
            await gate.PassAsync(context.Worker, context.CancellationToken);
            return context.Worker;
        }, 4).RunAsync(Enumerable.Range(0, 4));
        await gate.WhenArrivedAsync(4);
        gate.OpenForAll();

        gate.Arrivals.Order().ShouldBe(["Fetch-W0", "Fetch-W1", "Fetch-W2", "Fetch-W3"]);
        (await running.InTime()).Snapshot.Workers.ShouldAllBe(w => w.Processed == 1);
    }

    [Test]
    public async Task Several_arguments_travel_as_a_tuple_a_record_or_a_dictionary()
    {
        PipelineReport<int> ofTuple = await PipelineBuilder.Stage<(int A, int B), int>("Add", pair => pair.A + pair.B).RunAsync([(1, 2), (3, 4)]);
        PipelineReport<int> ofRecord = await PipelineBuilder.Stage<Pair, int>("Add", Add).RunAsync([new Pair(1, 2)]);
        PipelineReport<int> ofDictionary = await PipelineBuilder.Stage<Dictionary<string, int>, int>("Add", d => d["a"] + d["b"]).RunAsync([new Dictionary<string, int> { ["a"] = 1, ["b"] = 2 }]);
        PipelineReport<int> mixed = await PipelineBuilder.Stage<int, (int A, int B)>("Split", x => (x, x * 10)).Then("Add", pair => pair.A + pair.B).RunAsync([1]);

        ofTuple.Results.Select(r => r.Value).ShouldBe([3, 7]);
        ofRecord.Results[0].Value.ShouldBe(3);
        ofDictionary.Results[0].Value.ShouldBe(3);
        mixed.Results[0].Value.ShouldBe(11);
    }

    [Test]
    public async Task Nothing_of_one_run_is_left_for_the_next()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        int streamed = (await pipeline.StreamAsync([1, 2, 3]).ToListAsync().InTime()).Count;
        PipelineReport<int> run = await pipeline.RunAsync([4, 5]);
        int again = (await pipeline.StreamAsync([6], new RunOptions { CollectResults = false }).ToListAsync().InTime()).Count;

        (streamed, again).ShouldBe((3, 1));
        run.Results.Select(r => r.Value).ShouldBe([4, 5]);
    }

    [Test]
    public async Task One_line_takes_a_retry_policy()
    {
        int calls = 0;
        PipelineReport<int> report = await Pipeline.RunAsync([1], (int x) => ++calls < 3 ? throw new TimeoutException("again") : x, retry: RetryPolicy.Fixed(3, TimeSpan.Zero)).InTime();

        report.Results[0].Attempts.ShouldBe(3);
    }

    private static int Add(Pair pair) => pair.A + pair.B;

    private static void Max(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }

    private sealed record Pair(int A, int B);
}
