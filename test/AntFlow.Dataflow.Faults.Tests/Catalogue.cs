namespace AntFlow.Dataflow.Faults.Tests;

/// <summary>All faults that the faults build has, by what they break.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<KilledFault> All { get; } =
    [
        new("lost-wake-up", "waking", "Workers.WakingOrderTests.A_loop_that_is_woken_too_late_finds_nothing_and_leaves_and_the_next_item_wakes_one_again", "A stage: Waking", "Rules of the engine: 1"),
        new("baton-not-passed-on", "waking", "Workers.WakingOrderTests.One_loop_is_woken_at_a_time_and_it_wakes_the_next_one_before_user_code_runs", "A stage: Waking") { IsHang = true },
        new("left-in-two-sections", "waking", "Workers.WakingOrderTests.An_item_that_may_start_just_as_the_last_loop_leaves_is_taken", "Rules of the engine: 1", "Where threads meet: A lock paragraph") { IsHang = true },
        new("replaced-loops-are-not-told-to-end", "waking", "Workers.WakingOrderTests.Loops_that_wait_end_when_their_workers_are_replaced_and_when_the_pool_ends", "A stage: Workers change") { IsHang = true },
        new("ended-while-a-wake-up-is-on-its-way", "waking", "Workers.WakingOrderTests.A_pool_that_ends_while_a_loop_is_being_woken_breaks_nothing", "A stage: Workers change") { IsHang = true },
        new("only-one-of-those-that-wait-is-told", "waking", "Workers.WakingOrderTests.Loops_that_wait_end_when_their_workers_are_replaced_and_when_the_pool_ends", "Where threads meet: Waiting allocates nothing") { IsHang = true },
        new("loop-never-gives-its-thread-up", "waking", "Workers.FairnessTests.A_worker_whose_bodies_never_suspend_lets_others_have_its_thread_and_keeps_its_name", "A stage: Yielding"),

        new("place-given-twice", "places and permits", "Stages.PlacesTests.A_stage_of_one_task_has_places_for_its_workers_and_its_queue", "The locks an item passes") { IsHang = true },
        new("place-never-given-back", "places and permits", "Workers.WakingOrderTests.A_loop_that_finds_nothing_stays_in_its_block_and_is_woken_there", "The locks an item passes") { IsHang = true },
        new("task-begun-without-its-permit", "places and permits", "Stages.Limits.No_more_than_maxConcurrency_run_the_task_however_many_workers_there_are", "The locks an item passes") { IsHang = true },
        new("held-at-a-limit-for-ever", "places and permits", "Stages.Limits.As_many_as_maxConcurrency_do_run_it", "A stage: Start permits") { IsHang = true },
        new("returned-permit-is-lost", "places and permits", "Stages.Limits.A_permit_goes_to_the_most_urgent_and_then_the_first_to_arrive", "The locks an item passes") { IsHang = true },

        new("feeders-do-not-wait-for-room", "room", "Runs.FeedingTogether.Those_that_have_no_room_yet_are_not_accepted_if_the_call_ends", "A stage: Room") { IsHang = true },
        new("published-before-it-is-told", "acceptance", "Issues.Queued_comes_before_InProgress.For_every_item_in_every_stage", "Rules of the engine: 3"),
        new("feed-call-keeps-no-run-open", "acceptance", "Stress.EndingRacesTests.A_feed_call_keeps_a_completed_run_open_though_nothing_is_in_flight_and_then_it_ends_once", "Rules of the engine: 4"),
        new("id-claimed-twice", "acceptance", "Runs.IdsFedAtOnce.Of_many_calls_exactly_one_is_accepted", "Checkpoints: 2"),
        new("goes-on-after-closing", "closing", "Stages.ClosingBetweenStepsTests.An_item_on_its_way_to_the_next_stage_while_the_run_closes_ends_at_its_door_if_it_may_not_go_on", "Rules of the engine: 5"),
        new("window-stays-shut-at-the-end", "closing", "Results.ReadingTests.A_feeder_that_waits_for_the_reader_of_ordered_results_is_let_go_when_the_run_closes", "Rules of the engine: 6") { IsHang = true },
        new("what-a-registration-throws-is-lost", "closing", "Scenarios.TokenRegistrationTests.Registrations_that_throw_are_reported_and_the_run_ends", "Rules of the engine: 7") { IsHang = true },

        new("claim-not-asked", "abandoned calls", "Stages.AbandonTests.Bodies_that_do_not_end_are_given_up_and_their_late_outcomes_are_logged", "Rules of the engine: 8") { IsHang = true },
        new("abandoned-item-is-not-counted", "abandoned calls", "Stages.AbandonTests.Bodies_that_do_not_end_are_given_up_and_their_late_outcomes_are_logged", "The locks an item passes"),
        new("context-outlives-its-attempt", "abandoned calls", "Stages.DeadContextTests.A_status_that_is_being_set_while_the_attempt_ends_is_not_shown_for_the_next_one", "Rules of the engine: 9"),
        new("what-code-sets-stays-on-its-thread", "user code", "Runs.CallersContextTests.A_thread_that_suppresses_the_flow_has_what_it_had_after_a_call", "A stage: Awaiting", "Rules of the engine: 2"),
        new("item-of-a-broken-worker-is-lost", "user code", "Scenarios.EngineFaultTests.A_clock_that_cannot_make_its_next_timer_ends_the_run_with_its_fault_and_a_result_for_every_item", "Rules of the engine: 12") { IsHang = true },
        new("log-breaks-the-engine", "user code", "Runs.LoggingARun.A_log_that_throws_harms_nothing", "Where threads meet: A logger"),
        new("retry-timer-not-armed", "retries", "Stages.RetryTimerTests.It_is_set_to_the_item_that_is_due_next_whichever_comes_first", "Rules of the engine: 1"),

        new("failed-result-is-dropped", "results", "Scenarios.RunningTests.A_failed_item_is_in_the_results", "The locks an item passes"),
        new("envelopes-given-back-twice", "results", "Items.ItemPoolTests.A_worker_gives_sixteen_envelopes_back_at_once", "Where threads meet: An envelope"),
        new("window-does-not-hold", "results", "Results.ReadingResults.Results_in_order_are_collected_until_somebody_reads_them", "Rules of the engine: 10"),
        new("added-items-are-never-offered", "blocks", "PipelineBlockTests.Its_end_waits_for_the_items_it_works_on_and_for_their_results_to_be_taken", "Where threads meet: A pipeline block") { IsHang = true },
        new("room-of-an-offer-that-is-gone-is-kept", "blocks", "PriorityBufferBlockEndTests.A_room_that_was_held_while_the_priority_function_threw_goes_to_who_waits", "Where threads meet: `PriorityBufferBlock`") { IsHang = true },

        new("snapshot-without-all-locks", "looks", "Snapshots.LockOrderTests.While_it_waits_for_one_lock_it_has_those_before_and_none_of_those_behind", "The locks an item passes") { IsHang = true },
        new("half-a-value-is-read", "looks", "Workers.VersionedTests.A_look_in_the_middle_of_a_write_is_not_whole_also_once_the_write_has_ended", "Where threads meet: A worker's statistics"),
        new("room-for-callbacks-is-never-signaled", "looks", "Tracking.TrackerCallbacks.When_full_workers_and_feeders_wait", "Rules of the engine: 11") { IsHang = true },
        new("newer-item-gets-places-that-are-in-use", "looks", "Tracking.TrackerSums.A_queue_longer_than_MaxItems_leaves_nothing_behind", "Where threads meet: A tracker's slots"),
        new("items-do-not-wait-for-the-display", "looks", "Displays.DisplaysThatMisbehave.A_display_that_blocks_at_the_start_holds_the_first_item_for_a_while_only", "Rules of the engine: 11") { IsHang = true },
        new("keys-are-read-after-the-end", "looks", "Showing.ADashboard.A_dashboard_that_has_ended_looks_for_no_keys", "The terminal") { Project = "AntFlow.Dataflow.Terminal.Tests" },

        new("canceled-call-begins-all-the-same", "executor", "Execution.SubmitTests.A_call_that_was_canceled_is_not_made_by_the_worker_that_finds_it_later", "An executor: A submitted call"),
        new("permit-of-a-canceled-call-is-kept", "executor", "Execution.LimitTests.A_call_that_is_canceled_before_its_worker_has_a_permit_for_it_keeps_none", "An executor: A semaphore"),
        new("last-call-does-not-end-the-executor", "executor", "Execution.ShutdownTests.Shutting_down_waits_for_all_that_was_submitted_and_refuses_what_comes_later", "An executor: The executor counts") { IsHang = true },
        new("idle-map-does-not-hear-of-a-shutdown", "executor", "Execution.ShutdownTests.A_map_that_waits_for_its_source_is_stopped_too", "An executor: A map") { IsHang = true },

        new("fed-before-the-run-is-open", "checkpoints", "Checkpoints.ComingBackTests.A_feed_call_waits_until_the_run_is_open", "Checkpoints: 1"),
        new("two-feeders-read-at-once", "checkpoints", "Checkpoints.KnownItemsTests.Items_are_looked_up_one_after_the_other", "Where threads meet: Feeders that look items up"),
        new("started-while-the-run-may-be-lost", "checkpoints", "Checkpoints.WaitingUntilHeldTests.An_attempt_that_would_start_waits_visibly_and_starts_once_the_run_is_held_again", "Checkpoints: 3") { IsHang = true },
        new("handed-on-before-it-is-durable", "checkpoints", "Checkpoints.StoreFailureTests.Items_wait_in_Saving_while_the_store_fails_and_go_on_when_it_is_back", "Checkpoints: 4", "Where threads meet: With checkpoints") { IsHang = true },
        new("failed-attempt-is-not-stored", "checkpoints", "Checkpoints.ClockTests.What_the_last_attempt_failed_with_and_when_the_next_is_due_are_stored", "Checkpoints: 5") { IsHang = true },
        new("answer-given-before-it-is-stored", "what is done once", "Checkpoints.Onces.FailingTests.An_answer_that_cannot_be_stored_is_a_CheckpointException_that_carries_it", "Checkpoints"),
        new("planned-end-is-told-to-one-run-only", "planned ends", "Checkpoints.PlannedEndTests.All_open_runs_are_told_and_one_that_is_opened_later_too", "Checkpoints"),
        new("late-write-of-an-old-owner-of-a-file-counts", "stores", "SqliteConformance.Ownership_An_owner_that_has_lost_its_run_to_another_writes_nothing_more", "Checkpoints in SQLite") { Project = "AntFlow.Dataflow.Checkpoints.Sqlite.Tests" },
        new("late-write-of-an-old-owner-at-a-server-counts", "stores", "Owners.TakenOverWhileItRuns.A_late_write_of_an_older_session_of_the_same_owner_finds_nothing_to_write_to", "Checkpoints in PostgreSQL") { Project = "AntFlow.Dataflow.Checkpoints.PostgreSql.Tests" },
    ];

    /// <summary>Rules that no fault breaks, and why: their headings, and the begins of their items.</summary>
    public static IReadOnlyDictionary<string, string> Without { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["A stage: Graphs"] = "No fault is built in yet; StressTests draws graphs at random and knows the way of each item.",
        ["A stage: Looks"] = "No fault is built in yet; PollingTests holds the order of looks, and the gate measures what they cost.",
        ["A stage: Keys"] = "No fault is built in yet; SerialByPlayTests compares the decision object with a model.",
        ["A stage: The queue"] = "A decision object: Stryker changes it in all ways, and its tests notice.",
        ["Where threads meet: Decisions are objects"] = "They are changed by Stryker.",
        ["Where threads meet: How long items take"] = "Additions, and no decision; PassTimesTests loses none.",
        ["Where threads meet: What an item reads and writes"] = "It is about speed, which the gate measures.",
        ["Where threads meet: Time comes from"] = "The banned symbols hold it where it is compiled.",
    };
}
