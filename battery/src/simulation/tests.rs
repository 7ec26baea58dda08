//! Worlds as every change must survive them.

use super::{KNOWN, live};

/// So many worlds for every change; five times as many in the small size of the attack.
const WORLDS: u64 = 2_000;

#[test]
fn a_seed_makes_the_same_world_twice() {
    for seed in 0..50 {
        let (first, second) = (live(seed, true).unwrap(), live(seed, true).unwrap());
        let differs = first.lines.iter().zip(&second.lines).find(|(one, other)| one != other);
        assert_eq!(differs, None, "world {seed}");
        assert_eq!(first, second, "world {seed}");
    }
}

#[test]
fn nothing_is_lost_and_nothing_twice_in_any_world() {
    let next = std::sync::atomic::AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let worlds = std::iter::from_fn(|| {
                    Some(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                });
                for seed in worlds.take_while(|seed| *seed < WORLDS) {
                    let told = live(seed, false).unwrap();
                    assert!(told.broken.is_empty(), "world {seed}: {:?}", told.broken);
                }
            });
        }
    });
}

#[test]
fn worlds_that_went_wrong_once_go_well() {
    for seed in KNOWN {
        let told = live(*seed, false).unwrap();
        assert!(told.broken.is_empty(), "world {seed}: {:?}", told.broken);
    }
}
