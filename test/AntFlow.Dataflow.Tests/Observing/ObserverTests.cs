using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Observing;

public sealed class ObserverTests
{
    private static readonly AsyncLocal<string?> _local = new();

    [Test]
    public async Task An_observer_is_told_of_what_it_asks_for_and_of_nothing_else([Range(0, 15)] int interests)
    {
        var asked = (ObserverInterests)interests;
        var ears = new Ears(asked);

        await TwoStages().WithObserver(ears).RunAsync([new WorkItem<int>(7) { Id = "x" }], new RunOptions { RunId = "r" }).InTime();

        List<string> expected = ["started r: A, B"];
        Add(ObserverInterests.Acceptance, "accepted A: x Queued");
        Add(ObserverInterests.Statuses, "status A: x InProgress");
        Add(ObserverInterests.Tasks, "task A/A: x Start.1", "task A/A: x Complete.1");
        Add(ObserverInterests.Statuses, "status A: x Completed", "status B: x Queued", "status B: x InProgress");
        Add(ObserverInterests.Tasks, "task B/B: x Start.1", "task B/B: x Complete.1");
        Add(ObserverInterests.Statuses, "status B: x Completed");
        Add(ObserverInterests.Ends, "ended B: x Completed");
        ears.Told.ShouldBe([.. expected, "ended r"]);

        void Add(ObserverInterests interest, params string[] told)
        {
            if (asked.HasFlag(interest))
                expected.AddRange(told);
        }
    }

    [Test]
    public async Task Every_end_is_told_once_whatever_it_is()
    {
        var ears = new Ears(ObserverInterests.Ends);
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x == 1 ? throw new FormatException() : x, 1, s => s.SkipIf = x => x == 2)
            .Then("B", x => x, 1, s => s.SkipIf = x => x == 3)
            .WithObserver(ears)
            .Build();

        await pipeline.RunAsync([0, 1, 2, 3]).InTime();

