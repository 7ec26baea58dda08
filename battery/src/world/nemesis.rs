//! Who does harm: kills and stops, by dice that fall the same for the same seed. Harms overlap: a
//! process may be killed while others are stopped.

use std::ops::Range;
use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::StdRng;
use tokio::time::Instant;

use super::fleet::Fleet;
use super::process::Process;
use crate::error::Error;

/// How to do harm.
#[derive(Debug, Clone)]
pub(crate) struct Harm {
    /// Milliseconds between two harms.
    pub(crate) pause: Range<u64>,
    /// Milliseconds for which a process is stopped.
    pub(crate) stop: Range<u64>,
    /// Of ten harms so many are kills; the others are stops.
    pub(crate) kills: u32,
    /// Of ten harms so many hit the API; the others hit workers.
    pub(crate) api: u32,
}

/// What was done, as far as it hit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Live processes that were killed.
    pub(crate) kills: u64,
    /// Processes that were stopped and went on.
    pub(crate) stops: u64,
}

/// What is stopped at present: none is the API, a number is a worker.
struct Stopped {
    whom: Option<usize>,
    until: Instant,
}

/// Does harm until it is `enough`; afterwards everything runs.
pub(crate) async fn rage(
    fleet: &mut Fleet,
    harm: &Harm,
    dice: &mut StdRng,
    enough: impl Fn(&Damage) -> bool,
) -> Result<Damage, Error> {
    let (mut damage, mut stopped) = (Damage::default(), Vec::<Stopped>::new());
    while !enough(&damage) {
        let next = Instant::now() + Duration::from_millis(dice.random_range(harm.pause.clone()));
        let whom = (dice.random_range(0..10) >= harm.api)
            .then(|| dice.random_range(0..fleet.workers.len()));
        let kills = dice.random_range(0..10) < harm.kills;
        let stop = Duration::from_millis(dice.random_range(harm.stop.clone()));
        let due = |it: &Stopped| it.until <= next;
        while let Some(at) = stopped.iter().position(due) {
            let Stopped { whom, until } = stopped.swap_remove(at);
            tokio::time::sleep_until(until).await;
            process(fleet, whom).thaw()?;
            damage.stops += 1;
        }
        tokio::time::sleep_until(next).await;
        if kills {
            stopped.retain(|it| it.whom != whom);
            let hit = match whom {
                None => {
                    let hit = fleet.replace_api().await?;
                    // Who is stopped may hold the lock without which the new one can't begin.
                    for it in stopped.drain(..) {
                        process(fleet, it.whom).thaw()?;
                        damage.stops += 1;
                    }
                    fleet.follow_api().await?;
                    hit
                }
                Some(number) => fleet.kill_worker(number).await?,
            };
            damage.kills += u64::from(hit);
        } else if stopped.iter().all(|it| it.whom != whom) {
            process(fleet, whom).freeze().await?;
            stopped.push(Stopped { whom, until: Instant::now() + stop });
        }
    }
    for Stopped { whom, until } in stopped {
        tokio::time::sleep_until(until).await;
        process(fleet, whom).thaw()?;
        damage.stops += 1;
    }
    Ok(damage)
}

fn process(fleet: &Fleet, whom: Option<usize>) -> &Process {
    whom.map_or(&fleet.api, |number| &fleet.workers[number])
}
