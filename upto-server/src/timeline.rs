//! What a timeline is, and the questions that can be asked of it. Pure: no I/O, no clock, nobody else.
//!
//! A timeline is a set of [`Mark`]s. [`Fold`] takes them in any order, any number of times, and gives
//! the [`Event`]s, or their columns ([`table`]); [`skew`] knows how far the clocks of hosts are apart.
//!
//! Questions are asked of a table. [`forest`] finds the rows of a picture and what they amount to, [`view`] draws what a
//! page can show of them, [`columns`] gives all events to programs. [`nesting`] knows which event is part of which one,
//! [`critical_path`] what the length of a timeline depends on, [`blame`] where its time went. [`tree`] and [`compare`]
//! are asked of events.
//!
//! A [`digest`] is what remains of a timeline for its successors: [`history`] tells from many of them whether something
//! takes longer than it did, [`forecast`] when a running timeline will be done, [`stuck`] what should have ended by now.

pub mod blame;
pub mod causes;
pub mod columns;
pub mod compare;
pub mod critical_path;
pub mod digest;
mod event;
mod fold;
pub mod forecast;
pub mod forest;
pub mod history;
pub mod learned;
mod loss;
#[cfg(test)]
pub(crate) mod made;
mod mark;
pub mod nesting;
pub mod path;
pub(crate) mod question;
pub mod skew;
pub mod stuck;
pub mod table;
pub mod tree;
pub mod view;

pub use self::event::{AttributeValue, Event, EventKey, State};
pub(crate) use self::fold::{
    Applied, Carry, KnownTexts, News, Part, PlacedMark, SpanPlace, Stamp, Text, Told,
};
pub use self::fold::{Change, Fold, Summary, TimelineState};
pub use self::loss::{Doubt, Loss, Received, Sent, SessionCount, SessionTotals};
pub use self::mark::{Mark, MarkKind};
pub use self::skew::{ClockReading, HostSkew, Skew, Times};
