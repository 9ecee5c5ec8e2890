using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Runs;

/// <summary>Leaving a run with unfinished items logs how many there are; ending it otherwise does not.</summary>
public sealed class LeavingARun
{
    private readonly FakeLogCollector _log = new();
    private readonly Gate<int> _gate = new();

    [Test]
    public async Task A_run_that_is_disposed_warns_of_its_unfinished_items()
    {
        await using (PipelineRun<int, int> run = Start())
        {
            await run.FeedAsync(Enumerable.Range(0, 5));
            await _gate.WhenArrivedAsync(2);
        }

        Warnings().ShouldBe(
        [
            "Run r was disposed before its end; unfinished items that were canceled: 5. To finish them, call Complete and await Completion before the run is disposed; to end the run early, call StopAsync",
        ]);
    }

    [Test]
    public async Task Only_what_is_unfinished_counts()
    {
        _gate.Open(0);
        _gate.Open(1);
        await using (PipelineRun<int, int> run = Start())
        {
            await run.FeedAsync(Enumerable.Range(0, 5));
            run.Complete();
            await _gate.WhenArrivedAsync(4);
        }

        Warnings().ShouldHaveSingleItem().ShouldStartWith("Run r was disposed before its end; unfinished items that were canceled: 3.");
    }

    [Test]
    public async Task The_warning_comes_before_Completion()
    {
        PipelineRun<int, int> run = Start();
        await run.FeedOneAsync(0);
        ValueTask disposing = run.DisposeAsync();
        await run.Completion.InTime();

        Warnings().ShouldHaveSingleItem();
        await disposing;
    }

    [Test]
    public async Task A_reader_that_leaves_a_stream_is_warned_of_the_unfinished_items()
    {
        _gate.Open(0);
        await foreach (PipelineResult<int> result in Pipeline().StreamAsync(Enumerable.Range(0, 4), new RunOptions { RunId = "r" }))
        {
            result.Value.ShouldBe(0);
            // One has come through, two are worked on, and one stands in the queue, or is just being fed.
            await _gate.WhenArrivedAsync(3);
            break;
        }

        Warnings().ShouldHaveSingleItem().ShouldMatch(
            "^Run r: the reader of StreamAsync left before the end; unfinished items that were canceled: [23]. To finish them, read the results to the end; to end the run early, set RunOptions.StopToken or cancel the token of StreamAsync$");
    }

    [Test]
    public async Task Nothing_is_said_where_everything_was_finished()
    {
        _gate.OpenForAll();
        await using (PipelineRun<int, int> run = Start())
        {
            await run.FeedAsync(Enumerable.Range(0, 5));
            run.Complete();
            await run.Completion.InTime();
        }

        await using (PipelineRun<int, int> empty = Start())
        {
        }

        await Pipeline().RunAsync(Enumerable.Range(0, 5)).InTime();
        await foreach (PipelineResult<int> _ in Pipeline().StreamAsync(Enumerable.Range(0, 5)))
        {
        }

        Warnings().ShouldBeEmpty();
    }

    [Test]
    public async Task Items_that_failed_are_finished()
    {
        PipelineRun<int, int> run = PipelineBuilder.Stage<int, int>("A", x => throw new ArgumentException("no")).WithLogging(Factory()).Build().Start(new RunOptions { RunId = "r" });
        await run.FeedOneAsync(1);
        await Waiting.UntilAsync(() => run.GetSnapshot().Failed == 1);
        await run.DisposeAsync();

        Warnings().ShouldBe(["A: item #0 failed at attempt 1"]);
    }

    [TestCase("Stop")]
    [TestCase("Cancel")]
    [TestCase("token")]
    [TestCase("token, told later")]
    [TestCase("StopToken")]
    [TestCase("grace period")]
    public async Task Nothing_is_said_where_an_end_was_asked_for_before(string how)
    {
        using var end = new CancellationTokenSource();
        using var stop = new CancellationTokenSource();
        PipelineRun<int, int> run = Pipeline().Start(new RunOptions { RunId = "r", StopToken = stop.Token }, end.Token);
        await run.FeedAsync(Enumerable.Range(0, 5));
        await _gate.WhenArrivedAsync(2);
        // The token is canceled, and its registrations are not called before the run is disposed: what is called first holds the others back.
        using var isHeld = new ManualResetEventSlim();
        Task later = Task.CompletedTask;
        switch (how)
        {
            case "Stop":
                run.Stop();
                break;
            case "Cancel":
                run.Cancel();
                break;
            case "token":
                end.Cancel();
                break;
            case "token, told later":
                end.Token.UnsafeRegister(held => ((ManualResetEventSlim)held!).Wait(), isHeld);
                later = end.CancelAsync();
                break;
            case "StopToken":
                stop.Cancel();
                break;
            default:
                _ = run.StopAsync(TimeSpan.FromDays(1));
                break;
        }

        Task disposing = run.DisposeAsync().AsTask();
        isHeld.Set();
        await disposing.InTime();
        await later.InTime();
        Warnings().ShouldBeEmpty();
    }

    [Test]
    public async Task Nothing_is_said_of_a_stream_whose_token_was_canceled()
    {
        using var end = new CancellationTokenSource();
        _gate.Open(0);
        await foreach (PipelineResult<int> result in Pipeline().StreamAsync(Enumerable.Range(0, 4), new RunOptions { RunId = "r" }, end.Token))
        {
            await _gate.WhenArrivedAsync(3);
            end.Cancel();
            break;
        }

        Warnings().ShouldBeEmpty();
    }

    [Test]
    public async Task An_item_that_an_operator_had_taken_out_is_not_unfinished()
    {
        var store = new InMemoryCheckpointStore();
        var options = new RunOptions { RunId = "r" };
        await PipelineBuilder.Stage<int, int>("A", x => throw new ArgumentException("no")).IdentifyBy(x => x).WithCheckpoints(store).RunAsync([7], options).InTime();
        await new CheckpointInspector(store).ExcludeAsync("r", [7], "gone");
        await using (PipelineRun<int, int> run = Builder().IdentifyBy(x => x).WithCheckpoints(store).Build().Start(options))
        {
            await run.FeedAsync([7, 8]).InTime();
            await _gate.WhenArrivedAsync(1);
        }

        Warnings().ShouldHaveSingleItem().ShouldStartWith("Run r was disposed before its end; unfinished items that were canceled: 1");
    }

    [Test]
    public async Task Reading_a_run_by_hand_may_be_left_without_a_warning()
    {
        await using PipelineRun<int, int> run = Start();
        await run.FeedAsync(Enumerable.Range(0, 2));
        _gate.Open(0);
        await foreach (PipelineResult<int> result in run.ReadResultsAsync())
            break;
        _gate.OpenForAll();
        run.Complete();
        await run.Completion.InTime();

        Warnings().ShouldBeEmpty();
    }

    private PipelineRun<int, int> Start() => Pipeline().Start(new RunOptions { RunId = "r" });

    private Pipeline<int, int> Pipeline() => Builder().Build();

    private PipelineBuilder<int, int> Builder() => PipelineBuilder.Stage<int, int>(
        "A",
        async (int x, CancellationToken token) =>
        {
            await _gate.PassAsync(x, token);
            return x;
        },
        workers: 2).WithLogging(Factory());

    private ILoggerFactory Factory() => LoggerFactory.Create(logging => logging.AddProvider(new FakeLoggerProvider(_log)));

    private string[] Warnings() => [.. _log.GetSnapshot().Where(line => line.Level >= LogLevel.Warning).Select(line => line.Message)];
}
