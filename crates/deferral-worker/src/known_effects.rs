//! What an attempt knows about its effects, and what of that is written.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use deferral_core::{Effect, EffectState, Timestamp, Token};
use tokio::time::Instant;
use uuid::Uuid;

use crate::sync::{Mutex, MutexGuard};

/// More unknown effects at a time than this process watches: the oldest are watched anew.
const MOST_WATCHED: usize = 10_000;

/// What measures time that no clock step can move.
pub(crate) type Stopwatch = Box<dyn Fn() -> Duration + Send + Sync>;

/// Since when this process has known that effects are unknown.
pub(crate) struct Watched {
    stopwatch: Stopwatch,
    watches: Mutex<HashMap<Uuid, Watch>>,
}

/// A look at one sending of an effect. Another process may send it again meanwhile: what was seen
/// of an earlier sending says nothing about that one. While a sender lives, nothing settles either:
/// then the time since when it is unknown moves on, and the watch begins anew.
#[derive(Clone, Copy)]
struct Watch {
    sends: u32,
    unknown_since: Timestamp,
    begun: Duration,
}

impl Default for Watched {
    /// By the monotonic clock.
    fn default() -> Self {
        let start = Instant::now();
        Self::by(Box::new(move || start.elapsed()))
    }
}

impl Watched {
    pub(crate) fn by(stopwatch: Stopwatch) -> Self {
        Self { stopwatch, watches: Mutex::default() }
    }

    /// How long it has been known of this effect; from now on it is.
    pub(crate) fn so_far(&self, effect: &Effect) -> Duration {
        let now = (self.stopwatch)();
        let mut watches = lock(&self.watches);
        let EffectState::Unknown { since, .. } = effect.state else {
            watches.remove(&effect.key);
            return Duration::ZERO;
        };
        if watches.len() >= MOST_WATCHED && !watches.contains_key(&effect.key) {
            let oldest = watches.iter().min_by_key(|(_, watch)| watch.begun).map(|(key, _)| *key);
            oldest.and_then(|key| watches.remove(&key));
        }
        let anew = Watch { sends: effect.sends, unknown_since: since, begun: now };
        let watch = watches.entry(effect.key).or_insert(anew);
        if (watch.sends, watch.unknown_since) != (anew.sends, anew.unknown_since) {
            *watch = anew;
        }
        now.saturating_sub(watch.begun)
    }
}

/// An effect as this attempt knows it.
#[derive(Debug, Clone)]
struct Known {
    effect: Effect,
    /// Whether the store is known to have it so.
    written: bool,
}

/// The effects of an attempt.
pub(crate) struct KnownEffects {
    effects: Mutex<BTreeMap<String, Known>>,
    watched: Arc<Watched>,
    token: Token,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl KnownEffects {
    /// The effects that came with a claim.
    pub(crate) fn new(effects: Vec<Effect>, watched: Arc<Watched>, token: Token) -> Self {
        let known = |effect: Effect| (effect.name.clone(), Known { effect, written: true });
        Self { effects: Mutex::new(effects.into_iter().map(known).collect()), watched, token }
    }

    pub(crate) fn get(&self, name: &str) -> Option<Effect> {
        lock(&self.effects).get(name).map(|known| known.effect.clone())
    }

    /// How long this process has known that the effect is unknown.
    pub(crate) fn watched(&self, effect: &Effect) -> Duration {
        self.watched.so_far(effect)
    }

    /// It is known so, and about to be written.
    pub(crate) fn learn(&self, effect: &Effect) {
        let known = Known { effect: effect.clone(), written: false };
        lock(&self.effects).insert(effect.name.clone(), known);
    }

    /// The store has it as it was last learned.
    pub(crate) fn wrote(&self, effect: &Effect) {
        if let Some(known) = lock(&self.effects).get_mut(&effect.name) {
            known.written = known.effect == *effect;
        }
        self.watched.so_far(effect);
    }

    /// Whether the outcome of anything sent is unknown, as it stands once
    /// [`loose_ends`](Self::loose_ends) are written.
    pub(crate) fn any_open(&self, now: Timestamp) -> bool {
        let ends = self.loose_ends(now);
        let as_written = |known: &Known| {
            let end = ends.iter().find(|end| end.name == known.effect.name);
            end.unwrap_or(&known.effect).is_open()
        };
        lock(&self.effects).values().any(as_written)
    }

    /// What is to be written when the attempt was stopped, by a timeout or a shutdown, while it
    /// called or while it wrote.
    pub(crate) fn loose_ends(&self, now: Timestamp) -> Vec<Effect> {
        lock(&self.effects).values().filter_map(|known| self.loose_end(known, now)).collect()
    }

    fn loose_end(&self, known: &Known, now: Timestamp) -> Option<Effect> {
        let effect = known.effect.clone();
        let mine =
            matches!(effect.state, EffectState::Sending { token, .. } if token == self.token);
        match (mine, known.written) {
            // Nothing of ours can send any more, but what was sent may have happened.
            (true, true) => Some(effect.given_up("the attempt was stopped during the call", now)),
            // The call comes after the record: it never began.
            (true, false) => Some(effect.into_state(EffectState::Planned)),
            (false, false) => Some(effect),
            (false, true) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use deferral_core::WorkerId;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn sending() -> Effect {
        let worker = WorkerId::from_uuid(Uuid::nil());
        Effect::planned(Uuid::nil(), "charge").sending(Token(2), worker, NOW)
    }

    fn known() -> KnownEffects {
        KnownEffects::new(Vec::new(), Arc::default(), Token(2))
    }

    fn end(known: &KnownEffects) -> Option<EffectState> {
        known.loose_ends(NOW).pop().map(|effect| effect.state)
    }

    #[test]
    fn a_call_that_was_dropped_is_unknown() {
        let known = known();
        known.learn(&sending());
        known.wrote(&sending());
        assert!(matches!(end(&known), Some(EffectState::Unknown { sender: None, .. })));
        assert!(known.any_open(NOW));
    }

    #[test]
    fn a_call_whose_record_was_dropped_never_began() {
        let known = known();
        known.learn(&sending());
        assert_eq!(end(&known), Some(EffectState::Planned));
        assert!(!known.any_open(NOW));
    }

    #[test]
    fn an_answer_whose_record_was_dropped_is_kept() {
        let known = known();
        let confirmed = EffectState::Confirmed { value: serde_json::json!(7) };
        known.learn(&sending().into_state(confirmed.clone()));
        assert_eq!(end(&known), Some(confirmed));
        assert!(!known.any_open(NOW));
    }

    #[test]
    fn what_is_written_and_settled_leaves_no_loose_end() {
        let known = known();
        let done = sending().into_state(EffectState::Planned);
        known.learn(&done);
        known.wrote(&done);
        assert_eq!(end(&known), None);
    }

    #[tokio::test(start_paused = true)]
    async fn an_effect_is_watched_from_the_first_look_until_it_is_known() {
        let watched = Watched::default();
        let unknown = sending().given_up("lost", NOW);
        assert_eq!(watched.so_far(&unknown), Duration::ZERO);
        tokio::time::advance(Duration::from_secs(3)).await;
        assert_eq!(watched.so_far(&unknown), Duration::from_secs(3));
        assert_eq!(watched.so_far(&sending()), Duration::ZERO);
        assert_eq!(watched.so_far(&unknown), Duration::ZERO, "sent again: watched anew");
    }
}
