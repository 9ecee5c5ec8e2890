using NUnit.Framework;
using Shouldly;
using static AntFlow.Dataflow.Tests.Snapshots.Looks;

namespace AntFlow.Dataflow.Tests.Snapshots;

/// <summary>The approved sentence for each case.</summary>
public sealed class BottleneckSentences
{
    private static readonly DateTimeOffset _due = new(2026, 3, 4, 12, 2, 11, TimeSpan.Zero);

    [Test]
    public void A_feeder_that_is_too_slow() =>
        ShouldSay(Run(Stage("Fetch") with { InProgress = 1 }, Stage("Save")), BottleneckKind.Feeder, null, "The feeder is too slow: Fetch has 3 of 4 workers free and no item waiting.");

    [Test]
    public void A_store_that_fails() => ShouldSay(
        Run(Busy("Fetch", 5, queued: 120)) with { StoreFailingSince = _due, StoreError = "disk is full.\nat line 3", Saving = 12 },
        BottleneckKind.Store,
        null,
        "The checkpoint store has failed since 14:02:11 (disk is full); 12 items wait to be saved.");

    [Test]
    public void A_run_that_is_being_opened() =>
        ShouldSay(Run(Stage("Fetch")) with { IsStoreOpening = true }, BottleneckKind.Store, null, "The run is being opened in the checkpoint store.");

    [Test]
    public void Items_that_wait_to_be_saved_and_nothing_else() => ShouldSay(
        (Run(Stage("Fetch")) with { Saving = 1, Fed = 101 }).Complete(), BottleneckKind.Store, null, "1 item waits to be saved in the checkpoint store.");

    [Test]
    public void A_saturated_stage() =>
        ShouldSay(Run(Busy("Fetch", 5, queued: 120)), BottleneckKind.Workers, "Fetch", "All 5 workers of Fetch are busy, and 120 items wait for them.");

    [Test]
    public void A_saturated_stage_of_one_worker() =>
        ShouldSay(Run(Busy("Fetch", 1, queued: 1)), BottleneckKind.Workers, "Fetch", "The only worker of Fetch is busy, and 1 item waits for it.");

    [Test]
    public void A_saturated_stage_without_a_queue() =>
        ShouldSay(Run(Busy("Fetch", 5, queued: 0)), BottleneckKind.Workers, "Fetch", "All 5 workers of Fetch are busy, and no item waits for them.");

    [Test]
    public void A_stage_that_holds_the_one_before_back() => ShouldSay(
        Run(Stage("Fetch", 5) with { InProgress = 2, BlockedWorkers = 3 }, Busy("Upload", 2, queued: 20)),
        BottleneckKind.Downstream,
        "Upload",
        "Upload holds Fetch back: all 2 workers of Upload are busy, and 3 of 5 workers of Fetch wait for room there.");

    [Test]
    public void A_limit_of_a_task() => ShouldSay(
        Run(Stage("Upload", 10) with { InProgress = 3, Limited = 7, Queued = 40, Limits = [new TaskLimitSnapshot { Task = "send", MaxConcurrency = 3, InUse = 3, Waiting = 7 }] }),
        BottleneckKind.TaskLimit,
        "Upload",
        "7 items of Upload wait for a permit of send, which at most 3 may run at once.");

    [Test]
    public void Items_that_wait_for_a_key() => ShouldSay(
        Run(Stage("Save", 5) with { Queued = 12, AwaitingKey = 12, InProgress = 2 }),
        BottleneckKind.Key,
        "Save",
        "12 items of Save wait because other items of their keys are there (SerialBy), and 3 of 5 workers are free.");

    [Test]
    public void Items_that_wait_for_keys_of_items_that_are_saved() => ShouldSay(
        Run(Stage("Save", 8) with { Queued = 15, AwaitingKey = 15, Saving = 3 }),
        BottleneckKind.Store,
        "Save",
        "15 items of Save wait because other items of their keys wait to be saved in the checkpoint store (SerialBy).");

    [Test]
    public void An_item_that_waits_for_its_key() => ShouldSay(
        Run(Stage("Save", 2) with { Queued = 1, AwaitingKey = 1, InProgress = 1 }).Complete(),
        BottleneckKind.Key,
        "Save",
        "1 item of Save waits because another item of its key is there (SerialBy), and 1 of 2 workers is free.");

    [Test]
    public void Items_that_wait_for_their_next_look() => ShouldSay(
        Run(Stage("Upload"), Stage("Wait") with { Polling = 12, NextLookAt = _due }).Complete(),
        BottleneckKind.Polling,
        "Wait",
        "12 items of Wait wait for their next look, the first at 14:02:11.");

