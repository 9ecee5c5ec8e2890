using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

public sealed class Callbacks
{
    [Test]
    public async Task Their_token_is_canceled_with_the_run([Values] bool succeeds)
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        async ValueTask CallAsync(CancellationToken cancellationToken)
        {
            called.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            told.SetResult();
        }

        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => succeeds ? x : throw new ArgumentException("no"), 1, s =>
        {
            s.OnSuccess = (_, ct) => CallAsync(ct);
            s.OnFailure = (_, ct) => CallAsync(ct);
        }).Build().Start();
        await run.FeedAsync([1]);
        await called.Task.InTime();

        run.Cancel();

        await told.Task.InTime();
        await run.Completion.InTime();
    }

    [Test]
    public async Task OnSuccess_is_told_everything_for_skipped_items_too()
    {
        var time = new SteppedTime();
        List<ItemSucceeded<int, int>> told = [];
        await time.DriveAsync(PipelineBuilder.Stage<int, int>("A", async (int x) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(3), time);
            return x * 10;
        }, 1, s =>
        {
            s.SkipIf = x => x == 2;
            s.OnSuccess = (e, _) =>
            {
                told.Add(e);
                return default;
            };
        }).WithTimeProvider(time).RunAsync([new WorkItem<int>(1) { Id = "one", Metadata = { ["k"] = "v" } }, new WorkItem<int>(2)]));

        told.Count.ShouldBe(2);
        (told[0].ItemId, told[0].Input, told[0].Value, told[0].Stage, told[0].Worker, told[0].Attempts, told[0].Elapsed).ShouldBe(("one", 1, 10, "A", "A-W0", 1, TimeSpan.FromSeconds(3)));
        told[0].Metadata["k"].ShouldBe("v");
        (told[1].ItemId.ToString(), told[1].Input, told[1].Value, told[1].Attempts, told[1].Elapsed).ShouldBe(("#1", 2, 2, 0, TimeSpan.Zero));
    }

    [Test]
    public async Task OnFailure_is_told_once_after_the_last_attempt()
    {
        var time = new SteppedTime();
        List<ItemFailed<int>> told = [];
        await time.DriveAsync(PipelineBuilder.Stage<int, int>("A", (int _) => throw new TimeoutException("no"), 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(3, TimeSpan.FromSeconds(2));
            s.OnFailure = (e, _) =>
            {
                told.Add(e);
                return default;
            };
        }).WithTimeProvider(time).RunAsync([new WorkItem<int>(1) { Id = "one", Metadata = { ["k"] = "v" } }]));

        ItemFailed<int> failed = told.ShouldHaveSingleItem();
        (failed.ItemId, failed.Input, failed.Error.Message, failed.Stage, failed.Worker, failed.Attempts).ShouldBe(("one", 1, "no", "A", "A-W0", 3));
        failed.Elapsed.TotalSeconds.ShouldBe(4, 0.01);
        failed.Metadata["k"].ShouldBe("v");
    }

    [Test]
    public async Task A_callback_that_throws_never_changes_a_result_and_is_reported()
    {
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", (int x) => x == 1 ? x : throw new TimeoutException("task"), 1, s =>
        {
            s.Retry = RetryPolicy.None;
            s.OnSuccess = (_, _) => throw new InvalidOperationException("success");
            s.OnFailure = (_, _) => ValueTask.FromException(new OperationCanceledException("failure"));
        }).RunAsync([1, 2]).InTime();

        report.Results[0].IsSuccess.ShouldBeTrue();
        report.Results[1].Error.ShouldBeOfType<TimeoutException>();
        report.Errors.Callbacks.Select(c => (c.Callback, c.Stage, c.Error.Message)).ShouldBe([("OnSuccess", "A", "success"), ("OnFailure", "A", "failure")]);
        report.Errors.TotalCallbacks.ShouldBe(2);
        report.Errors.TotalFailed.ShouldBe(1);
    }

    [Test]
    public async Task They_run_on_the_worker_so_a_slow_one_is_backpressure()
    {
        var gate = new Gate<int>();
        List<int> started = [];
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x =>
        {
            started.Add(x);
            return x;
        }, 1, s => s.OnSuccess = async (e, _) => await gate.PassAsync(e.Input, CancellationToken.None)).Build().Start();
        await run.FeedAsync([1, 2]);
        await gate.WhenArrivedAsync(1);

        started.ShouldBe([1]);
        run.GetSnapshot().Workers[0].IsBusy.ShouldBeTrue();
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();
        started.ShouldBe([1, 2]);
    }

    [Test]
    public async Task A_context_is_made_for_each_attempt_of_a_task_that_takes_one_and_for_no_other()
    {
        List<StageContext?> made = [];
        TaskBody<int, int> body = (x, context, _) =>
        {
            made.Add(context);
            return made.Count == 1 ? throw new TimeoutException("again") : new ValueTask<int>(x);
        };
        foreach (bool takesOne in (bool[])[false, true])
        {
            made.Clear();
            var stage = Stage<int, int>.OfTask("A", new TaskForm<int, int>(body, takesOne, null), workers: 1, s =>
            {
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero);
                // What else an attempt may need does not bring one along.
                s.AttemptTimeout = TimeSpan.FromMinutes(1);
            });
            await PipelineBuilder.Stage(stage).RunAsync([1]).InTime();

            made.Count.ShouldBe(2);
            made.Count(context => context is not null).ShouldBe(takesOne ? 2 : 0);
        }

        made[0].ShouldNotBeSameAs(made[1]);
        made.Select(context => context!.Attempt).ShouldBe([1, 2]);
    }

    [Test]
    public async Task The_context_tells_where_the_attempt_is()
    {
        var time = new SteppedTime();
        var gate = new Gate<int>();
        StageContext? kept = null;
        await using PipelineRun<int, int> run = PipelineBuilder.StageWithContext<int, int>("A", async (int x, StageContext context) =>
        {
            kept = context;
            context.SetStatus("polling 3/10").ShouldBeTrue();
            context.SetStatus("too soon", TimeSpan.FromSeconds(5)).ShouldBeFalse();
            await gate.PassAsync(x);
            return x;
        }).WithTimeProvider(time).Build().Start();
        await run.FeedAsync([new WorkItem<int>(1) { Id = "one", Metadata = { ["k"] = 7 } }]);
        await gate.WhenArrivedAsync(1);
        WorkerSnapshot worker = run.GetSnapshot().Workers[0];

        (kept!.ItemId, kept.Stage, kept.Worker, kept.Attempt).ShouldBe(("one", "A", "A-W0", 1));
        kept.Metadata["k"].ShouldBe(7);
        (worker.IsBusy, worker.ItemId, worker.Task, worker.TaskStatus, worker.Name, worker.Stage).ShouldBe((true, (ItemId)"one", "A", "polling 3/10", "A-W0", "A"));
        DateTimeOffset began = time.GetUtcNow();
        time.Advance(TimeSpan.FromSeconds(5));
        run.GetSnapshot().Workers[0].Since.ShouldBe(began, "since then it is busy");
        kept.SetStatus("later", TimeSpan.FromSeconds(5)).ShouldBeTrue();
        run.GetSnapshot().Workers[0].TaskStatus.ShouldBe("later");
        gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();
        kept.SetStatus("over").ShouldBeFalse("the attempt has ended");
    }
}
