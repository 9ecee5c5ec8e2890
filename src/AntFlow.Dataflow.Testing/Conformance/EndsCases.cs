using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Shouldly;

namespace AntFlow.Dataflow.Testing;

/// <summary>How a process or a run ends, and the effect on the next start: a planned end is not a crash, and a stop costs no attempts.</summary>
internal sealed class EndsCases(OpenedFixture opened)
{
    public static IReadOnlyList<ConformanceCase> All { get; } =
    [
        Case(c => c.What_a_planned_end_interrupts_is_interrupted_by_no_crash()),
        Case(c => c.A_mark_that_was_taken_back_is_none()),
        Case(c => c.The_last_word_about_an_end_counts()),
        Case(c => c.A_planned_end_is_that_of_one_epoch()),
        Case(c => c.What_a_planned_end_interrupted_stays_so_over_a_second_end_before_it_was_counted(isSecondPlanned: false)),
        Case(c => c.What_a_planned_end_interrupted_stays_so_over_a_second_end_before_it_was_counted(isSecondPlanned: true)),
        Case(c => c.What_crashed_before_a_planned_end_and_was_not_counted_has_crashed()),
        Case(c => c.A_planned_end_of_one_run_is_none_of_another()),
        Case(c => c.Forgetting_forgets_what_planned_ends_have_interrupted_too()),
        Case(c => c.An_end_can_be_marked_on_a_run_that_was_given_up_and_changes_nothing()),
        Case(c => c.The_store_says_where_it_is()),
        Case(c => c.A_stop_in_the_middle_of_an_outage_and_the_same_command_again_fail_nothing(StopMode.AfterStage)),
        Case(c => c.A_stop_in_the_middle_of_an_outage_and_the_same_command_again_fail_nothing(StopMode.AfterItem)),
    ];

    private ICheckpointStore Store => opened.Store;

    private static RunOptions Nightly => new() { RunId = "nightly" };

