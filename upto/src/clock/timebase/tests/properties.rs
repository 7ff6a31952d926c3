//! What holds for any sequence of updates.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

/// Where a segment begins that is looked at by itself.
const START: u64 = 1 << 40;

/// What happens between two flushes.
#[derive(Clone, Debug)]
enum Change {
    None,
    Drift(f64),
    Slew(f64),
    Set(i64),
    Suspend(u64, bool),
    CountersJump(i64),
}

/// A flush: what happened, how long it was since the last, and how late its clocks were read.
#[derive(Clone, Debug)]
struct Flush {
    change: Change,
    pause: u64,
    late: i64,
}

fn drifting() -> BoxedStrategy<Change> {
    prop_oneof![
        8 => Just(Change::None),
        1 => (-500.0..500.0).prop_map(Change::Drift),
        1 => (-500.0..500.0).prop_map(Change::Slew),
    ]
    .boxed()
}

fn anything() -> BoxedStrategy<Change> {
    prop_oneof![
        4 => drifting(),
        1 => any::<i64>().prop_map(|by| Change::Set(by >> 12)),
        1 => (-20_000_000_i64..20_000_000).prop_map(Change::Set),
        1 => (0..10 * HOUR, any::<bool>()).prop_map(|(span, runs)| Change::Suspend(span, runs)),
        1 => (0_i64..1 << 50).prop_map(Change::CountersJump),
    ]
    .boxed()
}

fn busy() -> BoxedStrategy<u64> {
    (MILLISECOND..10 * MILLISECOND).boxed()
}

fn any_pause() -> BoxedStrategy<u64> {
    prop_oneof![4 => busy(), 1 => 0..100 * MICROSECOND, 1 => 0..10 * SECOND, 1 => 0..2 * HOUR].boxed()
}

fn flushes(change: BoxedStrategy<Change>, pause: BoxedStrategy<u64>) -> impl Strategy<Value = Vec<Flush>> {
    let flush = (change, pause, -200_i64..200);
    vec(flush.prop_map(|(change, pause, late)| Flush { change, pause, late }), 1..110)
}

fn happen(world: &mut World, change: &Change) {
    match *change {
        Change::None => {}
        Change::Drift(ppm) => world.drift = ppm,
        Change::Slew(ppm) => world.slew = ppm,
        Change::Set(by) => world.set_wall(by),
        Change::Suspend(span, runs) => world.suspend(span, runs),
        Change::CountersJump(by) => world.jump_cycles(by),
    }
}

