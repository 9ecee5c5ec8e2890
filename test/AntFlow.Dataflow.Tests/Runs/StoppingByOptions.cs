using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>Runs that are stopped by what their options name, whatever fed them.</summary>
public sealed class StoppingByOptions
{
    private readonly Gate<string> _gate = new();
    private readonly SteppedTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Window _window = new();

    [TearDown]
    public void Leave() => _stop.Dispose();

    private Pipeline<int, int> Make() => PipelineBuilder
        .Stage<int, int>("A", (x, ct) => PassAsync("A", x, ct), workers: 2)
        .Then("B", (x, ct) => PassAsync("B", x, ct))
        .WithTimeProvider(_time)
        .Build();

    private async Task<int> PassAsync(string stage, int number, CancellationToken cancellationToken)
    {
        await _gate.PassAsync($"{stage}{number}", cancellationToken);
        return number;
    }

    [Test]
    public async Task RunAsync_finishes_what_runs_and_says_what_it_did_not_take()
    {
        Task<PipelineReport<int>> running = Make().RunAsync(Enumerable.Range(1, 100).ToList(), new RunOptions { StopToken = _stop.Token, Display = _window });
        await _gate.WhenArrivedAsync(2);
        await _stop.CancelAsync();
        await _window.WhenAsync(RunPhase.Stopping);
        _gate.OpenForAll();

        PipelineReport<int> report = await running.InTime();

        report.WasStopped.ShouldBeTrue();
        report.NotTakenCount.ShouldBe(100 - report.Results.Count);
        report.FailedCount.ShouldBe(0);
        report.CanceledCount.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task StreamAsync_ends_after_the_results_of_what_ran()
    {
        List<ResultStatus> statuses = [];
        var reading = Task.Run(async () =>
        {
            await foreach (PipelineResult<int> result in Make().StreamAsync(Enumerable.Range(1, 100), new RunOptions { StopToken = _stop.Token, StopMode = StopMode.AfterItem, Display = _window }))
                statuses.Add(result.Status);
        });
        await _gate.WhenArrivedAsync(2);
        await _stop.CancelAsync();
        await _window.WhenAsync(RunPhase.Stopping);
        _gate.OpenForAll();
        await reading.InTime();

        statuses.Count(status => status == ResultStatus.Succeeded).ShouldBe(2, "those that had begun");
        statuses.ShouldContain(ResultStatus.Canceled);
    }

    [Test]
    public async Task A_token_that_is_canceled_already_lets_nothing_start()
    {
        await _stop.CancelAsync();

        PipelineReport<int> report = await Make().RunAsync([1, 2, 3], new RunOptions { StopToken = _stop.Token }).InTime();

        report.WasStopped.ShouldBeTrue();
        report.NotTakenCount.ShouldBe(3);
        _gate.Arrivals.ShouldBeEmpty();
    }

    [Test]
    public async Task A_run_that_is_over_at_once_has_finished_its_display()
    {
        await _stop.CancelAsync();
        for (int round = 0; round < 100; round++)
        {
            var window = new Window();
            await PipelineBuilder.Stage<int, int>("A", x => x).Build().RunAsync([1], new RunOptions { StopToken = _stop.Token, Display = window }).InTime();
            window.IsFinished.ShouldBeTrue();
        }
    }

    [Test]
    public async Task The_grace_period_cancels_what_still_runs()
    {
        Task<PipelineReport<int>> running = Make().RunAsync([1, 2, 3], new RunOptions { StopToken = _stop.Token, GracePeriod = TimeSpan.FromMinutes(1), AbandonAfter = TimeSpan.Zero });
        await _gate.WhenArrivedAsync(2);
        await _stop.CancelAsync();

        PipelineReport<int> report = await _time.DriveAsync(running);

        report.WasStopped.ShouldBeTrue();
        report.CanceledCount.ShouldBe(report.Results.Count);
        report.WasCanceled.ShouldBeTrue();
        report.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(1));
    }

    [Test]
    public async Task A_stop_with_a_grace_period_of_its_own_goes_by_that()
    {
        await using PipelineRun<int, int> run = Make().Start(new RunOptions { GracePeriod = TimeSpan.FromMinutes(1), AbandonAfter = TimeSpan.Zero });
        await run.FeedAsync([1, 2, 3]);
        await _gate.WhenArrivedAsync(2);

        PipelineReport<int> report = await _time.DriveAsync(run.StopAsync(TimeSpan.FromMinutes(5)));

        report.WasCanceled.ShouldBeTrue();
        report.Elapsed.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMinutes(5));
    }

    [Test]
    public async Task A_token_that_lives_longer_than_its_runs_holds_none_of_them()
    {
        WeakReference run = await RunOnceAsync();
        for (int i = 0; i < 10 && run.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        run.IsAlive.ShouldBeFalse();
        GC.KeepAlive(_stop);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private async Task<WeakReference> RunOnceAsync()
    {
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start(new RunOptions { StopToken = _stop.Token }, _stop.Token);
        var weak = new WeakReference(run.Core);
        run.Complete();
        await run.Completion.InTime();
        return weak;
    }

    [Test]
    public async Task A_run_that_is_started_with_a_token_is_canceled_by_it()
    {
        await using PipelineRun<int, int> run = Make().Start(cancellationToken: _stop.Token);
        await run.FeedAsync([1, 2, 3]);
        await _gate.WhenArrivedAsync(2);
        await _stop.CancelAsync();
        await Waiting.UntilAsync(() => run.GetSnapshot().Phase != RunPhase.Running);
        _gate.OpenForAll();

        PipelineReport<int> report = await run.Completion.InTime();

        report.CanceledCount.ShouldBe(3);
        report.WasStopped.ShouldBeFalse();
    }

    [Test]
    public async Task A_total_is_shown_and_is_nothing_that_was_not_taken()
    {
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).Build().Start(new RunOptions { Total = 7 });
        run.GetSnapshot().Total.ShouldBe(7);
        run.Complete();

        (await run.Completion.InTime()).NotTakenCount.ShouldBeNull();
    }

    [Test]
    public async Task A_total_says_how_long_a_stream_is()
    {
        PipelineReport<int> report = await Make().RunAsync(Numbers(), new RunOptions { StopToken = new CancellationToken(canceled: true), Total = 7 }).InTime();

        (report.Snapshot.Total, report.NotTakenCount).ShouldBe((7, 7));

        static async IAsyncEnumerable<int> Numbers()
        {
            await Task.Yield();
            yield return 1;
        }
    }

    /// <summary>A look into a run that was started elsewhere.</summary>
    private sealed class Window : IPipelineDisplay
    {
        private IPipelineRun? _run;

        public void OnStart(IPipelineRun run, long? total) => Volatile.Write(ref _run, run);

        public void OnUpdate(PipelineSnapshot snapshot)
        {
        }

        public void OnFinish(PipelineReport report) => IsFinished = true;

        public bool IsFinished { get; private set; }

        public Task WhenAsync(RunPhase phase) => Waiting.UntilAsync(() => Volatile.Read(ref _run)!.GetSnapshot().Phase == phase);
    }
}
