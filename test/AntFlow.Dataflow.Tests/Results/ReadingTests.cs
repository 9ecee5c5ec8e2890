using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

/// <summary>Where results and their reader meet.</summary>
public sealed class ReadingTests
{
    [Test]
    public async Task Ordered_results_are_bounded_where_items_come_in_and_the_slow_one_can_always_be_delivered()
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await gate.PassAsync(x);
            return x;
        }, workers: 8, s => s.QueueCapacity = StageOptions.Unbounded).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { OrderResults = true, ResultCapacity = 4 });
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await gate.WhenArrivedAsync(4);
        foreach (int item in new[] { 3, 2, 1 })
            gate.Open(item);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 3);
        run.GetSnapshot().Fed.ShouldBe(4, "nothing is read yet, so nothing more is accepted");
        gate.Arrivals.Count.ShouldBe(4);

        gate.OpenForAll();
        Task<List<PipelineResult<int>>> reading = results.ToListAsync();
        (await feeding.InTime()).ShouldBe(100);
        run.Complete();
        (await reading.InTime()).Select(r => r.Value).ShouldBe(Enumerable.Range(0, 100));
    }

    [Test]
    public async Task Feeders_that_wait_for_the_reader_are_told_when_the_run_closes([Values] bool cancel)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { OrderResults = true, ResultCapacity = 3, CollectResults = false });
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 3);
        if (cancel)
            await run.DisposeAsync();
        else
            run.Stop();

        (await Should.ThrowAsync<PipelineClosedException>(feeding.InTime())).Accepted.ShouldBe(3);
        (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task A_reader_who_keeps_his_thread_keeps_no_worker()
    {
        using var secondHasBegun = new ManualResetEventSlim();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", (int x) =>
        {
            if (x == 2)
                secondHasBegun.Set();
            return x;
        }, workers: 1).Build().Start();
        // The reader already waits when the first result arrives, so the worker that made it wakes the reader; and no context of the test moves it elsewhere.
        Task<List<int>> reading = ReadAsync();
        await run.FeedAsync([1, 2]);
        run.Complete();

        (await reading.InTime()).ShouldBe([1, 2]);

        async Task<List<int>> ReadAsync()
        {
            var values = new List<int>();
            await foreach (PipelineResult<int> result in run.ReadResultsAsync().ConfigureAwait(false))
            {
                secondHasBegun.Wait(Testing.Waiting.Patience).ShouldBeTrue("the worker goes on");
                values.Add(result.Value);
            }

            return values;
        }
    }

    [Test]
    public async Task A_reader_whose_token_is_canceled_as_it_begins_to_wait_does_not_wait_on()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        for (int round = 0; round < 3000; round++)
        {
            using var canceling = new CancellationTokenSource();
            Task reading = run.ReadResultsAsync(canceling.Token).ToListAsync();
            Task canceled = Task.Run(canceling.Cancel);
            await Should.ThrowAsync<OperationCanceledException>(reading.InTime());
            await canceled;
        }
    }

    [Test]
    public async Task A_reader_that_was_canceled_before_it_begins_to_wait_does_not_wait()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        using var canceling = new CancellationTokenSource();
        // What the reader's token calls comes and goes here: there is no waiting reader it could wake.
        run.Core.Sink.WakeReader();
        await canceling.CancelAsync();
        ValueTask<bool> wait = run.Core.Sink.WaitToReadAsync(canceling.Token);
        wait.IsCompleted.ShouldBeTrue();
        (await wait).ShouldBeTrue("there is no result, but the canceling has to be looked at");
    }

    [Test]
    public async Task Results_that_the_reader_has_fetched_but_not_come_to_count_as_unread()
    {
        const int Bound = 64;
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 1).Build().Start(new RunOptions { ResultCapacity = Bound });
        run.BeginReading();
        await using IAsyncEnumerator<PipelineResult<int>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        await run.FeedAsync(Enumerable.Range(0, Bound)).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == Bound);
        (await reader.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
        Task<long> more = run.FeedAsync(Enumerable.Range(0, Bound));
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 1);

        run.GetSnapshot().Succeeded.ShouldBe(1 + Bound, "one was read, and so many may be unread");
        while (run.GetSnapshot().Succeeded < 2 * Bound)
            (await reader.MoveNextAsync().AsTask().InTime()).ShouldBeTrue();
        (await more.InTime()).ShouldBe(Bound);
    }

    [Test]
    public async Task A_slow_reader_holds_the_workers_back_and_canceling_lets_them_go()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 3, s => s.QueueCapacity = 2).Build();
        PipelineRun<int, int> run = pipeline.Start(new RunOptions { ResultCapacity = 4 });
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 3);
        PipelineSnapshot full = run.GetSnapshot();
        full.Blocked.ShouldBe(3);
        full.Succeeded.ShouldBe(4);

        Task<PipelineReport<int>> stopping = run.StopAsync();
        (await Should.ThrowAsync<PipelineClosedException>(feeding.InTime())).Accepted.ShouldBe((int)run.GetSnapshot().Fed);
        stopping.IsCompleted.ShouldBeFalse("stopping does not lift a slow reader's backpressure");
        run.GetSnapshot().Blocked.ShouldBe(3);
        await run.DisposeAsync().AsTask().InTime();
        PipelineReport<int> report = await stopping.InTime();
        report.SucceededCount.ShouldBe(7);
        (await results.ToListAsync().InTime()).Count.ShouldBe((int)report.Snapshot.Fed);
    }

    [Test]
    public async Task Canceling_lets_the_workers_go_that_wait_for_the_reader_while_others_still_run()
    {
        var gate = new Gate<int>();
        // The first item ignores its token, so that the run is not over yet when its workers are looked at.
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            if (x == 0)
                await gate.PassAsync(x);
            return x;
        }, workers: 2).Build();
        PipelineRun<int, int> run = pipeline.Start(new RunOptions { ResultCapacity = 1 });
        run.BeginReading();
        await run.FeedAsync([0, 1, 2, 3]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 1);
        Task disposing = run.DisposeAsync().AsTask();
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 0);

        disposing.IsCompleted.ShouldBeFalse();
        gate.OpenForAll();
        await disposing.InTime();
        (await run.Completion.InTime()).Snapshot.Fed.ShouldBe(4);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_feeder_that_waits_for_the_reader_of_ordered_results_is_let_go_when_the_run_closes(bool cancels)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2).Build();
        PipelineRun<int, int> run = pipeline.Start(new RunOptions { OrderResults = true, ResultCapacity = 2 });
        run.BeginReading();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 50));
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 2);
        Task ending = cancels ? run.DisposeAsync().AsTask() : run.StopAsync();

        (await Should.ThrowAsync<PipelineClosedException>(feeding.InTime())).Accepted.ShouldBe(2);
        await ending.InTime();
        await run.DisposeAsync();
    }

    [Test]
    public async Task Reading_and_the_end_of_the_run_at_the_same_instant_lose_no_result()
    {
        for (int round = 0; round < 500; round++)
        {
            Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, workers: 4).Build();
            await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { ResultCapacity = 2 });
            Task<List<PipelineResult<int>>> reading = run.ReadResultsAsync().ToListAsync();
            Task<long> feeding = Task.Run(() => run.FeedAsync(Enumerable.Range(0, 20)));
            (await feeding.InTime()).ShouldBe(20);
            run.Complete();
            (await reading.InTime()).Select(r => r.Sequence).ShouldBe(Enumerable.Range(0, 20).Select(i => (long)i), ignoreOrder: true);
            (await run.Completion.InTime()).SucceededCount.ShouldBe(20);
        }
    }
}
