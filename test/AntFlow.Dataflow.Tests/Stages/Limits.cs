using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

public sealed class Limits
{
    private readonly SteppedTime _time = new();

    [TestCase(RetryScope.Task)]
    [TestCase(RetryScope.Stage)]
    public async Task No_more_than_maxConcurrency_run_the_task_however_many_workers_there_are(RetryScope scope)
    {
        int inside = 0, most = 0, failed = 0;
        PipelineReport<int> report = await _time.DriveAsync(PipelineBuilder.StageWithTasks<int, int>("A", t => t
            .Task("free", x => x)
            .TaskWithContext("limited", async (int x, StageContext context) =>
            {
                int now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                await Task.Delay(TimeSpan.FromSeconds(1), _time, context.CancellationToken);
                Interlocked.Decrement(ref inside);
                if (context.Attempt == 1 && x % 3 == 0)
                {
                    Interlocked.Increment(ref failed);
                    throw new TimeoutException("again");
                }

                return x;
            }, maxConcurrency: 2), workers: 10, s =>
            {
                s.RetryScope = scope;
                // An item comes back in the middle of a second, when both permits are in use.
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1.5));
            }).WithTimeProvider(_time).RunAsync(Enumerable.Range(0, 300)));

        report.SucceededCount.ShouldBe(300);
        most.ShouldBeInRange(1, 2);
        failed.ShouldBe(100);
    }

    [Test]
    public async Task As_many_as_maxConcurrency_do_run_it()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 2), workers: 5).Build().Start();
        await run.FeedAsync([1, 2, 3, 4, 5]);
        await gate.WhenArrivedAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 3);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(5);

        gate.MaxInsideCount.ShouldBe(2);
    }

    [Test]
    public async Task Who_waits_for_a_permit_is_Limited_not_InProgress_and_its_worker_is_not_busy()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("one", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), workers: 3).Build().Start();
        await run.FeedAsync([1, 2, 3]);
        await gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 2);
        PipelineSnapshot now = run.GetSnapshot();

        (now.Limited, now.InProgress, now.Queued, now.Stages[0].Limited).ShouldBe((2, 1, 0, 2));
        now.Workers.Count(w => w.IsBusy).ShouldBe(1);
        now.Stages[0].Attempts.ShouldBe(1);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task A_permit_goes_to_the_most_urgent_and_then_the_first_to_arrive()
    {
        var gate = new Gate<string>();
        await using PipelineRun<string, string> run = PipelineBuilder.StageWithTasks<string, string>("A", t => t.Task("one", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), workers: 10).Build().Start();
        await run.FeedOneAsync("first");
        await gate.WhenArrivedAsync(1);
        await run.FeedAsync(["n1", "n2"]);
        await run.FeedAsync(["low"], ItemPriority.Low);
        await run.FeedAsync(["h1", "h2"], ItemPriority.High);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 5);
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.ShouldBe(["first", "h1", "h2", "n1", "n2", "low"]);
    }

    [Test]
    public async Task An_item_that_comes_while_every_worker_could_wait_at_the_limit_is_not_behind_one_that_is_less_urgent()
    {
        var gate = new Gate<string>();
        await using PipelineRun<string, string> run = PipelineBuilder.StageWithTasks<string, string>("A", t => t.Task("one", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), workers: 3).Build().Start();
        await run.FeedAsync(["first", "n1", "n2", "n3"]);
        await gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Limited: 2, Queued: 1 });
        await run.FeedOneAsync("urgent", ItemPriority.High);
        run.GetSnapshot().Limited.ShouldBe(2);
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        gate.Arrivals.ShouldBe(["first", "urgent", "n1", "n2", "n3"]);
    }

    [Test]
    public async Task No_worker_stands_at_the_limit_of_the_first_task_while_an_urgent_item_needs_another_one()
    {
        var first = new Gate<string>();
        List<string> second = [];
        var time = new SteppedTime();
        await using PipelineRun<string, string> run = PipelineBuilder.StageWithTasks<string, string>("A", t => t
            .Task("limited", async (x, ct) =>
            {
                if (x != "again")
                    await first.PassAsync(x, ct);
                return x;
            }, maxConcurrency: 1)
            .TaskWithContext("free", (string x, StageContext context) =>
            {
                lock (second)
                    second.Add($"{x}.{context.Attempt}");
                return x == "again" && context.Attempt == 1 ? throw new TimeoutException("again") : x;
            }), workers: 2, s =>
            {
                s.MaxInFlight = 3;
                s.RetryScope = RetryScope.Task;
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(10));
            }).WithTimeProvider(time).Build().Start();
        await run.FeedOneAsync("again", ItemPriority.High);
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 1);
        await run.FeedAsync(["n1", "n2"]);
        await first.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 1);

        // One worker runs the limited task, and the other one is free for what needs no permit.
        time.Advance(TimeSpan.FromMinutes(1));
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 1);
        second.ShouldBe(["again.1", "again.2"]);
        run.GetSnapshot().Limited.ShouldBe(1);
        first.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task An_item_that_is_refused_after_it_was_asked_waits_in_the_queue_where_as_many_wait_at_the_limit_as_there_are_idle_workers()
    {
        var gate = new Gate<string>();
        using var asked = new Barrier(2);
        await using PipelineRun<string, string> run = PipelineBuilder.StageWithTasks<string, string>("A", t => t.Task("one", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), workers: 2, s => s.SkipIf = x => x.StartsWith("urgent", StringComparison.Ordinal) && !asked.SignalAndWait(Testing.Waiting.Patience)).Build().Start();
        await run.FeedOneAsync("first");
        await gate.WhenArrivedAsync(1);
        await run.FeedOneAsync("held");
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Limited: 1, InProgress: 1 });
        await run.FeedAsync(["urgent 1", "urgent 2"], ItemPriority.High);
        run.GetSnapshot().Queued.ShouldBe(2);

        // The permit is free while both are asked: one gets it, and the other one finds the line full.
        gate.Open("first");
        await gate.WhenArrivedAsync(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().InProgress == 1);
        PipelineSnapshot now = run.GetSnapshot();
        (now.Limited, now.Queued).ShouldBe((1, 1));
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(4);

        gate.Arrivals.Skip(1).Take(2).ShouldBe(["urgent 1", "urgent 2"], ignoreOrder: true);
        gate.Arrivals[^1].ShouldBe("held");
    }

    [Test]
    public async Task Waiting_for_the_next_attempt_holds_no_permit()
    {
        List<string> starts = [];
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithTasks<int, int>("A", t => t.TaskWithContext("one", (int x, StageContext context) =>
        {
            starts.Add($"{x}.{context.Attempt}");
            return context.Attempt == 1 && x == 1 ? throw new TimeoutException("again") : x;
        }, maxConcurrency: 1), workers: 2, s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(10))).WithTimeProvider(_time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([1, 2]);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Succeeded: 1, Retrying: 1 });
        run.Complete();
        await _time.DriveAsync(run.Completion);

        starts.ShouldBe(["1.1", "2.1", "1.2"]);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref most)) < value && Interlocked.CompareExchange(ref most, value, seen) != seen)
        {
        }
    }
}
