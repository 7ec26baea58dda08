//! The suite bites: for each flaw that a store may have, the scenarios that notice it.

mod flawed;

use std::panic::{AssertUnwindSafe, catch_unwind};

use deferral_testing::conformance::{
    accept, claim, effects, finish, keys, late_write, lease, maintenance, prove, races, read,
    suspects, wake,
};
use deferral_testing::{Harness, history};

use flawed::{Flaw, FlawedHarness};

fn catches(flaw: Flaw, scenario: impl AsyncFnOnce(&mut dyn Harness)) {
    let open = async { FlawedHarness::open(flaw) };
    let played = catch_unwind(AssertUnwindSafe(|| prove(open, scenario)));
    assert!(played.is_err(), "the scenario did not notice a store that {flaw:?}");
}

#[test]
fn a_store_that_ignores_tokens_is_caught() {
    catches(Flaw::IgnoresTokens, late_write::a_lost_lease_can_not_complete);
    catches(Flaw::IgnoresTokens, late_write::a_lost_lease_can_not_retry);
    catches(Flaw::IgnoresTokens, late_write::a_lost_lease_can_not_report_progress);
    catches(Flaw::IgnoresTokens, late_write::a_lost_lease_can_not_enqueue);
    catches(Flaw::IgnoresTokens, late_write::a_lost_lease_can_not_record_that_it_sends);
    catches(Flaw::IgnoresTokens, lease::a_wrong_token_writes_nothing);
}

#[test]
fn a_store_that_ignores_versions_is_caught() {
    catches(Flaw::IgnoresVersions, finish::an_operation_that_changed_is_not_overwritten);
    catches(Flaw::IgnoresVersions, finish::what_has_ended_does_not_change);
    catches(Flaw::IgnoresVersions, races::events_are_numbered_without_gap_under_a_race);
    catches(Flaw::IgnoresVersions, races::a_gate_is_confirmed_or_rejected_by_one);
}

#[test]
fn a_store_that_rescues_from_the_living_is_caught() {
    catches(Flaw::RescuesFromTheLiving, lease::a_live_lease_is_not_taken_away);
}

#[test]
fn a_store_that_forgets_kinds_is_caught() {
    catches(Flaw::ForgetsKinds, claim::only_declared_kinds_and_versions_are_claimed);
}

#[test]
fn a_store_that_mixes_in_suspects_is_caught() {
    catches(Flaw::MixesInSuspects, suspects::suspects_are_not_claimed_with_healthy_jobs);
    catches(Flaw::MixesInSuspects, suspects::suspects_are_claimed_one_at_a_time);
}

#[test]
fn a_store_that_reverses_claims_is_caught() {
    catches(Flaw::ReversesClaims, claim::within_a_priority_the_oldest_goes_first);
    catches(Flaw::ReversesClaims, claim::queues_are_read_in_the_order_asked_for);
    catches(Flaw::ReversesClaims, claim::a_lower_priority_number_goes_first);
}

#[test]
fn a_store_that_forgets_keys_is_caught() {
    catches(Flaw::ForgetsKeys, keys::a_taken_key_says_by_what);
    catches(Flaw::ForgetsKeys, races::one_key_makes_one_operation);
}

#[test]
fn a_store_that_splits_commits_is_caught() {
    catches(Flaw::SplitsCommits, finish::a_refused_commit_changes_nothing);
    catches(Flaw::SplitsCommits, finish::a_refused_acceptance_leaves_nothing);
    catches(Flaw::SplitsCommits, late_write::a_lost_lease_can_not_start_the_next_job);
}

#[test]
fn a_store_that_merges_events_is_caught() {
    catches(Flaw::MergesEvents, read::old_events_are_dropped_and_a_snapshot_stays);
    catches(Flaw::MergesEvents, finish::progress_and_item_errors_are_written_under_way);
}

#[test]
fn a_store_that_loses_wakes_is_caught() {
    catches(Flaw::LosesWakes, wake::what_happened_before_the_wait_is_not_missed);
}

#[test]
fn a_store_that_revives_leases_is_caught() {
    catches(Flaw::RevivesLeases, lease::a_lease_that_is_over_is_not_renewed);
    catches(Flaw::RevivesLeases, lease::a_fenced_worker_stays_fenced);
}

#[test]
fn a_store_that_prunes_early_is_caught() {
    catches(Flaw::PrunesEarly, maintenance::a_finished_job_is_kept_for_its_time);
}

#[test]
fn a_store_that_shows_operations_to_others_is_caught() {
    catches(Flaw::ShowsToOthers, read::another_tenant_sees_nothing);
}

#[test]
fn a_store_that_forgets_effects_is_caught() {
    catches(Flaw::ForgetsEffects, effects::an_effect_is_told_to_the_next_attempt);
    catches(Flaw::ForgetsEffects, effects::a_sender_that_lives_is_told);
}

#[test]
fn a_store_that_forgets_on_reopening_is_caught() {
    let flaw = Flaw::ForgetsOnReopening;
    catches(flaw, accept::what_was_accepted_survives_the_death_of_every_process);
    catches(flaw, accept::what_an_attempt_wrote_survives_the_death_of_every_process);
}

#[test]
fn a_store_that_lets_all_lead_is_caught() {
    catches(Flaw::LetsAllLead, maintenance::one_worker_leads);
    catches(Flaw::LetsAllLead, races::one_of_many_leads);
}

/// Random histories find, without being told where to look, what a sentence would say.
#[tokio::test]
async fn a_random_history_catches_flaws_too() {
    let flaws = [
        Flaw::IgnoresTokens,
        Flaw::IgnoresVersions,
        Flaw::ForgetsKinds,
        Flaw::MixesInSuspects,
        Flaw::ReversesClaims,
        Flaw::ForgetsKeys,
        Flaw::SplitsCommits,
        Flaw::MergesEvents,
        Flaw::RevivesLeases,
        Flaw::PrunesEarly,
        Flaw::ShowsToOthers,
        Flaw::ForgetsEffects,
        Flaw::LetsAllLead,
    ];
    for flaw in flaws {
        let played = history::run(&FlawedHarness::open(flaw), 11, 5000).await;
        assert!(played.is_err(), "the history did not notice a store that {flaw:?}");
    }
}
