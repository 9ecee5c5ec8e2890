using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Inputs that are stored, of a type that has changed since in a way in which they cannot be read any more.</summary>
public sealed class ChangedInputTests
{
    private readonly InMemoryCheckpointStore _store = new();
    private readonly ConcurrentQueue<string> _ran = new();
    private readonly FakeLogCollector _log = new();

    [Test]
    public async Task An_input_of_the_old_type_is_not_read_as_the_new_one()
    {
        await CrashWithAsync(Before.State.Paid);

        PipelineReport<string> report = await RunAsync<After.State>(PipelineChangeHandling.RestartChangedStages);

        report.Results.ShouldBeEmpty();
        report.NotFedCount.ShouldBe(1);
        _log.GetSnapshot().ShouldContain(record => record.Message.Contains("the stored input of item s:m was written before the type of the input changed", StringComparison.Ordinal));
        (await RunAsync(PipelineChangeHandling.RestartChangedStages, After.State.Paid)).Results.ShouldHaveSingleItem().Value.ShouldBe("Paid");
    }

    [Test]
    public async Task The_change_restarts_items_once_and_is_no_difference_any_more_then()
    {
        await CrashWithAsync(Before.State.Paid);
        _ran.Clear();

        await RunAsync(PipelineChangeHandling.RestartChangedStages, After.State.Paid);
        await RunAsync(PipelineChangeHandling.RestartChangedStages, After.State.Paid);
        (await RunAsync(PipelineChangeHandling.Refuse, After.State.Paid)).SucceededCount.ShouldBe(1);

        _ran.ShouldBe(["Paid"]);
    }

    [Test]
    public async Task A_pipeline_that_goes_back_to_the_old_type_finds_the_input_again()
    {
        await CrashWithAsync(Before.State.Paid);
        await RunAsync<After.State>(PipelineChangeHandling.RestartChangedStages);

        PipelineReport<string> report = await RunAsync<Before.State>(PipelineChangeHandling.RestartChangedStages);

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("Paid");
    }

    [Test]
    public async Task Without_the_option_the_pipeline_is_refused_until_then()
    {
        await CrashWithAsync(Before.State.Paid);

        PipelineChangedException error = await RunAsync<After.State>(PipelineChangeHandling.Refuse).CatchAsync<PipelineChangedException>();

        error.Message.ShouldContain("Paid of the enum input was 1 and is 2");
    }

    private async Task CrashWithAsync<T>(T input)
    {
        var store = new ChaosStore(_store);
        var gate = new Gate<string>();
        await using PipelineRun<T, string> run = Make<T>(store, PipelineChangeHandling.Refuse, (item, token) => gate.PassAsync(item, token)).Start(Lives.Nightly);
        await run.FeedAsync([input]).InTime();
        await gate.WhenArrivedAsync(1).InTime();
        ((InMemoryCheckpointRun)store.LastRun!).SimulateCrash();
    }

    private async Task<PipelineReport<string>> RunAsync<T>(PipelineChangeHandling changeHandling, params T[] items)
    {
        await using PipelineRun<T, string> run = Make<T>(_store, changeHandling, (_, _) => Task.CompletedTask).Start(Lives.Nightly);
        await run.FeedAsync(items).InTime();
        run.Complete();
        return await run.Completion.InTime();
    }

    private Pipeline<T, string> Make<T>(ICheckpointStore store, PipelineChangeHandling changeHandling, Func<string, CancellationToken, Task> body) => PipelineBuilder
        .Stage<T, string>("S", async (T value, CancellationToken token) =>
        {
            _ran.Enqueue($"{value}");
            await body($"{value}", token);
            return $"{value}";
        })
        .IdentifyBy(_ => "m")
        .WithLogging(new LoggerFactory([new FakeLoggerProvider(_log)]))
        .WithCheckpoints(store, new CheckpointOptions { PersistInput = true, PipelineChangeHandling = changeHandling })
        .Build();

    private static class Before
    {
        public enum State
        {
            Open,
            Paid,
        }
    }

    private static class After
    {
        public enum State
        {
            Open,
            Refunded,
            Paid,
        }
    }
}
