using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>What becomes of things that are done once when the store, or the run itself, is lost.</summary>
public sealed class FailingTests
{
    private readonly SteppedTime _time = new();
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private int _made;

    private Pipeline<string, string> Make(Func<string, StageContext, Task<string>> body, int attempts = 1, TimeSpan? giveUpAfter = null) =>
        PipelineBuilder.StageWithContext<string, string>("Upload", body, configure: s => s.Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero))
            .IdentifyBy(x => x)
            .WithTimeProvider(_time)
            .WithCheckpoints(_store, new CheckpointOptions { GiveUpAfter = giveUpAfter ?? TimeSpan.FromSeconds(10) })
            .Build();

    private Task<string> CreateAsync(CancellationToken cancellationToken) => Task.FromResult($"batch {Interlocked.Increment(ref _made)}");

    private void FailWrites() => _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) ? new IOException("the disk is full") : null;

    [Test]
    public async Task An_intent_that_cannot_be_stored_is_a_CheckpointException_and_no_body_runs()
    {
        CheckpointException? caught = null;
        PipelineReport<string> report = await _time.DriveAsync(Make(async (_, context) =>
        {
            FailWrites();
            caught = await context.OnceAsync("batch", CreateAsync).CatchAsync<CheckpointException>();
            throw caught;
        }).LiveAsync("x").ReportAsync());

        _made.ShouldBe(0);
        caught!.InnerException.ShouldBeOfType<IOException>();
        caught.UnsavedValue.ShouldBeNull();
        caught.Message.ShouldContain("'batch' of item 'x'");
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Failed);
    }

    [Test]
    public async Task What_is_done_after_the_row_of_the_item_was_not_written_is_found_again()
    {
        var gate = new Gate<string>();
        int writes = 0;
        PipelineRun<string, string> run = Make(async (_, context) =>
        {
            _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) && ++writes == 1 ? new IOException("the disk is full") : null;
            await context.OnceAsync("first", CreateAsync).CatchAsync<CheckpointException>();
            string made = await context.OnceAsync("batch", CreateAsync);
            await gate.PassAsync(made, context.CancellationToken);
            return made;
        }, giveUpAfter: TimeSpan.Zero).Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await gate.WhenArrivedAsync(1);
        _store.Kill();
        await run.DisposeAsync().AsTask().InTime();

        PipelineReport<string> report = await Make((_, context) => context.OnceAsync("batch", CreateAsync)).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
        _made.ShouldBe(1);
    }

    [Test]
    public async Task An_answer_that_cannot_be_stored_is_a_CheckpointException_that_carries_it()
    {
        CheckpointException? caught = null;
        PipelineReport<string> report = await _time.DriveAsync(Make(async (_, context) =>
        {
            caught = await context.OnceAsync("batch", token =>
            {
                FailWrites();
                return CreateAsync(token);
            }).CatchAsync<CheckpointException>();
            throw caught;
        }).LiveAsync("x").ReportAsync());

        _made.ShouldBe(1);
        caught!.InnerException.ShouldBeOfType<IOException>();
        caught.UnsavedValue.ShouldBe("batch 1");
        report.Results.ShouldHaveSingleItem().Error.ShouldBeSameAs(caught);
    }

    [Test]
    public async Task Forgetting_that_cannot_be_stored_is_a_CheckpointException()
    {
        CheckpointException? caught = null;
        await _time.DriveAsync(Make(async (x, context) =>
        {
            FailWrites();
            caught = await context.ForgetAsync("batch").CatchAsync<CheckpointException>();
            return x;
        }).LiveAsync("x").ReportAsync());

        caught!.InnerException.ShouldBeOfType<IOException>();
    }

    [Test]
    public async Task A_type_that_no_value_of_can_be_stored_is_a_CheckpointException_and_no_body_runs()
    {
        CheckpointException? caught = null;
        await Make(async (x, context) =>
        {
            caught = await context.OnceAsync("batch", _ => Task.FromResult(new Handle(new Lazy<Type>(typeof(int)), ++_made))).CatchAsync<CheckpointException>();
            return x;
        }).LiveAsync("x");

        caught!.UnsavedValue.ShouldBeNull();
        _made.ShouldBe(0);
    }

    [Test]
    public async Task A_store_that_fails_now_and_then_is_waited_for()
    {
        int calls = 0;
        _store.Before = method => method == nameof(ICheckpointRun.WriteAsync) && ++calls % 2 == 0 ? new IOException("locked") : null;
        _store.After = method => method == nameof(ICheckpointRun.WriteAsync) && calls % 3 == 0 ? new IOException("the answer is lost") : null;

        PipelineReport<string> report = await _time.DriveAsync(Make((_, context) => context.OnceAsync("batch", CreateAsync)).LiveAsync("x", "y", "z"));

        report.SucceededCount.ShouldBe(3);
        _made.ShouldBe(3);
    }

    [Test]
    public async Task No_body_starts_if_the_store_says_that_somebody_else_has_the_run()
    {
        bool isLost = false;
        _store.Before = method => isLost && method == nameof(ICheckpointRun.WriteAsync) ? new LeaseLostException("nightly", "somebody else has it") : null;
        PipelineReport<string> report = await Make((_, context) =>
        {
            isLost = true;
            return context.OnceAsync("batch", CreateAsync);
        }, attempts: 3).LiveAsync("x").ReportAsync();

        _made.ShouldBe(0);
        report.Fault.ShouldBeOfType<LeaseLostException>();
        report.Results.ShouldHaveSingleItem().Status.ShouldBe(ResultStatus.Canceled);
    }

    [Test]
    public async Task An_answer_that_is_torn_is_not_given_and_find_is_asked()
    {
        var gate = new Gate<string>();
        Pipeline<string, string> MakeLife() => Make(async (_, context) =>
        {
            string answer = await context.OnceAsync("batch", CreateAsync, find: _ => Task.FromResult<string?>("found"));
            await gate.PassAsync(answer, context.CancellationToken);
            return answer;
        });
        await MakeLife().DieAsync(_store, gate.WhenArrivedAsync(1), "x");
        _store.Onces = row => row with { Answer = "\"batch 7\""u8.ToArray() };
        gate.OpenForAll();

        PipelineReport<string> report = await MakeLife().LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("found");
        _made.ShouldBe(1);
    }

    [Test]
    public async Task Onces_that_cannot_be_read_for_ever_refuse_the_item_clearly()
    {
        var gate = new Gate<string>();
        Pipeline<string, string> pipeline = Make((x, context) => context.OnceAsync("batch", async token =>
        {
            await gate.PassAsync(x, token);
            return await CreateAsync(token);
        }));
        await pipeline.DieAsync(_store, gate.WhenArrivedAsync(1), "x");
        _store.Before = method => method == nameof(ICheckpointRun.ReadOncesAsync) ? new IOException("the disk is away") : null;

        PipelineFaultException error = await _time.DriveAsync(pipeline.RunAsync(["x"], Lives.Nightly).CatchAsync<PipelineFaultException>());

        error.InnerException.ShouldBeOfType<CheckpointException>().InnerException.ShouldBeOfType<IOException>();
        gate.Arrivals.Count.ShouldBe(1);
    }

    private sealed record Handle(Lazy<Type> Value, int Number);
}
