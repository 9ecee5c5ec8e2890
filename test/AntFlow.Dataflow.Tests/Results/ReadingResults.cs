using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Results;

public sealed class ReadingResults
{
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task A_stream_comes_in_completion_order()
    {
        await using IAsyncEnumerator<PipelineResult<int>> reader = Held(workers: 3).StreamAsync([1, 2, 3]).GetAsyncEnumerator();
        ValueTask<bool> moving = reader.MoveNextAsync();
        await _gate.WhenArrivedAsync(3);
        List<long> read = [];
        for (int x = 3; x >= 1; x--)
        {
            _gate.Open(x);
            (await moving).ShouldBeTrue();
            read.Add(reader.Current.Sequence);
            moving = reader.MoveNextAsync();
        }

        (await moving).ShouldBeFalse();
        read.ShouldBe([2, 1, 0]);
    }

    [Test]
    public async Task A_stream_in_order_comes_in_input_order_whatever_ends_first()
    {
        await using IAsyncEnumerator<PipelineResult<int>> reader = Held(workers: 3).StreamAsync([1, 2, 3], new RunOptions { OrderResults = true }).GetAsyncEnumerator();
        ValueTask<bool> first = reader.MoveNextAsync();
        await _gate.WhenArrivedAsync(3);
        _gate.Open(3);
        _gate.Open(2);
        first.IsCompleted.ShouldBeFalse();
        _gate.Open(1);
        List<int> read = [];
        for (bool more = await first; more; more = await reader.MoveNextAsync())
            read.Add(reader.Current.Value);

        read.ShouldBe([1, 2, 3]);
    }