        Enumerable.Range(0, 4).SelectMany(item => ears.Of(item)).ShouldBe(["ended B: #0 Completed", "ended A: #1 Failed", "ended B: #2 Completed", "ended B: #3 Skipped"]);
    }

    [Test]
    public async Task What_was_waiting_when_the_run_was_canceled_is_told_as_canceled()
    {
        var ears = new Ears(ObserverInterests.Ends);
        var gate = new Gate<int>();
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }).WithObserver(ears).Build();
        await using PipelineRun<int, int> run = pipeline.Start();
        await run.FeedAsync([0, 1]);
        await gate.WhenArrivedAsync(1);

        run.Cancel();
        await run.Completion.InTime();

        ears.Told.Where(told => told.StartsWith("ended A", StringComparison.Ordinal)).Order().ShouldBe(["ended A: #0 Canceled", "ended A: #1 Canceled"]);
    }

    [Test]
    public async Task Several_observers_of_builder_and_options_watch_one_run_and_one_watches_several()
    {
        Ears shared = new(ObserverInterests.Ends);
        List<Ears> made = [];
        Pipeline<int, int> pipeline = TwoStages().WithObserver(shared).WithObserver(() =>
        {
            made.Add(new Ears(ObserverInterests.Ends));
            return made[^1];
        }).Build();
        var own = new Ears(ObserverInterests.Ends);

        await pipeline.RunAsync([1], new RunOptions { RunId = "first", Observers = [own] }).InTime();
        await pipeline.RunAsync([1], new RunOptions { RunId = "second" }).InTime();

        own.Told.ShouldBe(["started first: A, B", "ended B: #0 Completed", "ended first"]);
        shared.Told.ShouldBe([.. own.Told, "started second: A, B", "ended B: #0 Completed", "ended second"]);
        made.Select(ears => ears.Told.Last()).ShouldBe(["ended first", "ended second"]);
    }

    [Test]
    public async Task What_observers_throw_goes_to_the_callbacks_and_the_others_are_told_all_the_same()
    {
        var ears = new Ears(ObserverInterests.All);

        PipelineReport<int> report = await TwoStages().WithObserver(new Broken()).WithObserver(ears).RunAsync([new WorkItem<int>(7) { Id = "x" }]).InTime();

        report.Results.Single().Value.ShouldBe(7);
        report.Fault.ShouldBeNull();
        ears.Told.Count().ShouldBe(13);
        string[] distinct = [.. report.Errors.Callbacks.Select(error => $"{error.Callback} {error.ItemId} {error.Stage} {error.Error.Message}").Distinct()];
        distinct.ShouldBe(
            [
                "Broken.OnRunStarted (none)  broken", "Broken.OnAccepted x A broken", "Broken.IsFull (none)  broken", "Broken.OnStatus x A broken", "Broken.OnTask x A broken",
                "Broken.OnStatus x B broken", "Broken.OnTask x B broken", "Broken.OnEnded x B broken", "Broken.OnRunEndedAsync (none)  broken",
            ],
            ignoreOrder: true);
    }

    [Test]
    public async Task One_that_cannot_say_what_it_asks_for_is_told_of_nothing_and_so_the_report_says()
    {
        PipelineReport<int> report = await TwoStages().WithObserver(new Mute()).RunAsync([1]).InTime();

        report.Errors.Callbacks.ShouldHaveSingleItem().Callback.ShouldBe("Mute.Interests");
        report.SucceededCount.ShouldBe(1);
    }

    [Test]
    public async Task A_slot_belongs_to_one_observer_and_stays_with_the_envelope()
    {
        var first = new Counter();
        var second = new Counter();
        Pipeline<int, int> pipeline = TwoStages().WithObserver(first).WithObserver(second).Build();
        await using PipelineRun<int, int> run = pipeline.Start(new RunOptions { CollectResults = false });
        for (int i = 0; i < 200; i++)
        {
            await run.FeedOneAsync(i);
            await Waiting.UntilAsync(() => run.GetSnapshot().Succeeded == i + 1);
        }

        run.Complete();
        await run.Completion.InTime();

        (first.Items, second.Items).ShouldBe((200, 200));
        // One item at a time: the worker keeps some envelopes before it gives them back, and those are all that are ever made.
        first.Slots.ShouldBeInRange(1, 60);
        second.Slots.ShouldBe(first.Slots);
        first.Kept.Intersect(second.Kept).ShouldBeEmpty();
    }

    [Test]
    public async Task Callbacks_find_what_the_starting_code_had_and_what_they_set_ends_with_the_call()
    {
        _local.Value = "caller";
        List<string?> seen = [];
        var ears = new Ears(ObserverInterests.All);
        ears.OnTold = _ =>
        {
            lock (seen)
                seen.Add(_local.Value);
            _local.Value = "observer";
        };

        List<string?> bodies = [];
        await PipelineBuilder.Stage<int, int>("A", x =>
        {
            bodies.Add(_local.Value);
            return x;
        }).WithObserver(ears).RunAsync([1, 2, 3]).InTime();

        seen.ShouldAllBe(value => value == "caller");
        bodies.ShouldBe(["caller", "caller", "caller"]);
        _local.Value.ShouldBe("caller");
    }

    [Test]
    public async Task A_callback_may_look_at_the_run_for_no_lock_is_held()
    {
        var ears = new Ears(ObserverInterests.All);
        PipelineRun<int, int>? run = null;
        long looks = 0;
        ears.OnTold = told =>
        {
            if (run is not null)
                Interlocked.Add(ref looks, Task.Run(() => run.GetSnapshot().Fed > 0 ? 1 : 0).InTime().GetAwaiter().GetResult());
        };
        await using (run = TwoStages().WithObserver(ears).Build().Start())
        {
            await run.FeedAsync([1, 2, 3]);
            run.Complete();
            (await run.Completion.InTime()).SucceededCount.ShouldBe(3);
        }

        looks.ShouldBeGreaterThan(10);
    }

    [Test]
    public async Task One_that_never_ends_keeps_neither_a_canceled_run_nor_the_others_waiting([Values] bool blocks)
    {
        using var released = new ManualResetEventSlim();
        var tracker = new StatusTracker();
        var ears = new Ears(ObserverInterests.None);
        await using PipelineRun<int, int> run = TwoStages().WithObserver(new Stubborn(blocks ? released : null)).WithObserver(ears).WithTracker(tracker).Build()
            .Start(new RunOptions { RunId = "r", AbandonAfter = TimeSpan.Zero });
        await run.FeedOneAsync(1);

        run.Cancel();
        await run.Completion.InTime();

        await Waiting.UntilAsync(() => ears.Told.Contains("ended r"));
        // The tracker is free for another run as soon as it has heard of the end.
        await Waiting.UntilAsync(() => TryAnother(tracker));
        released.Set();
    }

    [Test]
    public async Task An_item_that_was_through_in_an_earlier_run_is_accepted_and_ends()
    {
        var store = new InMemoryCheckpointStore();
        await Stored(store, new Ears(ObserverInterests.None)).RunAsync([new WorkItem<int>(1) { Id = "x" }], new RunOptions { RunId = "r" }).InTime();
        var ears = new Ears(ObserverInterests.All);

        await Stored(store, ears).RunAsync([new WorkItem<int>(1) { Id = "x" }], new RunOptions { RunId = "r" }).InTime();

        ears.Of(0).ShouldBe(["accepted A: x Completed", "status A: x Completed", "ended A: x Completed"]);
    }

    [Test]
    public void No_observer_is_a_clear_error()
    {
        Should.Throw<ArgumentNullException>(() => TwoStages().WithObserver((PipelineObserver)null!));
        Should.Throw<ArgumentNullException>(() => TwoStages().WithObserver((Func<PipelineObserver>)null!));
        Should.Throw<PipelineConfigurationException>(() => TwoStages().Build().Start(new RunOptions { Observers = [null!] })).Message.ShouldContain("RunOptions.Observers");
        Should.Throw<InvalidOperationException>(() => TwoStages().WithObserver(() => null!).Build().Start()).Message.ShouldContain("WithObserver");
    }

    private static PipelineBuilder<int, int> TwoStages() => PipelineBuilder.Stage<int, int>("A", x => x).Then("B", x => x);

    private static bool TryAnother(StatusTracker tracker)
    {
        try
        {
            PipelineRun<int, int> another = TwoStages().WithTracker(tracker).Build().Start();
            another.Cancel();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static PipelineBuilder<int, int> Stored(InMemoryCheckpointStore store, PipelineObserver observer) =>
        PipelineBuilder.Stage<int, int>("A", x => x).WithCheckpoints(store).WithObserver(observer);

    private sealed class Broken : PipelineObserver
    {
        public override ObserverInterests Interests => ObserverInterests.All;

        public override bool IsFull => throw new FormatException("broken");

        public override void OnRunStarted(ObservedRun run) => throw new FormatException("broken");

        public override void OnAccepted(in ItemObservation item) => throw new FormatException("broken");

        public override void OnStatus(in ItemObservation item) => throw new FormatException("broken");

        public override void OnTask(in TaskObservation call) => throw new FormatException("broken");

        public override void OnEnded(in ItemObservation item) => throw new FormatException("broken");

        public override ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => throw new FormatException("broken");

        public override ValueTask OnRunEndedAsync(ObservedRun run) => throw new FormatException("broken");
    }

    private sealed class Mute : PipelineObserver
    {
        public override ObserverInterests Interests => throw new FormatException();

        public override void OnEnded(in ItemObservation item) => throw new FormatException();
    }

    private sealed class Counter : PipelineObserver
    {
        public override ObserverInterests Interests => ObserverInterests.All;

        public int Items { get; private set; }

        public int Slots => Kept.Count;

        public HashSet<object> Kept { get; } = [];

        public override void OnAccepted(in ItemObservation item)
        {
            item.State ??= new List<long>();
            lock (Kept)
                Kept.Add(item.State);
        }

        public override void OnTask(in TaskObservation call) => ((List<long>)call.State!).Add(call.Sequence);

        public override void OnEnded(in ItemObservation item)
        {
            var calls = (List<long>)item.State!;
            calls.ShouldBe([item.Sequence, item.Sequence, item.Sequence, item.Sequence]);
            calls.Clear();
            Items++;
        }
    }

    private sealed class Stubborn(ManualResetEventSlim? blocks) : PipelineObserver
    {
        public override async ValueTask OnRunEndedAsync(ObservedRun run)
        {
            if (blocks is not null)
                blocks.Wait();
            else
                await new TaskCompletionSource().Task;
        }
    }
}
