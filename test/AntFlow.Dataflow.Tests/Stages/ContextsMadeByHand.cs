using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Stages;

/// <summary>A task is called without a pipeline, with a context that a test has made.</summary>
public sealed class ContextsMadeByHand
{
    [Test]
    public void It_has_defaults()
    {
        var context = new StageContext();

        (context.ItemId, context.Stage, context.Worker, context.Attempt).ShouldBe(("item", "Stage", "Stage-W0", 1));
        context.Metadata.ShouldBeEmpty();
        context.CancellationToken.CanBeCanceled.ShouldBeFalse();
        context.TaskStatus.ShouldBeNull();
        context.TimeProvider.ShouldBe(TimeProvider.System);
    }

    [Test]
    public async Task A_body_that_polls_waits_in_the_time_of_its_context()
    {
        var time = new SteppedTime();
        var context = new StageContext { TimeProvider = time };
        Task<int> polling = PollAsync(context);

        polling.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(30));
        (await polling.InTime()).ShouldBe(1);

        Task<int> again = PollAsync(context.NextAttempt());
        again.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMinutes(30));
        (await again.InTime()).ShouldBe(2);
    }

    [Test]
    public async Task In_a_run_it_has_the_time_of_the_run()
    {
        var time = new SteppedTime();
        PipelineReport<int> report = await time.DriveAsync(
            PipelineBuilder.StageWithContext<int, int>("Poll", (_, ctx) => PollAsync(ctx)).WithTimeProvider(time).RunAsync([1])).InTime();

        report.Results.Single().Value.ShouldBe(1);
        report.Elapsed.ShouldBe(TimeSpan.FromMinutes(30));
    }

    [Test]
    public void It_says_what_it_was_made_of()
    {
        using var canceling = new CancellationTokenSource();
        var context = new StageContext
        {
            ItemId = 17,
            Stage = "Bake",
            Worker = "Bake-W3",
            Attempt = 2,
            Metadata = new Dictionary<string, object?> { ["of"] = "x" },
            CancellationToken = canceling.Token,
        };

        (context.ItemId, context.Stage, context.Worker, context.Attempt, context.Metadata["of"]).ShouldBe((17, "Bake", "Bake-W3", 2, "x"));
        context.CancellationToken.ShouldBe(canceling.Token);
        new StageContext { Stage = "Bake" }.Worker.ShouldBe("Bake-W0");
    }

    [Test]
    public void What_no_run_could_have_is_refused()
    {
        Should.Throw<ArgumentException>(() => new StageContext { ItemId = default });
        Should.Throw<ArgumentException>(() => new StageContext { Stage = " " });
        Should.Throw<ArgumentException>(() => new StageContext { Worker = "" });
        Should.Throw<ArgumentOutOfRangeException>(() => new StageContext { Attempt = 0 });
        Should.Throw<ArgumentNullException>(() => new StageContext { Metadata = null! });
        Should.Throw<ArgumentNullException>(() => new StageContext { TimeProvider = null! });
    }

    private static async Task<int> PollAsync(StageContext context)
    {
        await Task.Delay(TimeSpan.FromMinutes(30), context.TimeProvider, context.CancellationToken);
        return context.Attempt;
    }

    [Test]
    public void It_takes_every_status()
    {
        var context = new StageContext();

        context.SetStatus("polling 1/10", TimeSpan.FromDays(1)).ShouldBeTrue();
        context.SetStatus("polling 2/10", TimeSpan.FromDays(1)).ShouldBeTrue();
        context.TaskStatus.ShouldBe("polling 2/10");
        context.SetStatus(null).ShouldBeTrue();
        context.TaskStatus.ShouldBeNull();
    }

    [Test]
    public async Task What_is_done_once_is_done_once_over_the_attempts()
    {
        int created = 0;
        Task<string> CreateAsync(StageContext context) => context.OnceAsync("batch", _ => Task.FromResult($"batch {++created}"));
        var first = new StageContext { ItemId = "order-17" };

        (await CreateAsync(first)).ShouldBe("batch 1");
        StageContext second = first.NextAttempt();
        (await CreateAsync(second)).ShouldBe("batch 1");
        await second.ForgetAsync("batch");
        (await CreateAsync(second.NextAttempt())).ShouldBe("batch 2");
        (await CreateAsync(new StageContext { ItemId = "order-17" })).ShouldBe("batch 3", "another item");
    }

    [Test]
    public async Task After_an_attempt_whose_body_threw_the_next_one_asks_find()
    {
        var first = new StageContext();
        await first.OnceAsync<string>("batch", _ => throw new TimeoutException("the answer is lost")).CatchAsync<TimeoutException>();

        string answer = await first.NextAttempt().OnceAsync("batch", _ => Task.FromResult("another"), find: _ => Task.FromResult<string?>("the first"));

        answer.ShouldBe("the first");
    }

    [Test]
    public void Its_idempotency_key_stays_until_it_is_forgotten()
    {
        var first = new StageContext { ItemId = "order-17" };
        string key = first.GetIdempotencyKey("batch");

        first.NextAttempt().GetIdempotencyKey("batch").ShouldBe(key);
        new StageContext { ItemId = "order-18" }.GetIdempotencyKey("batch").ShouldNotBe(key);
    }

    [Test]
    public void The_next_attempt_leaves_a_dead_context_as_in_a_run()
    {
        using var canceling = new CancellationTokenSource();
        var first = new StageContext { ItemId = "order-17", Stage = "Bake", Worker = "Bake-W1", Metadata = new Dictionary<string, object?> { ["of"] = "x" } };
        first.SetStatus("baking");

        StageContext second = first.NextAttempt(canceling.Token);

        (second.ItemId, second.Stage, second.Worker, second.Attempt, second.Metadata["of"], second.TaskStatus).ShouldBe(("order-17", "Bake", "Bake-W1", 2, "x", null));
        second.CancellationToken.ShouldBe(canceling.Token);
        first.SetStatus("late").ShouldBeFalse();
        first.TaskStatus.ShouldBe("baking");
        Should.Throw<InvalidOperationException>(() => { _ = first.OnceAsync("batch", _ => Task.FromResult("x")); }).Message.ShouldContain("has ended");
        Should.Throw<InvalidOperationException>(() => first.NextAttempt()).Message.ShouldContain("has ended already");
    }

    [Test]
    public async Task The_context_of_a_run_has_its_status_and_no_next_attempt_by_hand()
    {
        StageContext? seen = null;
        string? refused = null;
        await PipelineBuilder.StageWithContext<int, int>("A", (x, context) =>
        {
            seen = context;
            context.SetStatus("working");
            refused = Should.Throw<InvalidOperationException>(() => context.NextAttempt()).Message;
            return x;
        }).RunAsync([1]);

        seen!.TaskStatus.ShouldBe("working");
        seen.SetStatus("late").ShouldBeFalse();
        seen.TaskStatus.ShouldBe("working");
        refused.ShouldStartWith("The context of item '#0' in stage 'A' belongs to a run");
    }
}
