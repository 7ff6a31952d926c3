//! What a timeline is, and the questions that can be asked of it. Pure: no I/O, no clock, nobody else.
//!
//! A timeline is a set of [`Mark`]s. [`Fold`] takes them in any order, any number of times, and gives
//! the [`Event`]s, or their columns ([`table`]); [`tree`] arranges those by their names, [`compare`] sets two timelines side by side, [`skew`] knows
//! how far the clocks of hosts are apart.

pub mod compare;
mod event;
mod fold;
mod loss;
mod mark;
pub mod path;
pub mod skew;
pub mod table;
pub mod tree;

pub use self::event::{AttributeValue, Event, EventKey, State};
pub(crate) use self::fold::{Applied, News, PlacedMark, SpanPlace, Stamp, Text, Told};
pub use self::fold::{Change, Fold, Summary, TimelineState};
pub use self::loss::{Doubt, Loss, Received, Sent, SessionCount, SessionTotals};
pub use self::mark::{Mark, MarkKind};
pub use self::skew::{ClockReading, HostSkew, Skew, Times};
