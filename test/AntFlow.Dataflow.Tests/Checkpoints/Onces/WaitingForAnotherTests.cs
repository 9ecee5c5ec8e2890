using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Tests.Checkpoints.Onces;

/// <summary>A call never waits for itself, and for another one no longer than its attempt may.</summary>
public sealed class WaitingForAnotherTests
{
    private readonly SteppedTime _time = new();
    private readonly Gate<string> _gate = new();
    private int _made;

    private Pipeline<string, string> Make(bool hasStore, Func<string, StageContext, Task<string>> body, TimeSpan? timeout = null, int attempts = 1)
    {
        PipelineBuilder<string, string> builder = PipelineBuilder.StageWithContext<string, string>("Upload", body, workers: 2, s =>
        {
            s.Retry = RetryPolicy.Fixed(attempts, TimeSpan.Zero);
            s.AttemptTimeout = timeout;
        }).IdentifyBy(x => x).WithTimeProvider(_time);
        return (hasStore ? builder.WithCheckpoints(new InMemoryCheckpointStore()) : builder).Build();
    }

    private Task<string> CreateAsync(CancellationToken cancellationToken) => Task.FromResult($"batch {Interlocked.Increment(ref _made)}");

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_call_within_its_own_body_throws_at_once(bool hasStore)
    {
        PipelineReport<string> report = await Make(hasStore, (_, context) => context.OnceAsync("batch", async _ =>
        {
            await Task.Yield();
            return await Task.Run(() => context.OnceAsync("batch", CreateAsync));
        })).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<InvalidOperationException>().Message
            .ShouldBe("Stage 'Upload': OnceAsync(\"batch\") of item 'x' is called within itself and would wait for itself. Use another key for the inner call.");
        _made.ShouldBe(0);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_call_within_its_own_body_throws_by_way_of_another_key_too(bool hasStore)
    {
        PipelineReport<string> report = await Make(hasStore, (_, context) =>
            context.OnceAsync("batch", _ => context.OnceAsync("file", _ => context.OnceAsync("batch", CreateAsync)))).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<InvalidOperationException>().Message.ShouldContain("OnceAsync(\"batch\")");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_call_within_its_own_find_throws(bool hasStore)
    {
        int calls = 0;
        PipelineReport<string> report = await _time.DriveAsync(Make(hasStore, (_, context) =>
            context.OnceAsync("batch", _ => throw new IOException($"the answer was lost {++calls}"), find: async _ => await context.OnceAsync("batch", CreateAsync)), attempts: 2).LiveAsync("x"));

        report.Results.ShouldHaveSingleItem().Error.ShouldBeOfType<InvalidOperationException>().Message.ShouldContain("within itself");
        calls.ShouldBe(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Other_keys_and_other_items_may_be_done_within_a_body(bool hasStore)
    {
        Pipeline<string, string> inner = Make(hasStore, (_, context) => context.OnceAsync("batch", CreateAsync));
        PipelineReport<string> report = await Make(hasStore, (x, context) => context.OnceAsync("batch", async token =>
            await context.OnceAsync("file", CreateAsync) + (await inner.RunAsync([x], new RunOptions { RunId = $"inner of {x}" }, token)).Results[0].Value)).LiveAsync("x", "y");

        report.SucceededCount.ShouldBe(2);
        _made.ShouldBe(4);
    }

    [Test]
    public async Task What_a_body_has_started_is_not_within_it_once_it_has_ended()
    {
        PipelineReport<string> report = await Make(hasStore: true, async (_, context) =>
        {
            var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<string>? late = null;
            await context.OnceAsync("batch", token =>
            {
                late = LateAsync();
                return CreateAsync(token);
            });
            over.SetResult();
            return await late!;

            async Task<string> LateAsync()
            {
                await over.Task;
                return await context.OnceAsync("batch", CreateAsync);
            }
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1");
    }

    [Test]
    public async Task What_comes_after_a_call_is_not_within_it()
    {
        PipelineReport<string> report = await Make(hasStore: true, async (_, context) =>
        {
            Task<string> held = context.OnceAsync("batch", async token =>
            {
                await _gate.PassAsync("x", token);
                return await CreateAsync(token);
            });
            // Begun while the first one runs, and not by it: it waits.
            Task<string> second = context.OnceAsync("batch", CreateAsync);
            _gate.OpenForAll();
            return await held + await second;
        }).LiveAsync("x");

        report.Results.ShouldHaveSingleItem().Value.ShouldBe("batch 1batch 1");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_attempt_waits_for_a_body_that_ignores_its_token_no_longer_than_it_may(bool hasStore)
    {
        Pipeline<string, string> pipeline = Make(hasStore, async (x, context) =>
        {
            Task<string> doing = context.OnceAsync("batch", async _ =>
            {
                await _gate.PassAsync(x, CancellationToken.None);
                return await CreateAsync(default);
            });
            await _gate.WhenArrivedAsync(1);
            // The first attempt leaves it behind.
            return context.Attempt == 1 ? throw new InvalidOperationException("left behind") : await doing;
        }, TimeSpan.FromSeconds(10), attempts: 3);
        await using PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        // The second attempt waits in vain; the third one gets the answer.
        await _time.StepAsync(0);
        await _time.StepAsync(10);
        await _time.StepAsync(0);
        await Waiting.UntilAsync(() => _time.NextDue == TimeSpan.FromSeconds(10));
        _gate.OpenForAll();
        run.Complete();

        PipelineResult<string> result = (await run.Completion.InTime()).Results.ShouldHaveSingleItem();

        result.Value.ShouldBe("batch 1");
        result.Attempts.ShouldBe(3);
        _gate.Arrivals.Count.ShouldBe(1);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_canceled_run_does_not_wait_for_it(bool hasStore)
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Pipeline<string, string> pipeline = Make(hasStore, async (x, context) =>
        {
            Task<string> doing = context.OnceAsync("batch", async _ =>
            {
                await _gate.PassAsync(x, CancellationToken.None);
                return await CreateAsync(default);
            });
            await _gate.WhenArrivedAsync(1);
            if (context.Attempt == 1)
                throw new InvalidOperationException("left behind");
            waits.TrySetResult();
            return await doing;
        }, attempts: 2);
        await using PipelineRun<string, string> run = pipeline.Start(Lives.Nightly);
        await run.FeedAsync(["x"]).InTime();
        await _time.StepAsync(0);
        await waits.Task.InTime();
        run.Cancel();

        // Without the clock being stepped: nothing is abandoned.
        (await run.Completion.InTime()).CanceledCount.ShouldBe(1);
        _gate.OpenForAll();
    }

    [Test]
    public async Task A_call_that_comes_while_it_is_being_forgotten_waits_for_that()
    {
        var store = new FragileStore(new InMemoryCheckpointStore());
        List<StoredOnceState> states = [];
        store.OnWritten = batch => states.AddRange(batch.Onces.Select(once => once.State));
        Pipeline<string, string> pipeline = PipelineBuilder.StageWithContext<string, string>("Upload", async (_, context) =>
        {
            await context.OnceAsync("batch", CreateAsync);
            store.Hold();
            Task forgetting = context.ForgetAsync("batch");
            Task<string> again = context.OnceAsync("batch", CreateAsync);
            await context.ForgetAsync("batch").CatchAsync<InvalidOperationException>();
            store.Release();
            await forgetting;
            return await again;
        }).IdentifyBy(x => x).WithCheckpoints(store).Build();

        (await pipeline.LiveAsync("x")).Results.ShouldHaveSingleItem().Value.ShouldBe("batch 2");

        states.ShouldBe([StoredOnceState.Begun, StoredOnceState.Answered, StoredOnceState.Forgotten, StoredOnceState.Begun, StoredOnceState.Answered]);
    }
}
