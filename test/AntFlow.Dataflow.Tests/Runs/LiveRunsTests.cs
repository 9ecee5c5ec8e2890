using System.Runtime.CompilerServices;
using AntFlow.Dataflow.TestKit;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

public sealed class LiveRunsTests
{
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task A_run_is_listed_from_its_start_to_its_end()
    {
        await using PipelineRun<int, int> run = Held().Start(new RunOptions { RunId = "a" });

        Listed("a").ShouldBe([run]);

        run.Complete();
        await run.Completion.InTime();
        Listed("a").ShouldBeEmpty();
    }

    [Test]
    public async Task Runs_that_nothing_was_given_of_are_listed_too([Values] bool isStream)
    {
        string id = $"hidden {isStream}";
        Task running = isStream
            ? Held().StreamAsync([1], new RunOptions { RunId = id }).ToListAsync()
            : Held().RunAsync([1], new RunOptions { RunId = id });
        await _gate.WhenArrivedAsync(1);
        GC.Collect();

        IPipelineRun run = Listed(id).ShouldHaveSingleItem();

        run.GetSnapshot().InProgress.ShouldBe(1);
        _gate.OpenForAll();
        await running.InTime();
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
        Listed(id).ShouldBeEmpty();
    }

    [Test]
    public async Task One_that_is_not_to_be_listed_is_not()
    {
        await using PipelineRun<int, int> run = Held().Start(new RunOptions { RunId = "secret", IsListed = false });

        Listed("secret").ShouldBeEmpty();
    }

    [Test]
    public async Task Later_ones_come_after_earlier_ones()
    {
        await using PipelineRun<int, int> first = Held().Start(new RunOptions { RunId = "in order" });
        await using PipelineRun<int, int> second = Held().Start(new RunOptions { RunId = "in order" });

        Listed("in order").ShouldBe([first, second]);
    }

    [Test]
    public void A_run_that_is_dropped_is_not_kept_alive([Values("run", "token", "block")] string what)
    {
        WeakReference run = Drop(what);

        for (int i = 0; i < 10 && run.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        run.IsAlive.ShouldBeFalse();
        Listed($"dropped {what}").ShouldBeEmpty("each case has an id of its own: they run at the same time");
    }

    [Test]
    public async Task A_run_of_unknown_types_can_be_stopped_and_waited_for()
    {
        IPipelineRun run = Held().Start(new RunOptions { RunId = "untyped" });
        await ((PipelineRun<int, int>)run).FeedAsync([1, 2]);
        await _gate.WhenArrivedAsync(1);

        Task<PipelineReport> stopping = run.StopAsync();
        run.Completion.IsCompleted.ShouldBeFalse();
        _gate.OpenForAll();

        PipelineReport report = await stopping.InTime();
        (report.SucceededCount, report.CanceledCount).ShouldBe((1, 1));
        (await run.Completion.InTime()).SucceededCount.ShouldBe(1);
        run.Completion.ShouldBeSameAs(run.Completion);
    }

    [Test]
    public async Task Waiting_for_it_within_itself_throws_at_once()
    {
        IPipelineRun? run = null;
        Exception? thrown = null;
        PipelineRun<int, int> typed = PipelineBuilder.Stage<int, int>("A", x =>
        {
            thrown = Should.Throw<InvalidOperationException>(() => { _ = run!.StopAsync(); });
            return x;
        }).Build().Start();
        await using (typed)
        {
            run = typed;
            await typed.FeedOneAsync(1);
            typed.Complete();
            await typed.Completion.InTime();
        }

        thrown.ShouldNotBeNull();
    }

    [Test]
    public async Task More_items_may_be_under_way_at_once_or_fewer()
    {
        var time = new SteppedTime();
        IPipelineRun run = PipelineBuilder.Stage<int, int>("A", (int _) => throw new TimeoutException(), 1, s =>
        {
            s.Retry = RetryPolicy.Fixed(2, TimeSpan.FromHours(1));
            s.MaxInFlight = 1;
        }).WithTimeProvider(time).Build().Start();
        await using var typed = (PipelineRun<int, int>)run;
        await typed.FeedAsync(Enumerable.Range(0, 8).ToList());
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 1, InProgress: 0 });

        run.SetMaxInFlight("A", 3);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 3, InProgress: 0 });
        run.SetMaxInFlight("A", 1);
        run.SetWorkers("A", 4);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 4, InProgress: 0 });
        run.SetMaxInFlight("A", null);
        await Waiting.UntilAsync(() => run.GetSnapshot() is { Retrying: 8, InProgress: 0 });

        Should.Throw<ArgumentOutOfRangeException>(() => run.SetMaxInFlight("A", 0)).ParamName.ShouldBe("maxInFlight");
        Should.Throw<ArgumentException>(() => run.SetMaxInFlight("B", 1)).Message.ShouldContain("There is no stage 'B'");
    }

    private static List<IPipelineRun> Listed(string runId) => [.. PipelineRuns.Live.Where(run => run.RunId == runId)];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Drop(string what)
    {
        Pipeline<int, int> pipeline = PipelineBuilder.Stage<int, int>("A", x => x).Build();
        var options = new RunOptions { RunId = $"dropped {what}" };
        object run = what switch
        {
            "block" => pipeline.AsBlock(options),
            "token" => pipeline.Start(options, new CancellationTokenSource().Token),
            _ => pipeline.Start(options),
        };
        Listed($"dropped {what}").Count.ShouldBe(1);
        return new WeakReference(run);
    }

    private Pipeline<int, int> Held() => PipelineBuilder.Stage<int, int>("A", async (x, ct) =>
    {
        await _gate.PassAsync(x, ct);
        return x;
    }).Build();
}
