//! Does harm to whole processes and to the clock, where and when the dice say.

use std::sync::Arc;

use super::supervisor::LEASE;
use super::world::World;

/// Strikes for the length of the bad times, then lets everything go on.
pub(crate) async fn rage(world: Arc<World>) {
    let blows = world.weather.blows;
    let lease = u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX);
    for _ in 0..blows {
        tokio::time::sleep(world.dice.millis(0, 4_000)).await;
        let place = Arc::clone(&world.places[world.pick(world.places.len())]);
        let process = place.process();
        match world.pick(8) {
            0 => {
                world.say(process.name, 0x800, || "is killed".to_owned());
                world.counts(|tally| tally.kills += 1);
                process.die();
                // When somebody takes over is when clocks matter most.
                if world.weather.steps && world.dice.chance(400) {
                    tokio::time::sleep(world.dice.millis(0, 1_000)).await;
                    step(&world);
                }
            }
            1 | 2 => {
                let time = world.dice.millis(100, 4 * lease);
                world.say(process.name, 0x801, || format!("stands still for {time:?}"));
                world.counts(|tally| tally.zombies += u64::from(time > LEASE));
                process.stop();
                tokio::spawn(async move {
                    tokio::time::sleep(time).await;
                    process.go_on();
                });
            }
            3 => {
                world.say(process.name, 0x802, || "is asked to end".to_owned());
                place.restart();
            }
            4..=6 if world.weather.steps => step(&world),
            _ => {
                let time = world.dice.millis(100, 2 * lease);
                world.say(98, 0x803, || format!("the store is away for {time:?}"));
                world.store_is_away(time);
            }
        }
    }
    tokio::time::sleep(world.dice.millis(1_000, 6_000)).await;
    world.calms_down();
    world.say(98, 0x804, || "all goes well from here".to_owned());
    for place in &world.places {
        place.process().go_on();
    }
}

fn step(world: &World) {
    let most = [100, 3_000, 20_000][world.pick(3)];
    let far = i64::try_from(world.dice.between(1, most)).unwrap_or(0);
    let by = match world.pick(5) {
        0 | 1 => -far,
        2 => 3_600_000,
        _ => far,
    };
    world.say(98, 0x805, || format!("the clock is stepped by {by} ms"));
    world.counts(|tally| tally.clock_steps += 1);
    world.clock.step(by);
}
