using NUnit.Framework;
using Shouldly;

namespace AntFlow.Dataflow.Testing.Tests;

public sealed class ChaosStoreTests
{
    private readonly InMemoryCheckpointStore _inner = new();

    [Test]
    public async Task Without_options_it_does_what_the_store_below_does()
    {
        foreach (ConformanceCase each in CheckpointConformance.Cases.Where(each => each.Topic != "Large"))
        {
            await using var fixture = new ChaosFixture();
            await each.RunAsync(fixture);
        }
    }

    [Test]
    public async Task The_same_seed_hits_the_same_calls_and_another_one_others()
    {
        string[] first = await OutcomesAsync(new ChaosStoreOptions { Seed = 7, RefusedWriteRate = 0.3, LostResponseRate = 0.3 });
        string[] again = await OutcomesAsync(new ChaosStoreOptions { Seed = 7, RefusedWriteRate = 0.3, LostResponseRate = 0.3 });
        string[] other = await OutcomesAsync(new ChaosStoreOptions { Seed = 8, RefusedWriteRate = 0.3, LostResponseRate = 0.3 });

        again.ShouldBe(first);
        other.ShouldNotBe(first);
        first.Count(outcome => outcome.Length == 0).ShouldBeInRange(30, 70);
        first.Count(outcome => outcome.Contains("was refused", StringComparison.Ordinal)).ShouldBeInRange(15, 45);
        first.Where(outcome => outcome.Length > 0).ShouldAllBe(outcome => outcome.Contains("ChaosStore with seed 7", StringComparison.Ordinal));
    }

    [Test]
    public async Task A_refused_write_writes_nothing_and_one_whose_answer_is_lost_writes_all()
    {
        await using var refusing = new ChaosStore(_inner, new ChaosStoreOptions { Seed = 3, RefusedWriteRate = 1 });
        await using (ICheckpointRun run = await refusing.OpenRunAsync("refused"))
            (await Should.ThrowAsync<ChaosException>(async () => await run.WriteAsync(Batch(run, 0)))).Message.ShouldBe("Call 1 of WriteAsync was refused: nothing was written (ChaosStore with seed 3).");
        await using var losing = new ChaosStore(_inner, new ChaosStoreOptions { Seed = 3, LostResponseRate = 1 });
        await using (ICheckpointRun run = await losing.OpenRunAsync("lost"))
            (await Should.ThrowAsync<ChaosException>(async () => await run.WriteAsync(Batch(run, 0)))).Seed.ShouldBe(3);

        (await _inner.ReadItemsAsync("refused").ToListAsync()).ShouldBeEmpty();
        (await _inner.ReadItemsAsync("lost").ToListAsync()).Count.ShouldBe(1);
        (refusing.WrittenCount, losing.WrittenCount).ShouldBe((0, 1));
    }

    [Test]
    public async Task Other_calls_fail_before_they_do_anything()
    {
        await using var store = new ChaosStore(_inner, new ChaosStoreOptions { FailedCallRate = 1 });

        await Should.ThrowAsync<ChaosException>(async () => await store.OpenRunAsync("run"));
        await Should.ThrowAsync<ChaosException>(async () => await store.ReadRunsAsync().ToListAsync());
        await Should.ThrowAsync<ChaosException>(async () => await store.DeleteRunAsync("run"));

        (await _inner.FindRunAsync("run")).ShouldBeNull();
        (store.CallCountOf(nameof(store.OpenRunAsync)), store.CallCountOf(nameof(store.FindItemAsync))).ShouldBe((1, 0));
    }

    [Test]
    public async Task A_run_is_lost_at_a_write_with_the_seed_in_the_error()
    {
        await using var store = new ChaosStore(_inner, new ChaosStoreOptions { Seed = 5, LostRunRate = 1 });
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        run.IsOwned.ShouldBeTrue();

        LeaseLostException lost = await Should.ThrowAsync<LeaseLostException>(async () => await run.WriteAsync(Batch(run, 0)));

        lost.Message.ShouldContain("the ChaosStore with seed 5 took it away at call 1 of WriteAsync");
        (run.IsOwned, run.Lost.IsCancellationRequested, store.WrittenCount).ShouldBe((false, true, 0));
        await Should.ThrowAsync<LeaseLostException>(async () => await run.WaitUntilOwnedAsync());
    }

    [Test]
    public async Task Runs_are_taken_away_by_hand_and_those_that_are_opened_later_are_not()
    {
        await using var store = new ChaosStore(_inner);
        await using (ICheckpointRun run = await store.OpenRunAsync("run"))
        {
            await store.LoseRunsAsync();
            run.Lost.IsCancellationRequested.ShouldBeTrue();
            await Should.ThrowAsync<LeaseLostException>(async () => await run.WriteAsync(Batch(run, 0)));
        }

        await using ICheckpointRun next = await store.OpenRunAsync("run");
        await next.WriteAsync(Batch(next, 0));
        next.IsOwned.ShouldBeTrue();
    }

