//! Statistics that only ask which of two values is greater.

/// The smallest value that is not below so great a part of all (0 to 1) of them, the nearest rank; `None` of nothing.
#[must_use]
pub fn quantile(values: &[f64], part: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(place_of_quantile(sorted.len(), part)).copied()
}

/// Where that value is among `count` sorted ones.
#[must_use]
pub(in crate::timeline) fn place_of_quantile(count: usize, part: f64) -> usize {
    // A number of runs or events: far below 2^52, where floating-point numbers are exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rank = (part.clamp(0.0, 1.0) * count as f64).ceil() as usize;
    rank.saturating_sub(1)
}

/// By how many standard deviations the Mann-Whitney statistic says that values of `after` are greater than those of
/// `before` (less: negative), by the normal approximation with the correction for ties and for continuity. `None` if one
/// of them is empty. All values alike: 0.
///
/// H. B. Mann, D. R. Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
/// Annals of Mathematical Statistics 18 (1947).
#[must_use]
pub fn mann_whitney(before: &[f64], after: &[f64]) -> Option<f64> {
    if before.is_empty() || after.is_empty() {
        return None;
    }
    let greater: f64 = after.iter().map(|value| wins(*value, before)).sum();
    let (first, second) = (count(before.len()), count(after.len()));
    let (all, mean) = (first + second, first * second / 2.0);
    let variance = first * second / 12.0 * (all + 1.0 - ties(before, after) / (all * (all - 1.0)));
    if variance <= 0.0 {
        return Some(0.0);
    }
    let distance = greater - mean;
    Some(distance.signum() * (distance.abs() - 0.5).max(0.0) / variance.sqrt())
}

/// How many of `others` are less than the value; those that are equal count half.
fn wins(value: f64, others: &[f64]) -> f64 {
    let win = |other: &f64| match value.total_cmp(other) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    others.iter().map(win).sum()
}

/// The sum of t^3 - t over all groups of t equal values.
fn ties(before: &[f64], after: &[f64]) -> f64 {
    let mut all = [before, after].concat();
    all.sort_unstable_by(f64::total_cmp);
    let sizes = all.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(|equal| count(equal.len()));
    sizes.map(|size| size * size * size - size).sum()
}

/// Counts of runs are exact as floating-point numbers.
pub(super) fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_value_of_the_nearest_rank() {
        let values: Vec<f64> = (1..=10).rev().map(f64::from).collect();
        for (part, expected) in [(0.0, 1.0), (0.1, 1.0), (0.5, 5.0), (0.9, 9.0), (0.91, 10.0), (1.0, 10.0)] {
            assert_eq!(quantile(&values, part), Some(expected), "{part}");
        }
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn groups_that_do_not_overlap_are_far_apart_and_equal_ones_are_not() {
        let (low, high) = ([1.0, 2.0, 3.0, 4.0, 5.0], [6.0, 7.0, 8.0, 9.0, 10.0]);
        // U = 25, mean 12.5, standard deviation sqrt(25 * 11 / 12).
        let deviations = mann_whitney(&low, &high).expect("groups");
        assert!((deviations - 12.0 / (25.0_f64 * 11.0 / 12.0).sqrt()).abs() < 1e-12, "{deviations}");
        assert_eq!(mann_whitney(&high, &low), Some(-deviations));
        assert_eq!(mann_whitney(&low, &low), Some(0.0));
        assert_eq!(mann_whitney(&[1.0; 9], &[1.0; 5]), Some(0.0));
        assert_eq!(mann_whitney(&[], &low), None);
    }

    #[test]
    fn ties_count_half_and_make_the_variance_less() {
        // U = 0.5 * 3 + 3 = 4.5 of 6, ties of 4: 60.
        let deviations = mann_whitney(&[1.0, 1.0, 1.0], &[1.0, 2.0]).expect("groups");
        let variance: f64 = 6.0 / 12.0 * (6.0 - 60.0 / 20.0);
        assert!((deviations - (4.5 - 3.0 - 0.5) / variance.sqrt()).abs() < 1e-12, "{deviations}");
    }
}
