//! The scenarios by name, for the macro that makes tests of them.

/// Makes a test of every scenario: `conformance!(crate::open)`, where `open` is an async function
/// without arguments that answers a [`Harness`](crate::Harness) around an empty store.
#[macro_export]
macro_rules! conformance {
    ($open:path) => {
        $crate::scenarios! { $open;
            accept {
                an_accepted_operation_is_there
                its_first_event_is_its_acceptance
                its_job_is_written_with_it
                what_was_accepted_survives_the_death_of_every_process
                what_an_attempt_wrote_survives_the_death_of_every_process
                an_operation_id_is_taken_once
                a_job_id_is_taken_once
                a_job_is_kept_as_it_was_enqueued
                payloads_are_kept_byte_for_byte
                everything_accepted_is_the_tenant_of_the_commit_s
                an_api_key_is_kept_and_revoked
                what_a_commit_survives_is_said
            }
            keys {
                a_taken_key_says_by_what
                a_key_without_operation_is_taken_too
                scopes_and_tenants_do_not_share_keys
                keys_that_run_together_stay_apart
                a_refused_commit_takes_no_key
                the_first_taken_key_is_the_answer
                a_key_is_free_again_when_its_time_is_over
                a_key_outlives_its_operation
                a_key_is_not_free_while_its_operation_runs
                a_key_may_be_taken_over_from_a_named_operation_only
                a_taken_key_is_told_before_a_taken_id
                keys_are_forgotten_when_their_time_is_over
            }
            claim {
                a_claimed_job_runs_under_a_lease
                a_claimed_job_is_not_claimed_again
                no_more_are_claimed_than_asked_for
                tokens_rise_with_every_claim
                only_declared_kinds_and_versions_are_claimed
                unknown_kinds_do_not_hold_up_known_ones
                queues_are_read_in_the_order_asked_for
                a_lower_priority_number_goes_first
                within_a_priority_the_oldest_goes_first
                a_scheduled_job_is_not_claimed
                jobs_of_all_tenants_are_claimed
                a_job_without_operation_comes_without_one
                a_stranger_gets_nothing
                a_worker_whose_lease_is_over_gets_nothing
            }
            lease {
                a_heartbeat_renews_every_lease
                a_heartbeat_names_what_is_lost
                a_lease_lives_until_its_time_is_over
                a_lease_that_is_over_is_not_renewed
                a_fenced_worker_stays_fenced
                a_clock_that_is_set_forward_robs_nobody
                a_wait_that_began_ahead_of_the_clock_is_counted_anew
                a_clock_that_is_set_back_strands_nobody
                a_live_lease_is_not_taken_away
                a_rescue_under_an_old_token_is_refused
                a_rescued_job_waits_again
                a_late_attempt_may_write_until_it_is_rescued
                a_wrong_token_writes_nothing
                another_tenant_s_job_is_not_written
                a_job_that_does_not_run_is_not_written_by_an_attempt
                the_leases_of_a_dead_process_are_over_at_once
                what_a_worker_held_when_it_left_is_abandoned
                all_that_is_abandoned_is_told_in_parts
            }
            late_write {
                a_lost_lease_can_not_complete
                a_lost_lease_can_not_start_the_next_job
                a_lost_lease_can_not_ask_for_a_confirmation
                a_lost_lease_can_not_snooze
                a_lost_lease_can_not_cancel
                a_lost_lease_can_not_retry
                a_lost_lease_can_not_fail
                a_lost_lease_can_not_park
                a_lost_lease_can_not_release
                a_lost_lease_can_not_note_that_it_runs_alone
                a_lost_lease_can_not_enqueue
                a_lost_lease_can_not_report_progress
                a_lost_lease_can_not_add_item_errors
                a_lost_lease_can_not_record_that_it_sends
                a_lost_lease_can_not_record_an_answer
            }
            finish {
                a_completed_job_ends_its_operation
                the_deepest_result_is_read_again
                a_finished_job_keeps_all_but_its_input
                a_failed_job_says_why
                a_retry_is_scheduled_and_counted
                a_snooze_spends_no_attempt
                a_wait_of_no_time_is_none
                an_unknown_outcome_is_looked_at_again
                a_released_job_is_available_at_once
                a_job_ends_and_the_next_one_begins_in_one_write
                progress_and_item_errors_are_written_under_way
                an_operation_that_changed_is_not_overwritten
                a_refused_commit_changes_nothing
                a_refused_acceptance_leaves_nothing
                what_has_ended_does_not_change
                the_first_attempt_starts_its_operation_once
                jobs_that_end_together_end_each_for_itself
            }
            effects {
                an_effect_is_told_to_the_next_attempt
                every_state_of_an_effect_is_kept
                effects_are_written_by_name
                the_jobs_of_an_operation_share_its_effects
                jobs_without_operation_have_their_own_effects
                effects_outlive_a_deleted_operation_while_a_job_may_ask
                a_resolution_is_written_with_the_job_that_goes_on
                a_sender_that_lives_is_told
                a_sender_without_lease_is_told_while_its_process_lives
                a_dead_sender_is_not_told
                a_sender_that_left_is_not_told
            }
            cancel {
                a_job_canceled_before_it_begins_never_begins
                a_cancel_that_saw_no_claim_is_refused_after_one
                a_running_job_is_told_by_its_heartbeat
                the_note_to_cancel_is_not_overwritten
                a_retry_that_waits_is_woken_to_stop
                a_probe_keeps_its_pace
                a_parked_job_is_told_when_it_goes_on
                what_stops_as_asked_ends_with_its_undo
                what_completes_before_it_stops_has_succeeded
            }
            confirm {
                a_held_operation_keeps_its_gate
                a_confirmation_enqueues_what_is_behind_the_gate
                a_rejection_enqueues_the_undo
                a_gate_is_decided_once
                a_gate_open_too_long_is_told_and_not_before
                expired_gates_are_told_the_oldest_first
                an_expiry_of_a_decided_gate_is_refused
                an_operation_may_be_held_again
            }
            maintenance {
                a_job_is_promoted_when_it_is_due_and_not_before
                the_most_overdue_is_promoted_first
                a_promoted_job_waits_since_it_was_due
                the_store_lives_by_its_clock
                a_clock_that_steps_strands_no_job
                a_finished_job_is_kept_for_its_time
                unfinished_work_is_never_pruned
                a_finished_operation_is_kept_for_its_time
                an_expired_operation_is_gone_for_every_reader
                a_late_prune_does_not_prolong_the_memory
                a_deleted_operation_is_remembered
                only_what_has_ended_is_deleted
                a_prune_removes_a_batch_of_each_sort
                a_prune_is_bounded_by_rows
                one_worker_leads
                a_leader_that_is_gone_is_followed
                a_lead_is_over_unless_it_is_asked_for
                a_promoted_job_keeps_priority_and_queue
                a_snoozed_job_is_promoted
            }
            read {
                operations_are_listed_newest_first_in_pages
                operations_are_found_by_what_they_are
                operations_that_need_a_person_are_found
                another_process_sees_what_was_written
                another_tenant_sees_nothing
                another_tenant_changes_nothing
                an_unknown_operation_is_unknown
                only_changed_operations_are_told
                events_tell_the_whole_story
                old_events_are_dropped_and_a_snapshot_stays
                who_follows_reads_only_what_is_new
                item_errors_are_read_in_pages
                jobs_are_listed_newest_first_whatever_their_state
                jobs_are_found_by_what_they_are
                the_overview_counts_what_the_list_shows
                the_overview_says_how_long_queues_wait
                the_overview_shows_workers_with_what_they_run
            }
            damage {
                a_damaged_job_is_set_aside
                a_damaged_job_calls_a_person_to_its_operation
                a_damaged_job_that_nobody_asks_for_is_found
                a_damaged_job_can_be_ended_by_an_operator
                a_damaged_job_can_be_tried_again
            }
            wake {
                who_knows_nothing_is_answered_at_once
                what_happened_before_the_wait_is_not_missed
                what_happens_during_the_wait_ends_it
                everybody_who_waits_is_told
                another_process_is_told
                whatever_makes_a_job_wait_is_told
                every_change_of_an_operation_is_told
                no_wake_is_lost_under_load
            }
            races {
                one_key_makes_one_operation
                claimers_never_get_the_same_job
                a_cancel_and_a_claim_never_both_win
                a_gate_is_confirmed_or_rejected_by_one
                a_finish_and_a_rescue_never_both_win
                events_are_numbered_without_gap_under_a_race
                one_of_many_leads
                a_dropped_commit_is_written_whole_or_not_at_all
            }
            suspects {
                suspects_are_not_claimed_with_healthy_jobs
                suspects_are_claimed_one_at_a_time
                only_suspects_that_the_worker_could_run_are_told
                an_attempt_that_ends_clears_the_suspicion
                a_release_does_not_clear_the_suspicion
                the_note_that_it_runs_alone_is_kept
                only_crashes_while_alone_are_counted
                a_pill_is_parked_and_its_neighbors_are_not
                a_parked_job_keeps_its_input_and_is_not_claimed
                a_finished_suspect_is_not_told
            }
        }
    };
}

/// Writes the tests of [`conformance!`](crate::conformance).
#[doc(hidden)]
#[macro_export]
macro_rules! scenarios {
    ($open:path; $($module:ident { $($scenario:ident)* })*) => {$(
        mod $module {$(
            #[test]
            fn $scenario() {
                $crate::conformance::prove($open(), $crate::conformance::$module::$scenario);
            }
        )*}
    )*};
}