    [Test]
    public void An_item_that_waits_for_its_next_look() => ShouldSay(
        Run(Stage("Wait") with { Polling = 1, NextLookAt = _due }).Complete(), BottleneckKind.Polling, "Wait", "1 item of Wait waits for its next look, at 14:02:11.");

    [Test]
    public void Items_between_two_looks_that_hold_all_places() => ShouldSay(
        Run(Stage("Wait") with { Polling = 100, MaxInFlight = 100, Queued = 7, NextLookAt = _due }),
        BottleneckKind.Polling,
        "Wait",
        "100 items of Wait wait for their next look, the first at 14:02:11; 7 items wait behind them, because 100 may be under way: set StageOptions.MaxInFlight above that to let more in.");

    [Test]
    public void Items_that_wait_for_their_next_attempt() => ShouldSay(
        Run(Stage("Check") with { Retrying = 3, NextAttemptAt = _due }).Complete(),
        BottleneckKind.Backoff,
        "Check",
        "3 items of Check wait for their next attempt, the first at 14:02:11.");

    [Test]
    public void One_item_that_waits_for_its_next_attempt_on_another_day() => ShouldSay(
        Run(Stage("Check") with { Retrying = 1, NextAttemptAt = _due.AddDays(1) }).Complete(),
        BottleneckKind.Backoff,
        "Check",
        "1 item of Check waits for its next attempt, at 2026-03-05 14:02:11.");

    [Test]
    public void Suspects_of_one_stage() => ShouldSay(
        Run(Stage("Check", 32) with { InProgress = 4, Quarantined = 4, Suspects = Suspects(running: 4, held: 4, together: 4, crashes: 2) }).Complete(),
        BottleneckKind.Suspects,
        "Check",
        "8 items of Check were running at two crashes; 4 of them may run together.");

    [Test]
    public void Suspects_that_run_one_at_a_time() => ShouldSay(
        Run(Stage("Check", 32) with { InProgress = 1, Quarantined = 7, Suspects = Suspects(running: 1, held: 7, together: 1, crashes: 12) with { FewestCrashes = 1 } }),
        BottleneckKind.Suspects,
        "Check",
        "8 items of Check were running at up to 12 crashes; they run one at a time.");

    [Test]
    public void Suspects_that_wait_for_those_of_another_stage() => ShouldSay(
        Run(
            Stage("Check", 32) with { Quarantined = 1, Suspects = Suspects(running: 0, held: 1, together: 2, crashes: 1) },
            Stage("Save", 4) with { InProgress = 2, Suspects = Suspects(running: 2, held: 0, together: 2, crashes: 1) }) with
        { Suspects = Suspects(running: 2, held: 1, together: 2, crashes: 1) },
        BottleneckKind.Suspects,
        "Check",
        "1 item of Check was running at one crash; over all stages, 2 such items may run together, and 2 do.");

    [Test]
    public void Suspects_beside_workers_that_are_all_busy_hold_nothing_back() => ShouldSay(
        Run(Busy("Check", 4, queued: 9) with { Quarantined = 4, Suspects = Suspects(running: 1, held: 4, together: 1, crashes: 2) }),
        BottleneckKind.Workers,
        "Check",
        "All 4 workers of Check are busy, and 9 items wait for them.");

    [Test]
    public void Items_that_were_throttled() => ShouldSay(
        Run(Stage("Check", 3) with { Retrying = 3, Throttled = 3, IdlesForThrottled = true, Queued = 30, NextAttemptAt = _due }),
        BottleneckKind.Throttled,
        "Check",
        "3 items of Check were throttled and wait for their next call, the first at 14:02:11; a worker stays idle for each, and no other one starts: set StageOptions.MaxInFlight above 3 to let more start.");

    [Test]
    public void A_run_that_is_paused() => ShouldSay(Run(Stage("Fetch") with { Queued = 9 }) with { IsPaused = true }, BottleneckKind.Paused, null, "The run is paused.");

    [Test]
    public void A_run_that_is_paused_while_workers_finish() => ShouldSay(
        Run(Stage("Fetch") with { InProgress = 2 }) with { IsPaused = true }, BottleneckKind.Paused, null, "The run is paused; 2 items are still being processed by workers.");

    [Test]
    public void A_stage_that_is_paused() => ShouldSay(
        Run(Busy("Fetch", 4, queued: 40), Stage("Upload") with { IsPaused = true, Queued = 12 }), BottleneckKind.Paused, "Upload", "Upload is paused, and 12 items wait there.");

