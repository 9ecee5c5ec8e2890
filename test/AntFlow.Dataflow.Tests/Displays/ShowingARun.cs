using System.Threading.Tasks.Dataflow;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Displays;

public sealed class ShowingARun
{
    private readonly SteppedTime _time = new();

    [Test]
    public async Task A_display_hears_of_the_start_before_an_item_is_fed_and_of_the_end_with_the_final_numbers()
    {
        long fedAtStart = -1;
        var display = new CollectingDisplay { Starting = (run, _) => fedAtStart = run.GetSnapshot().Fed };

        PipelineReport<int> report = await Double().RunAsync([1, 2, 3], new RunOptions { Display = display, RunId = "shown" }).InTime();

        fedAtStart.ShouldBe(0);
        display.Run!.RunId.ShouldBe("shown");
        display.Calls.ShouldBe(["start 3", "update", "finish"]);
        display.Snapshots[^1].Succeeded.ShouldBe(3);
        display.Report!.SucceededCount.ShouldBe(3);
        report.Errors.TotalCallbacks.ShouldBe(0);
    }

    [Test]
    public async Task A_display_is_updated_at_every_interval_of_the_runs_time_while_the_run_goes_on()
    {
        var gate = new Gate<int>();
        var display = new CollectingDisplay();
        Pipeline<int, int> pipeline = PipelineBuilder
            .Stage<int, int>("Wait", async (x, ct) => { await gate.PassAsync(x, ct); return x; })
            .WithTimeProvider(_time)
            .Build();
        Task<PipelineReport<int>> running = pipeline.RunAsync([1], new RunOptions { Display = display, UpdateInterval = TimeSpan.FromSeconds(2) });
        await gate.WhenArrivedAsync(1);

        for (int updates = 1; updates <= 3; updates++)
        {
            await _time.StepAsync(2);
            await Waiting.UntilAsync(() => display.Snapshots.Count == updates);
        }

        gate.OpenForAll();
        await running.InTime();
        display.Snapshots.Select(s => s.InProgress).ShouldBe([1, 1, 1, 0]);
        display.Calls.Count(call => call == "finish").ShouldBe(1);
    }

    [Test]
    public void A_display_is_updated_twice_a_second_unless_told_otherwise() => new RunOptions().UpdateInterval.ShouldBe(TimeSpan.FromMilliseconds(500));

    [Test]
    public async Task Without_a_display_a_run_sets_no_timer()
    {
        var gate = new Gate<int>();
        await using PipelineRun<int, int> run = PipelineBuilder
            .Stage<int, int>("Wait", async (x, ct) => { await gate.PassAsync(x, ct); return x; })
            .WithTimeProvider(_time)
            .Build()
            .Start();
        await run.FeedOneAsync(1);
        await gate.WhenArrivedAsync(1);

        _time.PendingTimerCount.ShouldBe(0);
        gate.OpenForAll();
    }

    [Test]
    public async Task A_display_shows_a_run_that_is_fed_by_hand()
    {
        var display = new CollectingDisplay();
        await using PipelineRun<int, int> run = Double().Start(new RunOptions { Display = display });
        display.Calls[0].ShouldBe("start unknown");

        await run.FeedAsync([1, 2]);
        run.Complete();
        await run.Completion.InTime();

        display.Calls.ShouldBe(["start unknown", "update", "finish"]);
        display.Report!.SucceededCount.ShouldBe(2);
    }

    [Test]
    public async Task A_display_shows_a_stream_whose_reader_leaves_early()
    {
        var display = new CollectingDisplay();
        await foreach (PipelineResult<int> result in Double().StreamAsync(Enumerable.Range(0, 1000), new RunOptions { Display = display, ResultCapacity = 1 }))
            break;

        display.Calls.ShouldBe(["start 1000", "update", "finish"]);
        display.Report!.CanceledCount.ShouldBeGreaterThan(0);
    }

    [Test]
    public async Task A_display_shows_a_stream_to_its_end()
    {
        var display = new CollectingDisplay();

        List<PipelineResult<int>> results = await Double().StreamAsync([1, 2, 3], new RunOptions { Display = display }).ToListAsync();

        results.Count.ShouldBe(3);
        display.Report!.SucceededCount.ShouldBe(3);
    }

    [Test]
    public async Task A_display_shows_a_block_of_a_graph()
    {
        var display = new CollectingDisplay();
        PipelineBlock<int, int> block = Double().AsBlock(new RunOptions { Display = display });
        display.Calls.ShouldBe(["start unknown"]);
        block.LinkTo(DataflowBlock.NullTarget<PipelineResult<int>>());

        await block.SendAsync(1);
        block.Complete();
        await block.Completion.InTime();

        display.Calls.ShouldBe(["start unknown", "update", "finish"]);
    }

    [Test]
    public async Task A_display_may_stop_the_run_it_is_shown()
    {
        var display = new CollectingDisplay { Starting = (run, _) => run.Cancel() };

        PipelineReport<int> report = await Double().RunAsync(Enumerable.Range(0, 1000), new RunOptions { Display = display }).InTime();

        report.SucceededCount.ShouldBe(0);
        display.Calls.ShouldBe(["start 1000", "update", "finish"]);
    }

    [Test]
    public async Task A_run_does_what_a_display_asks_without_knowing_its_types()
    {
        await using PipelineRun<int, int> typed = Double().Start();
        IPipelineRun run = typed;

        run.SetWorkers("Double", 7);
        run.Pause();
        run.Pause("Double");
        run.GetSnapshot().Stages[0].ShouldSatisfyAllConditions(s => s.Workers.ShouldBe(7), s => s.IsPaused.ShouldBeTrue());
        run.Resume();
        run.Resume("Double");
        run.GetSnapshot().Stages[0].IsPaused.ShouldBeFalse();
        run.Stop();

        (await typed.Completion.InTime()).Snapshot.Fed.ShouldBe(0);
    }

    [TestCase(0)]
    [TestCase(-1)]
    public void An_update_interval_is_above_zero(int seconds) =>
        Should.Throw<PipelineConfigurationException>(() => Double().Start(new RunOptions { UpdateInterval = TimeSpan.FromSeconds(seconds) }));

    private Pipeline<int, int> Double() => PipelineBuilder.Stage<int, int>("Double", x => x * 2, workers: 2).WithTimeProvider(_time).Build();
}
