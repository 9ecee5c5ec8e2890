using System.Threading.Tasks.Dataflow;
using AntFlow.Dataflow.TestKit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>What the second item of an id is, in runs without checkpoints.</summary>
public sealed class IdsFedTwice
{
    private static readonly string[] _fed = ["x", "y", "x", "z", "x", "z"];

    /// <summary>Every way to feed a run, with how many of the items were accepted, if the call returns it.</summary>
    private static readonly Dictionary<string, Func<PipelineRun<string, string>, Task<long?>>> _byHand = new()
    {
        ["an array"] = async run => await run.FeedAsync(_fed),
        ["a list of work items"] = async run => await run.FeedAsync(new List<WorkItem<string>>(_fed.Select(Named))),
        ["a collection"] = async run => await run.FeedAsync(new LinkedList<string>(_fed)),
        ["a sequence"] = async run => await run.FeedAsync(_fed.Where(_ => true)),
        ["a sequence of work items"] = async run => await run.FeedAsync(_fed.Select(Named)),
        ["a stream"] = async run => await run.FeedAsync(_fed.ToAsyncEnumerable()),
        ["a stream of work items"] = async run => await run.FeedAsync(_fed.Select(Named).ToAsyncEnumerable()),
        ["into a later stage"] = async run => await run.FeedAsync("B", _fed.Select(Named)),
        ["a stream into a later stage"] = async run => await run.FeedAsync("B", _fed.Select(Named).ToAsyncEnumerable()),
        ["into two stages"] = async run => await run.FeedAsync(_fed[..2]) + await run.FeedAsync("B", _fed[2..].Select(Named)),
        ["one by one"] = async run =>
        {
            int accepted = 0;
            foreach (string item in _fed)
                accepted += await run.FeedOneAsync(item) ? 1 : 0;
            return accepted;
        },
        ["work items one by one"] = async run =>
        {
            int accepted = 0;
            foreach (string item in _fed)
                accepted += await run.FeedOneAsync(Named(item)) ? 1 : 0;
            return accepted;
        },
        ["tried one by one"] = run =>
        {
            foreach (string item in _fed)
                run.TryFeedOne(item).ShouldBeTrue();
            return Task.FromResult<long?>(null);
        },
        ["promised"] = run =>
        {
            foreach (string item in _fed)
            {
                run.First.TryPromise().ShouldBeTrue();
                run.First.FeedPromised(FeedItem<string>.OfValue(item));
            }

            return Task.FromResult<long?>(null);
        },
    };

    private static IEnumerable<string> Ways => _byHand.Keys;

    [TestCaseSource(nameof(Ways))]
    public async Task Ignore_lets_the_first_one_in_and_counts_the_others(string way)
    {
        await using PipelineRun<string, string> run = Make().Build().Start(new RunOptions { DuplicateHandling = DuplicateHandling.Ignore });

        long? accepted = await _byHand[way](run).InTime();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        (accepted ?? 3).ShouldBe(3);
        report.Results.Select(result => (result.ItemId.ToString(), result.Sequence, result.Status)).ShouldBe(
            [("x", 0, ResultStatus.Succeeded), ("y", 1, ResultStatus.Succeeded), ("z", 2, ResultStatus.Succeeded)]);
        (report.DuplicateCount, report.Snapshot.Duplicates, report.Snapshot.Fed).ShouldBe((3, 3, 3));
    }

    [TestCaseSource(nameof(Ways))]
    public async Task Fail_gives_the_others_a_failed_result_with_their_id(string way)
    {
        await using PipelineRun<string, string> run = Make().Build().Start(new RunOptions { DuplicateHandling = DuplicateHandling.Fail });

        long? accepted = await _byHand[way](run).InTime();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        (accepted ?? 6).ShouldBe(6);
        report.Results.Select(result => result.ItemId.ToString()).ShouldBe(_fed);
        report.Results.Where(result => result.IsSuccess).Select(result => result.Sequence).ShouldBe([0, 1, 3]);
        report.Results.Where(result => !result.IsSuccess).Select(result => (result.Error as DuplicateItemException)!)
            .Select(error => (error.ItemId.ToString(), error.Sequence, error.FirstSequence)).ShouldBe([("x", 2, 0), ("x", 4, 0), ("z", 5, 3)]);
        report.Errors.FailedItems.Select(failed => failed.ItemId.ToString()).ShouldBe(["x", "x", "z"]);
        report.Results[2].StageInput.ShouldBe("x");
        report.DuplicateCount.ShouldBe(0);
    }

    [TestCaseSource(nameof(Ways))]
    public async Task Without_the_option_they_are_items_as_all_others(string way)
    {
        await using PipelineRun<string, string> run = Make().Build().Start();

        long? accepted = await _byHand[way](run).InTime();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        (accepted ?? 6).ShouldBe(6);
        report.Results.Select(result => (result.ItemId.ToString(), result.Status)).ShouldBe(_fed.Select(id => (id, ResultStatus.Succeeded)));
        (report.DuplicateCount, run.Core.Claims).ShouldBe((0, null));
    }

