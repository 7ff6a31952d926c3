//! Clocks that are set, stop, jump, or make no sense at all.

use super::*;

const HOURS: i64 = 5 * 3_600 * 1_000_000_000;

/// Goes on for 50 ms, and holds the answers at the end to the truth.
fn assert_right_after(mut world: World, mut timebase: Timebase) {
    watch(&mut world, &mut timebase, 10);
    let start = world.pass(MILLISECOND);
    let end = world.pass(MILLISECOND);
    timebase.update(world.pass(MILLISECOND));
    assert!(error(&timebase, start) <= BOUND, "off by {} ns", error(&timebase, start));
    assert!(timebase.nanoseconds(end.cycles - start.cycles).abs_diff(MILLISECOND) <= MICROSECOND);
}

#[test]
fn a_clock_that_is_set_is_followed_at_once_and_old_counts_keep_their_times() {
    for step in [HOURS, -HOURS, 11_000_000, -11_000_000] {
        let (mut world, mut timebase) = watched();
        let told = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));
        let before = timebase.wall(told.cycles);
        let untold = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));
        world.set_wall(step);
        let after = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));

        assert_eq!(timebase.wall(told.cycles), before, "{step}");
        assert!(error(&timebase, untold) <= 1, "{step}");
        assert!(error(&timebase, after) <= 1, "{step}");
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_clock_that_is_set_does_not_change_durations() {
    let (mut world, mut timebase) = watched();
    let start = world.pass(MILLISECOND);
    world.set_wall(-HOURS);
    let end = world.pass(7 * MILLISECOND);
    timebase.update(world.reading());
    assert_eq!(timebase.nanoseconds(end.cycles - start.cycles), 7 * MILLISECOND);
}

#[test]
fn a_clock_that_is_set_during_a_pause_is_right_for_the_first_event_after_it() {
    let (mut world, mut timebase) = watched();
    world.pass(HOUR / 2);
    world.set_wall(HOURS);
    world.pass(HOUR / 2);
    let event = world.pass(MILLISECOND);
    timebase.update(world.reading());
    assert!(error(&timebase, event) <= MICROSECOND, "{}", error(&timebase, event));
}

#[test]
fn small_steps_are_bent_to_without_going_back() {
    let (mut world, mut timebase) = watched();
    let mut last = i64::MIN;
    for flush in 0..200 {
        if flush < 3 {
            world.set_wall(-8_000_000);
        }
        timebase.update(world.pass(2 * MILLISECOND));
        for event in [world.reading(), world.pass(100 * MICROSECOND)] {
            let told = timebase.wall(event.cycles);
            assert!(told > last, "{told} after {last}");
            last = told;
        }
    }
    assert!(error(&timebase, world.reading()) <= BOUND);
}

#[test]
fn a_wall_clock_at_twice_the_speed_is_followed_by_jumps() {
    let (mut world, mut timebase) = watched();
    for _ in 0..1_000 {
        world.set_wall(5_000_000);
        watch(&mut world, &mut timebase, 1);
    }
    assert!(error(&timebase, world.reading()) < 2 * 100 * MILLISECOND);
    watch(&mut world, &mut timebase, 200);
    assert!(error(&timebase, world.reading()) <= BOUND);
}

