using System.Threading.Tasks.Dataflow;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>An id that comes again while it is not decided whether the first item with it is accepted.</summary>
/// <remarks>The window of ordered results has one place. So a feed call waits, with the id of its item, for the reader of the item before; or a test has an id itself.</remarks>
public sealed class IdsFedAtOnce
{
    private readonly List<string> _values = [];

    [TestCase(DuplicateHandling.Fail)]
    [TestCase(DuplicateHandling.Ignore)]
    public async Task Of_many_calls_exactly_one_is_accepted(DuplicateHandling duplicateHandling)
    {
        const int Ids = 50;
        const int Calls = 4;
        await using PipelineRun<string, string> run = Make().Start(new RunOptions { DuplicateHandling = duplicateHandling });
        bool[][] answers = await Task.WhenAll(Enumerable.Range(0, Calls).Select(_ => Task.Run(async () =>
        {
            List<bool> answers = [];
            for (int id = 0; id < Ids; id++)
                answers.Add(await run.FeedOneAsync($"{id}"));
            return answers.ToArray();
        }))).InTime();
        run.Complete();
        PipelineReport<string> report = await run.Completion.InTime();

        report.Results.Where(result => result.IsSuccess).Select(result => result.Value).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, Ids).Select(id => $"{id}").Order(StringComparer.Ordinal));
        int others = Ids * (Calls - 1);
        (report.FailedCount, report.DuplicateCount).ShouldBe(duplicateHandling == DuplicateHandling.Fail ? (others, 0) : (0, others));
        answers.Sum(some => some.Count(isAccepted => isAccepted)).ShouldBe(duplicateHandling == DuplicateHandling.Fail ? Ids * Calls : Ids);
        Dictionary<string, long> firsts = report.Results.Where(result => result.IsSuccess).ToDictionary(result => result.Value!, result => result.Sequence);
        foreach (PipelineResult<string> failed in report.Results.Where(result => !result.IsSuccess))
            failed.Error.ShouldBeOfType<DuplicateItemException>().FirstSequence.ShouldBe(firsts[failed.ItemId.ToString()]);
    }

    [TestCase(DuplicateHandling.Fail)]
    [TestCase(DuplicateHandling.Ignore)]
    public async Task The_second_waits_until_the_first_is_accepted(DuplicateHandling duplicateHandling)
    {
        await using PipelineRun<string, string> run = Start(duplicateHandling);
        await run.FeedOneAsync("before").InTime();
        Task<bool> first = run.FeedOneAsync("x");
        Task<bool> second = run.FeedOneAsync("x");

        second.IsCompleted.ShouldBeFalse("the first one may yet be canceled");
        (run.GetSnapshot().Duplicates, run.GetSnapshot().Fed).ShouldBe((0, 1));
        Task reading = ReadAsync(run);
        (await first.InTime()).ShouldBeTrue();
        (await second.InTime()).ShouldBe(duplicateHandling == DuplicateHandling.Fail);
        run.Complete();
        await reading.InTime();
        PipelineReport<string> report = await run.Completion.InTime();

        _values.ShouldBe(duplicateHandling == DuplicateHandling.Fail ? ["before", "x", "2 is no second item 1"] : ["before", "x"]);
        report.DuplicateCount.ShouldBe(duplicateHandling == DuplicateHandling.Fail ? 0 : 1);
    }

    [TestCase(DuplicateHandling.Fail)]
    [TestCase(DuplicateHandling.Ignore)]
    public async Task The_second_takes_the_place_of_a_first_that_is_canceled_before_it_is_accepted(DuplicateHandling duplicateHandling)
    {
        await using PipelineRun<string, string> run = Start(duplicateHandling);
        await run.FeedOneAsync("before").InTime();
        using var cancel = new CancellationTokenSource();
        Task<bool> first = run.FeedOneAsync("x", cancellationToken: cancel.Token);
        Task<bool> second = run.FeedOneAsync("x");
        await cancel.CancelAsync();

        (await first.CatchAsync<FeedCanceledException>()).Accepted.ShouldBe(0);
        Task reading = ReadAsync(run);
        (await second.InTime()).ShouldBeTrue();
        run.Complete();
        await reading.InTime();

        _values.ShouldBe(["before", "x"]);
        (await run.Completion.InTime()).DuplicateCount.ShouldBe(0);
    }

    [Test]
    public async Task A_second_that_is_canceled_while_it_waits_leaves_the_first_alone()
    {
        await using PipelineRun<string, string> run = Start(DuplicateHandling.Ignore);
        await run.FeedOneAsync("before").InTime();
        using var cancel = new CancellationTokenSource();
        Task<bool> first = run.FeedOneAsync("x");
        Task<bool> second = run.FeedOneAsync("x", cancellationToken: cancel.Token);
        await cancel.CancelAsync();

        (await second.CatchAsync<FeedCanceledException>()).Accepted.ShouldBe(0);
        Task reading = ReadAsync(run);
        (await first.InTime()).ShouldBeTrue();
        run.Complete();
        await reading.InTime();
        _values.ShouldBe(["before", "x"]);
        (await run.Completion.InTime()).DuplicateCount.ShouldBe(0);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_run_that_ends_ends_both(bool isCanceled)
    {
        await using PipelineRun<string, string> run = Start(DuplicateHandling.Ignore);
        await run.FeedOneAsync("before").InTime();
        Task<bool> first = run.FeedOneAsync("x");
        Task<bool> second = run.FeedOneAsync("x");
        if (isCanceled)
            run.Cancel();
        else
            run.Stop();

        await first.CatchAsync<PipelineClosedException>();
        await second.CatchAsync<PipelineClosedException>();
        await ReadAsync(run).InTime();
        (await run.Completion.InTime()).Snapshot.Fed.ShouldBe(1);
    }

    [Test]
    public async Task A_run_that_is_canceled_ends_a_call_although_it_is_not_decided_who_has_the_id()
    {
        await using PipelineRun<string, string> run = Start(DuplicateHandling.Ignore);
        run.Core.Claims!.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        Task<bool> second = run.FeedOneAsync("x");
        second.IsCompleted.ShouldBeFalse();
        run.Cancel();

        await second.CatchAsync<PipelineClosedException>();
    }

    [TestCase(DuplicateHandling.Fail)]
    [TestCase(DuplicateHandling.Ignore)]
    public async Task One_that_has_a_place_in_the_window_leaves_it_to_the_one_it_waits_for(DuplicateHandling duplicateHandling)
    {
        await using PipelineRun<string, string> run = Start(duplicateHandling);
        // As a block does that has to fetch its item.
        run.First.TryPromise().ShouldBeTrue();
        Task<bool> first = run.FeedOneAsync("x");
        first.IsCompleted.ShouldBeFalse("the promise has the only place");

        run.First.FeedPromised(FeedItem<string>.OfValue("x"));

        (await first.InTime()).ShouldBeTrue();
        Task reading = ReadAsync(run);
        (await run.FeedOneAsync("after").InTime()).ShouldBeTrue("no place was lost");
        run.Complete();
        await reading.InTime();
        PipelineReport<string> report = await run.Completion.InTime();
        _values.Where(value => value.Length < 10).ShouldBe(["x", "after"]);
        (report.DuplicateCount, report.FailedCount).ShouldBe(duplicateHandling == DuplicateHandling.Fail ? (0, 1) : (1, 0));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_promised_one_waits_and_is_dropped_or_takes_the_place(bool isAccepted)
    {
        await using PipelineRun<string, string> run = Make().Start(new RunOptions { DuplicateHandling = DuplicateHandling.Ignore });
        run.Core.Claims!.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        run.TryFeedOne("x").ShouldBeTrue();
        run.Complete();

        run.Completion.IsCompleted.ShouldBeFalse("what was taken keeps the run open until it is placed or dropped");
        if (isAccepted)
            run.Core.Claims.Accept("x", sequence: 0, written: null);
        else
            run.Core.Claims.GiveBack("x");
        PipelineReport<string> report = await run.Completion.InTime();
        report.Results.Select(result => result.Value).ShouldBe(isAccepted ? [] : ["x"]);
        report.DuplicateCount.ShouldBe(isAccepted ? 1 : 0);
    }

    [Test]
    public async Task The_room_of_a_promised_one_that_is_dropped_goes_to_the_next_offer()
    {
        PipelineBlock<string, string> block = Make(capacity: 1).AsBlock(new RunOptions { DuplicateHandling = DuplicateHandling.Ignore });
        block.Run.Core.Claims!.Ask("x").Status.ShouldBe(IdStatus.Claimed);
        block.Post("x").ShouldBeTrue();
        Task<bool> next = block.SendAsync("y");
        next.IsCompleted.ShouldBeFalse("the room for one is promised");

        block.Run.Core.Claims.Accept("x", sequence: 0, written: null);

        (await next.InTime()).ShouldBeTrue();
        (await block.ReceiveAsync().InTime()).Value.ShouldBe("y");
        block.Complete();
        await block.Completion.InTime();
        (await block.Run.Completion.InTime()).DuplicateCount.ShouldBe(1);
    }

    private static Pipeline<string, string> Make(int? capacity = null) =>
        PipelineBuilder.Stage<string, string>("A", x => x, 1, s => s.QueueCapacity = capacity).IdentifyBy(x => x).Build();

    private static PipelineRun<string, string> Start(DuplicateHandling duplicateHandling) =>
        Make().Start(new RunOptions { DuplicateHandling = duplicateHandling, OrderResults = true, ResultCapacity = 1, CollectResults = false });

    private async Task ReadAsync(PipelineRun<string, string> run)
    {
        await foreach (PipelineResult<string> result in run.ReadResultsAsync())
            _values.Add(result.Value ?? (result.Error is DuplicateItemException second ? $"{second.Sequence} is no second item {second.FirstSequence}" : result.Status.ToString()));
    }
}
