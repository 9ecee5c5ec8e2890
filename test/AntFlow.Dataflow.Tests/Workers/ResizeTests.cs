using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Workers;

public sealed class ResizeTests
{
    [Test]
    public async Task Never_more_executions_start_than_there_are_workers_however_often_they_are_resized()
    {
        var gate = new Gate<int>();
        int running = 0;
        int allowed = 3;
        int violations = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            // Ignores every token, as a body may.
            if (Interlocked.Increment(ref running) > Volatile.Read(ref allowed))
                Interlocked.Increment(ref violations);
            await gate.PassAsync(x);
            Interlocked.Decrement(ref running);
            return x;
        }, workers: 3, s => s.QueueCapacity = StageOptions.Unbounded).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 5000));
        var random = new Random(7);
        int opened = 0;
        for (int round = 0; round < 200; round++)
        {
            await gate.WhenArrivedAsync(opened + allowed);
            await Waiting.UntilAsync(() => Volatile.Read(ref running) == allowed);
            int now = random.Next(1, 9);
            int before = allowed;
            if (now > before)
                Volatile.Write(ref allowed, now);
            run.SetWorkers("A", now);
            Volatile.Write(ref allowed, now);
            run.Core.Blocks[0].Workers.HostDegree.ShouldBe(now);
            int leaving = Math.Max(0, before - now) + random.Next(0, 3);
            // Bodies start in the order of the items, so the oldest ones are those that run.
            for (int i = 0; i < Math.Min(leaving, before); i++)
                gate.Open(opened++);
        }

        await gate.WhenArrivedAsync(opened + allowed);
        gate.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        violations.ShouldBe(0);
        report.SucceededCount.ShouldBe(5000);
    }

    [Test]
    public async Task After_resizing_workers_are_named_from_zero_on()
    {
        var gate = new Gate<(int Item, string Worker)>();
        var names = new List<string>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithContext<int, int>("A", async (x, context) =>
        {
            lock (names)
                names.Add(context.Worker);
            await gate.PassAsync((x, context.Worker));
            return x;
        }, workers: 4, s => s.QueueCapacity = StageOptions.Unbounded).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 9));
        await gate.WhenArrivedAsync(4);
        names.Order(StringComparer.Ordinal).ShouldBe(["A-W0", "A-W1", "A-W2", "A-W3"]);

        run.SetWorkers("A", 2);
        run.GetSnapshot().Workers.Count.ShouldBe(4, "those taken away that still run are shown");
        OpenFirst(4);
        await gate.WhenArrivedAsync(6);
        names.Skip(4).Order(StringComparer.Ordinal).ShouldBe(["A-W0", "A-W1"]);
        run.GetSnapshot().Workers.Select(w => w.Name).ShouldBe(["A-W0", "A-W1"]);

        run.SetWorkers("A", 3);
        await gate.WhenArrivedAsync(7);
        names[6].ShouldBe("A-W2");
        run.GetSnapshot().Stages[0].Workers.ShouldBe(3);
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        void OpenFirst(int count)
        {
            foreach ((int, string) who in gate.Arrivals.Take(count))
                gate.Open(who);
        }
    }

    [Test]
    public async Task MaxInFlight_that_follows_the_workers_follows_them_down()
    {
        var time = new SteppedTime();
        var second = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.StageWithTasks<int, int>("A", tasks => tasks.Task("first", (int x) => x).TaskWithContext("second", async (int x, StageContext context) =>
        {
            if (context.Attempt == 1 && x < 4)
                throw new TimeoutException();
            await second.PassAsync(x);
            return x;
        }), workers: 4, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1));
            s.QueueCapacity = StageOptions.Unbounded;
        }).WithTimeProvider(time).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 6));
        await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == 4);
        run.GetSnapshot().Queued.ShouldBe(2, "four items hold the four places, though no worker");

        run.SetWorkers("A", 2);
        await time.WhenPendingAsync(1);
        while (run.GetSnapshot().Retrying > 0)
            time.StepToNextTimer();
        await second.WhenArrivedAsync(2);
        second.Open(0);
        second.Open(1);
        await second.WhenArrivedAsync(4);
        second.Arrivals.ShouldBe([0, 1, 2, 3], ignoreOrder: true);
        second.Open(2);
        await second.WhenArrivedAsync(5);
        second.OpenForAll();
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        report.SucceededCount.ShouldBe(6);
        second.MaxInsideCount.ShouldBe(2);
    }

    [Test]
    public async Task There_are_never_fewer_places_than_workers()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await gate.PassAsync(x);
            return x;
        }, workers: 1, s => s.MaxInFlight = 2).Build().Start();
        run.SetWorkers("A", 4);
        await run.FeedAsync(Enumerable.Range(0, 6));
        await gate.WhenArrivedAsync(4);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { InProgress: 4, Queued: 2 });
        gate.OpenForAll();
    }

    [Test]
    public async Task Resizing_from_several_threads_at_once_loses_no_item()
    {
        for (int round = 0; round < 50; round++)
        {
            Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
            {
                if (x % 3 == 0)
                    await Task.Yield();
                return x;
            }, workers: 2).Build();
            await using PipelineRun<int, int> run = pipeline.Start();
            Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 500));
            Task[] resizing = [.. Enumerable.Range(0, 3).Select(seed => Task.Run(() =>
            {
                var random = new Random(seed);
                for (int i = 0; i < 20; i++)
                    run.SetWorkers("A", random.Next(1, 6));
            }))];
            await Task.WhenAll(resizing).InTime();
            (await feeding.InTime()).ShouldBe(500);
            run.Complete();
            PipelineReport<int> report = await run.Completion.InTime();

            report.SucceededCount.ShouldBe(500);
            report.Fault.ShouldBeNull();
        }
    }
}