    [Test]
    public async Task A_slow_call_takes_longer_by_the_clock_of_the_options()
    {
        var time = new SteppedTime();
        await using var store = new ChaosStore(_inner, new ChaosStoreOptions { SlowCallRate = 1, SlowCallDelay = TimeSpan.FromSeconds(9), TimeProvider = time });

        Task<StoredRun?> finding = store.FindRunAsync("run").AsTask();
        await time.WhenPendingAsync(1);
        finding.IsCompleted.ShouldBeFalse();
        await time.StepAsync(9);

        (await finding.InTime()).ShouldBeNull();
    }

    [Test]
    public async Task Hooks_are_told_each_call_and_what_they_throw_the_call_throws()
    {
        List<string> told = [];
        await using var store = new ChaosStore(_inner)
        {
            Before = call =>
            {
                told.Add($"before {call.Method} {call.Number} of {call.RunId}: {call.Batch?.Items.Count}");
                return Task.CompletedTask;
            },
            After = call => call.Batch is null ? Task.CompletedTask : throw new IOException("after"),
        };
        await using ICheckpointRun run = await store.OpenRunAsync("run");

        await Should.ThrowAsync<IOException>(async () => await run.WriteAsync(Batch(run, 0)));

        told.ShouldBe(["before OpenRunAsync 1 of run: ", "before WriteAsync 1 of run: 1"]);
        (await _inner.ReadItemsAsync("run").ToListAsync()).Count.ShouldBe(1);
    }

    [Test]
    public async Task An_opening_whose_answer_a_hook_loses_leaves_the_run_free()
    {
        await using var store = new ChaosStore(_inner) { After = _ => throw new IOException("after") };
        await Should.ThrowAsync<IOException>(async () => await store.OpenRunAsync("run"));
        store.After = _ => Task.CompletedTask;

        await using ICheckpointRun run = await store.OpenRunAsync("run");

        run.IsOwned.ShouldBeTrue();
    }

    [Test]
    public async Task Writes_are_held_and_let_through_one_by_one_or_all_together()
    {
        await using var store = new ChaosStore(_inner);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        store.HoldWrites();
        Task[] writes = [.. Enumerable.Range(0, 3).Select(number => run.WriteAsync(Batch(run, number)).AsTask())];
        await store.WhenWritesHeldAsync(3);

        store.ReleaseOneWrite().ShouldBeTrue();
        await writes[0].InTime();
        (store.WrittenCount, store.HeldWriteCount).ShouldBe((1, 2));
        store.ReleaseWrites();

        await Task.WhenAll(writes).InTime();
        (store.WrittenCount, store.HeldWriteCount, store.ReleaseOneWrite()).ShouldBe((3, 0, false));
    }

    [Test]
    public async Task A_held_write_obeys_its_token()
    {
        await using var store = new ChaosStore(_inner);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        store.HoldWrites();
        using var canceling = new CancellationTokenSource();
        Task write = run.WriteAsync(Batch(run, 0), canceling.Token).AsTask();
        await store.WhenWritesHeldAsync();

        await canceling.CancelAsync();

        await write.CatchAsync<TaskCanceledException>();
        (store.WrittenCount, store.HeldWriteCount).ShouldBe((0, 0));
    }

    [Test]
    public async Task A_write_that_is_just_leaving_by_its_token_is_not_let_through()
    {
        await using var store = new ChaosStore(_inner);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        store.HoldWrites();

        await OwnContext.RunAsync(() =>
        {
            // Each round is one chance to meet what was canceled before it has left.
            for (int round = 0; round < 500; round++)
            {
                using var canceling = new CancellationTokenSource();
                Task write = run.WriteAsync(Batch(run, 0), canceling.Token).AsTask();
                canceling.Cancel();
                store.ReleaseOneWrite().ShouldBeFalse($"round {round}");
            }
        });
    }

    [Test]
    public async Task What_a_run_is_told_after_it_was_taken_away_does_not_reach_the_store_below()
    {
        await using var fixture = new Samples.MyFixture();
        await using var store = new ChaosStore(await fixture.OpenStoreAsync());
        ICheckpointRun first = await store.OpenRunAsync("run");
        await first.MarkStartedAsync(0, 1, "n:0");
        await fixture.CrashAsync(store.LastRun!);
        ICheckpointRun second = await store.OpenRunAsync("run");
        await second.MarkStartedAsync(0, 2, "n:1");

        await store.LoseRunsAsync();
        second.MarkEnded(0);
        await second.MarkPlannedEndAsync(isPlanned: true);
        await Should.ThrowAsync<LeaseLostException>(async () => await second.MarkStartedAsync(1, 2, "n:2"));
        await Should.ThrowAsync<LeaseLostException>(async () => await second.ForgetInterruptedAsync());

        await fixture.CrashAsync(store.LastRun!);
        await using ICheckpointRun third = await store.OpenRunAsync("run");
        third.Interrupted.ShouldBe([new StartMark(first.Epoch, 1, "n:0"), new StartMark(second.Epoch, 2, "n:1")], ignoreOrder: true);
        third.InterruptedAsPlanned.ShouldBeEmpty();
    }

