//! One world, from its seed to its end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use deferral::core::{Clock as _, OperationId, Timestamp};
use deferral::testing::MemoryStore;
use tokio::runtime::Builder;
use tokio::task::{JoinError, JoinSet};

use super::bank::Bank;
use super::caller::Caller;
use super::clock::WorldClock;
use super::dice::Dice;
use super::observer::Observer;
use super::supervisor::{Place, supervise};
use super::trace::Trace;
use super::weather::{Passage, Weather};
use super::work::{Check, Pay, Pill, Rest};
use super::{nemesis, verdict};
use crate::report::Counts;

/// By then everything must have come to its end, counted from when nothing goes wrong any more:
/// a few leases and probes, and the steps back of the clock.
const PATIENCE: Duration = Duration::from_secs(400);

/// What somebody asked for.
#[derive(Debug, Clone)]
pub(crate) enum Asked {
    Pay(Pay),
    Check(Check),
    Rest(Rest),
    Pill(Pill),
}

/// What somebody was told: it is accepted.
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) id: OperationId,
    pub(crate) wish: Asked,
}

/// What became of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Told {
    /// What was counted, as in every attack.
    pub(crate) counts: Counts,
    /// Promises that were broken.
    pub(crate) broken: Vec<String>,
    /// The same for the same world.
    pub(crate) digest: u64,
    /// What happened; empty unless asked for.
    pub(crate) lines: Vec<String>,
}

/// All there is.
pub(crate) struct World {
    pub(crate) memory: MemoryStore,
    pub(crate) clock: Arc<WorldClock>,
    pub(crate) dice: Dice,
    pub(crate) weather: Weather,
    pub(crate) observer: Observer,
    pub(crate) bank: Bank,
    pub(crate) places: Vec<Arc<Place>>,
    trace: Trace,
    calm: AtomicBool,
    /// In milliseconds since the world began.
    away_until: AtomicU64,
    tally: Mutex<Counts>,
    promises: Mutex<BTreeMap<String, Promise>>,
    refused: Mutex<BTreeMap<OperationId, String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets a world live; `told` keeps what happened in words.
pub(crate) fn live(seed: u64, told: bool) -> Result<Told, std::io::Error> {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let world = runtime.block_on(async {
        let world = Arc::new(World::new(seed, told));
        world.pass().await;
        verdict::judge(&world).await;
        world
    });
    // What still runs is dropped, and may say something.
    drop(runtime);
    let mut seen = world.observer.seen();
    let counts = Counts {
        worlds: 1,
        stale_refused: seen.stale_refused,
        stale_accepted: seen.stale_accepted,
        regressions: seen.regressions,
        ..*lock(&world.tally)
    };
    let broken = std::mem::take(&mut seen.broken);
    Ok(Told { counts, broken, digest: world.trace.digest(), lines: world.trace.lines() })
}

impl World {
    fn new(seed: u64, told: bool) -> Self {
        let dice = Dice::new(seed);
        let clock = Arc::new(WorldClock::new());
        Self {
            memory: MemoryStore::new(Arc::<WorldClock>::clone(&clock)),
            clock,
            weather: Weather::draw(&dice),
            places: (0..dice.between(2, 3)).map(|name| Arc::new(Place::new(name))).collect(),
            dice,
            observer: Observer::default(),
            bank: Bank::default(),
            trace: Trace::new(told),
            calm: AtomicBool::new(false),
            away_until: AtomicU64::new(0),
            tally: Mutex::default(),
            promises: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// Lets everything happen, until nothing is left to happen.
    async fn pass(self: &Arc<Self>) {
        let mut supervisors = JoinSet::new();
        for place in &self.places {
            supervisors.spawn(supervise(Arc::clone(self), Arc::clone(place)));
        }
        let mut callers = JoinSet::new();
        for number in 0..self.dice.between(2, 6) {
            callers.spawn(Caller::draw(self, number).go());
        }
        nemesis::rage(Arc::clone(self)).await;
        let at_rest = async {
            while let Some(ended) = callers.join_next().await {
                self.must_not_panic(ended);
            }
            self.observer.rest().await;
        };
        if tokio::time::timeout(PATIENCE, at_rest).await.is_err() {
            let what = self.observer.seen().unfinished();
            self.breaks(format!("did not come to rest: {what:?}"));
            self.counts(|tally| tally.lost += 1);
        }
        while let Some(ended) = supervisors.try_join_next() {
            self.must_not_panic(ended);
        }
    }

    fn must_not_panic(&self, ended: Result<(), JoinError>) {
        if let Err(error) = ended {
            self.breaks(format!("something panicked: {error}"));
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Notes what happened, for the digest and for people.
    pub(crate) fn say(&self, who: u64, code: u64, what: impl FnOnce() -> String) {
        let line = || format!("[{who}] {}", what());
        self.trace.note(self.clock.elapsed(), (who << 32) | code, line);
    }

    /// Notes a broken promise.
    pub(crate) fn breaks(&self, what: String) {
        self.say(98, 0x900, || format!("BROKEN: {what}"));
        self.observer.seen().broken.push(what);
    }

    pub(crate) fn counts(&self, count: impl FnOnce(&mut Counts)) {
        count(&mut lock(&self.tally));
    }

    /// One of so many.
    pub(crate) fn pick(&self, of: usize) -> usize {
        let last = u64::try_from(of).unwrap_or(1).saturating_sub(1);
        usize::try_from(self.dice.between(0, last)).unwrap_or(0)
    }

    pub(crate) fn is_calm(&self) -> bool {
        self.calm.load(Ordering::SeqCst)
    }

    pub(crate) fn calms_down(&self) {
        self.calm.store(true, Ordering::SeqCst);
    }

    pub(crate) fn store_is_away(&self, time: Duration) {
        let until = (self.clock.elapsed() + time).as_millis();
        self.away_until.store(u64::try_from(until).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// How the next call to the store goes.
    pub(crate) fn passage(&self) -> Passage {
        if self.is_calm() {
            return Weather::calm(&self.dice);
        }
        let until = Duration::from_millis(self.away_until.load(Ordering::SeqCst));
        if self.clock.elapsed() < until {
            return Weather::away(&self.dice);
        }
        self.weather.passage(&self.dice)
    }

    pub(crate) fn bank_goes_wrong(&self) -> bool {
        !self.is_calm() && self.dice.chance(self.weather.bank)
    }

    /// Somebody was told that it is accepted.
    pub(crate) fn promised(&self, key: &str, promise: Promise) {
        let id = promise.id;
        let earlier = lock(&self.promises).insert(key.to_owned(), promise);
        match earlier {
            None => self.counts(|tally| tally.acked += 1),
            Some(earlier) if earlier.id == id => {}
            Some(_) => self.breaks(format!("{key}: two operations were accepted for it")),
        }
    }

    /// Somebody was told for certain that it is not accepted under this id.
    pub(crate) fn refused(&self, key: &str, id: OperationId) {
        lock(&self.refused).insert(id, key.to_owned());
    }

    pub(crate) fn promises(&self) -> BTreeMap<String, Promise> {
        lock(&self.promises).clone()
    }

    pub(crate) fn refusals(&self) -> BTreeMap<OperationId, String> {
        lock(&self.refused).clone()
    }
}
