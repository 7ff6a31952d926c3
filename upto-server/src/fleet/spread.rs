//! What the answers of many hosts come to: of those that measured something, the least, the middle and the greatest.

use super::answer::{Answer, HostAnswer};

/// The values of all hosts that measured something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// The least.
    pub(crate) min: f64,
    /// The middle one, or what is halfway between the two in the middle.
    pub(crate) median: f64,
    /// The greatest.
    pub(crate) max: f64,
    /// What they come to by their number.
    pub(crate) mean: f64,
}

/// How many hosts answered in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Those that measured something.
    pub(crate) ok: u64,
    /// Those that said that they can't.
    pub(crate) failed: u64,
    /// Those that did not answer in time.
    pub(crate) timeout: u64,
    /// Those that were not there.
    pub(crate) stale: u64,
}

impl Spread {
    /// Of the hosts that measured something; `None` if none did.
    pub(crate) fn of(answers: &[HostAnswer]) -> Option<Self> {
        let mut values: Vec<f64> = answers.iter().filter_map(|answer| answer.answer.value()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let (low, high) = (values.get((values.len() - 1) / 2)?, values.get(values.len() / 2)?);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        Some(Spread { min, median: low.midpoint(*high), max, mean })
    }
}

impl Counts {
    /// Of all hosts.
    pub(crate) fn of(answers: &[HostAnswer]) -> Self {
        let mut counts = Counts::default();
        for answer in answers {
            *match answer.answer {
                Answer::Ok(_) => &mut counts.ok,
                Answer::Failed(_) => &mut counts.failed,
                Answer::Timeout => &mut counts.timeout,
                Answer::Stale(_) => &mut counts.stale,
            } += 1;
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(answers: &[Answer]) -> Vec<HostAnswer> {
        let named = answers.iter().enumerate();
        named
            .map(|(number, answer)| HostAnswer { host: number.to_string(), answer: answer.clone(), time: 0 })
            .collect()
    }

    #[test]
    fn only_what_was_measured_is_in_the_spread() {
        let answers =
            answers(&[Answer::Ok(3.0), Answer::Timeout, Answer::Ok(1.0), Answer::Stale(7), Answer::Ok(8.0)]);
        assert_eq!(Spread::of(&answers), Some(Spread { min: 1.0, median: 3.0, max: 8.0, mean: 4.0 }));
        assert_eq!(Counts::of(&answers), Counts { ok: 3, failed: 0, timeout: 1, stale: 1 });
    }

    #[test]
    fn an_even_number_has_its_middle_between_two() {
        let spread = Spread::of(&answers(&[Answer::Ok(1.0), Answer::Ok(4.0)])).expect("two");
        assert_eq!((spread.median, spread.mean), (2.5, 2.5));
    }

    #[test]
    fn where_nobody_measured_anything_there_is_no_spread_and_not_zero() {
        let none = answers(&[Answer::Timeout, Answer::Failed("no".into())]);
        assert_eq!(Spread::of(&none), None);
        assert_eq!(Spread::of(&[]), None);
        assert_eq!(Spread::of(&answers(&[Answer::Ok(0.0)])).map(|spread| spread.max), Some(0.0));
    }
}
