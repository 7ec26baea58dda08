use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::{Timestamp, Token, WorkerId};

const SECOND: Duration = Duration::from_secs(1);
const NOW: Timestamp = Timestamp::from_micros(1_000_000_000);
const SETTINGS: EffectSettings = EffectSettings {
    can_probe: true,
    settle: Duration::from_secs(60),
    deduplicates_for: None,
    give_up: Duration::from_secs(24 * 3600),
};

fn worker() -> WorkerId {
    WorkerId::from_uuid(Uuid::from_u128(7))
}

fn unknown(sender: Option<WorkerId>) -> Effect {
    let state = EffectState::Unknown {
        since: NOW,
        asking_since: NOW,
        sender,
        probes: 0,
        reason: "timed out".into(),
    };
    let mut effect = Effect::planned(Uuid::nil(), "charge").into_state(state);
    effect.first_sent_at = Some(NOW);
    effect
}

fn sight(sender_alive: bool, later: Duration) -> Sight {
    Sight { token: Token(2), sender_alive, watched: later, now: NOW.after(later) }
}

fn step(
    effect: &Effect,
    settings: EffectSettings,
    sender_alive: bool,
    later: Duration,
) -> EffectStep {
    effect.next_step(&settings, &sight(sender_alive, later))
}

#[test]
fn the_key_is_that_of_owner_and_name() {
    let owner = Uuid::from_u128(1);
    assert_eq!(Effect::planned(owner, "a").key, Effect::planned(owner, "a").key);
    assert_ne!(Effect::planned(owner, "a").key, Effect::planned(owner, "b").key);
    assert_ne!(Effect::planned(owner, "a").key, Effect::planned(Uuid::from_u128(2), "a").key);
    // Pinned: a key that changed would be a second payment.
    assert_eq!(
        Effect::planned(owner, "charge").key.to_string(),
        Uuid::new_v5(&Effect::NAMESPACE, b"00000000-0000-0000-0000-000000000001/charge")
            .to_string()
    );
}

#[test]
fn a_planned_effect_is_sent() {
    let effect = Effect::planned(Uuid::nil(), "charge");
    assert_eq!(step(&effect, SETTINGS, false, SECOND), EffectStep::Send);
}

#[test]
fn a_confirmed_effect_is_not_sent_again() {
    let value = serde_json::json!({"id": 1});
    let effect = unknown(None).into_state(EffectState::Confirmed { value: value.clone() });
    assert_eq!(step(&effect, SETTINGS, false, SECOND), EffectStep::Return(value));
}

#[test]
fn a_crash_while_sending_makes_it_unknown() {
    let effect = Effect::planned(Uuid::nil(), "charge").sending(Token(1), worker(), NOW);
    let EffectStep::TakeOver(EffectState::Unknown { since, sender, .. }) =
        step(&effect, SETTINGS, false, SECOND)
    else {
        panic!("must be taken over")
    };
    assert_eq!(since, NOW.after(SECOND));
    assert_eq!(sender, Some(worker()));
}

#[test]
fn not_found_is_believed_only_after_settle() {
    let before = step(&unknown(None), SETTINGS, false, 59 * SECOND);
    assert_eq!(before, EffectStep::Probe { believe_absence: false });
    let after = step(&unknown(None), SETTINGS, false, 60 * SECOND);
    assert_eq!(after, EffectStep::Probe { believe_absence: true });
}

#[test]
fn not_found_is_not_believed_while_the_sender_lives() {
    let effect = unknown(Some(worker()));
    let held = step(&effect, SETTINGS, true, 3600 * SECOND);
    assert_eq!(held, EffectStep::Probe { believe_absence: false });
    let freed = step(&effect, SETTINGS, false, 3600 * SECOND);
    assert_eq!(freed, EffectStep::Probe { believe_absence: true });
}

#[test]
fn without_probe_it_is_repeated_within_half_the_deduplication_time() {
    let settings =
        EffectSettings { can_probe: false, deduplicates_for: Some(1000 * SECOND), ..SETTINGS };
    assert_eq!(step(&unknown(None), settings, false, 20 * SECOND), EffectStep::Wait);
    assert_eq!(step(&unknown(None), settings, false, 60 * SECOND), EffectStep::Send);
    assert!(matches!(step(&unknown(None), settings, false, 500 * SECOND), EffectStep::Park(_)));
}

#[test]
fn without_probe_and_deduplication_a_person_decides() {
    let settings = EffectSettings { can_probe: false, ..SETTINGS };
    assert!(matches!(step(&unknown(None), settings, false, SECOND), EffectStep::Park(_)));
}

#[test]
fn a_step_of_the_wall_clock_does_not_shorten_the_settling() {
    let stepped = Sight { watched: 2 * SECOND, ..sight(false, 3600 * SECOND) };
    let probe = unknown(None).next_step(&SETTINGS, &stepped);
    assert_eq!(probe, EffectStep::Probe { believe_absence: false });
}

#[test]
fn settling_begins_when_the_sender_is_gone() {
    let effect = unknown(Some(worker()));
    let Some(Unsettled::Later(state, _)) = effect.unsettled(&SETTINGS, &sight(true, 600 * SECOND))
    else {
        panic!("asked later")
    };
    let effect = effect.into_state(state);
    let soon = step(&effect, SETTINGS, false, 601 * SECOND);
    assert_eq!(soon, EffectStep::Probe { believe_absence: false });
    let later = step(&effect, SETTINGS, false, 660 * SECOND);
    assert_eq!(later, EffectStep::Probe { believe_absence: true });
}

#[test]
fn asking_ends_after_a_day_but_not_without_having_asked() {
    let day = 86_400 * SECOND;
    let probe = step(&unknown(None), SETTINGS, false, day);
    assert!(matches!(probe, EffectStep::Probe { .. }));
    let unsettled = unknown(None).unsettled(&SETTINGS, &sight(false, day));
    assert!(matches!(unsettled, Some(Unsettled::Park(_))));
}

#[test]
fn probes_come_after_1_5_15_and_then_30_seconds_and_at_settle() {
    let mut effect = unknown(None);
    let mut waits = Vec::new();
    let mut later = Effect::first_wait(&SETTINGS);
    for _ in 0..6 {
        let unsettled = effect.unsettled(&SETTINGS, &sight(false, later));
        let Some(Unsettled::Later(state, wait)) = unsettled else { panic!("asked later") };
        effect.state = state;
        later += wait;
        waits.push(wait.as_secs());
    }
    // At 1, 2, 7, 22, 52, 60 (settle), 90 s after giving up.
    assert_eq!(waits, [1, 5, 15, 30, 8, 30]);
}