    [Test]
    public async Task Runs_that_are_given_their_input_ignore_them()
    {
        var options = new RunOptions { DuplicateHandling = DuplicateHandling.Ignore };
        Pipeline<string, string> pipeline = Make().Build();

        PipelineReport<string> report = await pipeline.RunAsync(_fed, options).InTime();
        List<PipelineResult<string>> ordered = await pipeline.StreamAsync(_fed, new RunOptions { DuplicateHandling = DuplicateHandling.Ignore, OrderResults = true, ResultCapacity = 1 }).ToListAsync();

        report.Results.Select(result => result.Value).ShouldBe(["xab", "yab", "zab"]);
        // They were taken, and will never be items: all there is has come.
        (report.NotTakenCount, report.DuplicateCount, report.Snapshot.Total, report.Snapshot.Fed).ShouldBe((0, 3, 3, 3));
        ordered.Select(result => (result.Value, result.Sequence)).ShouldBe([("xab", 0), ("yab", 1), ("zab", 2)]);
    }

    [Test]
    public async Task What_a_stopped_run_has_ignored_was_taken()
    {
        var gate = new Gate<string>();
        var isTaken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<PipelineReport<string>> running = PipelineBuilder
            .Stage<string, string>("A", async (x, ct) =>
            {
                await gate.PassAsync(x, ct);
                throw new InvalidOperationException("wrong key");
            }, 1, s => (s.QueueCapacity, s.Retry) = (1, RetryPolicy.None))
            .IdentifyBy(x =>
            {
                if (x == "y")
                    isTaken.SetResult();
                return x;
            })
            .RunAsync(["x", "x", "x", "y", .. Enumerable.Range(0, 10).Select(number => $"{number}")], new RunOptions { DuplicateHandling = DuplicateHandling.Ignore, StopAfterFailures = 1 });
        await isTaken.Task.InTime();
        gate.OpenForAll();
        PipelineReport<string> report = await running.InTime();

        report.DuplicateCount.ShouldBe(2);
        report.NotTakenCount.ShouldBe(14 - report.Snapshot.Fed - 2);
    }

    [TestCase(DuplicateHandling.Fail)]
    [TestCase(DuplicateHandling.Ignore)]
    public async Task Items_without_an_id_are_no_duplicates_nor_are_those_that_could_not_be_named(DuplicateHandling duplicateHandling)
    {
        var options = new RunOptions { DuplicateHandling = duplicateHandling };

        PipelineReport<string> automatic = await PipelineBuilder.Stage<string, string>("A", x => x).RunAsync(["x", "x"], options).InTime();
        PipelineReport<string> unnamed = await PipelineBuilder.Stage<string, string>("A", x => x).IdentifyBy(_ => throw new InvalidDataException("no name")).RunAsync(["x", "x"], options).InTime();

        (automatic.SucceededCount, automatic.DuplicateCount).ShouldBe((2, 0));
        unnamed.Results.ShouldAllBe(result => result.Error is InvalidDataException);
        (unnamed.FailedCount, unnamed.DuplicateCount).ShouldBe((2, 0));
    }