    [Test]
    public void A_run_that_is_being_stopped() => ShouldSay(
        Run(Stage("Fetch") with { InProgress = 3 }) with { Phase = RunPhase.Stopping }, BottleneckKind.Stopping, null, "The run is being stopped: 3 items have not ended yet.");

    [Test]
    public void A_run_that_is_being_canceled() => ShouldSay(
        Run(Stage("Fetch") with { InProgress = 1 }) with { Phase = RunPhase.Canceling }, BottleneckKind.Stopping, null, "The run is being canceled: 1 item has not ended yet.");

    [Test]
    public void Nothing_to_do() => ShouldSay(Run(Stage("Fetch")) with { IsFeeding = false }, BottleneckKind.Nothing, null, "Nothing to do: every item that was fed has ended.");

    [Test]
    public void Nothing_fed_yet() =>
        ShouldSay(Run(Stage("Fetch")) with { IsFeeding = false, Fed = 0, Succeeded = 0 }, BottleneckKind.Nothing, null, "Nothing to do: no item has been fed yet.");

    [Test]
    public void A_run_that_has_ended() => ShouldSay(
        Run(Stage("Fetch")) with { Phase = RunPhase.Ended, Succeeded = 95, Failed = 5 }, BottleneckKind.Finished, null, "The run has ended: 95 succeeded, 5 failed, 0 canceled.");

    [Test]
    public void A_slow_reader_of_results() => ShouldSay(
        Run(Busy("Fetch", 4, queued: 4), Stage("Upload", 5) with { BlockedWorkers = 5, Queued = 50 }),
        BottleneckKind.Reader,
        null,
        "The results are read too slowly: 5 of 5 workers of Upload wait for their reader.");

    [Test]
    public void A_slow_reader_of_results_in_input_order() => ShouldSay(
        Run(Stage("Fetch")) with { IsFeederBlocked = true }, BottleneckKind.Reader, null, "The results are read too slowly: nothing more is fed until their reader continues.");

    [Test]
    public void A_slow_tracker() => ShouldSay(
        Run(Stage("Fetch") with { Queued = 40 }) with { IsObserverBehind = true }, BottleneckKind.Observer, null, "An observer of the run, such as the callbacks of a tracker, is too slow: workers and feeders wait for it.");

    [Test]
    public void The_last_items() => ShouldSay(
        Run(Stage("Fetch") with { InProgress = 1, AverageTime = TimeSpan.FromSeconds(1) }, Stage("Upload") with { InProgress = 3, AverageTime = TimeSpan.FromSeconds(9) }).Complete(),
        BottleneckKind.Workers,
        "Upload",
        "Only 4 items are left, 3 of them being processed by workers of Upload.");

    [Test]
    public void The_last_item() =>
        ShouldSay(Run(Stage("Upload") with { InProgress = 1 }).Complete(), BottleneckKind.Workers, "Upload", "Only 1 item is left, being processed by a worker of Upload.");

    [Test]
    public void Workers_that_are_slow_to_come() => ShouldSay(
        Run(Stage("Fetch") with { InProgress = 1, Queued = 20 }), BottleneckKind.Workers, "Fetch", "20 items of Fetch wait, and 1 of 4 workers is busy.");

    [Test]
    public void Items_that_are_about_to_be_taken_are_no_bottleneck() => ShouldSay(
        Run(Stage("Parse", 2) with { Queued = 277 }), BottleneckKind.Nothing, null, "Nothing holds the run back: 277 items of Parse are about to be taken.");

    [Test]
    public void Items_that_nobody_takes_from_one_look_to_the_next_wait_for_a_thread()
    {
        PipelineSnapshot before = Run(Stage("Parse", 2) with { Queued = 200 });
        PipelineSnapshot now = Run(Stage("Parse", 2) with { Queued = 277 }) with { Timestamp = before.Timestamp.AddSeconds(1) };
        Bottleneck found = Bottleneck.Find(now, before);
        (found.Kind, found.Stage, found.Sentence).ShouldBe((BottleneckKind.Workers, "Parse", "277 items of Parse wait, and the thread pool has no thread for its 2 workers."));
    }

    private static SuspectSnapshot Suspects(int running, long held, int together, int crashes) =>
        new() { Running = running, Quarantined = held, MaxConcurrent = together, Crashes = crashes, FewestCrashes = crashes };

    private static void ShouldSay(PipelineSnapshot now, BottleneckKind kind, string? stage, string sentence)
    {
        var found = Bottleneck.Find(now);

        found.Sentence.ShouldBe(sentence);
        (found.Kind, found.Stage, found.ToString()).ShouldBe((kind, stage, sentence));
    }
}
