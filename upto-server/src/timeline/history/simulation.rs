//! How often the verdicts are wrong, with durations like those that were met: of one hump, of two, and with a heavy tail.

use fastrand::Rng;

use super::{Verdict, judge};

/// Histories of each kind.
const HISTORIES: usize = 2_000;
/// Runs of each.
const RUNS: usize = 40;
/// Runs of those that have only begun.
const FEW_RUNS: [usize; 4] = [9, 11, 13, 16];
/// Runs since which everything takes half as long again.
const SLOWER: usize = 5;

type Draw = fn(&mut Rng) -> f64;

const KINDS: [(&str, Draw); 4] = [
    ("lognormal", |rng| 60.0 * (0.15 * normal(rng)).exp()),
    ("wide lognormal", |rng| 60.0 * (0.25 * normal(rng)).exp()),
    // A fifth of the runs find no cache.
    ("bimodal", |rng| if rng.f64() < 0.2 { 90.0 } else { 60.0 } * (0.08 * normal(rng)).exp()),
    // Pareto's, with a finite mean and an infinite variance above a steady minute.
    ("heavy-tailed", |rng| 50.0 + 10.0 * rng.f64().powf(-1.0 / 1.8)),
];

/// Box and Muller's.
fn normal(rng: &mut Rng) -> f64 {
    let (radius, angle) = (1.0 - rng.f64(), rng.f64());
    (-2.0 * radius.ln()).sqrt() * (std::f64::consts::TAU * angle).cos()
}

/// The part of histories whose last run is called so, when the last runs take so many times as long.
fn part(verdict: Verdict, draw: Draw, factor: f64, runs: usize) -> f64 {
    let mut rng = Rng::with_seed(1);
    let mut is_called = || {
        let slow = |run| if run >= runs - SLOWER { factor } else { 1.0 };
        let durations: Vec<f64> = (0..runs).map(|run| slow(run) * draw(&mut rng)).collect();
        judge(&durations).verdict == verdict
    };
    let called = (0..HISTORIES).filter(|_| is_called()).count();
    super::rank::count(called) / super::rank::count(HISTORIES)
}

#[test]
fn at_most_one_history_of_fifty_is_called_a_regression_though_nothing_changed() {
    for (kind, draw) in KINDS {
        let false_alarms = part(Verdict::Regression, draw, 1.0, RUNS);
        assert!(false_alarms <= 0.02, "{kind}: {false_alarms}");
        assert!(false_alarms > 0.0, "{kind}: the rule never fires");
        let false_joy = part(Verdict::Improvement, draw, 1.0, RUNS);
        assert!(false_joy <= 0.02, "{kind}: {false_joy}");
    }
}

/// Of two humps, few runs may all be of the lower one; then two of the other look like a change.
#[test]
fn of_few_runs_hardly_more_are_called_so() {
    for (kind, draw) in KINDS {
        for runs in FEW_RUNS {
            let false_alarms = part(Verdict::Regression, draw, 1.0, runs);
            assert!(false_alarms <= 0.05, "{runs} runs, {kind}: {false_alarms}");
        }
    }
}

#[test]
fn what_takes_half_as_long_again_is_mostly_called_a_regression() {
    for (kind, draw) in KINDS {
        let power = part(Verdict::Regression, draw, 1.5, RUNS);
        assert!(power >= 0.6, "{kind}: {power}");
    }
}
