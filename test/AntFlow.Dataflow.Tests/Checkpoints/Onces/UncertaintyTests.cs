using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>The process crashed between the call and its storing: only the provider knows.</summary>
public sealed class UncertaintyTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private readonly Gate<string> _gate = new();
    private int _begun;

    private Pipeline<string, string> Make(
        Func<CancellationToken, Task<string>> body, Func<CancellationToken, Task<string?>>? find = null, UncertainAnswerHandling uncertainHandling = UncertainAnswerHandling.RunAgain, int attempts = 1,
        Func<StageContext, Task>? first = null) =>
        PipelineBuilder.StageWithContext<string, string>("Upload", async (_, context) =>
        {
            if (first is not null)
                await first(context);
            return await context.OnceAsync("batch", body, find);
        }, configure: s => s.Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero))
            .IdentifyBy(x => x)
            .WithCheckpoints(_store, new CheckpointOptions { UncertainAnswerHandling = uncertainHandling })
            .Build();

    /// <summary>A start that crashes in the body, when the intent is stored and the answer is not.</summary>
    private Task DieInTheBodyAsync() => Make(async token =>
    {
        _begun++;
        await _gate.PassAsync("x", token);
        return "never";
    }).DieAsync(_store, _gate.WhenArrivedAsync(_gate.Arrivals.Count + 1), "x");

    private Task<string> CreateAsync(CancellationToken cancellationToken) => Task.FromResult($"batch {++_begun}");

    [Test]
    public async Task An_intent_without_an_answer_asks_find_and_adopts_what_it_finds()
    {
        await DieInTheBodyAsync();

        PipelineReport<string> report = await Make(CreateAsync, find: _ => Task.FromResult<string?>("found")).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("found");
        _begun.ShouldBe(1);
    }

    [Test]
    public async Task What_was_adopted_is_stored_and_not_asked_for_again()
    {
        await DieInTheBodyAsync();
        int asked = 0;
        for (int life = 0; life < 2; life++)
        {
            int arrived = _gate.Arrivals.Count;
            await PipelineBuilder.StageWithContext<string, string>("Upload", async (_, context) =>
            {
                string found = await context.OnceAsync("batch", CreateAsync, find: _ => Task.FromResult<string?>($"found {++asked}"));
                await _gate.PassAsync(found, context.CancellationToken);
                return found;
            }).IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { MaxCrashes = 9 }).Build().DieAsync(_store, _gate.WhenArrivedAsync(arrived + 1), "x");
        }

        asked.ShouldBe(1);
        _gate.Arrivals.ShouldBe(["x", "found 1", "found 1"]);
    }

    [Test]
    public async Task Find_that_finds_nothing_has_the_body_run()
    {
        await DieInTheBodyAsync();

        PipelineReport<string> report = await Make(CreateAsync, find: _ => Task.FromResult<string?>(null)).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 2");
    }

    [Test]
    public async Task Find_that_throws_fails_the_attempt_and_the_next_one_asks_again()
    {
        await DieInTheBodyAsync();
        int asked = 0;

        PipelineReport<string> report = await Make(CreateAsync, find: _ => ++asked == 1 ? throw new IOException("the provider is away") : Task.FromResult<string?>("found"), attempts: 2).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("found");
        _begun.ShouldBe(1);
    }

    [Test]
    public async Task Find_is_not_asked_about_what_was_never_begun()
    {
        PipelineReport<string> report = await Make(CreateAsync, find: _ => throw new IOException("nobody asks")).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
    }

    [Test]
    public async Task Find_may_find_a_value_that_is_the_default_of_its_type()
    {
        await DieInTheBodyAsync();
        int found = -1;
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>("Upload", async (x, context) =>
        {
            found = await context.OnceAsync("batch", _ => Task.FromResult(++_begun), find: _ => Task.FromResult<int?>(0));
            return x;
        }).IdentifyBy(x => x).WithCheckpoints(_store).Build();

        await pipeline.LiveAsync("x");

        found.ShouldBe(0);
        _begun.ShouldBe(1);
    }

    [Test]
    public async Task Without_find_the_body_runs_again_if_nothing_else_is_said()
    {
        await DieInTheBodyAsync();

        PipelineReport<string> report = await Make(CreateAsync).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 2");
    }

    [Test]
    public async Task Without_find_it_fails_if_that_is_said_and_is_not_tried_again()
    {
        await DieInTheBodyAsync();

        PipelineReport<string> report = await Make(CreateAsync, uncertainHandling: UncertainAnswerHandling.Fail, attempts: 5).LiveAsync("x");

        PipelineResult<string> result = report.Results.ShouldHaveSingleItem();
        UncertainAnswerException error = result.Error.ShouldBeOfType<UncertainAnswerException>();
        error.Key.ShouldBe("batch");
        error.Stage.ShouldBe("Upload");
        error.ItemId.ShouldBe((ItemId)"x");
        result.Attempts.ShouldBe(1);
        _begun.ShouldBe(1);
    }

    [Test]
    public async Task What_is_uncertain_stays_so_over_lives()
    {
        await DieInTheBodyAsync();
        await Make(CreateAsync, uncertainHandling: UncertainAnswerHandling.Fail).LiveAsync("x");

        Pipeline<string, string> again = PipelineBuilder.StageWithContext<string, string>("Upload", (_, context) => context.OnceAsync("batch", CreateAsync))
            .IdentifyBy(x => x).WithCheckpoints(_store, new CheckpointOptions { UncertainAnswerHandling = UncertainAnswerHandling.Fail, ResumeFailed = true }).Build();
        (await again.LiveAsync("x")).Results.ShouldHaveSingleItem().Error.ShouldBeOfType<UncertainAnswerException>();

        _begun.ShouldBe(1);
    }

    [Test]
    public async Task What_is_uncertain_may_be_forgotten()
    {
        await DieInTheBodyAsync();

        PipelineReport<string> report = await Make(CreateAsync, uncertainHandling: UncertainAnswerHandling.Fail, first: context => context.ForgetAsync("batch")).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 2");
    }

    [Test]
    public async Task A_body_that_threw_in_this_life_is_not_uncertain()
    {
        int calls = 0;
        PipelineReport<string> report = await Make(_ => ++calls == 1 ? throw new IOException("no") : Task.FromResult("made"), uncertainHandling: UncertainAnswerHandling.Fail, attempts: 2).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("made");
    }

    [Test]
    public async Task A_body_that_threw_has_the_next_attempt_ask_find()
    {
        int calls = 0;
        PipelineReport<string> report = await Make(_ => ++calls > 0 ? throw new IOException("the answer was lost") : Task.FromResult(""), find: _ => Task.FromResult<string?>("found"), attempts: 2).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("found");
        calls.ShouldBe(1);
    }
}
