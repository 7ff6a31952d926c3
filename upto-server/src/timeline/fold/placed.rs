//! A mark whose names are those of a fold.

use upto::wire::{Status, Value};

use super::super::mark::MarkKind;
use super::texts::Text;

/// A [`Mark`](super::super::Mark) with its name, host and keys looked up already: for a block's hundreds of marks
/// with the same name, that is done once.
#[derive(Clone, Debug)]
pub(crate) struct PlacedMark<'a> {
    pub(crate) name: Text,
    pub(crate) host: Text,
    pub(crate) id: u64,
    pub(crate) told: Told<'a>,
}

/// What a mark tells of its event.
#[derive(Clone, Debug)]
pub(crate) struct Told<'a> {
    pub(crate) kind: MarkKind,
    pub(crate) parent: u64,
    pub(crate) time: i64,
    /// Only of ends.
    pub(crate) started: Option<i64>,
    pub(crate) status: Status,
    pub(crate) text: &'a str,
    pub(crate) attributes: &'a [(Text, Value<'a>)],
    pub(crate) truncated: bool,
    pub(crate) stamp: Stamp,
}

/// Whose clock a mark's times are by. Of two marks that tell the same time, the greater one counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stamp {
    /// The receiver's, or one of which nothing is known.
    #[default]
    Unknown,
    /// That of the mark's host, which was read when the packets of a session left.
    Session,
}

impl Told<'_> {
    /// The earliest and the latest instant that it tells of.
    pub(super) fn extent(&self) -> (i64, i64) {
        let other = self.started.unwrap_or(self.time);
        (self.time.min(other), self.time.max(other))
    }
}
