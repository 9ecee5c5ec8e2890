using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Tracking;

public sealed class TrackerCallbacks
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task They_are_all_delivered_before_Completion()
    {
        int delivered = 0;
        var tracker = new StatusTracker
        {
            OnStatusChange = async (_, _) =>
            {
                await Task.Yield();
                delivered++;
            },
        };
        await PipelineBuilder.Stage<int, int>("A", x => x, 4).WithTracker(tracker).RunAsync(Enumerable.Range(0, 200)).InTime();

        delivered.ShouldBe(600);
    }

    [Test]
    public async Task They_run_off_the_workers()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tracker = new StatusTracker { OnStatusChange = async (_, _) => await held.Task };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).Build().Start();
        await run.FeedAsync([1, 2, 3]);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 3);
        run.Complete();
        run.Completion.IsCompleted.ShouldBeFalse();
        held.SetResult();

        await run.Completion.InTime();
    }

    [Test]
    public async Task They_come_in_order_per_item()
    {
        List<StatusEvent> events = [];
        var tracker = new StatusTracker
        {
            OnStatusChange = async (e, _) =>
            {
                await Task.Yield();
                events.Add(e);
            },
        };
        await PipelineBuilder.Stage<int, int>("A", x => x, 4).Then("B", x => x, 4).IdentifyBy(x => x).WithTracker(tracker).RunAsync(Enumerable.Range(0, 100)).InTime();

        foreach (IGrouping<ItemId, StatusEvent> item in events.GroupBy(e => e.ItemId))
            item.Select(e => $"{e.Stage} {e.Status}").ShouldBe(["A Queued", "A InProgress", "A Completed", "B Queued", "B InProgress", "B Completed"]);
    }

    [Test]
    public async Task When_full_workers_and_feeders_wait()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        int delivered = 0;
        var tracker = new StatusTracker(new StatusTrackerOptions { CallbackCapacity = 5, CallbackOverflow = CallbackOverflow.Wait })
        {
            OnStatusChange = async (_, _) =>
            {
                delivered++;
                await held.Task;
            },
        };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.QueueCapacity = StageOptions.Unbounded).WithTracker(tracker).Build().Start();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 1000));
        await Waiting.UntilAsync(() => delivered == 1);
        await Task.Yield();

        run.GetSnapshot().Fed.ShouldBeLessThan(20);
        feeding.IsCompleted.ShouldBeFalse();
        held.SetResult();
        (await feeding.InTime()).ShouldBe(1000);
        run.Complete();
        await run.Completion.InTime();
        delivered.ShouldBe(3000);
        tracker.DroppedCallbacks.ShouldBe(0);
    }

    [Test]
    public async Task With_DropOldest_nobody_waits_and_the_dropped_are_counted()
    {
        var held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        List<StatusEvent> delivered = [];
        var tracker = new StatusTracker(new StatusTrackerOptions { CallbackCapacity = 5, CallbackOverflow = CallbackOverflow.DropOldest })
        {
            OnStatusChange = async (e, _) =>
            {
                delivered.Add(e);
                await held.Task;
            },
        };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1).WithTracker(tracker).Build().Start();
        (await run.FeedAsync(Enumerable.Range(0, 100)).InTime()).ShouldBe(100);
        await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == 100);
        held.SetResult();
        run.Complete();
        await run.Completion.InTime();

        (delivered.Count + tracker.DroppedCallbacks).ShouldBe(300);
        delivered.Count.ShouldBeInRange(5, 6);
        delivered[^1].Status.ShouldBe(ItemStatus.Completed);
        delivered[^1].ItemId.ToString().ShouldBe("#99");
    }

    [TestCase(RetryScope.Task)]
    [TestCase(RetryScope.Stage)]
    public async Task Task_events_tell_every_call_of_every_task(RetryScope scope)
    {
        List<string> events = [];
        ValueTask Note(string kind, TaskEvent e)
        {
            events.Add($"{kind} {e.Stage}.{e.Task} {e.Worker} {e.Attempt} {Math.Round(e.Duration.TotalSeconds)} {e.Error?.Message}".TrimEnd());
            e.ItemId.ShouldBe("x");
            return default;
        }

        List<ItemStatus> statuses = [];
        var tracker = new StatusTracker
        {
            OnTaskStart = (e, _) => Note("start", e),
            OnTaskComplete = (e, _) => Note("complete", e),
            OnTaskRetry = (e, _) => Note("retry", e),
            OnTaskFail = (e, _) => Note("fail", e),
            OnStatusChange = (e, _) =>
            {
                statuses.Add(e.Status);
                return default;
            },
        };
        await _time.DriveAsync(PipelineBuilder.StageWithTasks<int, int>("A", t => t
            .Task("one", async x =>
            {
                await Task.Delay(TimeSpan.FromSeconds(2), _time);
                return x;
            })
            .Task("two", (int _) => throw new TimeoutException("no")), 1, s =>
            {
                s.RetryScope = scope;
                s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromSeconds(1));
            }).WithTimeProvider(_time).WithTracker(tracker).RunAsync([new WorkItem<int>(1) { Id = "x" }]));

        events.ShouldBe(scope == RetryScope.Task
            ? ["start A.one A-W0 1 0", "complete A.one A-W0 1 2", "start A.two A-W0 1 0", "retry A.two A-W0 1 0 no", "start A.two A-W0 2 0", "fail A.two A-W0 2 0 no"]
            : ["start A.one A-W0 1 0", "complete A.one A-W0 1 2", "start A.two A-W0 1 0", "retry A.two A-W0 1 0 no",
                "start A.one A-W0 2 0", "complete A.one A-W0 2 2", "start A.two A-W0 2 0", "fail A.two A-W0 2 0 no"]);
        statuses.ShouldContain(ItemStatus.Retrying);
        statuses[^1].ShouldBe(ItemStatus.Failed);
    }

    [Test]
    public async Task Callbacks_that_throw_are_reported_and_the_next_ones_are_called()
    {
        int calls = 0;
        var tracker = new StatusTracker
        {
            OnStatusChange = (_, _) => ++calls % 2 == 0 ? throw new InvalidDataException("callback") : default,
        };
        PipelineReport<int> report = await PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).RunAsync(Enumerable.Range(0, 10)).InTime();

        calls.ShouldBe(30);
        report.SucceededCount.ShouldBe(10);
        report.Errors.TotalCallbacks.ShouldBe(15);
        report.Errors.Callbacks.ShouldAllBe(c => c.Error is InvalidDataException && c.Callback == "StatusTracker");
    }

    [Test]
    public async Task Their_token_is_canceled_with_the_run()
    {
        var began = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var tracker = new StatusTracker
        {
            OnStatusChange = async (_, ct) =>
            {
                began.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
            },
        };
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x).WithTracker(tracker).Build().Start();
        await run.FeedOneAsync(1);
        await began.Task.InTime();

        await run.DisposeAsync().AsTask().InTime();
    }
}
