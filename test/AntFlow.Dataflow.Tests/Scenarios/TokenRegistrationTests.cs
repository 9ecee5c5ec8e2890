using Microsoft.Extensions.Logging;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Scenarios;

/// <summary>What users register on the token of a run or an attempt may throw, and what they log may, too.</summary>
public sealed class TokenRegistrationTests
{
    [Test]
    public async Task Registrations_that_throw_are_reported_and_the_run_ends([Values] bool with_timeout)
    {
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            ct.Register(() => throw new InvalidTimeZoneException("registered"));
            await gate.PassAsync(x, ct);
            return x;
        }, workers: 3, s => s.AttemptTimeout = with_timeout ? TimeSpan.FromDays(1) : null).Build();
        PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 5));
        await gate.WhenArrivedAsync(3);
        await Task.WhenAll(run.DisposeAsync().AsTask(), run.DisposeAsync().AsTask()).InTime();
        await run.DisposeAsync();
        PipelineReport<int> report = await run.Completion;

        report.CanceledCount.ShouldBe(5);
        report.Fault.ShouldBeNull();
        await Waiting.UntilAsync(() => run.GetSnapshot().Errors.Callbacks.Any(e => string.Equals(e.Callback, "CancellationToken.Register", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Registrations_of_an_attempt_whose_time_is_over_may_throw()
    {
        var time = new SteppedTime();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            var canceled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ct.Register(() =>
            {
                canceled.SetResult();
                throw new InvalidTimeZoneException("registered");
            });
            await canceled.Task;
            ct.ThrowIfCancellationRequested();
            return x;
        }, workers: 1, s =>
        {
            s.AttemptTimeout = TimeSpan.FromMinutes(1);
            s.Retry = RetryPolicy.None;
        }).WithTimeProvider(time).Build();
        PipelineReport<int> report = await time.DriveAsync(pipeline.RunAsync([1]));

        report.Results[0].Error.ShouldBeOfType<AttemptTimeoutException>();
        report.Fault.ShouldBeNull();
    }

    [Test]
    public async Task A_registration_may_use_the_run()
    {
        var gate = new Gate<int>();
        PipelineRun<int, int>? run = null;
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            ct.Register(() =>
            {
                run!.Pause();
                run.SetWorkers("A", 5);
                run.TryFeedOne(9).ShouldBeFalse();
                run.GetSnapshot();
                run.Stop();
            });
            await gate.PassAsync(x, ct);
            return x;
        }, workers: 3).Build();
        run = pipeline.Start();
        await run.FeedAsync(Enumerable.Range(0, 5));
        await gate.WhenArrivedAsync(3);
        await run.DisposeAsync().AsTask().InTime();

        (await run.Completion).CanceledCount.ShouldBe(5);
    }

    [Test]
    public async Task A_logger_that_throws_changes_no_result()
    {
        using var logs = new ThrowingLogs();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("A", x => x % 2 == 0 ? throw new ArgumentException("no") : x, workers: 3)
            .Then("B", x => x)
            .WithLogging(logs).Build();
        PipelineReport<int> report = await pipeline.RunAsync(Enumerable.Range(0, 20), new RunOptions { StopAfterFailures = 100 }).InTime();

        report.SucceededCount.ShouldBe(10);
        report.FailedCount.ShouldBe(10);
        report.Fault.ShouldBeNull();
        report.Errors.Callbacks.ShouldAllBe(e => e.Error is InvalidTimeZoneException);
        report.Errors.Callbacks.ShouldNotBeEmpty();
    }

    private sealed class ThrowingLogs : ILoggerFactory, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidTimeZoneException("logger");
    }
}