    [Test]
    public async Task A_run_that_was_taken_away_is_given_up_as_usual_when_it_is_disposed()
    {
        await using var store = new ChaosStore(_inner);
        await using (ICheckpointRun run = await store.OpenRunAsync("run"))
        {
            await run.MarkStartedAsync(0, 1, "n:0");
            await store.LoseRunsAsync();
            await Should.ThrowAsync<RunOwnedException>(async () => await store.OpenRunAsync("run"));
        }

        await using ICheckpointRun next = await store.OpenRunAsync("run");
        next.Interrupted.ShouldBeEmpty();
    }

    [Test]
    public async Task The_end_of_each_call_is_told_but_for_readings_that_are_left_early()
    {
        List<string> told = [];
        await using var store = new ChaosStore(_inner);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        await run.WriteAsync(Batch(run, 0));
        store.After = call =>
        {
            told.Add($"{call.Method} {call.Number}");
            return Task.CompletedTask;
        };

        await run.WaitUntilOwnedAsync();
        await foreach (StoredItem item in run.ReadItemsAsync())
            break;
        await foreach (StoredItem item in run.ReadItemsAsync())
            item.Id.ShouldBe("n:0");

        told.ShouldBe(["WaitUntilOwnedAsync 1", "ReadItemsAsync 2"]);
    }

    [Test]
    public async Task No_hook_is_a_mistake_and_said_when_it_is_set()
    {
        await using var store = new ChaosStore(_inner);

        Should.Throw<ArgumentNullException>(() => store.Before = null!);
        Should.Throw<ArgumentNullException>(() => store.After = null!);
        (await store.FindRunAsync("run")).ShouldBeNull();
    }

    [TestCase(-0.1, "-0.1")]
    [TestCase(1.5, "1.5")]
    [TestCase(double.NaN, "NaN")]
    public void A_rate_out_of_its_range_is_refused_with_what_is_allowed(double rate, string text)
    {
        var options = new ChaosStoreOptions { RefusedWriteRate = rate, LostResponseRate = rate, FailedCallRate = rate, LostRunRate = rate, SlowCallRate = rate };

        Should.Throw<PipelineConfigurationException>(() => new ChaosStore(_inner, options)).Faults.ShouldBe(
            new[] { "RefusedWriteRate", "LostResponseRate", "FailedCallRate", "LostRunRate", "SlowCallRate" }.Select(name => $"ChaosStoreOptions.{name} is {text}; it must be from 0 to 1."));
    }

    [Test]
    public void Other_wrong_options_are_refused_too()
    {
        Should.Throw<PipelineConfigurationException>(() => new ChaosStore(_inner, new ChaosStoreOptions { SlowCallDelay = TimeSpan.Zero, TimeProvider = null! })).Faults.ShouldBe(
            [
                "ChaosStoreOptions.SlowCallDelay is 00:00:00; it must be above zero and at most 1 day.",
                "ChaosStoreOptions.TimeProvider is null; it must have a value.",
            ]);
        Should.Throw<PipelineConfigurationException>(() => new ChaosStore(_inner, new ChaosStoreOptions { SlowCallDelay = TimeSpan.FromDays(2) }));
        Should.Throw<ArgumentNullException>(() => new ChaosStore(null!));
    }

    private static CheckpointBatch Batch(ICheckpointRun run, int number) => new() { Items = [Rows.Item(run, number)] };

    /// <summary>What a hundred writes end with: the message of the error, or nothing.</summary>
    private static async Task<string[]> OutcomesAsync(ChaosStoreOptions options)
    {
        await using var store = new ChaosStore(new InMemoryCheckpointStore(), options);
        await using ICheckpointRun run = await store.OpenRunAsync("run");
        List<string> outcomes = [];
        for (int number = 0; number < 100; number++)
        {
            try
            {
                await run.WriteAsync(Batch(run, number));
                outcomes.Add(string.Empty);
            }
            catch (ChaosException error)
            {
                outcomes.Add(error.Message);
            }
        }

        return [.. outcomes];
    }

    private sealed class ChaosFixture : CheckpointStoreFixture
    {
        private readonly Samples.MyFixture _fixture = new();

        public override async ValueTask<ICheckpointStore> OpenStoreAsync() => new ChaosStore(await _fixture.OpenStoreAsync());

        public override ValueTask CrashAsync(ICheckpointRun run) => _fixture.CrashAsync(((ChaosRun)run).Inner);

        public override ValueTask DisposeAsync() => _fixture.DisposeAsync();
    }
}