    [Test]
    public async Task The_window_of_ordered_results_is_bounded()
    {
        await using PipelineRun<int, int> run = Held(workers: 10).Start(new RunOptions { OrderResults = true, ResultCapacity = 4 });
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 50));
        await _gate.WhenArrivedAsync(4);
        _gate.Open(1);
        _gate.Open(2);
        await Waiting.UntilAsync(() => run.GetSnapshot().InProgress == 2);

        feeding.IsCompleted.ShouldBeFalse();
        run.GetSnapshot().Fed.ShouldBeInRange(4, 5, "acceptance runs at most the window ahead of the reader");
        _gate.OpenForAll();
        List<int> read = [];
        await foreach (PipelineResult<int> result in results)
        {
            read.Add(result.Value);
            if (read.Count == 50)
                run.Complete();
        }

        read.ShouldBe(Enumerable.Range(0, 50));
        (await feeding.InTime()).ShouldBe(50);
    }

    [Test]
    public async Task Results_in_order_are_collected_until_somebody_reads_them()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x, 3).Build();
        await using PipelineRun<int, int> unread = pipeline.Start(new RunOptions { OrderResults = true, ResultCapacity = 2 });
        (await unread.FeedAsync(Enumerable.Range(0, 20)).InTime()).ShouldBe(20, "there is no reader to wait for");
        unread.Complete();
        (await unread.Completion.InTime()).Results.Select(r => r.Value).ShouldBe(Enumerable.Range(0, 20));

        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { OrderResults = true, ResultCapacity = 2 });
        await run.FeedAsync(Enumerable.Range(0, 20)).InTime();
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        Task<long> feeding = run.FeedAsync([20]);
        feeding.IsCompleted.ShouldBeFalse("the reader has twenty to read first");
        List<int> read = [];
        await foreach (PipelineResult<int> result in results)
        {
            read.Add(result.Value);
            if (read.Count == 21)
                run.Complete();
        }

        read.ShouldBe(Enumerable.Range(0, 21));
        (await feeding.InTime()).ShouldBe(1);
    }

    [Test]
    public async Task A_stream_is_cold_and_can_be_read_once()
    {
        int calls = 0;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => { calls++; return x; }).Build();
        IAsyncEnumerable<PipelineResult<int>> stream = pipeline.StreamAsync([1, 2]);
        calls.ShouldBe(0);
        (await stream.ToListAsync().InTime()).Count.ShouldBe(2);

        await stream.ToListAsync().CatchAsync<InvalidOperationException>();
    }

    [Test]
    public async Task Leaving_a_stream_early_stops_the_run_and_takes_no_more_input()
    {
        int taken = 0;
        IEnumerable<int> Items()
        {
            while (true)
                yield return taken++;
        }

        await foreach (PipelineResult<int> result in PipelineBuilder.Stage<int, int>("A", x => x).Build().StreamAsync(Items()))
        {
            if (result.Sequence >= 5)
                break;
        }

        int after = taken;
        await Task.Yield();
        taken.ShouldBe(after);
    }

    [Test]
    public async Task A_slow_reader_holds_the_last_stage_back()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.QueueCapacity = 2).Build().Start(new RunOptions { ResultCapacity = 3 });
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Blocked: 1, Queued: >= 2 });
        PipelineSnapshot now = run.GetSnapshot();

        feeding.IsCompleted.ShouldBeFalse();
        (now.Succeeded, now.Blocked, now.Stages[0].BlockedWorkers).ShouldBe((3, 1, 1));
        now.Fed.ShouldBeInRange(6, 7);
        int read = 0;
        await foreach (PipelineResult<int> result in results)
        {
            if (++read == 100)
                run.Complete();
        }

        (await feeding.InTime()).ShouldBe(100);
        (await run.Completion.InTime()).Results.ShouldBeEmpty();
    }

    [Test]
    public async Task Failed_and_canceled_results_count_at_once_and_are_never_blocked()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", (int _) => throw new ArgumentException("no"), 1).Build().Start(new RunOptions { ResultCapacity = 1 });
        run.BeginReading();
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        Task<long> feeding = run.FeedAsync([1, 2, 3]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Failed >= 2);

        run.GetSnapshot().Blocked.ShouldBe(0);
        run.Complete();
        (await results.ToListAsync().InTime()).Count.ShouldBeGreaterThanOrEqualTo(2);
    }

    [Test]
    public async Task A_reading_that_nothing_is_asked_of_changes_nothing()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1).Build().Start(new RunOptions { ResultCapacity = 1 });
        _ = run.ReadResultsAsync();
        await using IAsyncEnumerator<PipelineResult<int>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        await run.FeedAsync(Enumerable.Range(0, 100)).InTime();
        run.Complete();

        (await run.Completion.InTime()).Results.Count.ShouldBe(100);
        (await reader.MoveNextAsync()).ShouldBeTrue();
        reader.Current.Value.ShouldBe(0);
    }

    [Test]
    public async Task Without_collecting_results_are_kept_from_the_call_on()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1).Build().Start(new RunOptions { CollectResults = false, ResultCapacity = 1 });
        await run.FeedAsync([1, 2]).InTime();
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 2);
        IAsyncEnumerable<PipelineResult<int>> results = run.ReadResultsAsync();
        await run.FeedAsync([3, 4, 5]).InTime();
        run.Complete();
        (await run.Completion.InTime()).Results.ShouldBeEmpty();

        (await results.ToListAsync().InTime()).Select(result => result.Value).ShouldBe([3, 4, 5]);
    }

    [Test]
    public async Task A_reading_that_is_canceled_already_holds_nothing_back()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1).Build().Start(new RunOptions { ResultCapacity = 1 });
        await run.ReadResultsAsync(new CancellationToken(canceled: true)).ToListAsync().CatchAsync<OperationCanceledException>();
        await run.FeedAsync(Enumerable.Range(0, 100)).InTime();
        run.Complete();

        (await run.Completion.InTime()).Results.Count.ShouldBe(100);
    }

    [Test]
    public async Task There_can_be_one_reader_and_after_it_another()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        await run.FeedAsync([1, 2, 3]);
        run.Complete();
        await using IAsyncEnumerator<PipelineResult<int>> first = run.ReadResultsAsync().GetAsyncEnumerator();
        (await first.MoveNextAsync()).ShouldBeTrue();
        await run.ReadResultsAsync().ToListAsync().CatchAsync<InvalidOperationException>();
        await first.DisposeAsync();

        (await run.ReadResultsAsync().ToListAsync().InTime()).Select(r => r.Value).ShouldBe([2, 3]);
    }

    [Test]
    public async Task Reading_may_begin_after_the_end()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        await run.FeedAsync([1, 2, 3]);
        run.Complete();
        PipelineReport<int> report = await run.Completion.InTime();

        (await run.ReadResultsAsync().ToListAsync().InTime()).ShouldBe(report.Results);
        (await run.ReadResultsAsync().ToListAsync().InTime()).ShouldBeEmpty("each result is read once");
        report.Results.Count.ShouldBe(3);
    }

    [Test]
    public async Task The_readers_token_ends_the_reading_only()
    {
        using var source = new CancellationTokenSource();
        await using PipelineRun<int, int> run = Held(workers: 1).Start();
        await run.FeedOneAsync(1);
        Task<List<PipelineResult<int>>> reading = run.ReadResultsAsync(source.Token).ToListAsync();
        await _gate.WhenArrivedAsync(1);
        await source.CancelAsync();
        await reading.CatchAsync<OperationCanceledException>();
        _gate.OpenForAll();
        run.Complete();

        (await run.ReadResultsAsync().ToListAsync().InTime()).ShouldHaveSingleItem().IsSuccess.ShouldBeTrue();
    }

    [Test]
    public async Task Without_collecting_the_report_has_counts_and_no_results()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x == 3 ? throw new ArgumentException("3") : x)
            .RunAsync(Enumerable.Range(0, 1000), new RunOptions { CollectResults = false });

        report.Results.ShouldBeEmpty();
        (report.SucceededCount, report.FailedCount).ShouldBe((999, 1));
        report.Errors.FailedItems.ShouldHaveSingleItem().ItemId.ToString().ShouldBe("#3");
    }

    [Test]
    public async Task Stopping_does_not_lift_a_slow_readers_backpressure_and_canceling_does()
    {
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1).Build().Start(new RunOptions { ResultCapacity = 1 });
        run.BeginReading();
        await run.FeedAsync([1, 2, 3, 4]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Blocked == 1);
        Task<PipelineReport<int>> stopping = run.StopAsync();
        await Waiting.UntilAsync(() => run.GetSnapshot().Canceled == 2);
        stopping.IsCompleted.ShouldBeFalse();
        run.GetSnapshot().Blocked.ShouldBe(1);
        await run.DisposeAsync().AsTask().InTime();

        PipelineReport<int> report = await stopping.InTime();
        report.Snapshot.Fed.ShouldBe(4);
        (report.SucceededCount + report.CanceledCount).ShouldBe(4);
    }

    private Pipeline<int, int> Held(int workers) =>
        PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x;
        }, workers).Build();
}
