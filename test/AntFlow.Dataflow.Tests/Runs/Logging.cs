using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class LoggingARun
{
    [Test]
    public async Task It_is_quiet_at_Information()
    {
        FakeLogCollector log = await RunAsync(LogLevel.Information);

        log.GetSnapshot().Where(r => r.Level == LogLevel.Information).Select(r => r.Message).ShouldBe(
            ["Run r started (stages: 1)", "Run r ended: 9 succeeded, 1 failed, 0 canceled, 0 filtered out in 00:00:00"]);
        FakeLogRecord warning = log.GetSnapshot().Single(r => r.Level == LogLevel.Warning);
        warning.Message.ShouldBe("A: item #3 failed at attempt 1");
        warning.Exception.ShouldBeOfType<ArgumentException>();
        log.GetSnapshot().ShouldAllBe(r => r.Category == "AntFlow.Dataflow" && r.Level >= LogLevel.Information);
    }

    [Test]
    public async Task It_tells_everything_at_Debug()
    {
        FakeLogCollector log = await RunAsync(LogLevel.Debug);
        string[] lines = [.. log.GetSnapshot().Where(r => r.Level == LogLevel.Debug).Select(r => r.Message)];

        lines.Count(l => l.Contains("Queued")).ShouldBe(10);
        lines.Count(l => l.Contains("InProgress")).ShouldBe(10);
        lines.Count(l => l.Contains("Completed")).ShouldBe(9);
        lines.Count(l => l.Contains("item #3 Failed")).ShouldBe(1);
        lines.Count(l => l.StartsWith("A: task A Start")).ShouldBe(10);
        lines.Count(l => l.StartsWith("A: task A Complete")).ShouldBe(9);
        lines.Count(l => l.StartsWith("A: task A Fail")).ShouldBe(1);
    }

    [Test]
    public async Task Errors_of_callbacks_are_logged()
    {
        var collector = new FakeLogCollector();
        await PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.OnSuccess = (_, _) => throw new InvalidDataException("callback")).WithLogging(Factory(collector, LogLevel.Information)).RunAsync([1]);

        FakeLogRecord record = collector.GetSnapshot().Single(r => r.Level == LogLevel.Warning);
        record.Message.ShouldContain("OnSuccess");
        record.Exception!.Message.ShouldBe("callback");
    }

    [Test]
    public async Task The_late_outcome_of_an_abandoned_body_is_observed_and_logged()
    {
        var time = new SteppedTime();
        var collector = new FakeLogCollector();
        var gate = new Gate<int>();
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await gate.PassAsync(x);
            throw new InvalidDataException("late");
#pragma warning disable CS0162 // the lambda needs a type
            return x;
#pragma warning restore CS0162
        }).WithTimeProvider(time).WithLogging(Factory(collector, LogLevel.Information)).Build().Start();
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);
        Task disposing = run.DisposeAsync().AsTask();
        await time.WhenPendingAsync(1);
        time.Advance(TimeSpan.FromSeconds(31));
        await disposing.InTime();
        gate.OpenForAll();
        await Waiting.UntilAsync(() => collector.GetSnapshot().Any(r => r.Message.Contains("has ended late")));

        collector.GetSnapshot().Single(r => r.Message.Contains("has ended late")).Exception.ShouldBeOfType<InvalidDataException>();
    }

    [Test]
    public async Task Ids_and_names_that_could_steer_a_terminal_or_forge_a_line_are_logged_without_that()
    {
        const string hostile = "x\u001b[2J\r\nRun r ended: 1000 succeeded\u202e\u2066\u2028\u009b!";
        const string clean = "x [2J  Run r ended: 1000 succeeded    !";
        var collector = new FakeLogCollector();
        var thrown = new ArgumentException("as it\nwas");

        await PipelineBuilder.Stage<string, string>("S" + hostile, x => throw thrown).IdentifyBy(x => x)
            .WithLogging(Factory(collector, LogLevel.Debug)).RunAsync([hostile], new RunOptions { RunId = "r" + hostile }).InTime();

        IReadOnlyList<FakeLogRecord> lines = collector.GetSnapshot();
        lines[0].Message.ShouldBe($"Run r{clean} started (stages: 1)");
        FakeLogRecord failed = lines.Single(line => line.Level == LogLevel.Warning);
        failed.Message.ShouldBe($"S{clean}: item {clean} failed at attempt 1");
        failed.StructuredState!.ShouldContain(new KeyValuePair<string, string?>("ItemId", clean));
        failed.Exception.ShouldBeSameAs(thrown);
        lines.Select(line => line.Message).Concat(lines.SelectMany(line => line.StructuredState!.Select(pair => pair.Value ?? "")))
            .ShouldAllBe(text => !text.Any(c => char.IsControl(c) || (c >= '\u2028' && c <= '\u202e') || (c >= '\u2066' && c <= '\u2069')));
    }

    [Test]
    public async Task A_task_limit_that_limits_nothing_is_a_warning_when_a_run_starts()
    {
        var collector = new FakeLogCollector();
        await PipelineBuilder.StageWithTasks<int, int>("A", t => t.Task("load", (int x) => x, maxConcurrency: 3).Task("save", (int x) => x, maxConcurrency: 2), workers: 2)
            .WithLogging(Factory(collector, LogLevel.Information)).RunAsync([1], new RunOptions { RunId = "r" }).InTime();

        collector.GetSnapshot().Single(r => r.Level == LogLevel.Warning).Message.ShouldBe(
            "Run r, stage 'A': maxConcurrency of task 'load' is 3, above Workers, which is 2: it has no effect until SetWorkers adds workers. Set it to less than Workers, or leave it out");
    }

    [Test]
    public async Task More_workers_than_MaxInFlight_are_a_warning_when_they_are_set()
    {
        var collector = new FakeLogCollector();
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, workers: 2, s => s.MaxInFlight = 4).Then("B", x => x, workers: 2)
            .WithLogging(Factory(collector, LogLevel.Information)).Build().Start(new RunOptions { RunId = "r" });
        run.SetWorkers("A", 4);
        run.SetWorkers("B", 10);
        collector.GetSnapshot().ShouldNotContain(r => r.Level == LogLevel.Warning);
        run.SetWorkers("A", 10);

        collector.GetSnapshot().Single(r => r.Level == LogLevel.Warning).Message.ShouldBe(
            "Run r, stage 'A': SetWorkers was called with 10, above MaxInFlight, which is 4: as many items as there are workers may be in flight now. Set no more workers than MaxInFlight, or set a higher StageOptions.MaxInFlight");
        StageSnapshot stage = run.GetSnapshot().Stages[0];
        (stage.Workers, stage.MaxInFlight).ShouldBe((10, 10));
    }

    [Test]
    public async Task A_log_that_throws_harms_nothing()
    {
        using var factory = new ThrowingFactory();
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x == 2 ? throw new ArgumentException("2") : x).WithLogging(factory).RunAsync([1, 2, 3]).InTime();

        (report.SucceededCount, report.FailedCount).ShouldBe((2, 1));
        report.Fault.ShouldBeNull();
    }

    private static async Task<FakeLogCollector> RunAsync(LogLevel level)
    {
        var collector = new FakeLogCollector();
        await PipelineBuilder.Stage<int, int>("A", (int x) => x == 3 ? throw new ArgumentException("three") : x)
            .WithTimeProvider(new SteppedTime())
            .WithLogging(Factory(collector, level))
            .RunAsync(Enumerable.Range(0, 10), new RunOptions { RunId = "r" }).InTime();
        return collector;
    }

    private static ILoggerFactory Factory(FakeLogCollector collector, LogLevel level) =>
        LoggerFactory.Create(builder => builder.SetMinimumLevel(level).AddProvider(new FakeLoggerProvider(collector)));

    private sealed class ThrowingFactory : ILoggerFactory, ILogger
    {
        public void AddProvider(ILoggerProvider provider)
        {
        }

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            throw new InvalidOperationException("log");

        public void Dispose()
        {
        }
    }
}
