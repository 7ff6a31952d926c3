//! Since when it takes so long.

use super::SHIFT;
use super::rank::{count, quantile};

/// Runs on either side of a change at least: fewer are no new normal.
const SEGMENT: usize = 5;
/// How likely a change may be that is none.
const SIGNIFICANCE: f64 = 0.01;

/// Where durations became others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangePoint {
    /// The place of the first run after the change.
    pub first: usize,
    /// The median of the runs before it, back to the change before this one.
    pub before: f64,
    /// The median of the runs from it on, up to the next change.
    pub after: f64,
}

/// Where successive durations, the oldest first, changed for longer: by a tenth or more, in order.
///
/// Each piece is divided if Pettitt's statistic, the greatest of the Mann-Whitney statistics of all divisions, is
/// significant, and then its parts. Where that statistic is the greatest says only about where: it draws towards the middle
/// where the sides are of unequal length, and by some runs while a change is young. So a piece is divided where its runs
/// are nearest to the medians of their sides. Quadratic in the number of runs, of which there are some hundred.
///
/// A. N. Pettitt, "A non-parametric approach to the change-point problem", Applied Statistics 28 (1979).
#[must_use]
pub fn change_points(durations: &[f64]) -> Vec<ChangePoint> {
    let mut firsts = Vec::new();
    let mut pieces = vec![(0, durations.len())];
    while let Some((start, end)) = pieces.pop() {
        if let Some(length) = division(&durations[start..end]) {
            firsts.push(start + length);
            pieces.extend([(start, start + length), (start + length, end)]);
        }
    }
    firsts.sort_unstable();
    let ends = firsts.iter().skip(1).copied().chain([durations.len()]);
    let starts = std::iter::once(0).chain(firsts.iter().copied());
    let each = starts.zip(firsts.iter().copied()).zip(ends);
    each.filter_map(|((start, first), end)| point(durations, start, first, end)).collect()
}

/// `None` if the medians are as good as equal once the neighbouring changes are known.
fn point(durations: &[f64], start: usize, first: usize, end: usize) -> Option<ChangePoint> {
    let before = quantile(&durations[start..first], 0.5)?;
    let after = quantile(&durations[first..end], 0.5)?;
    is_shift(before, after).then_some(ChangePoint { first, before, after })
}

fn is_shift(before: f64, after: f64) -> bool {
    (after - before).abs() > SHIFT * before.abs()
}

/// How many runs come before the change in this piece, if there is one.
fn division(piece: &[f64]) -> Option<usize> {
    let length = piece.len();
    if length < 2 * SEGMENT {
        return None;
    }
    let is_long_enough = |(place, _): &(usize, f64)| (SEGMENT..=length - SEGMENT).contains(place);
    let (_, greatest) = statistics(piece).filter(is_long_enough).max_by(|a, b| a.1.total_cmp(&b.1))?;
    if likelihood(greatest, count(length)) >= SIGNIFICANCE {
        return None;
    }
    let place = nearest(piece)?;
    let (before, after) = piece.split_at(place);
    is_shift(quantile(before, 0.5)?, quantile(after, 0.5)?).then_some(place)
}

/// Where the runs of a piece are nearest to the medians of both sides: the least sum of absolute deviations.
fn nearest(piece: &[f64]) -> Option<usize> {
    let divisions = (SEGMENT..=piece.len() - SEGMENT).map(|place| {
        let (before, after) = piece.split_at(place);
        (place, deviations(before) + deviations(after))
    });
    divisions.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}

fn deviations(side: &[f64]) -> f64 {
    let median = quantile(side, 0.5).unwrap_or_default();
    side.iter().map(|duration| (duration - median).abs()).sum()
}

/// For each division, how often the later value is the greater one less how often it is the lesser one, as a distance.
fn statistics(piece: &[f64]) -> impl Iterator<Item = (usize, f64)> + '_ {
    let signs = |value: &f64| -> f64 { piece.iter().map(|other| sign(*value, *other)).sum() };
    let mut sum = 0.0;
    piece.iter().enumerate().map(move |(place, value)| {
        sum += signs(value);
        (place + 1, sum.abs())
    })
}

fn sign(one: f64, other: f64) -> f64 {
    f64::from(i8::from(one > other)) - f64::from(i8::from(one < other))
}

/// How likely it is that the statistic is so great though nothing changed, approximately.
fn likelihood(greatest: f64, length: f64) -> f64 {
    2.0 * (-6.0 * greatest * greatest / (length * length * (length + 1.0))).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs of these lengths around these durations, a twentieth up and down.
    fn steps(steps: &[(usize, f64)]) -> Vec<f64> {
        let around = |&(runs, duration): &(usize, f64)| {
            (0..runs).map(move |run| duration * (0.95 + 0.05 * count(run * 7 % 3)))
        };
        steps.iter().flat_map(around).collect()
    }

    fn firsts(durations: &[f64]) -> Vec<usize> {
        change_points(durations).iter().map(|change| change.first).collect()
    }

    #[test]
    fn a_step_is_found_where_it_is() {
        let changes = change_points(&steps(&[(15, 10.0), (12, 14.0)]));
        assert_eq!(changes, [ChangePoint { first: 15, before: 10.0, after: 14.0 }]);
    }

    #[test]
    fn a_young_change_is_where_it_is() {
        let mut random = fastrand::Rng::with_seed(7);
        // With fewer, it is not certain yet that there is one.
        for after in 8..20 {
            for _ in 0..50 {
                let levels = (0..40 + after).map(|run| if run < 40 { 300.0 } else { 375.0 });
                let runs: Vec<f64> = levels.map(|level| level * (0.97 + 0.06 * random.f64())).collect();
                assert_eq!(firsts(&runs), [40], "{after}");
            }
        }
    }

    #[test]
    fn steps_up_and_down_are_each_found() {
        assert_eq!(firsts(&steps(&[(20, 10.0), (20, 14.0), (20, 9.0)])), [20, 40]);
    }

    #[test]
    fn what_does_not_change_or_hardly_or_only_now_and_then_is_no_change() {
        assert!(firsts(&[]).is_empty());
        assert!(firsts(&steps(&[(60, 10.0)])).is_empty());
        assert!(firsts(&steps(&[(30, 10.0), (30, 10.6)])).is_empty());
        let mut outliers = steps(&[(60, 10.0)]);
        (0..60).step_by(9).for_each(|place| outliers[place] = 50.0);
        assert!(firsts(&outliers).is_empty());
    }

    #[test]
    fn the_last_runs_have_to_be_enough_to_tell() {
        assert!(firsts(&steps(&[(20, 10.0), (SEGMENT - 1, 20.0)])).is_empty());
        assert_eq!(firsts(&steps(&[(20, 10.0), (2 * SEGMENT, 20.0)])), [20]);
    }
}
