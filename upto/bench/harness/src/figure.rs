//! One measured value, as a line that this program writes and reads.

use std::fmt;
use std::str::FromStr;

use crate::failure::Failure;

/// One measured value.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// One word.
    pub name: String,
    /// In `unit`.
    pub value: f64,
    /// Words, such as `ns/pair`.
    pub unit: String,
}

impl Figure {
    /// One of this name, which is one word, and this unit, which is words.
    #[must_use]
    pub fn new(name: impl Into<String>, value: f64, unit: &str) -> Self {
        Figure { name: name.into(), value, unit: unit.to_owned() }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Figure { name, value, unit } = self;
        write!(formatter, "figure {name} {value:.2} {unit}")
    }
}

impl FromStr for Figure {
    type Err = Failure;

    fn from_str(line: &str) -> Result<Self, Failure> {
        let parse = || {
            let (name, rest) = line.strip_prefix("figure ")?.split_once(' ')?;
            let (value, unit) = rest.split_once(' ')?;
            let value = value.parse().ok().filter(|value: &f64| value.is_finite())?;
            Some(Figure::new(name, value, unit))
        };
        parse().ok_or_else(|| Failure::NoFigure(line.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_as_it_was_written() {
        let figure = Figure::new("upto_event", 21.25, "ns/pair");
        assert_eq!(figure.to_string(), "figure upto_event 21.25 ns/pair");
        assert_eq!(figure.to_string().parse::<Figure>().expect("a figure"), figure);
    }

    #[test]
    fn other_lines_are_no_figures() {
        for line in
            ["", "figure", "figure a", "figure a 1", "figure a b ns", "figure a NaN ns", "ratio a 1 <=2"]
        {
            assert!(line.parse::<Figure>().is_err(), "{line:?}");
        }
    }
}