/// The instants of a flush: an event in the middle of its time, one just before its reading, one that comes while
/// it is under way.
fn flush(world: &mut World, timebase: &mut Timebase, flush: &Flush) -> [Reading; 3] {
    happen(world, &flush.change);
    let early = world.pass(flush.pause / 2);
    let before = world.pass(flush.pause / 2);
    timebase.update(world.late_reading(flush.late));
    [early, before, world.pass(50 * MICROSECOND)]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_told_once_is_told_again(flushes in flushes(anything(), any_pause())) {
        let mut world = World::new();
        let mut timebase = Timebase::new(world.reading());
        let mut told = Vec::new();
        for each in &flushes {
            let events = flush(&mut world, &mut timebase, each);
            told.extend(events.map(|event| (event.cycles, timebase.wall(event.cycles))));
            for &(cycles, wall) in &told {
                prop_assert_eq!(timebase.wall(cycles), wall);
            }
        }
    }

    #[test]
    fn time_goes_forward_while_clocks_only_drift(flushes in flushes(drifting(), any_pause())) {
        let mut world = World::new();
        let mut timebase = Timebase::new(world.reading());
        let mut last = i64::MIN;
        for each in &flushes {
            for event in flush(&mut world, &mut timebase, each) {
                let told = timebase.wall(event.cycles);
                prop_assert!(told >= last, "{} after {}", told, last);
                last = told;
            }
        }
        let segments: Vec<_> = timebase.past.iter().chain([&timebase.newest]).collect();
        for pair in segments.windows(2) {
            prop_assert_eq!(pair[0].wall(pair[1].start()), pair[1].wall(pair[1].start()), "{:?}", pair);
        }
    }

    #[test]
    fn a_busy_program_is_told_the_wall_time(flushes in flushes(drifting(), busy())) {
        let (mut world, mut timebase) = watched();
        for each in &flushes {
            for event in flush(&mut world, &mut timebase, each) {
                prop_assert!(error(&timebase, event) <= BOUND, "off by {} ns", error(&timebase, event));
            }
        }
    }

    #[test]
    fn with_a_steady_drift_the_tolerance_is_kept(
        drift in -500.0..500.0,
        slew in -500.0..500.0,
        flushes in flushes(Just(Change::None).boxed(), any_pause()),
    ) {
        let mut world = World::new();
        (world.drift, world.slew) = (drift, slew);
        let mut timebase = Timebase::new(world.reading());
        watch(&mut world, &mut timebase, 200);
        for each in &flushes {
            for event in flush(&mut world, &mut timebase, each) {
                prop_assert!(error(&timebase, event) <= 26 * MICROSECOND, "off by {} ns", error(&timebase, event));
            }
        }
    }

    #[test]
    fn a_segment_never_goes_back(
        slopes in (1e-3..1e3_f64, 1e-3..1e3_f64),
        off in -100_000_000_i64..100_000_000,
        mut counts in vec(any::<u64>(), 2..50),
    ) {
        let line = Segment::line(START, off, slopes.1);
        let bent = Segment::line(START, 0, slopes.0).bend(START, &line);
        counts.sort_unstable();
        for pair in counts.windows(2) {
            prop_assert!(bent.wall(pair[0]) <= bent.wall(pair[1]));
        }
    }

    #[test]
    fn a_bend_changes_the_rate_by_a_tenth_at_most(
        (digit, zeros) in (1_u64..10, 0_u32..6),
        off in -100_000_000_i64..100_000_000,
        mut times in vec(0..2 * SECOND, 2..50),
    ) {
        let picoseconds_per_cycle = digit * 10_u64.pow(zeros);
        let slope = picoseconds_per_cycle as f64 / 1e3;
        let bent = Segment::line(START, 0, slope).bend(START, &Segment::line(START, off, slope));
        times.sort_unstable();
        let counts: Vec<u64> = times.iter().map(|nanoseconds| nanoseconds * 1_000 / picoseconds_per_cycle).collect();
        for pair in counts.windows(2) {
            let passed = difference(bent.wall(START + pair[1]), bent.wall(START + pair[0]));
            let unbent = difference(pair[1], pair[0]) * slope;
            prop_assert!((passed - unbent).abs() <= 0.1 * unbent + 2.0, "{} instead of {} ns", passed, unbent);
        }
    }

    #[test]
    fn history_is_bounded(steps in vec(20_000_000_i64..1_000_000_000, 150..200)) {
        let (mut world, mut timebase) = watched();
        for step in steps {
            world.set_wall(step);
            watch(&mut world, &mut timebase, 1);
            prop_assert!(timebase.past.len() < SEGMENTS);
        }
        prop_assert_eq!(timebase.past.len(), SEGMENTS - 1);
        let oldest = &timebase.past[0];
        prop_assert_eq!(timebase.wall(oldest.start() - 1_000_000), oldest.wall(oldest.start()) - 400_000);
    }

    #[test]
    fn after_any_readings_sense_is_made_of_sensible_ones(
        readings in vec((any::<u64>(), any::<u64>(), any::<i64>(), any::<u64>()), 1..50),
        shifts in (0..64_u32, 0..64_u32, 0..64_u32),
    ) {
        let nonsense = readings.iter().map(|&(cycles, monotonic, wall, asked)| {
            let reading =
                Reading { cycles: cycles >> shifts.0, monotonic: monotonic >> shifts.1, wall: wall >> shifts.2 };
            (reading, asked)
        });
        let mut world = World::new();
        let mut timebase = Timebase::new(world.reading());
        for (reading, asked) in nonsense {
            timebase.update(reading);
            timebase.wall(asked);
            timebase.nanoseconds(asked);
        }
        watch(&mut world, &mut timebase, 300);
        let event = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));
        prop_assert!(error(&timebase, event) <= BOUND, "off by {} ns", error(&timebase, event));
        prop_assert!(rate_error(&timebase, 0.4) < 10.0, "off by {} ppm", rate_error(&timebase, 0.4));
    }
}
