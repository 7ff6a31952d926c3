//! The median of what was measured more than once, and how far it spreads.

use serde::Serialize;

use crate::figure::Figure;

/// The median of values, and the outermost ones.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// In the figure's unit, as the others.
    pub median: f64,
    /// The least of all runs.
    pub lowest: f64,
    /// The greatest of all runs.
    pub highest: f64,
    /// How many values there were.
    pub runs: usize,
}

impl Spread {
    /// `None` of nothing.
    #[must_use]
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (&lowest, &highest) = (values.first()?, values.last()?);
        Some(Spread { median: middle(&values)?, lowest, highest, runs: values.len() })
    }
}

/// Of an even number of values, the mean of the two in the middle.
fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(*lower, *upper))
}

/// The figures of one name.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The figures' name.
    pub name: String,
    /// The figures' unit.
    pub unit: String,
    /// The figures' values.
    #[serde(flatten)]
    pub spread: Spread,
    /// One by one: of the first round, of the second, and so on.
    #[serde(skip)]
    pub values: Vec<f64>,
}

impl Summary {
    /// The median as a figure.
    #[must_use]
    pub fn figure(&self) -> Figure {
        Figure::new(self.name.as_str(), self.spread.median, &self.unit)
    }
}

/// Figures of the same name together, in the order in which the names first occur.
#[must_use]
pub fn summaries(figures: &[Figure]) -> Vec<Summary> {
    let mut groups: Vec<(&Figure, Vec<f64>)> = Vec::new();
    for figure in figures {
        match groups.iter_mut().find(|(first, _)| first.name == figure.name) {
            Some((_, values)) => values.push(figure.value),
            None => groups.push((figure, vec![figure.value])),
        }
    }
    groups.into_iter().filter_map(|(first, values)| summary(first, values)).collect()
}

fn summary(first: &Figure, values: Vec<f64>) -> Option<Summary> {
    Some(Summary {
        name: first.name.clone(),
        unit: first.unit.clone(),
        spread: Spread::of(values.clone())?,
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let median = |values: &[f64]| Spread::of(values.to_vec()).map(|spread| spread.median);
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0]), Some(3.0));
        assert_eq!(median(&[9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), Some(3.0));
    }

    #[test]
    fn the_spread_reaches_from_the_lowest_to_the_highest() {
        let spread = Spread::of(vec![5.0, -1.0, 2.0]).expect("values");
        assert_eq!((spread.lowest, spread.highest, spread.runs), (-1.0, 5.0, 3));
    }

    #[test]
    fn figures_of_one_name_are_one_summary() {
        let figures = [("b", 1.0), ("a", 5.0), ("b", 3.0), ("b", 2.0)];
        let summaries = summaries(&figures.map(|(name, value)| Figure::new(name, value, "ns")));
        let brief: Vec<_> =
            summaries.iter().map(|each| (each.name.as_str(), each.spread.median, each.spread.runs)).collect();
        assert_eq!(brief, [("b", 2.0, 3), ("a", 5.0, 1)]);
        assert_eq!(summaries[0].figure().to_string(), "figure b 2.00 ns");
    }
}
