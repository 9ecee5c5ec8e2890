using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Observing;

/// <summary>What an item has spent its time with, on a clock that is stepped.</summary>
public sealed class ItemTimesTests
{
    private readonly SteppedTime _time = new();
    private readonly Gate<string> _gate = new();
    private readonly Ears _ears = new(ObserverInterests.Ends);

    [Test]
    public async Task An_item_waits_in_the_queue_and_is_run()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", PassAsync).WithObserver(_ears).WithTimeProvider(_time).Build();

        await RunAsync(pipeline, ["a", "b"], ("a", 3), ("b", 2));

        _ears.Times["a"].ShouldBe(default(ItemTimes) with { Run = Seconds(3) });
        _ears.Times["b"].ShouldBe(default(ItemTimes) with { Queue = Seconds(3), Run = Seconds(2) });
    }

    [Test]
    public async Task The_limit_of_a_first_task_and_of_a_later_one_are_told_apart_from_the_queue([Values] bool isFirst)
    {
        PipelineBuilder<string, string> builder = isFirst
            ? PipelineBuilder.StageWithTasks<string, string>("A", t => t.Task("limited", PassAsync, maxConcurrency: 1), 2)
            : PipelineBuilder.StageWithTasks<string, string>("A", t => t.Task("free", x => x).Task("limited", PassAsync, maxConcurrency: 1), 2);

        await using PipelineRun<string, string> run = builder.WithObserver(_ears).WithTimeProvider(_time).Build().Start();
        await run.FeedAsync([new WorkItem<string>("a") { Id = "a" }, new WorkItem<string>("b") { Id = "b" }]);
        await _gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Limited == 1);
        _time.Advance(Seconds(3));
        _gate.Open("a");
        await _gate.WhenArrivedAsync(2);
        _time.Advance(Seconds(2));
        _gate.Open("b");
        run.Complete();
        await run.Completion.InTime();

        _ears.Times["b"].ShouldBe(default(ItemTimes) with { Limit = Seconds(3), Run = Seconds(2) });
    }

    [Test]
    public async Task An_item_waits_for_its_next_attempt_and_then_for_a_worker()
    {
        int calls = 0;
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>(
            "A",
            async (x, ct) =>
            {
                await PassAsync(x, ct);
                return x == "a" && ++calls == 1 ? throw new TimeoutException() : x;
            },
            1,
            s => s.Retry = RetryPolicy.Fixed(2, Seconds(5))).WithObserver(_ears).WithTimeProvider(_time).Build();

        // "a" fails after a second and is due at 6, while "b" is run from 1 to 9.
        await RunAsync(pipeline, ["a", "b"], ("a", 1), ("b", 8), ("a", 4));

        _ears.Times["a"].ShouldBe(default(ItemTimes) with { Run = Seconds(5), Retry = Seconds(5), Queue = Seconds(3) });
        _ears.Times["b"].ShouldBe(default(ItemTimes) with { Queue = Seconds(1), Run = Seconds(8) });
    }

    [Test]
    public async Task Each_stage_adds_to_the_times_and_user_code_beside_the_tasks_counts_as_run()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", PassAsync, 1, s => s.SkipIf = x =>
            {
                _time.Advance(Seconds(10));
                return false;
            })
            .Then("B", PassAsync, 1, s => s.OnSuccess = (_, _) =>
            {
                _time.Advance(Seconds(20));
                return default;
            })
            .WithObserver(_ears).WithTimeProvider(_time).Build();

        await RunAsync(pipeline, ["a"], ("a", 1), ("a", 2));

        _ears.Times["a"].ShouldBe(default(ItemTimes) with { Run = Seconds(33) });
    }

    [Test]
    public async Task The_store_is_waited_for()
    {
        var store = new ChaosStore(new InMemoryCheckpointStore());
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", (string x) =>
            {
                store.Before = async call =>
                {
                    if (call.Batch is null)
                        return;
                    writing.TrySetResult();
                    await held.Task;
                };
                return x;
            })
            .WithCheckpoints(store).WithObserver(_ears).WithTimeProvider(_time).Build();
        await using PipelineRun<string, string> run = pipeline.Start(new RunOptions { RunId = "r" });
        await run.FeedAsync([new WorkItem<string>("a") { Id = "a" }]);
        await writing.Task.InTime();

        _time.Advance(Seconds(7));
        held.SetResult();
        run.Complete();
        await _time.DriveAsync(run.Completion);

        _ears.Times["a"].Store.ShouldBe(Seconds(7));
        _ears.Times["a"].Run.ShouldBe(TimeSpan.Zero);
    }

    [Test]
    public async Task All_workers_that_wait_for_the_reader_are_all_of_the_time_and_half_of_them_half_of_it([Values] bool areAll)
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", PassAsync, 2, s => s.QueueCapacity = 10).WithObserver(_ears).WithTimeProvider(_time).Build();
        await using PipelineRun<string, string> run = pipeline.Start(new RunOptions { ResultCapacity = 1, CollectResults = false });
        run.BeginReading();
        await using IAsyncEnumerator<PipelineResult<string>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        // The first result is within the bound, and what makes another one waits.
        foreach (string item in areAll ? (string[])["a", "b", "c"] : ["a", "b"])
            _gate.Open(item);
        await run.FeedAsync(Enumerable.Range(0, 5).Select(i => new WorkItem<string>($"{(char)('a' + i)}") { Id = $"{(char)('a' + i)}" }).ToList());
        await Waiting.UntilAsync(() => run.GetSnapshot() is var now && now.Stages[0].BlockedWorkers == (areAll ? 2 : 1) && now.Queued == 2 && now.InProgress == (areAll ? 0 : 1));
        _time.Advance(Seconds(8));
        run.Complete();
        _gate.OpenForAll();
        while (await reader.MoveNextAsync().AsTask().InTime())
            continue;

        foreach (string item in (string[])["d", "e"])
            (_ears.Times[item].Reader, _ears.Times[item].Total).ShouldBe((Seconds(areAll ? 8 : 4), Seconds(8)));
    }

    [Test]
    public async Task A_reader_that_holds_the_workers_is_what_the_items_behind_wait_for()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", (string x) => x, 1, s => s.QueueCapacity = 10)
            .WithObserver(_ears).WithTimeProvider(_time).Build();
        await using PipelineRun<string, string> run = pipeline.Start(new RunOptions { ResultCapacity = 1, CollectResults = false });
        run.BeginReading();
        await using IAsyncEnumerator<PipelineResult<string>> reader = run.ReadResultsAsync().GetAsyncEnumerator();
        await run.FeedAsync(Enumerable.Range(0, 5).Select(i => new WorkItem<string>($"{i}") { Id = $"{i}" }).ToList());
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].BlockedWorkers == 1);
        _time.Advance(Seconds(9));
        run.Complete();
        while (await reader.MoveNextAsync().AsTask().InTime())
            continue;

        _ears.Times["4"].Reader.ShouldBe(Seconds(9));
        _ears.Times["4"].Total.ShouldBe(Seconds(9));
    }

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);

    private async Task<string> PassAsync(string item, CancellationToken cancellationToken)
    {
        await _gate.PassAsync(item, cancellationToken);
        return item;
    }

    /// <summary>Runs the items; of each call in turn, how many seconds it takes.</summary>
    private async Task RunAsync(Pipeline<string, string> pipeline, string[] items, params (string Item, int Seconds)[] calls)
    {
        await using PipelineRun<string, string> run = pipeline.Start();
        await run.FeedAsync(items.Select(item => new WorkItem<string>(item) { Id = item }).ToList());
        for (int i = 0; i < calls.Length; i++)
        {
            await _gate.WhenArrivedAsync(i + 1);
            // Those beside it wait, wherever they are to.
            await Waiting.UntilAsync(() => run.GetSnapshot() is var now && now.InProgress == 1 && now.InProgress + now.Queued + now.Limited + now.Retrying + now.Succeeded == items.Length);
            _time.Advance(Seconds(calls[i].Seconds));
            _gate.Open(calls[i].Item);
            int done = i + 1;
            await Waiting.UntilAsync(() => _gate.InsideCount == 0 || _gate.Arrivals.Count > done);
        }

        run.Complete();
        await run.Completion.InTime();
    }
}
