using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Observing;

/// <summary>Observers that override a callback and do not ask for it.</summary>
public sealed class UncalledObserverTests
{
    private readonly FakeLogCollector _log = new();

    [Test]
    public async Task One_that_asks_for_nothing_and_overrides_more_than_the_end_is_warned_of_in_the_log()
    {
        await RunAsync(new Forgetful());

        Warnings().ShouldBe(
            [
                "Run seven: Forgetful overrides OnAccepted, which is never called, because its Interests are Ends alone. Add ObserverInterests.Acceptance to what it returns from Interests",
                "Run seven: Forgetful overrides OnStatus, which is never called, because its Interests are Ends alone. Add ObserverInterests.Statuses to what it returns from Interests",
                "Run seven: Forgetful overrides OnTask, which is never called, because its Interests are Ends alone. Add ObserverInterests.Tasks to what it returns from Interests",
            ]);
    }

    [Test]
    public async Task One_that_overrides_what_it_asks_for_is_not()
    {
        await RunAsync(new Counts());
        await RunAsync(new Chooses());

        Warnings().ShouldBeEmpty();
    }

    private string[] Warnings() => [.. _log.GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning).Select(entry => entry.Message)];

    private async Task RunAsync(PipelineObserver observer)
    {
        using ILoggerFactory logging = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(_log)));
        await PipelineBuilder.Stage<int, int>("A", x => x).WithLogging(logging).WithObserver(observer).RunAsync([1], new RunOptions { RunId = "seven" }).InTime();
    }

    private class Forgetful : PipelineObserver
    {
        public override void OnAccepted(in ItemObservation item)
        {
        }

        public override void OnStatus(in ItemObservation item)
        {
        }

        public override void OnTask(in TaskObservation call)
        {
        }
    }

    private sealed class Counts : PipelineObserver
    {
        public override void OnEnded(in ItemObservation item)
        {
        }
    }

    // Inherits all three, and has chosen one.
    private sealed class Chooses : Forgetful
    {
        public override ObserverInterests Interests => ObserverInterests.Statuses;
    }
}
