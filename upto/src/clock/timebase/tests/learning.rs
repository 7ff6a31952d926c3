//! What is learnt when nothing goes wrong.

use super::*;

#[test]
fn a_rate_learnt_over_five_milliseconds_is_good_to_ten_ppm() {
    for late in [-25, 0, 25] {
        let mut world = World::new();
        let mut timebase = Timebase::new(world.late_reading(late));
        world.pass(5 * MILLISECOND);
        timebase.update(world.late_reading(-late));
        assert!(rate_error(&timebase, 0.4) <= 10.1, "{late}");
    }
}

#[test]
fn a_rate_learnt_over_seconds_is_good_to_a_tenth_of_a_ppm() {
    let mut world = World::new();
    let mut timebase = Timebase::new(world.late_reading(100));
    for flush in 0..500 {
        world.pass(10 * MILLISECOND);
        timebase.update(world.late_reading(if flush % 2 == 0 { 100 } else { -100 }));
    }
    assert!(rate_error(&timebase, 0.4) < 0.1);
}

#[test]
fn one_update_is_enough() {
    let mut world = World::new();
    let mut timebase = Timebase::new(world.reading());
    let early = world.pass(3 * MILLISECOND);
    timebase.update(world.pass(2 * MILLISECOND));
    let late = world.pass(MILLISECOND);
    assert!(error(&timebase, early) <= 1);
    assert!(error(&timebase, late) <= 1);
    assert_eq!(timebase.nanoseconds(late.cycles - early.cycles), 3 * MILLISECOND);
}

#[test]
fn events_after_an_idle_hour_are_right_though_the_clock_was_slewed_meanwhile() {
    let (mut world, mut timebase) = watched();
    world.drift = 500.0;
    world.pass(HOUR);
    let event = world.pass(0);
    world.pass(5 * MILLISECOND);
    timebase.update(world.reading());
    assert!(error(&timebase, event) <= MICROSECOND, "{}", error(&timebase, event));
}

#[test]
fn what_was_told_before_an_idle_hour_is_told_again() {
    let (mut world, mut timebase) = watched();
    let event = world.pass(MILLISECOND);
    timebase.update(world.pass(MILLISECOND));
    // A flush may tell of events that came after its reading.
    let late = world.pass(100 * MICROSECOND);
    let told = (timebase.wall(event.cycles), timebase.wall(late.cycles));
    world.drift = -500.0;
    timebase.update(world.pass(HOUR));
    assert_eq!((timebase.wall(event.cycles), timebase.wall(late.cycles)), told);
}

#[test]
fn first_updates_a_microsecond_apart_do_not_spoil_what_follows() {
    let mut world = World::new();
    let mut timebase = Timebase::new(world.reading());
    world.pass(MICROSECOND);
    timebase.update(world.late_reading(60));
    timebase.wall(world.reading().cycles);
    let event = world.pass(10 * SECOND);
    timebase.update(world.pass(MILLISECOND));
    assert!(error(&timebase, event) <= MICROSECOND);
    assert!(rate_error(&timebase, 0.4) < 0.1);
}

#[test]
fn a_change_of_the_drift_costs_few_segments() {
    let (mut world, mut timebase) = watched();
    watch(&mut world, &mut timebase, 1_000);
    let before = timebase.past.len();
    world.drift = 500.0;
    watch(&mut world, &mut timebase, 10_000);
    assert!(timebase.past.len() - before <= 5, "{} segments more", timebase.past.len() - before);
}

#[test]
fn the_noise_of_readings_costs_few_segments() {
    let (mut world, mut timebase) = watched();
    world.drift = 300.0;
    for flush in 0..12_000_i64 {
        world.pass(5 * MILLISECOND);
        timebase.update(world.late_reading(flush * 7_919 % 401 - 200));
        timebase.wall(world.reading().cycles);
    }
    assert!(timebase.past.len() <= 6, "{} segments", timebase.past.len());
}

#[test]
fn while_nobody_asks_there_is_one_line() {
    let mut world = World::new();
    let mut timebase = Timebase::new(world.reading());
    for drift in [500.0, -500.0, 0.0] {
        world.drift = drift;
        timebase.update(world.pass(SECOND));
    }
    assert!(timebase.past.is_empty());
    assert!(error(&timebase, world.reading()) == 0);
}

#[test]
fn a_system_clock_that_is_counted_itself_has_the_rate_of_one() {
    let mut world = World::new();
    world.cycles_per_nanosecond = 1.0;
    let mut timebase = Timebase::new(world.reading());
    watch(&mut world, &mut timebase, 100);
    assert!(rate_error(&timebase, 1.0) < 0.001);
    assert_eq!(timebase.nanoseconds(1_000), 1_000);
}