#[test]
fn a_suspended_machine() {
    for counter_runs in [false, true] {
        let (mut world, mut timebase) = watched();
        let before = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));
        let told = timebase.wall(before.cycles);
        world.suspend(8 * HOUR, counter_runs);
        let after = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));

        assert_eq!(timebase.wall(before.cycles), told, "counter runs: {counter_runs}");
        assert!(error(&timebase, after) <= MILLISECOND, "{}", error(&timebase, after));
        watch(&mut world, &mut timebase, 50);
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_counter_that_is_reset_or_goes_back_starts_anew() {
    for back in [u64::MAX, HOUR, SECOND, 10 * MILLISECOND, 20 * MICROSECOND] {
        let (mut world, mut timebase) = watched();
        world.set_wall(-HOURS);
        watch(&mut world, &mut timebase, 3);
        assert_eq!(timebase.past.len(), 1);
        let cycles = world.reading().cycles;
        world.reset_cycles(cycles.saturating_sub(back.saturating_mul(2)));
        let after = world.pass(15 * MICROSECOND);
        watch(&mut world, &mut timebase, 3);
        assert!(error(&timebase, after) <= BOUND, "{back}: {}", error(&timebase, after));

        world.set_wall(HOURS);
        let set = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));
        assert!(error(&timebase, set) <= BOUND, "{back}: {}", error(&timebase, set));
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_counter_that_jumps_ahead_keeps_what_was_told() {
    for ahead in [1_i64 << 25, 1 << 40, 1 << 60] {
        let (mut world, mut timebase) = watched();
        let before = world.pass(0);
        let told = timebase.wall(before.cycles);
        world.jump_cycles(ahead);
        let after = world.pass(MILLISECOND);
        timebase.update(world.pass(MILLISECOND));
        assert!(error(&timebase, after) <= MICROSECOND, "{ahead}: {}", error(&timebase, after));
        assert_eq!(timebase.wall(before.cycles), told, "{ahead}");
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_rate_is_kept_over_a_jump_until_it_is_learnt_over_long_again() {
    let (mut world, mut timebase) = watched();
    watch(&mut world, &mut timebase, 2_000);
    world.jump_cycles(1 << 40);
    timebase.update(world.pass(5 * MILLISECOND));
    for _ in 0..100 {
        world.pass(5 * MILLISECOND);
        timebase.update(world.late_reading(500));
        assert!(rate_error(&timebase, 0.4) < 0.01);
    }
    world.drift = 300.0;
    watch(&mut world, &mut timebase, 400);
    assert!(rate_error(&timebase, 0.4) > 100.0, "still {}", timebase.rate.nanoseconds_per_cycle());
}

#[test]
fn all_clocks_going_back_together_start_anew() {
    let (mut world, mut timebase) = watched();
    let mut earlier = world.clone();
    earlier.set_wall(HOURS);
    world.pass(HOUR);
    watch(&mut world, &mut timebase, 10);
    watch(&mut earlier, &mut timebase, 10);
    assert_right_after(earlier, timebase);
}

#[test]
fn a_counter_of_another_rate_is_learnt_anew() {
    for cycles_per_nanosecond in [2.4, 3.0, 0.024, 100.0] {
        let (mut world, mut timebase) = watched();
        world.cycles_per_nanosecond = cycles_per_nanosecond;
        watch(&mut world, &mut timebase, 10);
        assert!(rate_error(&timebase, 1.0 / cycles_per_nanosecond) < 10.0, "{cycles_per_nanosecond}");
        watch(&mut world, &mut timebase, 200);
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_reading_gone_wrong_harms_no_duration() {
    for late in [1_000_000, -1_000_000, 30_000_000] {
        let (mut world, mut timebase) = watched();
        for flush in 0..300 {
            if flush % 50 == 0 {
                world.pass(5 * MILLISECOND);
                timebase.update(world.late_reading(late));
            }
            assert!(rate_error(&timebase, 0.4) < 10.0, "{late}");
            watch(&mut world, &mut timebase, 1);
        }
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_first_reading_gone_wrong_is_got_over() {
    for late in [3_000_000, -3_000_000] {
        let mut world = World::new();
        world.pass(SECOND);
        let mut timebase = Timebase::new(world.late_reading(late));
        watch(&mut world, &mut timebase, 200);
        assert_right_after(world, timebase);
    }
}

#[test]
fn a_monotonic_clock_that_stands_still() {
    let (mut world, mut timebase) = watched();
    let stopped = world.reading().monotonic;
    for _ in 0..100 {
        let event = world.pass(5 * MILLISECOND);
        timebase.update(Reading { monotonic: stopped, ..event });
        assert!(error(&timebase, event) <= BOUND);
    }
    assert_eq!(timebase.nanoseconds(2_500), 1_000);
}

#[test]
fn nothing_is_learnt_from_equal_readings() {
    let (mut world, mut timebase) = watched();
    let now = world.pass(MILLISECOND);
    timebase.update(now);
    let segments = timebase.past.len();
    for _ in 0..10 {
        timebase.update(now);
    }
    assert_eq!(timebase.past.len(), segments);
    assert_right_after(world, timebase);
}

#[test]
fn a_counter_that_stands_still_shows_the_time_of_the_last_reading() {
    let (mut world, mut timebase) = watched();
    let stuck = world.reading().cycles;
    for _ in 0..10 {
        let now = Reading { cycles: stuck, ..world.pass(SECOND) };
        timebase.update(now);
        assert_eq!(timebase.wall(stuck), now.wall);
    }
    assert_eq!(timebase.nanoseconds(2_500), 1_000);
}

#[test]
fn a_counter_that_stands_still_from_the_beginning() {
    let mut world = World::new();
    let stuck = world.reading();
    let mut timebase = Timebase::new(stuck);
    timebase.update(stuck);
    timebase.update(Reading { cycles: stuck.cycles, ..world.pass(SECOND) });
    assert_eq!(timebase.wall(stuck.cycles), world.reading().wall);
    watch(&mut world, &mut timebase, 50);
    assert_right_after(world, timebase);
}

#[test]
fn counts_back_by_the_skew_between_cores_change_nothing() {
    let (mut world, mut timebase) = watched();
    let now = world.pass(MILLISECOND);
    timebase.update(now);
    let told = timebase.wall(now.cycles - 10);
    timebase.update(Reading { cycles: now.cycles - 50, ..now });
    assert_eq!(timebase.wall(now.cycles - 10), told);
}

#[test]
fn the_ends_of_the_ranges() {
    let (_, timebase) = watched();
    assert_eq!(timebase.nanoseconds(0), 0);
    assert!(timebase.nanoseconds(u64::MAX) > 7_000_000_000_000_000_000);
    assert!(timebase.wall(u64::MAX) > 9_000_000_000_000_000_000);
    assert!(timebase.wall(0) < timebase.wall(1 << 50));

    let slow = Timebase::new(Reading { cycles: 0, monotonic: 0, wall: i64::MAX });
    assert_eq!(slow.wall(u64::MAX), i64::MAX);
    assert_eq!(slow.wall(0), i64::MAX);
    let early = Timebase::new(Reading { cycles: u64::MAX, monotonic: 0, wall: i64::MIN });
    assert_eq!(early.wall(0), i64::MIN);
}

#[test]
fn a_count_from_after_its_reading_keeps_its_time_though_the_next_reading_sets_the_clock() {
    let (mut world, mut timebase) = watched();
    let event = world.pass(50 * MICROSECOND);
    let told = timebase.wall(event.cycles);
    world.set_wall(HOURS);
    timebase.update(world.reading());
    assert_eq!(timebase.wall(event.cycles), told);
    assert!(error(&timebase, world.pass(1)) <= 1);
}

#[test]
fn segments_stay_in_order_when_an_absurd_count_follows_one_from_after_its_reading() {
    let (mut world, mut timebase) = watched();
    timebase.wall(world.reading().cycles + MILLISECOND);
    world.set_wall(HOURS);
    timebase.update(world.pass(10 * MICROSECOND));
    timebase.wall(u64::MAX);
    world.set_wall(HOURS);
    timebase.update(world.pass(10 * MICROSECOND));
    assert!(timebase.past.back().unwrap().start() <= timebase.newest.start());
    world.pass(MILLISECOND);
    assert_right_after(world, timebase);
}

#[test]
fn an_absurd_count_that_was_asked_about_does_not_stop_corrections() {
    let now = World::new().reading().cycles;
    for absurd in [u64::MAX, now + 2 * HOUR, now + 4 * SECOND] {
        let (mut world, timebase) = watched();
        timebase.wall(absurd);
        world.set_wall(HOURS);
        assert_right_after(world, timebase);
    }
}
