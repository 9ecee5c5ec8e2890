using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>A process that crashes between a callback and the store.</summary>
public sealed class CallbackTests
{
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;
    private readonly Gate<string> _gate = new();
    private readonly List<string> _told = [];

    public CallbackTests() => _store = new FragileStore(_inner);

    private Pipeline<string, string> Make() => PipelineBuilder
        .Stage<string, string>("A", _ => throw new InvalidOperationException("down"), 1, s =>
        {
            s.Retry = RetryPolicy.None;
            s.OnFailure = async (failed, _) =>
            {
                _told.Add($"{failed.Stage} {failed.Input} {failed.Error.Message}");
                await _gate.PassAsync(failed.Input, CancellationToken.None);
            };
        })
        .IdentifyBy(x => x)
        .WithCheckpoints(_store)
        .Build();

    [Test]
    public async Task OnFailure_comes_before_the_failure_is_stored_and_once_more_after_a_kill_in_it()
    {
        PipelineRun<string, string> run = Make().Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await _gate.WhenArrivedAsync(1);
        (await _inner.ReadItemsAsync("nightly").ToListAsync()).ShouldAllBe(item => item.State != StoredItemState.Failed);
        _store.Kill();
        _gate.OpenForAll();
        await run.DisposeAsync();

        PipelineReport<string> report = await Make().LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<InvalidOperationException>();
        _told.ShouldBe(["A x down", "A x down"]);
        (await Make().LiveAsync("x")).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<StoredFailureException>();
        _told.Count.ShouldBe(2, "Its failure is stored, and nothing of it runs.");
    }
}
