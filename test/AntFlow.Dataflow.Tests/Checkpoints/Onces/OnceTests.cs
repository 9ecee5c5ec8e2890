using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>What is done once stays done, whatever comes between.</summary>
public sealed class OnceTests
{
    private readonly FragileStore _store = new(new InMemoryCheckpointStore());
    private int _made;

    private Task<string> CreateAsync(CancellationToken cancellationToken) => Task.FromResult($"batch {Interlocked.Increment(ref _made)}");

    private Pipeline<string, string> Make(Func<string, StageContext, Task<string>> body, int attempts = 1, CheckpointOptions? options = null, Func<string, StageContext, Task<string>>? then = null) =>
        PipelineBuilder.StageWithContext<string, string>("Upload", body, workers: 4, s => s.Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero))
            .ThenWithContext<string>("Check", then ?? ((x, _) => Task.FromResult(x)), workers: 4, s => s.Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero))
            .IdentifyBy(x => x)
            .WithCheckpoints(_store, options)
            .Build();

    [Test]
    public async Task An_answer_is_given_ever_after_over_the_attempts()
    {
        PipelineReport<string> report = await Make(attempts: 3, body: async (_, context) =>
        {
            string batch = await context.OnceAsync("batch", CreateAsync);
            return context.Attempt < 3 ? throw new InvalidOperationException("not yet") : batch;
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
        _made.ShouldBe(1);
    }

    [Test]
    public async Task An_answer_is_given_ever_after_over_the_lives()
    {
        var gate = new Gate<string>();
        for (int life = 1; life <= 3; life++)
        {
            await Make(body: async (x, context) =>
            {
                string batch = await context.OnceAsync("batch", CreateAsync);
                await gate.PassAsync(x, context.CancellationToken);
                return batch;
            }).DieAsync(_store, gate.WhenArrivedAsync(life), "x");
        }

        PipelineReport<string> report = await Make((_, context) => context.OnceAsync("batch", CreateAsync), options: new CheckpointOptions { MaxCrashes = 10 }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
        _made.ShouldBe(1);
    }

    [Test]
    public async Task The_answer_of_a_canceled_attempt_is_stored()
    {
        var gate = new Gate<string>();
        Pipeline<string, string> pipeline = Make((x, context) => context.OnceAsync("batch", async token =>
        {
            // The provider does not know of our token.
            await gate.PassAsync(x, CancellationToken.None);
            return await CreateAsync(token);
        }));
        await using (PipelineRun<string, string> run = pipeline.Start(Lives.Nightly))
        {
            await run.FeedAsync(["x"]).InTime();
            await gate.WhenArrivedAsync(1);
            run.Cancel();
            gate.OpenForAll();
            (await run.Completion.InTime()).CanceledCount.ShouldBe(1);
        }

        PipelineReport<string> report = await pipeline.LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
        _made.ShouldBe(1);
        gate.Arrivals.Count.ShouldBe(1);
    }

    [Test]
    public async Task An_attempt_shares_what_one_before_has_left_behind_undone()
    {
        var gate = new Gate<string>();
        PipelineReport<string> report = await Make(attempts: 2, body: async (x, context) =>
        {
            Task<string> doing = context.OnceAsync("batch", async token =>
            {
                await gate.PassAsync(x, CancellationToken.None);
                return await CreateAsync(token);
            });
            await gate.WhenArrivedAsync(1);
            if (context.Attempt == 1)
                throw new InvalidOperationException("left behind");
            gate.OpenForAll();
            return await doing;
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
        gate.Arrivals.Count.ShouldBe(1);
    }

    [Test]
    public async Task Two_calls_at_once_share_one()
    {
        PipelineReport<string> report = await Make(async (_, context) =>
        {
            string[] answers = await Task.WhenAll(context.OnceAsync("batch", CreateAsync), context.OnceAsync("batch", CreateAsync));
            return string.Join(',', answers);
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1,batch 1");
    }

    [Test]
    public async Task Another_key_another_stage_and_another_item_are_other_things()
    {
        PipelineReport<string> report = await Make(
            async (_, context) => await context.OnceAsync("batch", CreateAsync) + await context.OnceAsync("file", CreateAsync),
            then: async (x, context) => x + await context.OnceAsync("batch", CreateAsync)).LiveAsync("x", "y");

        _made.ShouldBe(6);
        report.Results.SelectMany(result => result.Value!.Split("batch ", StringSplitOptions.RemoveEmptyEntries)).Distinct().Count().ShouldBe(6);
    }

    [Test]
    public async Task Numbers_and_nothing_are_answers_too()
    {
        int calls = 0;
        async Task<string> AskAsync(StageContext context)
        {
            int number = await context.OnceAsync("number", _ => Task.FromResult(Interlocked.Increment(ref calls) - 1));
            Guid guid = await context.OnceAsync("guid", _ => Task.FromResult(Guid.Empty));
            string? none = await context.OnceAsync<string>("none", _ => Task.FromResult<string>(Interlocked.Increment(ref calls) > 100 ? "" : null!));
            return $"{number} {guid == Guid.Empty} {none is null}";
        }

        PipelineReport<string> report = await Make(attempts: 2, body: async (_, context) =>
            await AskAsync(context) is var text && context.Attempt == 1 ? throw new InvalidOperationException(text) : text).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("0 True True");
        calls.ShouldBe(2);
    }

    [Test]
    public async Task Without_a_store_it_is_remembered_over_the_attempts()
    {
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>("Upload", async (x, context) =>
        {
            string batch = await context.OnceAsync("batch", CreateAsync);
            return context.Attempt < 3 ? throw new InvalidOperationException("not yet") : batch + context.GetIdempotencyKey("batch").Length;
        }, configure: s => s.Retry = RetryPolicy.Fixed(3, TimeSpan.Zero)).Build();

        PipelineReport<string> report = await pipeline.RunAsync(["x"]).InTime();

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 132");
    }

    [Test]
    public async Task Without_a_store_an_attempt_after_a_body_that_threw_asks_find()
    {
        int asked = 0;
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>("Upload", (x, context) =>
            context.OnceAsync("batch", _ => throw new IOException("the answer was lost"), find: _ => Task.FromResult<string?>($"found {++asked}")),
            configure: s => s.Retry = RetryPolicy.Fixed(2, TimeSpan.Zero)).Build();

        (await pipeline.RunAsync(["x"]).InTime()).Results.ShouldHaveSingleItem().Value.ShouldBe("found 1");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_same_name_for_another_type_of_answer_is_an_error(bool hasStore)
    {
        async Task<string> BodyAsync(string x, StageContext context)
        {
            await context.OnceAsync("batch", CreateAsync);
            InvalidOperationException error = await context.OnceAsync("batch", _ => Task.FromResult(1)).CatchAsync<InvalidOperationException>();
            return error.Message;
        }

        PipelineReport<string> report = hasStore
            ? await Make(BodyAsync).LiveAsync("x")
            : await PipelineBuilder.StageWithContext<string, string>("Upload", BodyAsync).Build().RunAsync(["x"]).InTime();

        report.Results.ShouldHaveSingleItem().Value!.ShouldContain("'batch' of item");
    }

    [Test]
    public async Task The_same_name_at_the_same_time_for_another_type_is_an_error()
    {
        PipelineReport<string> report = await Make(async (_, context) =>
        {
            var gate = new Gate<string>();
            Task<string> first = context.OnceAsync("batch", async token =>
            {
                await gate.PassAsync("x", token);
                return "";
            });
            InvalidOperationException error = await context.OnceAsync("batch", _ => Task.FromResult(1)).CatchAsync<InvalidOperationException>();
            gate.OpenForAll();
            return await first + error.Message;
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value!.ShouldContain("'batch'");
    }

    [Test]
    public async Task A_key_that_says_nothing_is_refused()
    {
        PipelineReport<string> report = await Make(async (_, context) =>
        {
            await Should.ThrowAsync<ArgumentNullException>(async () => await context.OnceAsync(null!, CreateAsync));
            await Should.ThrowAsync<ArgumentException>(async () => await context.OnceAsync("", CreateAsync));
            await Should.ThrowAsync<ArgumentNullException>(async () => await context.OnceAsync<string>("batch", null!));
            await Should.ThrowAsync<ArgumentNullException>(async () => await context.ForgetAsync(null!));
            Should.Throw<ArgumentNullException>(() => context.GetIdempotencyKey(null!));
            return "refused";
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("refused");
    }

    [Test]
    public async Task A_context_is_dead_once_its_attempt_has_ended()
    {
        StageContext? kept = null;
        await Make((x, context) =>
        {
            kept = context;
            return Task.FromResult(x);
        }).LiveAsync("x");

        (await Task.Run(() => kept!.OnceAsync("batch", CreateAsync)).CatchAsync<InvalidOperationException>()).Message.ShouldContain("'x'");
        await Task.Run(() => kept!.ForgetAsync("batch")).CatchAsync<InvalidOperationException>();
        Should.Throw<InvalidOperationException>(() => kept!.GetIdempotencyKey("batch"));
        _made.ShouldBe(0);
    }
}
