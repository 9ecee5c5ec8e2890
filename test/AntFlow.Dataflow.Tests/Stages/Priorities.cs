using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

public sealed class Priorities
{
    private readonly Gate<string> _gate = new();

    [Test]
    public async Task The_lower_number_runs_first_and_the_first_to_arrive_among_equals()
    {
        await using PipelineRun<string, string> run = StartOne(workers: 1);
        await run.FeedOneAsync("first");
        await _gate.WhenArrivedAsync(1);
        await run.FeedAsync(["n1", "n2", "n3"]);
        await run.FeedAsync([new WorkItem<string>("low") { Priority = 500 }, new WorkItem<string>("top") { Priority = -3 }, new WorkItem<string>("asCall")], priority: 50);
        await run.FeedAsync(["h1", "h2"], ItemPriority.High);
        await run.FeedOneAsync("h3", ItemPriority.High);
        run.TryFeedOne("n4", 100).ShouldBeTrue();
        await FinishAsync(run);

        _gate.Arrivals.ShouldBe(["first", "top", "h1", "h2", "h3", "asCall", "n1", "n2", "n3", "n4", "low"]);
    }

    [Test]
    public async Task It_is_kept_from_stage_to_stage()
    {
        await using PipelineRun<string, string> run = PipelineBuilder.Stage<string, string>("A", x => x).Then("B", BodyAsync, 1).Build().Start();
        await run.FeedOneAsync("first");
        await _gate.WhenArrivedAsync(1);
        await run.FeedAsync(["n1", "n2"]);
        await run.FeedAsync(["h1"], ItemPriority.High);
        await Waiting.UntilAsync(() => run.GetSnapshot().Stages[1].Queued == 3);
        await FinishAsync(run);

        _gate.Arrivals.ShouldBe(["first", "h1", "n1", "n2"]);
    }

    [Test]
    public async Task It_holds_at_the_door_of_a_full_stage()
    {
        await using PipelineRun<string, string> run = PipelineBuilder.Stage<string, string>("A", BodyAsync, 1, s => s.QueueCapacity = 1).Build().Start();
        await run.FeedOneAsync("first");
        await _gate.WhenArrivedAsync(1);
        await run.FeedOneAsync("queued");
        Task<long> low = run.FeedAsync(["low"], ItemPriority.Low);
        Task<long> high = run.FeedAsync(["high"], ItemPriority.High);
        await Waiting.UntilAsync(() => run.GetSnapshot().Fed == 4);
        _gate.OpenForAll();
        (await low.InTime(), await high.InTime()).ShouldBe((1, 1));
        await FinishAsync(run);

        _gate.Arrivals.ShouldBe(["first", "high", "queued", "low"]);
    }

    [Test]
    public async Task A_retried_item_comes_back_with_its_old_ticket()
    {
        var time = new SteppedTime();
        List<string> starts = [];
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>("A", async (string x, StageContext context) =>
        {
            starts.Add($"{x}.{context.Attempt}");
            if (x == "a" && context.Attempt == 1)
                throw new TimeoutException("again");
            if (x == "b")
                await held.Task;
            return x;
        }, 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1));
            s.MaxInFlight = 5;
        }).WithTimeProvider(time).Build();
        await using PipelineRun<string, string> run = pipeline.Start();
        await run.FeedAsync(["a", "b", "c", "d"]);
        await Waiting.UntilAsync(() => starts.Count == 2 && run.GetSnapshot().Retrying == 1);
        time.Advance(TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 0, Queued: 3 });
        held.SetResult();
        run.Complete();
        await run.Completion.InTime();

        starts.ShouldBe(["a.1", "b.1", "a.2", "c.1", "d.1"]);
    }

    private PipelineRun<string, string> StartOne(int workers) =>
        PipelineBuilder.Stage<string, string>("A", BodyAsync, workers, s => s.QueueCapacity = StageOptions.Unbounded).Build().Start();

    private async Task<string> BodyAsync(string x, CancellationToken ct)
    {
        await _gate.PassAsync(x, ct);
        return x;
    }

    private async Task FinishAsync(PipelineRun<string, string> run)
    {
        _gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();
    }
}
