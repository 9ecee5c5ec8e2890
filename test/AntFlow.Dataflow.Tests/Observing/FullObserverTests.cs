using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Observing;

/// <summary>Observers that cannot keep up.</summary>
public sealed class FullObserverTests
{
    [Test]
    public async Task Worker_and_feeder_wait_for_one_that_is_full()
    {
        var slow = new Slow();
        await using PipelineRun<int, int> run = TwoStages().WithObserver(slow).Build().Start();

        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await slow.Waits.Task.InTime();
        feeding.IsCompleted.ShouldBeFalse();
        run.GetSnapshot().Fed.ShouldBeLessThan(100);
        slow.IsLifted = true;
        slow.Room.SetResult();

        (await feeding.InTime()).ShouldBe(100);
        run.Complete();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(100);
    }

    [Test]
    public async Task A_list_is_fed_no_further_while_one_is_full_that_asks_for_ends_alone()
    {
        var slow = new Slow { IsAlwaysFull = true };
        await using PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => x, 1, s => s.QueueCapacity = StageOptions.Unbounded).WithObserver(slow).Build().Start();

        Task<long> feeding = run.FeedAsync(new int[1000]);
        await slow.Waits.Task.InTime();

        feeding.IsCompleted.ShouldBeFalse();
        run.GetSnapshot().Fed.ShouldBeLessThan(1000);
        slow.IsLifted = true;
        slow.Room.SetResult();
        (await feeding.InTime()).ShouldBe(1000);
    }

    [Test]
    public async Task One_may_look_at_a_snapshot_to_say_whether_it_is_full()
    {
        PipelineRun<int, int>? run = null;
        var curious = new Curious(() => run?.GetSnapshot().Queued > 1000);
        await using (run = TwoStages().WithObserver(curious).Build().Start())
        {
            await run.FeedAsync([1, 2, 3]);
            run.Complete();
            (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
        }

        curious.Asked.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task One_that_has_nothing_to_wait_for_is_not_asked()
    {
        var asked = new Asked();

        PipelineReport<int> report = await TwoStages().WithObserver(asked).RunAsync([1, 2, 3]).InTime();

        report.SucceededCount.ShouldBe(3);
        asked.Count.ShouldBe(0);
    }

    [Test]
    public async Task Canceling_ends_the_wait_for_one_that_never_has_room()
    {
        var slow = new Slow();
        await using PipelineRun<int, int> run = TwoStages().WithObserver(slow).Build().Start();
        Task<long> feeding = run.FeedAsync(Enumerable.Range(0, 100));
        await slow.Waits.Task.InTime();

        run.Cancel();
        PipelineReport<int> report = await run.Completion.InTime();

        await feeding.CatchAsync<PipelineClosedException>();
        report.Fault.ShouldBeNull();
        (report.SucceededCount + report.CanceledCount).ShouldBe(report.Snapshot.Fed);
    }

    private static PipelineBuilder<int, int> TwoStages() => PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x => x);

    private sealed class Slow : PipelineObserver
    {
        private int _ends;

        public TaskCompletionSource Waits { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Room { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsLifted { get; set; }

        public bool IsAlwaysFull { get; init; }

        public override bool IsFull => !IsLifted && (IsAlwaysFull || Volatile.Read(ref _ends) > 0);

        public override void OnEnded(in ItemObservation item) => Interlocked.Increment(ref _ends);

        public override async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
        {
            Waits.TrySetResult();
            // The token is not heard.
            await Room.Task;
        }
    }

    private sealed class Asked : PipelineObserver
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public override bool IsFull => Interlocked.Increment(ref _count) > 0;
    }

    private sealed class Curious(Func<bool> look) : PipelineObserver
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public override bool IsFull
        {
            get
            {
                Interlocked.Increment(ref _asked);
                return look();
            }
        }

        public override ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => default;
    }
}
