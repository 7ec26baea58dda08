//! Decides which request is misbehaved at, and how. Pure but for its dice, which the seed fixes.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

use crate::config::Misbehaving;
use crate::misbehavior::{Endpoint, Misbehavior};
use crate::script::Script;

/// The script first, then chance.
#[derive(Debug)]
pub(crate) struct Temper {
    script: Script,
    rate: f64,
    no_lookup: bool,
    landing: Duration,
    dice: Xoshiro256PlusPlus,
    writes: Deck,
    reads: Deck,
}

/// Misbehaviors to draw from. Each comes up once before any comes up again, so that even a short
/// run sees many of them.
#[derive(Debug)]
struct Deck {
    full: Vec<Misbehavior>,
    left: Vec<Misbehavior>,
}

impl Temper {
    pub(crate) fn new(misbehaving: &Misbehaving) -> Self {
        Self {
            script: misbehaving.script.clone(),
            rate: misbehaving.rate,
            no_lookup: misbehaving.no_lookup,
            landing: misbehaving.landing,
            dice: Xoshiro256PlusPlus::seed_from_u64(misbehaving.seed),
            writes: Deck::of(Endpoint::Create),
            reads: Deck::of(Endpoint::Show),
        }
    }

    /// How to misbehave at the next request to an endpoint, if at all.
    pub(crate) fn next(&mut self, endpoint: Endpoint) -> Option<Misbehavior> {
        if self.no_lookup && endpoint == Endpoint::Lookup {
            return Some(Misbehavior::NoLookup);
        }
        self.script.take(endpoint).or_else(|| self.by_chance(endpoint))
    }

    /// When a late request lands, from now.
    pub(crate) fn landing(&mut self) -> Duration {
        self.landing.mul_f64(self.dice.random_range(0.25..=1.0))
    }

    pub(crate) fn pending(&self) -> Vec<String> {
        self.script.pending()
    }

    fn by_chance(&mut self, endpoint: Endpoint) -> Option<Misbehavior> {
        let (rate, deck) = if endpoint.commits() {
            (self.rate, &mut self.writes)
        } else {
            (self.rate / 2.0, &mut self.reads)
        };
        self.dice.random_bool(rate).then(|| deck.draw(&mut self.dice))?
    }
}

impl Deck {
    fn of(endpoint: Endpoint) -> Self {
        let full = Misbehavior::ALL.into_iter().filter(|it| it.fits(endpoint)).collect();
        Self { full, left: Vec::new() }
    }

    fn draw(&mut self, dice: &mut Xoshiro256PlusPlus) -> Option<Misbehavior> {
        if self.left.is_empty() {
            self.left.clone_from(&self.full);
            self.left.shuffle(dice);
        }
        self.left.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temper(rate: f64, script: &str) -> Temper {
        let script = script.parse().unwrap();
        Temper::new(&Misbehaving { rate, script, seed: 7, ..Misbehaving::default() })
    }

    fn draw(temper: &mut Temper, endpoint: Endpoint, times: usize) -> Vec<Option<Misbehavior>> {
        (0..times).map(|_| temper.next(endpoint)).collect()
    }

    #[test]
    fn without_rate_and_script_all_is_well() {
        let mut temper = temper(0.0, "");
        for endpoint in Endpoint::ALL {
            assert_eq!(draw(&mut temper, endpoint, 100), [None; 100]);
        }
    }

    #[test]
    fn the_same_seed_misbehaves_the_same_way() {
        let row = || draw(&mut temper(0.6, ""), Endpoint::Create, 200);
        assert_eq!(row(), row());
    }

    #[test]
    fn writes_misbehave_at_the_rate_and_reads_at_half_of_it() {
        let mut temper = temper(0.6, "");
        let mut count = |endpoint| draw(&mut temper, endpoint, 10_000).iter().flatten().count();
        assert!((5_800..6_200).contains(&count(Endpoint::Confirm)));
        assert!((2_800..3_200).contains(&count(Endpoint::Lookup)));
    }

    #[test]
    fn every_kind_comes_up_before_any_comes_again() {
        let mut temper = temper(1.0, "");
        let mut kinds = draw(&mut temper, Endpoint::Create, 10);
        kinds.sort_by_key(|kind| kind.map(Misbehavior::name));
        kinds.dedup();
        assert_eq!(kinds.len(), 10);
        assert!(kinds.iter().flatten().all(|kind| kind.fits(Endpoint::Create)));
        assert!(draw(&mut temper, Endpoint::Show, 8).contains(&Some(Misbehavior::Stale)));
    }

    #[test]
    fn the_script_goes_before_chance() {
        let mut temper = temper(1.0, "confirm:half,confirm:half,confirm:half");
        assert_eq!(draw(&mut temper, Endpoint::Confirm, 3), [Some(Misbehavior::Half); 3]);
        assert!(temper.pending().is_empty());
    }

    #[test]
    fn a_late_request_lands_within_the_landing_time() {
        let mut temper = temper(0.0, "");
        for _ in 0..1_000 {
            let delay = temper.landing();
            assert!(delay > Duration::ZERO && delay <= Misbehaving::default().landing);
        }
    }
}