    public async Task What_a_planned_end_interrupts_is_interrupted_by_no_crash()
    {
        ICheckpointRun ended = await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 3, "n:7");
            await run.MarkPlannedEndAsync(isPlanned: true);
            await run.MarkStartedAsync(1, 0, "s:later");
        });
        await opened.ReopenAsync();

        await opened.WithRunAsync("run", run =>
        {
            run.Interrupted.ShouldBeEmpty();
            run.InterruptedAsPlanned.ShouldBe([new StartMark(ended.Epoch, 3, "n:7"), new StartMark(ended.Epoch, 0, "s:later")], ignoreOrder: true);
            return Task.CompletedTask;
        });
    }

    public async Task A_mark_that_was_taken_back_is_none()
    {
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkPlannedEndAsync(isPlanned: true);
            await run.MarkPlannedEndAsync(isPlanned: false);
        });

        (await InterruptedAsync("run")).ShouldBe(("n:0", string.Empty));
    }

    public async Task The_last_word_about_an_end_counts()
    {
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkPlannedEndAsync(isPlanned: false);
            await run.MarkPlannedEndAsync(isPlanned: true);
            await run.MarkPlannedEndAsync(isPlanned: true);
        });

        (await InterruptedAsync("run")).ShouldBe((string.Empty, "n:0"));
    }

    public async Task A_planned_end_is_that_of_one_epoch()
    {
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkPlannedEndAsync(isPlanned: true);
        });
        await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(0, 0, "n:1"));

        (await InterruptedAsync("run")).Crashed.ShouldBe("n:1");
    }

    public async Task What_a_planned_end_interrupted_stays_so_over_a_second_end_before_it_was_counted(bool isSecondPlanned)
    {
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkStartedAsync(1, 0, "n:1");
            await run.MarkPlannedEndAsync(isPlanned: true);
        });
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:2");
            if (isSecondPlanned)
                await run.MarkPlannedEndAsync(isPlanned: true);
        });

        (await InterruptedAsync("run")).Crashed.ShouldBe(isSecondPlanned ? string.Empty : "n:2");
    }

    public async Task What_crashed_before_a_planned_end_and_was_not_counted_has_crashed()
    {
        await opened.CrashInAsync("run", async run => await run.MarkStartedAsync(0, 0, "n:0"));
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:1");
            await run.MarkPlannedEndAsync(isPlanned: true);
        });
        await opened.ReopenAsync();

        (await InterruptedAsync("run")).ShouldBe(("n:0", "n:1"));
        (await InterruptedAsync("run")).Crashed.ShouldBe("n:0");
    }

    public async Task A_planned_end_of_one_run_is_none_of_another()
    {
        await opened.CrashInAsync("theirs", async run => await run.MarkStartedAsync(0, 0, "n:0"));
        await opened.CrashInAsync("mine", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkPlannedEndAsync(isPlanned: true);
        });

        (await InterruptedAsync("theirs")).ShouldBe(("n:0", string.Empty));
        (await InterruptedAsync("mine")).ShouldBe((string.Empty, "n:0"));
    }

    public async Task Forgetting_forgets_what_planned_ends_have_interrupted_too()
    {
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await run.MarkPlannedEndAsync(isPlanned: true);
        });
        await opened.WithRunAsync("run", async run => await run.ForgetInterruptedAsync());

        (await InterruptedAsync("run")).ShouldBe((string.Empty, string.Empty));
    }

    public async Task An_end_can_be_marked_on_a_run_that_was_given_up_and_changes_nothing()
    {
        ICheckpointRun given = await Store.OpenRunAsync("run");
        await given.DisposeAsync();
        await opened.CrashInAsync("run", async run =>
        {
            await run.MarkStartedAsync(0, 0, "n:0");
            await given.MarkPlannedEndAsync(isPlanned: true);
        });

        (await InterruptedAsync("run")).ShouldBe(("n:0", string.Empty));
    }

    public Task The_store_says_where_it_is()
    {
        Store.Location.ShouldNotBeNullOrWhiteSpace();
        return Task.CompletedTask;
    }

    public async Task A_stop_in_the_middle_of_an_outage_and_the_same_command_again_fail_nothing(StopMode mode)
    {
        const int Items = 12, Workers = 3, FailedBefore = 6;
        var outage = new Outage(Store);
        await using (PipelineRun<int, string> run = outage.Make(Workers).Start(Nightly))
        {
            await run.FeedAsync(Enumerable.Range(0, Items)).InTime();
            await outage.FailFirstAsync(FailedBefore);
            await Waiting.UntilAsync(() => run.GetSnapshot().Retrying == FailedBefore);
            await outage.Gate.WhenArrivedAsync(FailedBefore + Workers);
            await Waiting.UntilAsync(() => run.GetSnapshot().Stages[0].Completed == Items);
            // Now six wait for their next attempt, three are in an attempt that will fail, and three have not begun.
            Task<PipelineReport<string>> stopping = run.StopAsync(mode: mode);
            outage.Gate.OpenForAll();
            PipelineReport<string> stopped = await stopping.InTime();

            (stopped.CanceledCount, stopped.FailedCount, stopped.Fault).ShouldBe((Items, 0, null));
            stopped.Results.Count(result => result.Error!.InnerException is HttpRequestException or TimeoutException).ShouldBeGreaterThanOrEqualTo(FailedBefore + Workers);
        }

        List<StoredItem> rows = await Store.ReadItemsAsync("nightly").ToListAsync();
        rows.ShouldAllBe(row => row.State == StoredItemState.Unfinished && row.StageIndex == 1);
        rows.ShouldAllBe(row => row.Attempts == outage.FailedAttemptsOf(row.Id));
        int waiting = rows.Count(row => row.NextAttemptAt is not null);
        waiting.ShouldBeGreaterThanOrEqualTo(FailedBefore + Workers);
        outage.Time.Advance(TimeSpan.FromSeconds(60));
        outage.IsOver = true;
        await opened.ReopenAsync();

        await using PipelineRun<int, string> again = outage.Make(Workers, Store).Start(Nightly);
        await again.FeedAsync(Enumerable.Range(0, Items)).InTime();
        again.Complete();
        await Waiting.UntilAsync(() => again.GetSnapshot() is { InProgress: 0, Queued: 0, Saving: 0 } now && now.Retrying == waiting);
        outage.Time.Advance(TimeSpan.FromSeconds(39));
        again.GetSnapshot().Retrying.ShouldBe(waiting);
        outage.Time.Advance(TimeSpan.FromSeconds(2));
        PipelineReport<string> report = await again.Completion.InTime();

        report.SucceededCount.ShouldBe(Items);
        report.Results.ShouldAllBe(result => result.Attempts == 1);
        outage.CheckAttempts();
    }

    private async Task<(string Crashed, string Planned)> InterruptedAsync(string runId)
    {
        (string, string) found = default;
        await opened.WithRunAsync(runId, run =>
        {
            found = (Ids(run.Interrupted), Ids(run.InterruptedAsPlanned));
            return Task.CompletedTask;
        });
        return found;
    }

    private static string Ids(IEnumerable<StartMark> marks) => string.Join(' ', marks.Select(mark => mark.Id).Order(StringComparer.Ordinal));

    /// <summary>A service that is unavailable for a while, and a pipeline that needs it.</summary>
    private sealed class Outage(ICheckpointStore store)
    {
        private readonly ConcurrentDictionary<string, int> _failed = new();
        private readonly ConcurrentQueue<string> _wrong = new();

        public SteppedTime Time { get; } = new();

        public Gate<string> Gate { get; } = new();

        public bool IsOver { get; set; }

        public Pipeline<int, string> Make(int workers, ICheckpointStore? reopened = null) => PipelineBuilder
            .Stage<int, int>("Take", number => number)
            .ThenWithContext<string>("Call", CallAsync, workers, s =>
            {
                s.Retry = RetryPolicy.Fixed(attempts: 2, TimeSpan.FromSeconds(100)) with { IsThrottle = error => error is TimeoutException };
                s.QueueCapacity = StageOptions.Unbounded;
                // An item that waits for its next attempt keeps its place.
                s.MaxInFlight = 100;
            })
            .Then<string>("Keep", text => text)
            .IdentifyBy(number => number)
            .WithTimeProvider(Time)
            .WithCheckpoints(reopened ?? store)
            .Build();

        /// <summary>Lets the given number of items fail once.</summary>
        public async Task FailFirstAsync(int count)
        {
            for (int failed = 0; failed < count; failed++)
            {
                await Gate.WhenArrivedAsync(failed + 1);
                Gate.Open(Gate.Arrivals[failed]);
            }
        }

        /// <summary>Returns how many attempts of an item have failed. A throttled attempt does not count.</summary>
        public int FailedAttemptsOf(string id) => _failed.GetValueOrDefault(id);

        public void CheckAttempts() => _wrong.ShouldBeEmpty();

        private async Task<string> CallAsync(int number, StageContext context)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"n:{number}");
            if (context.Attempt != FailedAttemptsOf(id) + 1)
                _wrong.Enqueue($"Attempt {context.Attempt} of {id}, which has failed {FailedAttemptsOf(id)} times.");
            await Gate.PassAsync(id);
            if (IsOver)
                return id;
            if (number % 4 == 3)
                throw new TimeoutException("not now");
            _failed.AddOrUpdate(id, 1, (_, count) => count + 1);
            throw new HttpRequestException("no answer");
        }
    }

    private static ConformanceCase Case(Func<EndsCases, Task> run, [CallerArgumentExpression(nameof(run))] string call = "") =>
        ConformanceCase.Make("Ends", opened => run(new EndsCases(opened)), call);
}
