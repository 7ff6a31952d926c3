//! How far somebody was told what changed: the id of a server-sent event.

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::str::FromStr;

/// A place in what is told, by one server and since it began to keep that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    epoch: u64,
    number: u64,
}

/// It is none that a server wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoPosition;

impl Position {
    /// One that is never known: who was told so far has to be told everything.
    pub(crate) const NOWHERE: Self = Position { epoch: 0, number: 0 };

    /// The beginning of something that nobody else tells, whichever server that is and whenever it began.
    pub(crate) fn beginning() -> Self {
        // What the standard library makes its hash maps unpredictable with: other numbers each time, and in each process.
        let epoch = RandomState::new().build_hasher().finish();
        Position { epoch: epoch.max(1), number: 0 }
    }

    /// So many changes after the beginning.
    pub(crate) fn at(self, number: u64) -> Self {
        Position { number, ..self }
    }

    /// How many changes there were up to here, if they are those after `beginning`.
    pub(crate) fn number_after(self, beginning: Self) -> Option<u64> {
        (self.epoch == beginning.epoch).then_some(self.number)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}-{:x}", self.epoch, self.number)
    }
}

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        let (epoch, number) = text.split_once('-').ok_or(NoPosition)?;
        let read = |digits| u64::from_str_radix(digits, 16).map_err(|_| NoPosition);
        Ok(Position { epoch: read(epoch)?, number: read(number)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_comes_back_from_its_text_and_nothing_else_does() {
        let position = Position::beginning().at(u64::MAX);
        assert_eq!(position.to_string().parse(), Ok(position));
        for text in ["", "-", "1", "1-", "-1", "1-g", "1-1-1", "10000000000000000-1", "☃-1", " 1-1"] {
            assert_eq!(text.parse::<Position>(), Err(NoPosition), "{text}");
        }
    }

    #[test]
    fn a_number_counts_from_its_own_beginning_only() {
        let (one, other) = (Position::beginning(), Position::beginning());
        assert_eq!(one.at(7).number_after(one), Some(7));
        assert_eq!(one.at(7).number_after(other), None);
        assert_eq!(Position::NOWHERE.number_after(one), None);
    }
}