    [Test]
    public async Task Ids_of_work_items_count_where_else_nobody_hears_of_single_items()
    {
        // Without the option those of a list are accepted together.
        Pipeline<string, string> pipeline = PipelineBuilder.Stage<string, string>("A", x => x).Build();
        List<WorkItem<string>> items = [.. _fed.Select(Named)];

        PipelineReport<string> ignoring = await pipeline.RunAsync(items, new RunOptions { DuplicateHandling = DuplicateHandling.Ignore }).InTime();
        PipelineReport<string> failing = await pipeline.RunAsync(items, new RunOptions { DuplicateHandling = DuplicateHandling.Fail }).InTime();

        (ignoring.SucceededCount, ignoring.DuplicateCount).ShouldBe((3, 3));
        (failing.SucceededCount, failing.FailedCount).ShouldBe((3, 3));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_block_takes_a_duplicate_and_drops_it(bool isLinked)
    {
        // Room for one: a place that a dropped one had kept would be missed at once.
        PipelineBlock<string, string> block = Make(s => s.QueueCapacity = 1).Build().AsBlock(new RunOptions { DuplicateHandling = DuplicateHandling.Ignore, OrderResults = true, ResultCapacity = 1 });
        string[] items = [.. Enumerable.Range(0, 20).SelectMany(number => new[] { $"{number}", "0", $"{number}" })];
        Task sending = isLinked ? LinkAsync(block, items) : SendAsync(block, items);
        List<string> values = [];
        while (await block.OutputAvailableAsync().InTime())
            values.Add((await block.ReceiveAsync().InTime()).Value!);

        await sending.InTime();
        values.ShouldBe(Enumerable.Range(0, 20).Select(number => $"{number}ab"));
        (await block.Run.Completion.InTime()).DuplicateCount.ShouldBe(40);
    }

    [Test]
    public async Task TryFeedOne_takes_a_duplicate_also_without_room_but_not_when_the_run_is_closed()
    {
        var gate = new Gate<string>();
        await using PipelineRun<string, string> run = PipelineBuilder.Stage<string, string>("A", async (x, ct) =>
        {
            await gate.PassAsync(x, ct);
            return x;
        }, 1, s => s.QueueCapacity = 1).IdentifyBy(x => x).Build().Start(new RunOptions { DuplicateHandling = DuplicateHandling.Ignore });
        await run.FeedOneAsync("x");
        await gate.WhenArrivedAsync(1);
        run.TryFeedOne("y").ShouldBeTrue();

        run.TryFeedOne("x").ShouldBeTrue();
        run.TryFeedOne("z").ShouldBeFalse("there is no room for one that is new");
        run.Complete();
        run.TryFeedOne("x").ShouldBeFalse();
        gate.OpenForAll();
        PipelineReport<string> report = await run.Completion.InTime();
        (report.SucceededCount, report.DuplicateCount).ShouldBe((2, 1));
    }

    [Test]
    public async Task What_is_ignored_of_a_stream_counts_neither_as_accepted_nor_as_not_placed()
    {
        await using PipelineRun<string, string> run = Make().Build().Start(new RunOptions { DuplicateHandling = DuplicateHandling.Ignore });
        using var cancel = new CancellationTokenSource();
        async IAsyncEnumerable<string> Stream()
        {
            yield return "x";
            yield return "x";
            yield return "x";
            await cancel.CancelAsync();
            yield return "y";
        }

        FeedCanceledException canceled = await run.FeedAsync(Stream(), cancellationToken: cancel.Token).CatchAsync<FeedCanceledException>();

        (canceled.Accepted, canceled.NotAccepted, run.GetSnapshot().Duplicates).ShouldBe((1, 1, 2), "y was taken and not placed");
    }

    [Test]
    public async Task They_are_told_of_at_the_end()
    {
        var collector = new FakeLogCollector();
        using ILoggerFactory factory = LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(collector)));
        PipelineBuilder<string, string> builder = Make().WithLogging(factory);

        PipelineReport<string> three = await builder.RunAsync(_fed, new RunOptions { RunId = "r", DuplicateHandling = DuplicateHandling.Ignore }).InTime();
        PipelineReport<string> one = await builder.RunAsync(["x", "x"], new RunOptions { RunId = "s", DuplicateHandling = DuplicateHandling.Ignore }).InTime();
        PipelineReport<string> none = await builder.RunAsync(["x"], new RunOptions { RunId = "t", DuplicateHandling = DuplicateHandling.Ignore }).InTime();

        three.ToString().Split(Environment.NewLine)[1..].ShouldBe(["3 duplicates were ignored"]);
        one.ToString().Split(Environment.NewLine)[1..].ShouldBe(["1 duplicate was ignored"]);
        none.ToString().ShouldNotContain("duplicate");
        FakeLogRecord[] told = [.. collector.GetSnapshot().Where(record => record.Id.Id == 50)];
        told.Select(record => record.Message).ShouldBe(["Run r: duplicates that were ignored: 3", "Run s: duplicates that were ignored: 1"]);
        told.ShouldAllBe(record => record.Level == LogLevel.Information);
    }

    [TestCase((DuplicateHandling)(-1))]
    [TestCase((DuplicateHandling)2)]
    public void What_is_no_value_is_refused(DuplicateHandling value)
    {
        Should.Throw<PipelineConfigurationException>(() => Make().Build().Start(new RunOptions { DuplicateHandling = value })).Faults.ShouldBe([$"RunOptions.DuplicateHandling is {value}; it must be Fail or Ignore."]);
    }

    private static PipelineBuilder<string, string> Make(Action<StageOptions<string, string>>? configure = null) => PipelineBuilder
        .Stage<string, string>("A", x => x + "a", 2, s => configure?.Invoke(s))
        .Then("B", x => x + "b", 2, s => configure?.Invoke(s))
        .IdentifyBy(x => x);

    private static WorkItem<string> Named(string item) => new(item) { Id = item };

    private static async Task SendAsync(PipelineBlock<string, string> block, string[] items)
    {
        foreach (string item in items)
            (await block.SendAsync(item).InTime()).ShouldBeTrue();
        block.Complete();
    }

    private static Task LinkAsync(PipelineBlock<string, string> block, string[] items)
    {
        var source = new BufferBlock<string>();
        foreach (string item in items)
            source.Post(item);
        source.LinkTo(block, new DataflowLinkOptions { PropagateCompletion = true });
        source.Complete();
        return source.Completion;
    }
}
