using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>An item that is accepted and fails before it begins keeps its id: the next one with it is a duplicate.</summary>
public sealed class FailedAtTheDoorTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());

    private Pipeline<string, string> Make(TimeSpan? giveUpAfter = null) => PipelineBuilder.Stage<string, string>("A", x => x)
        .IdentifyBy(x => x)
        .WithCheckpoints(_store, new CheckpointOptions { GiveUpAfter = giveUpAfter ?? TimeSpan.FromMinutes(5) })
        .Build();

    [Test]
    public async Task An_item_that_could_not_be_looked_up()
    {
        (await Make().LiveAsync("x")).SucceededCount.ShouldBe(1);
        await using PipelineRun<string, string> run = Make(giveUpAfter: TimeSpan.Zero).Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        // Room is promised to both before the store has failed.
        var gate = new TaskCompletionSource();
        _store.Delay = _ => gate.Task;
        _store.Before = method => method is nameof(ICheckpointRun.FindItemAsync) or nameof(ICheckpointRun.ReadItemsAsync) ? new IOException("no disk") : null;
        run.TryFeedOne("x").ShouldBeTrue();
        run.TryFeedOne("x").ShouldBeTrue();
        gate.SetResult();
        run.Complete();

        PipelineReport<string> report = await run.Completion.ReportAsync();

        report.FailedCount.ShouldBe(2);
        report.Results.Count(result => result.Error is DuplicateItemException).ShouldBe(1);
        report.Results.Single(result => result.Error is not DuplicateItemException).Error!.Message.ShouldStartWith("Item 'x' could not be looked up in the store: ");
    }

    [Test]
    public async Task An_item_with_metadata_that_cannot_be_stored()
    {
        await using PipelineRun<string, string> run = Make().Start(Lives.Nightly);
        await run.FeedOneAsync(new WorkItem<string>("x") { Id = "x", Metadata = { ["who"] = new object() } }).InTime();
        await run.FeedOneAsync("x").InTime();
        run.Complete();

        PipelineReport<string> report = await run.Completion.InTime();

        report.FailedCount.ShouldBe(2);
        report.Results[0].Error!.Message.ShouldStartWith("The metadata of item 'x' could not be turned into bytes: ");
        report.Results[1].Error.ShouldBeOfType<DuplicateItemException>();
    }
}
