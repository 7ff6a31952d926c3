//! Questions that can be asked of a timeline as a whole, or of parts of it, one after the other.
//!
//! A timeline that is larger than the memory has no fold that could be asked. It is read several times then, and each time
//! the events of one [`Part`](super::Part) are folded. Every event is whole in one part, so what is counted adds up,
//! extents unite, and of what is listed the nearest are kept.

mod numbers;
mod open;
mod page;
mod rows;
mod tree;

pub(crate) use self::numbers::{Numbers, NumbersQuestion};
pub(crate) use self::open::{Open, OpenQuestion};
pub(crate) use self::page::{EventPage, PageFrom, PageQuestion, Place};
pub(crate) use self::rows::TableQuestion;
pub(crate) use self::tree::TreeQuestion;
use super::fold::Fold;

/// A question about a timeline.
pub(crate) trait Question: Send + 'static {
    /// What answers it.
    type Answer: Send + 'static;

    /// Quarters of the memory for timelines that it may hold at most: one or two.
    const QUARTERS: usize = 1;

    /// Takes from `whole` what belongs to the timeline as a whole: sessions, clocks, extents. Comes first, and once. Of
    /// events, `whole` may have none.
    fn begin(&mut self, whole: &Fold);

    /// Takes the events of a part.
    fn look_at(&mut self, part: &Fold);

    /// True if it goes through the events; what only looks at what is known of them all keeps nobody waiting.
    fn is_about_events(&self, _whole: &Fold) -> bool {
        true
    }

    /// Bytes of memory that it will hold at least in the end, of so many events.
    fn least_bytes(&self, _events: u64) -> usize {
        0
    }

    /// Bytes of memory that it holds, estimated.
    fn bytes(&self) -> usize;

    /// The answer, after all parts.
    fn answer(self) -> Self::Answer;

    /// Asks a fold that has all of the timeline.
    fn ask_whole(mut self, whole: &Fold) -> Self
    where
        Self: Sized,
    {
        self.begin(whole);
        self.look_at(whole);
        self
    }
}

#[cfg(test)]
mod tests;
