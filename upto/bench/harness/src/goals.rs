//! What the figures have to be, and whether they are.

use std::fmt;

use serde::{Serialize, Serializer};

use self::Limit::{AtLeast, AtMost};
use self::Quantity::{Highest, Lowest, Median, Ratio, RatioInRounds};
use crate::summary::{Spread, Summary};

/// What is compared with a limit.
#[derive(Clone, Copy, Debug)]
pub enum Quantity {
    /// One median over another.
    Ratio(&'static str, &'static str),
    /// The median of what one is over another in the same round. For what only takes time of the core: whoever else uses the
    /// core (another virtual machine, on its other thread) makes it slower, by up to twice and for minutes, so the medians of
    /// two may be of different times of day. Those of a round are of the same.
    RatioInRounds(&'static str, &'static str),
    /// A median by itself.
    Median(&'static str),
    /// The lowest of all runs.
    Lowest(&'static str),
    /// The highest of all runs.
    Highest(&'static str),
}

/// Up to where a quantity is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// It may be less.
    AtMost(f64),
    /// It may be more.
    AtLeast(f64),
}

/// What a quantity has to be.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    name: &'static str,
    quantity: Quantity,
    limit: Limit,
}

/// The goal of this name, one word, that the quantity is within the limit.
#[must_use]
pub const fn goal(name: &'static str, quantity: Quantity, limit: Limit) -> Goal {
    Goal { name, quantity, limit }
}

/// What became of a goal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Verdict {
    pub(crate) name: &'static str,
    /// `None`: it was not measured, which is no way to meet it.
    pub(crate) value: Option<f64>,
    pub(crate) goal: Limit,
    pub(crate) met: bool,
}

/// Each goal beside what was measured.
pub(crate) fn verdicts(goals: &[Goal], summaries: &[Summary]) -> Vec<Verdict> {
    goals.iter().map(|goal| verdict(goal, summaries)).collect()
}

fn verdict(goal: &Goal, summaries: &[Summary]) -> Verdict {
    let value = goal.quantity.of(summaries);
    let met = value.is_some_and(|value| goal.limit.allows(value));
    Verdict { name: goal.name, value, goal: goal.limit, met }
}

impl Quantity {
    /// `None` if something of it was not measured.
    fn of(self, summaries: &[Summary]) -> Option<f64> {
        let find = |name| summaries.iter().find(|summary| summary.name == name);
        let median = |name| find(name).map(|summary| summary.spread.median);
        match self {
            Ratio(one, other) => Some(median(one)? / median(other)?),
            RatioInRounds(one, other) => ratio_in_rounds(&find(one)?.values, &find(other)?.values),
            Median(name) => median(name),
            Lowest(name) => find(name).map(|summary| summary.spread.lowest),
            Highest(name) => find(name).map(|summary| summary.spread.highest),
        }
    }
}

fn ratio_in_rounds(one: &[f64], other: &[f64]) -> Option<f64> {
    let ratios = one.iter().zip(other).map(|(one, other)| one / other).collect();
    Some(Spread::of(ratios)?.median)
}

impl Limit {
    fn allows(self, value: f64) -> bool {
        match self {
            AtMost(limit) => value <= limit,
            AtLeast(limit) => value >= limit,
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AtMost(limit) => write!(formatter, "<={limit}"),
            AtLeast(limit) => write!(formatter, ">={limit}"),
        }
    }
}

impl Serialize for Limit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ratio {} ", self.name)?;
        match self.value {
            Some(value) => write!(formatter, "{value:.3} ")?,
            None => write!(formatter, "missing ")?,
        }
        write!(formatter, "{}{}", self.goal, if self.met { "" } else { " MISSED" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Figure;
    use crate::summary::summaries;

    fn line(quantity: Quantity, limit: Limit) -> String {
        let figures = [("a", 9.0), ("b", 4.0), ("a", 1.0), ("a", 2.0), ("c", 3.0), ("c", 9.0), ("c", 1.0)];
        let summaries = summaries(&figures.map(|(name, value)| Figure::new(name, value, "ns")));
        verdict(&goal("name", quantity, limit), &summaries).to_string()
    }

    #[test]
    fn a_goal_that_is_met_is_a_ratio_beside_it() {
        assert_eq!(line(Ratio("a", "b"), AtMost(0.5)), "ratio name 0.500 <=0.5");
        assert_eq!(line(RatioInRounds("a", "c"), AtMost(3.0)), "ratio name 2.000 <=3");
        assert_eq!(line(Median("a"), AtLeast(2.0)), "ratio name 2.000 >=2");
    }

    #[test]
    fn one_that_is_not_is_marked() {
        assert_eq!(line(Ratio("a", "b"), AtMost(0.49)), "ratio name 0.500 <=0.49 MISSED");
        assert_eq!(line(Lowest("a"), AtLeast(2.0)), "ratio name 1.000 >=2 MISSED");
        assert_eq!(line(Highest("a"), AtMost(2.0)), "ratio name 9.000 <=2 MISSED");
    }

    #[test]
    fn one_that_was_not_measured_is_missed() {
        assert_eq!(line(Ratio("a", "d"), AtMost(0.5)), "ratio name missing <=0.5 MISSED");
    }
}
