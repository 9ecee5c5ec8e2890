using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class FeedingARun
{
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task A_feed_call_waits_while_the_queue_is_full_and_tells_how_many_it_placed()
    {
        await using PipelineRun<int, int> run = StartHeld(capacity: 2);
        await run.FeedOneAsync(0);
        await _gate.WhenArrivedAsync(1);
        Task<long> feeding = run.FeedAsync(Enumerable.Range(1, 9));
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 4);

        feeding.IsCompleted.ShouldBeFalse("one runs, two are queued, one waits at the door");
        run.TryFeedOne(99).ShouldBeFalse("there is no room");
        _gate.OpenForAll();
        (await feeding.InTime()).ShouldBe(9);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(10);
    }

    [Test]
    public async Task The_default_capacity_is_ten_times_the_workers()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x;
        }, workers: 3).Build().Start();
        for (int i = 0; i < 3; i++)
            await run.FeedOneAsync(i);
        await _gate.WhenArrivedAsync(3);

        Enumerable.Range(0, 100).Count(i => run.TryFeedOne(i)).ShouldBe(30);
        _gate.OpenForAll();
    }

    [Test]
    public async Task Backpressure_goes_from_stage_to_stage_to_the_feeder()
    {
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("A", x => x, 1, s => s.QueueCapacity = 1)
            .Then("B", x => x, 1, s => s.QueueCapacity = 1)
            .Then("C", async (x, ct) =>
            {
                await _gate.PassAsync(x, ct);
                return x;
            }, 1, s => s.QueueCapacity = 1)
            .Build().Start();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        // Once C's worker is held, a blocked one stays blocked. How much is queued then depends on the order of arrival: a full queue lets nothing in before half its capacity.
        await _gate.WhenArrivedAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { } now && now.Stages[0].BlockedWorkers + now.Stages[1].BlockedWorkers == 2);
        PipelineSnapshot now = run.GetSnapshot();

        feeding.IsCompleted.ShouldBeFalse();
        now.Fed.ShouldBeLessThanOrEqualTo(7, "C: one runs, one is queued, one at the door; B and A: one queued, one at the door each");
        (now.Queued, now.InProgress).ShouldBe((now.Fed - 1, 1));
        _gate.OpenForAll();
        (await feeding.InTime()).ShouldBe(100);
    }

    [Test]
    public async Task After_Complete_a_feed_throws_and_TryFeedOne_is_false()
    {
        await using PipelineRun<int, int> run = StartHeld(capacity: 5);
        (await run.FeedAsync([1, 2])).ShouldBe(2);
        run.Complete();

        (await run.FeedAsync([3]).CatchAsync<PipelineClosedException>()).Accepted.ShouldBe(0);
        await run.FeedOneAsync(3).CatchAsync<PipelineClosedException>();
        (await run.FeedAsync(AsAsync([1])).CatchAsync<PipelineClosedException>()).ShouldBeAssignableTo<InvalidOperationException>();
        run.TryFeedOne(3).ShouldBeFalse();
        _gate.OpenForAll();
        (await run.Completion.InTime()).Snapshot.Fed.ShouldBe(2);
    }

    [TestCase("complete")]
    [TestCase("stop")]
    [TestCase("cancel")]
    public async Task A_feed_that_still_runs_then_is_refused_and_told_how_many_were_accepted(string how)
    {
        await using PipelineRun<int, int> run = StartHeld(capacity: 2);
        await run.FeedOneAsync(0);
        await _gate.WhenArrivedAsync(1);
        Task<long> feeding = run.FeedAsync(Enumerable.Range(1, 9));
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 4);
        if (how == "complete")
            run.Complete();
        else if (how == "stop")
            run.Stop();
        Task disposing = how == "cancel" ? run.DisposeAsync().AsTask() : Task.CompletedTask;
        _gate.OpenForAll();
        PipelineClosedException closed = await feeding.CatchAsync<PipelineClosedException>();
        await disposing.InTime();
        PipelineReport<int> report = await run.Completion.InTime();

        closed.Accepted.ShouldBe(3);
        report.Results.Count.ShouldBe(4);
        report.Snapshot.Fed.ShouldBe(4);
    }

    [Test]
    public async Task A_feed_whose_own_token_is_canceled_says_how_many_were_accepted_the_waiting_one_included()
    {
        using var source = new CancellationTokenSource();
        await using PipelineRun<int, int> run = StartHeld(capacity: 2);
        await run.FeedOneAsync(0);
        await _gate.WhenArrivedAsync(1);
        Task<long> feeding = run.FeedAsync(Enumerable.Range(1, 9), cancellationToken: source.Token);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 4);
        await source.CancelAsync();
        FeedCanceledException canceled = await feeding.CatchAsync<FeedCanceledException>();
        canceled.Accepted.ShouldBe(3);
        canceled.CancellationToken.ShouldBe(source.Token);
        _gate.OpenForAll();
        run.Complete();

        (await run.Completion.InTime()).Results.Select(r => r.Value).ShouldBe([0, 1, 2, 3]);
    }

    [Test]
    public async Task What_the_sequence_throws_is_thrown_on_and_the_run_lives()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start();
        (await run.FeedAsync(Throwing()).CatchAsync<InvalidDataException>()).Message.ShouldBe("input");
        (await run.FeedAsync([7])).ShouldBe(1);
        run.Complete();

        (await run.Completion.InTime()).Results.Select(r => r.Value).ShouldBe([1, 2, 7]);
    }

    [Test]
    public async Task RunAsync_finishes_what_was_accepted_when_the_input_throws()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x * 2).Build();
        foreach (Task<PipelineReport<int>> running in (Task<PipelineReport<int>>[])[pipeline.RunAsync(Throwing()), pipeline.RunAsync(AsAsync(Throwing()))])
        {
            PipelineInputException thrown = await running.CatchAsync<PipelineInputException>();

            thrown.InnerException.ShouldBeOfType<InvalidDataException>();
            thrown.Report.ShouldBeOfType<PipelineReport<int>>().Results.Select(r => r.Value).ShouldBe([2, 4]);
        }
    }

    [Test]
    public async Task Lists_streams_values_and_work_items_can_be_run()
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        WorkItem<int>[] items = [new(1) { Id = "a" }, new(2)];

        (await pipeline.RunAsync([1, 2])).Results.Select(r => r.ItemId.ToString()).ShouldBe(["#0", "#1"]);
        (await pipeline.RunAsync(AsAsync([1, 2]))).SucceededCount.ShouldBe(2);
        (await pipeline.RunAsync(items)).Results.Select(r => r.ItemId.ToString()).ShouldBe(["a", "#1"]);
        (await pipeline.RunAsync(AsAsync(items))).Results.Select(r => r.ItemId.ToString()).ShouldBe(["a", "#1"]);
        (await pipeline.RunAsync(Array.Empty<int>()).InTime()).Results.ShouldBeEmpty();
        (await pipeline.RunAsync([1, 2])).Snapshot.Total.ShouldBe(2);
        (await pipeline.RunAsync(AsAsync([1, 2]))).Snapshot.Total.ShouldBeNull();
    }

    [Test]
    public async Task Any_stage_can_be_fed_by_object_and_by_name()
    {
        Stage<int, string> first = Stage.Create<int, string>("A", x => $"{x}");
        Stage<string, string> second = Stage.Create<string, string>("B", x => $"<{x}>");
        await using PipelineRun<int, string> run = PipelineBuilder.Stage(first).Then(second).Build().Start();

        (await run.FeedAsync(second, ["o"])).ShouldBe(1);
        await run.FeedAsync(second, [new WorkItem<string>("w") { Id = "w" }]);
        await run.FeedAsync(second, AsAsync(["s"]));
        await run.FeedAsync(second, AsAsync((WorkItem<string>[])[new("sw")]));
        await run.FeedAsync<string>("B", ["n"]);
        await run.FeedAsync<string>("B", [new WorkItem<string>("nw")]);
        await run.FeedAsync("B", AsAsync(["ns"]));
        await run.FeedAsync<int>("A", [1]);
        await run.FeedAsync(first, [2]);
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Select(r => r.Value).ShouldBe(["<o>", "<w>", "<s>", "<sw>", "<n>", "<nw>", "<ns>", "<1>", "<2>"]);
        report.Snapshot.Stages.Select(s => s.Arrived).ShouldBe([2, 9]);
    }

    [Test]
    public async Task A_wrong_stage_or_type_is_told_when_called()
    {
        await using PipelineRun<int, string> run = PipelineBuilder.Stage<int, string>("A", x => $"{x}").Then("B", x => x).Build().Start();
        Stage<int, int> foreign = Stage.Create<int, int>("A", x => x);

        Should.Throw<ArgumentException>(() => { _ = run.FeedAsync<int>("C", [1]); }).Message.ShouldStartWith("There is no stage 'C' in this pipeline. Its stages are 'A', 'B'.");
        Should.Throw<ArgumentException>(() => { _ = run.FeedAsync<int>("B", [1]); }).Message.ShouldStartWith("Stage 'B' takes String, not Int32.");
        Should.Throw<ArgumentException>(() => { _ = run.FeedAsync(foreign, [1]); }).Message.ShouldContain("not part of this pipeline");
        Should.Throw<ArgumentException>(() => run.Pause("C"));
        Should.Throw<ArgumentException>(() => run.SetWorkers("C", 1));
        Should.Throw<ArgumentOutOfRangeException>(() => run.SetWorkers("A", 0));
    }

    private static IEnumerable<int> Throwing()
    {
        yield return 1;
        yield return 2;
        throw new InvalidDataException("input");
    }

    private static async IAsyncEnumerable<T> AsAsync<T>(IEnumerable<T> items)
    {
        foreach (T item in items)
        {
            await Task.Yield();
            yield return item;
        }
    }

    private PipelineRun<int, int> StartHeld(int capacity) =>
        PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await _gate.PassAsync(x, ct);
            return x;
        }, 1, s => s.QueueCapacity = capacity).Build().Start();
}
