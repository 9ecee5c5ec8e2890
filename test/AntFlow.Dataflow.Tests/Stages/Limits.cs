using AntFlow.Dataflow.TestKit;
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
        PipelineReport<int> report = await _time.DriveAsync(PipelineBuilder.Stage<int, int>("A", t => t
            .Task("free", x => x)
            .Task("limited", async (int x, StageContext context) =>
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
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1));
            }).WithTimeProvider(_time).RunAsync(Enumerable.Range(0, 30)));

        report.SucceededCount.ShouldBe(30);
        most.ShouldBe(2);
        failed.ShouldBe(10);
    }

    [Test]
    public async Task Who_waits_for_a_permit_is_Limited_not_InProgress_and_its_worker_is_not_busy()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", t => t.Task("one", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, maxConcurrency: 1), workers: 3).Build().Start();
        await run.FeedAsync([1, 2, 3]);
        await gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 2);
        PipelineSnapshot now = run.GetSnapshot();

        (now.Limited, now.InProgress, now.Queued, now.Stages[0].Limited).ShouldBe((2, 1, 0, 2));
        now.WorkerStates.Count(w => w.IsBusy).ShouldBe(1);
        now.Stages[0].Attempts.ShouldBe(1);
        gate.OpenForAll();
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task A_permit_goes_to_the_most_urgent_and_then_the_first_to_arrive()
    {
        var gate = new Gate<string>();
        await using PipelineRun<string, string> run = PipelineBuilder.Stage<string, string>("A", t => t.Task("one", async (x, ct) =>
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
    public async Task Waiting_for_the_next_attempt_holds_no_permit()
    {
        List<string> starts = [];
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", t => t.Task("one", (int x, StageContext context) =>
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
