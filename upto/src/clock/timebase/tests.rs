use super::*;

mod hostile;
mod learning;
mod properties;
mod world;

use self::world::World;

const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;

/// What the map keeps to while the clocks only drift.
const BOUND: u64 = 50 * MICROSECOND;

/// How far the answer for an instant is off, in ns.
fn error(timebase: &Timebase, instant: Reading) -> u64 {
    timebase.wall(instant.cycles).abs_diff(instant.wall)
}

/// How far the learnt rate is off a true one, in parts per million.
fn rate_error(timebase: &Timebase, nanoseconds_per_cycle: f64) -> f64 {
    (timebase.rate.nanoseconds_per_cycle() / nanoseconds_per_cycle - 1.0).abs() * 1e6
}

/// A world that was watched for a second, in flushes of 5 ms with an event told of in each.
fn watched() -> (World, Timebase) {
    let mut world = World::new();
    let mut timebase = Timebase::new(world.reading());
    watch(&mut world, &mut timebase, 200);
    (world, timebase)
}

fn watch(world: &mut World, timebase: &mut Timebase, flushes: u32) {
    for _ in 0..flushes {
        let event = world.pass(3 * MILLISECOND);
        world.pass(2 * MILLISECOND);
        timebase.update(world.reading());
        timebase.wall(event.cycles);
    }
}
