using AntFlow.Dataflow.Shapes;
using AntFlow.Dataflow.Tests.Checkpoints;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Shapes;

/// <summary>Runs with filters, switches and polls that are resumed.</summary>
public sealed class ResumedShapesTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly SteppedTime _time = new();

    [Test]
    public async Task An_item_that_had_passed_by_a_branch_without_stages_ends_for_the_observers_of_a_resumed_run()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.Of<string>()
            .ThenSwitch("Route", x => x, routes => routes.Case("a", b => b.Then("A", x => x)).Default(b => b))
            .IdentifyBy(x => x)
            .WithCheckpoints(_store)
            .Build();
        await pipeline.RunAsync(["a", "b"], Lives.Nightly);

        var events = new EventCollector();
        await pipeline.RunAsync(["a", "b"], new RunOptions { RunId = "nightly", Observers = [events] });

        events.EndedCount.ShouldBe(2);
    }

    [Test]
    public async Task The_time_of_an_item_that_is_looked_at_goes_on_over_restarts([Values] bool looksAtOnce)
    {
        var looks = 0;
        Pipeline<string, string> pipeline = Polling(_ =>
        {
            looks++;
            return Poll.Again;
        }, s => s.First = looksAtOnce ? TimeSpan.Zero : null);
        await using (PipelineRun<string, string> first = pipeline.Start(Lives.Nightly))
        {
            await first.FeedAsync(["a"]);
            await Waiting.UntilAsync(() => first.GetSnapshot().Polling == 1);
        }

        looks = 0;
        _time.Advance(TimeSpan.FromSeconds(80));
        PipelineReport<string> report = await _time.DriveAsync(pipeline.RunAsync(["a"], Lives.Nightly));

        report.Results.Single().Error.ShouldBeOfType<AttemptTimeoutException>().IsItemTimeout.ShouldBeTrue();
        looks.ShouldBe(0);
    }

    [Test]
    public async Task The_time_of_an_item_whose_look_has_failed_goes_on_over_restarts()
    {
        DateTimeOffset began = _time.GetUtcNow();
        List<double> looks = [];
        Pipeline<string, string> pipeline = Polling(_ => Look(), s =>
        {
            s.First = TimeSpan.FromSeconds(50);
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(20));
        });
        await using (PipelineRun<string, string> first = pipeline.Start(Lives.Nightly))
        {
            await first.FeedAsync(["a"]);
            await Waiting.UntilAsync(() => first.GetSnapshot().Polling == 1);
            _time.Advance(TimeSpan.FromSeconds(51));
            await Waiting.UntilAsync(() => first.GetSnapshot().Retrying == 1);
        }

        PipelineReport<string> report = await _time.DriveAsync(pipeline.RunAsync(["a"], Lives.Nightly));

        report.Results.Single().Error.ShouldBeOfType<AttemptTimeoutException>();
        looks.Count.ShouldBe(2);
        (_time.GetUtcNow() - began).ShouldBe(TimeSpan.FromSeconds(75), tolerance: TimeSpan.FromSeconds(2));

        Poll<string> Look()
        {
            looks.Add((_time.GetUtcNow() - began).TotalSeconds);
            return looks.Count == 1 ? throw new HttpRequestException("503") : Poll.Again;
        }
    }

    [Test]
    public async Task A_callback_that_was_interrupted_is_told_again_of_the_input_from_the_branch_of_the_item()
    {
        var store = new FragileStore(_store);
        var gate = new Gate<string>();
        List<string> told = [];
        Pipeline<string, string> pipeline = PipelineBuilder.Of<string>()
            .ThenSwitch("Route", x => x, routes => routes.Case("a", b => b.Then("A", x => x + "!")).Default(b => b))
            .Then("Save", x => $"<{x}>", configure: s => s.OnSuccess = async (saved, _) =>
            {
                told.Add($"{saved.Input} {saved.Value}");
                await gate.PassAsync(saved.Input, CancellationToken.None);
            })
            .IdentifyBy(x => x)
            .WithCheckpoints(store)
            .Build();
        PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await run.FeedAsync(["a"]).InTime();
        await gate.WhenArrivedAsync(1);
        store.Kill();
        gate.OpenForAll();
        await run.DisposeAsync();

        await pipeline.LiveAsync("a");

        told.ShouldBe(["a! <a!>", "a! <a!>"]);
    }

    private Pipeline<string, string> Polling(Func<string, Poll<string>> look, Action<PollOptions<string, string>> configure) => PipelineBuilder.Of<string>()
        .Then("Begin", x => x)
        .ThenPoll("Wait", look, TimeSpan.FromSeconds(30), configure: s =>
        {
            s.ItemTimeout = TimeSpan.FromSeconds(75);
            s.Jitter = 0;
            configure(s);
        })
        .IdentifyBy(x => x)
        .WithTimeProvider(_time)
        .WithCheckpoints(_store)
        .Build();
}
