using AntFlow.Dataflow.TestKit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>Faults of the store where a run begins and where it ends, and what is said of faults.</summary>
public sealed class StoreFaultTests
{
    private readonly SteppedTime _time = new();
    private readonly InMemoryCheckpointStore _inner = new();
    private readonly FragileStore _store;
    private readonly Gate<string> _gate = new();
    private readonly FakeLogCollector _log = new();
    private readonly IOException _full = new("the disk is full");

    public StoreFaultTests() => _store = new FragileStore(_inner);

    private Job NewJob() => new(_store)
    {
        Time = _time,
        Options = new CheckpointOptions { GiveUpAfter = TimeSpan.FromMinutes(1) },
        Build = builder => builder.WithLogging(new LoggerFactory([new FakeLoggerProvider(_log)])),
    };

    private static async Task<PipelineRun<string, string>> StartAsync(Job job)
    {
        PipelineRun<string, string> run = job.Make().Start(Lives.Nightly);
        await Waiting.UntilAsync(() => !run.GetSnapshot().IsStoreOpening);
        return run;
    }

    private async Task DieInBAsync()
    {
        Job job = NewJob();
        job.Body = (stage, item, token) => stage == "B" ? _gate.PassAsync(item, token) : Task.CompletedTask;
        await job.Make().DieAsync(_store, _gate.WhenArrivedAsync(1), "x");
    }

    [TestCase(nameof(ICheckpointStore.OpenRunAsync), true)]
    [TestCase(nameof(ICheckpointStore.OpenRunAsync), false)]
    [TestCase(nameof(ICheckpointRun.FindItemAsync), true)]
    [TestCase(nameof(ICheckpointRun.FindItemAsync), false)]
    [TestCase(nameof(ICheckpointRun.WriteAsync), true)]
    [TestCase(nameof(ICheckpointRun.WriteAsync), false)]
    [TestCase(nameof(ICheckpointRun.ForgetInterruptedAsync), true)]
    [TestCase(nameof(ICheckpointRun.ForgetInterruptedAsync), false)]
    public async Task An_opening_that_fails_says_so_gives_the_run_up_and_counts_no_death_twice(string method, bool isBefore)
    {
        await DieInBAsync();
        Func<string, Exception?> fault = called => called == method ? _full : null;
        (_store.Before, _store.After) = isBefore ? (fault, _store.After) : (_store.Before, fault);
        // What was done when the answer was lost need not be done by the resumed run.
        for (int life = 0; life < (isBefore ? 4 : 1); life++)
            (await NewJob().RunAsync("x").CatchAsync<IOException>()).ShouldBeSameAs(_full);
        (_store.Before, _store.After) = (_ => null, _ => null);

        (await _inner.ReadRunsAsync().ToListAsync()).ShouldHaveSingleItem().Owner.ShouldBeNull();
        Job again = NewJob();
        (await again.RunAsync("x").InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("xabc");
        again.CallsOf("x").ShouldBe(["B", "C"]);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Giving_the_run_up_may_fail_before_or_after_it_was_done(bool isBefore)
    {
        Func<string, Exception?> fault = called => called == nameof(IAsyncDisposable.DisposeAsync) ? _full : null;
        (_store.Before, _store.After) = isBefore ? (fault, _store.After) : (_store.Before, fault);

        PipelineReport<string> report = await NewJob().RunAsync("x").InTime();

        (report.SucceededCount, report.Fault).ShouldBe((1, null));
        report.Errors.Callbacks.ShouldHaveSingleItem().Error.ShouldBeSameAs(_full);
    }

    [Test]
    public async Task The_log_says_that_the_store_fails_and_that_it_works_again()
    {
        await using PipelineRun<string, string> run = await StartAsync(NewJob());
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? _full : null;
        await run.FeedAsync(["x"]).InTime();
        await _time.WhenPendingAsync(1);

        FakeLogRecord fails = _log.GetSnapshot().Single(record => record.Level == LogLevel.Warning);
        fails.Message.ShouldBe("Run nightly: the store fails; items wait, and the store is tried again in 00:00:00.1000000");
        fails.Exception.ShouldBeSameAs(_full);
        Bottleneck.Find(run.GetSnapshot()).ShouldNotBeNull().Kind.ShouldBe(BottleneckKind.Store);
        _store.Before = _ => null;
        run.Complete();
        await _time.DriveAsync(run.Completion);
        _log.GetSnapshot().Count(record => record.Message == "Run nightly: the store works again").ShouldBe(1);
    }

    [Test]
    public async Task A_body_that_runs_when_the_store_is_given_up_comes_to_its_end_and_its_value_is_in_the_error()
    {
        Job job = NewJob();
        job.Body = (stage, item, token) => item == "slow" ? _gate.PassAsync(item, token) : Task.CompletedTask;
        await using PipelineRun<string, string> run = await StartAsync(job);
        await run.FeedAsync(["slow"]).InTime();
        await _gate.WhenArrivedAsync(1);
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? _full : null;
        await run.FeedAsync(["x"]).InTime();
        while (run.GetSnapshot().Failed == 0)
        {
            _time.StepToNextTimer();
            await Task.Yield();
        }

        run.GetSnapshot().Phase.ShouldBe(RunPhase.Stopping);
        _gate.OpenForAll();
        PipelineReport<string> report = await _time.DriveAsync(run.Completion);

        report.Results.Select(result => ((CheckpointException)result.Error!).UnsavedValue).ShouldBe(["slowa", "xa"], ignoreOrder: true);
        _log.GetSnapshot().Count(record => record.Level == LogLevel.Error).ShouldBe(1);
    }
}
