using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints;

/// <summary>The worst ends are not the quiet ones: a run that could not go on says so, once, and with numbers.</summary>
public sealed class RunsThatCannotGoOn
{
    private const int Items = 5_000;

    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly IOException _full = new("the disk is full");
    private readonly FakeLogCollector _log = new();
    private readonly Gate<string> _gate = new();
    private readonly TaskCompletionSource _manyUnsaved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static string[] Input => [.. Enumerable.Range(0, Items).Select(number => $"{number}")];

    private IEnumerable<FakeLogRecord> At(LogLevel level) => _log.GetSnapshot().Where(record => record.Level == level);

    private Job NewJob() => new(_store)
    {
        Time = _time,
        Options = new CheckpointOptions { GiveUpAfter = TimeSpan.FromMinutes(1) },
        Build = builder => builder.WithLogging(LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(new FakeLoggerProvider(_log)))),
    };

    /// <summary>A job whose store fails permanently once some items have gone through it.</summary>
    private Job JobWhoseStoreFails()
    {
        Job job = NewJob();
        int calls = 0;
        job.Body = (_, _, _) =>
        {
            int call = Interlocked.Increment(ref calls);
            if (call == 10)
                _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? _full : null;
            if (call == 60)
                _manyUnsaved.SetResult();
            return Task.CompletedTask;
        };
        return job;
    }

    [Test]
    public async Task RunAsync_throws_with_the_report_when_the_store_was_given_up()
    {
        PipelineFaultException thrown = await _time.DriveAsync(JobWhoseStoreFails().RunAsync(Input).CatchAsync<PipelineFaultException>());

        PipelineReport<string> report = thrown.Report.ShouldBeOfType<PipelineReport<string>>();
        CheckpointException fault = report.Fault.ShouldBeOfType<CheckpointException>();
        (thrown.InnerException, fault.InnerException).ShouldBe((fault, _full));
        thrown.ShouldBeAssignableTo<AntFlowException>();
        thrown.Message.ShouldStartWith("The run could not continue: The store was given up: the disk is full");
        thrown.Message.ShouldContain(FormattableString.Invariant($"{report.NotTakenCount:N0} items of the input were never taken"));
        report.Results.Count.ShouldBe((int)report.Snapshot.Fed);
        report.NotTakenCount.ShouldBe(Items - report.Snapshot.Fed);
        report.NotTakenCount.ShouldNotBeNull().ShouldBeGreaterThan(0);
        (report.WasStopped, report.IsEngineBroken).ShouldBe((false, false));
        report.Errors.Fault.ShouldBeSameAs(fault);
        report.Errors.ToString().ShouldStartWith("The run could not continue: The store was given up: the disk is full");
        report.Errors.ToString().ShouldContain($"{report.FailedCount} failed items");
        report.Snapshot.Errors.Fault.ShouldBeSameAs(fault);
        Should.Throw<PipelineFailedException>(report.ThrowIfFailed).InnerException.ShouldBeSameAs(fault);
    }

    [Test]
    public async Task StreamAsync_throws_at_its_end_when_the_store_was_given_up()
    {
        List<PipelineResult<string>> read = [];
        Task reading = ReadAsync();
        PipelineFaultException thrown = await _time.DriveAsync(reading.CatchAsync<PipelineFaultException>());

        read.Count.ShouldBe((int)thrown.Report.Snapshot.Fed);
        thrown.Report.NotTakenCount.ShouldBe(Items - read.Count);

        async Task ReadAsync()
        {
            await foreach (PipelineResult<string> result in JobWhoseStoreFails().Make().StreamAsync(Input, Lives.Nightly))
                read.Add(result);
        }
    }

    [Test]
    public async Task The_log_has_one_error_with_numbers_and_one_trace_instead_of_thousands()
    {
        Task<PipelineFaultException> running = JobWhoseStoreFails().RunAsync(Input).CatchAsync<PipelineFaultException>();
        // The store is given up when its time is over: not before that many wait for it.
        await _manyUnsaved.Task.InTime();
        PipelineFaultException thrown = await _time.DriveAsync(running);
        PipelineReport report = thrown.Report;

        report.FailedCount.ShouldBeGreaterThan(20);
        FakeLogRecord error = At(LogLevel.Error).ShouldHaveSingleItem();
        error.Message.ShouldBe($"Run nightly ended before its work was done: {report.NotTakenCount} items of its input were never taken; items whose outcome could not be saved: {report.FailedCount}");
        error.Exception.ShouldBeSameAs(report.Fault);
        At(LogLevel.Critical).ShouldHaveSingleItem().Message.ShouldContain("the store was given up");
        At(LogLevel.Warning).Count(record => record.Exception is CheckpointException).ShouldBe(1);
        At(LogLevel.Warning).ShouldContain(record => record.Message == $"Run nightly: items that failed because the store was given up: {report.FailedCount}. The first one is logged as a warning, the others at Debug");
        At(LogLevel.Debug).Count(record => record.Id.Id == 31).ShouldBe((int)report.FailedCount - 1);
        ((PipelineReport<string>)report).Results.Where(result => result.Status == ResultStatus.Failed).ShouldAllBe(result => result.Error is CheckpointException);
    }

    [Test]
    public async Task A_lease_that_is_lost_is_thrown()
    {
        Job job = NewJob();
        job.Body = async (stage, item, token) =>
        {
            if (stage == "B")
                await _gate.PassAsync(item, token);
        };
        Task<PipelineFaultException> running = job.RunAsync(Input).CatchAsync<PipelineFaultException>();
        await _gate.WhenArrivedAsync(2);
        await _store.Lost.CancelAsync();
        PipelineFaultException thrown = await running.InTime();

        thrown.InnerException.ShouldBeOfType<LeaseLostException>();
        thrown.Report.Errors.ToString().ShouldStartWith("The run could not continue: ");
        thrown.Report.NotTakenCount.ShouldBe(Items - thrown.Report.Snapshot.Fed);
        At(LogLevel.Error).ShouldHaveSingleItem().Message.ShouldContain($"{thrown.Report.NotTakenCount} items of its input were never taken");
    }

    [Test]
    public async Task A_run_that_is_fed_by_hand_says_so_in_its_report()
    {
        await using PipelineRun<string, string> run = JobWhoseStoreFails().Make().Start(Lives.Nightly);
        Task feeding = run.FeedAsync(Input).ContinueWith(static _ => { }, TaskScheduler.Default);
        PipelineReport<string> report = await _time.DriveAsync(run.Completion);
        await feeding.InTime();

        report.Fault.ShouldBeOfType<CheckpointException>();
        report.NotTakenCount.ShouldBeNull();
        At(LogLevel.Error).ShouldHaveSingleItem().Message.ShouldContain("it is not known how many items of its input were never taken");
    }

    [Test]
    public async Task A_stop_that_was_asked_for_throws_nothing()
    {
        Job job = NewJob();
        job.Body = (stage, item, _) => item == "7" ? throw new ArgumentException("a wrong key") : Task.CompletedTask;
        PipelineReport<string> report = await job.Make().RunAsync(Input, new RunOptions { RunId = "nightly", StopAfterFailures = 1 }).InTime();

        (report.WasStopped, report.Fault).ShouldBe((true, null));
        report.NotTakenCount.ShouldBe(Items - report.Snapshot.Fed);
        At(LogLevel.Error).ShouldBeEmpty();
        report.Errors.ToString().ShouldStartWith("1 failed item");
    }

    [Test]
    public async Task What_can_be_known_of_an_input_that_was_not_taken_is_said([Values] bool isStopped, [Values] bool isLengthKnown)
    {
        IEnumerable<int> input = isLengthKnown ? Enumerable.Range(0, Items).ToArray() : Enumerable.Range(0, Items).Where(number => number >= 0);
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", number => number == 7 ? throw new ArgumentException("seven") : number, 1, s => s.QueueCapacity = 1)
            .RunAsync(input, new RunOptions { StopAfterFailures = isStopped ? 1 : null }).InTime();

        report.WasStopped.ShouldBe(isStopped);
        report.NotTakenCount.ShouldBe(!isStopped ? 0 : isLengthKnown ? Items - report.Snapshot.Fed : null);
    }

    [Test]
    public async Task Canceling_comes_before_a_fault()
    {
        using var cancel = new CancellationTokenSource();
        Job job = NewJob();
        // Whatever its token says: the run must not end before it is canceled.
        job.Body = (_, item, _) => _gate.PassAsync(item, CancellationToken.None);
        Task<PipelineCanceledException<string>> running = job.Make().RunAsync(Input, Lives.Nightly, cancel.Token).CatchAsync<PipelineCanceledException<string>>();
        await _gate.WhenArrivedAsync(2);
        await _store.Lost.CancelAsync();
        await cancel.CancelAsync();
        _gate.OpenForAll();

        PipelineCanceledException<string> thrown = await running.InTime();
        thrown.Report.Fault.ShouldBeOfType<LeaseLostException>();
    }

    [Test]
    public async Task An_input_that_threw_comes_before_a_fault()
    {
        Job job = NewJob();
        job.Body = (_, item, token) => _gate.PassAsync(item, token);
        var throwing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<PipelineInputException> running = job.Make().RunAsync(Broken(), Lives.Nightly).CatchAsync<PipelineInputException>();
        await _gate.WhenArrivedAsync(2);
        await throwing.Task.InTime();
        await _store.Lost.CancelAsync();

        PipelineInputException thrown = await running.InTime();
        thrown.InnerException.ShouldBeOfType<InvalidDataException>();
        thrown.Report.Fault.ShouldBeOfType<LeaseLostException>();

        IEnumerable<string> Broken()
        {
            yield return "x";
            yield return "y";
            throwing.SetResult();
            throw new InvalidDataException("torn");
        }
    }

    [Test]
    public async Task The_log_says_where_the_store_is_and_what_comes_from_it()
    {
        await NewJob().RunAsync("x").InTime();
        Job crashing = NewJob();
        crashing.Body = (stage, item, token) => stage == "B" ? _gate.PassAsync(item, token) : Task.CompletedTask;
        await crashing.Make().DieAsync(_store, _gate.WhenArrivedAsync(2), "y", "z");

        await NewJob().RunAsync("x", "y").InTime();

        string[] lines = [.. At(LogLevel.Information).Select(record => record.Message)];
        lines.ShouldContain("Run nightly is stored in memory. Stored items: 0. Interrupted by a crash: 0, of which suspects: 0, failed because of crashes: 0. Interrupted by a planned end: 0");
        lines.ShouldContain("Run nightly is stored in memory. Stored items: 3. Interrupted by a crash: 2, of which suspects: 2, failed because of crashes: 0. Interrupted by a planned end: 0");
        lines.ShouldContain("Run nightly: items resumed from the store: 2; stored items that were not fed: 1");
    }
}
