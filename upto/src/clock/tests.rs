use super::*;

/// Attempts that took that many cycles; which one a reading is of is told by its `monotonic`.
fn chosen(took: &[u64]) -> (u64, usize) {
    let mut tries = 0;
    let reading = tightest(|| {
        let attempt = Attempt {
            reading: Reading { cycles: 0, monotonic: u64::try_from(tries).unwrap(), wall: 0 },
            took: took[tries],
        };
        tries += 1;
        attempt
    });
    (reading.monotonic, tries)
}

#[test]
fn two_attempts_alike_are_enough() {
    assert_eq!(chosen(&[100, 110]), (0, 2));
    assert_eq!(chosen(&[110, 100]), (1, 2));
    assert_eq!(chosen(&[0, 0]), (0, 2));
}

#[test]
fn an_interrupted_attempt_is_not_taken() {
    assert_eq!(chosen(&[1_000_000, 100, 101]), (1, 3));
    assert_eq!(chosen(&[100, 1_000_000, 1_000_000_000, 90]), (3, 4));
}

#[test]
fn after_five_attempts_the_tightest_is_taken() {
    assert_eq!(chosen(&[100_000, 10_000, 1_000, 20_000, 300_000]), (2, 5));
}

#[test]
fn a_counter_that_went_back_meanwhile_is_no_attempt_to_take() {
    assert_eq!(chosen(&[u64::MAX, 100, 100]), (1, 3));
    assert_eq!(chosen(&[u64::MAX - 3; 5]), (0, 2));
}

#[test]
fn readings_of_the_real_clocks_go_forward_together() {
    cycles::select();
    let first = Reading::take();
    let mut now = Reading::take();
    while now.monotonic < first.monotonic + 5_000_000 {
        now = Reading::take();
    }
    assert!(now.cycles > first.cycles);
    assert!(first.wall > 1_700_000_000_000_000_000, "{first:?}");

    let mut timebase = Timebase::new(first);
    timebase.update(now);
    assert_eq!(timebase.wall(now.cycles), now.wall);
    let elapsed = timebase.nanoseconds(now.cycles - first.cycles);
    assert!(elapsed.abs_diff(now.monotonic - first.monotonic) <= 1, "{elapsed}");
}
