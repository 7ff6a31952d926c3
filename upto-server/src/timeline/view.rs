//! What a page can show of a timeline, at a cost that grows with the page, not with the timeline.
//!
//! A [`Picture`] is prepared once for a table. A view of it has the rows that were asked for, and in each row bars: an
//! event that is at least a pixel long and overlaps no other of its row is a bar of its own. What lies between such
//! events is merged, up to where nothing runs for a pixel, and apart where events failed or were cancelled, so that
//! those keep their places. From bar to bar it takes one search, whose cost grows with the logarithm of the events.
//!
//! Rows whose events overlap say in how many lanes they would not; opened, each lane is a row.

mod cache;
mod lanes;
mod maxima;
mod picture;
mod rows;
mod track;

use std::ops::Range;

pub use self::lanes::LANES;
pub use self::picture::Picture;
use self::track::Window;
use super::event::State;
use super::forest::NodeNumber;
use super::table::{NameNumber, Place};

/// Pixels that a view has at most.
pub const WIDTH: u32 = 16_384;
/// Rows that a view has at most.
pub const ROWS: usize = 1_000;
/// Open events that are told one by one in a row, those that began first.
pub const RUNNING: usize = 64;

/// Which part of a timeline to show, and how.
#[derive(Clone, Copy, Debug)]
pub struct ViewOptions<'a> {
    /// The first instant, in nanoseconds since the epoch.
    pub from: i64,
    /// The first instant that is not shown any more.
    pub to: i64,
    /// How many pixels there are from one to the other: 1 to [`WIDTH`].
    pub width: u32,
    /// Which of the rows, from 0 on; at most [`ROWS`]. Those behind the last one are not there.
    pub rows: (usize, usize),
    /// Nodes of this depth and deeper are collapsed: they are drawn as one row with all that is below them.
    pub collapsed_from: u16,
    /// The [keys](super::forest::Node::key) of nodes for which the opposite is true.
    pub toggled: &'a [u64],
    /// The keys of nodes whose lanes are a row each.
    pub opened: &'a [u64],
    /// Events shorter than this are not drawn, nor nodes that have no longer one in or below them; in nanoseconds. Open
    /// events, and those without a start, are drawn in any case; 0: all are.
    pub min_duration: i64,
    /// Until when open events are drawn, in nanoseconds since the epoch; `None`: they have no length.
    pub now: Option<i64>,
}

/// What is wrong with what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// The view would end before, or when, it begins.
    #[error("the view ends at {to}, which is not after its beginning at {from}")]
    Reversed {
        /// The first instant.
        from: i64,
        /// The end.
        to: i64,
    },
    /// No pixels, or too many.
    #[error("a view is 1 to {WIDTH} pixels wide, not {0}")]
    Width(u32),
    /// The last row comes before the first one, or there are too many between them.
    #[error("a view has up to {ROWS} rows, which rows {0} to {1} are not")]
    Rows(usize, usize),
}

impl ViewOptions<'_> {
    fn check(&self) -> Result<(Window, Range<usize>), ViewError> {
        let (from, to) = (self.from, self.to);
        let (first, behind) = self.rows;
        if from >= to {
            return Err(ViewError::Reversed { from, to });
        }
        if self.width == 0 || self.width > WIDTH {
            return Err(ViewError::Width(self.width));
        }
        match behind.checked_sub(first) {
            Some(count) if count <= ROWS => Ok((Window::new(from, to, self.width), first..behind)),
            _ => Err(ViewError::Rows(first, behind)),
        }
    }
}

/// One event, or several that are too near to each other to be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins, in nanoseconds since the epoch, within the view.
    pub from: i64,
    /// Where it ends; the same instant for what has no length. Bars of a row do not overlap.
    pub to: i64,
    /// How many events began in it; of a bar at the left edge, also those that were running there already.
    pub count: u32,
    /// The worst state of those, failed being the worst and then cancelled.
    pub worst: State,
    /// The longest of those.
    pub longest: Place,
    /// Its name.
    pub name: NameNumber,
    /// How long it took, in nanoseconds, also outside the view.
    pub duration: i64,
    /// True if the bar is that one event and nothing else.
    pub is_exact: bool,
}

/// An open event in a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// The event.
    pub event: Place,
    /// When it began, in nanoseconds since the epoch, possibly before the view.
    pub since: i64,
}

/// A row of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewRow {
    /// The node that it shows.
    pub node: NodeNumber,
    /// True if it shows all that is below the node, too.
    pub is_collapsed: bool,
    /// In how many rows its events would not overlap, up to [`LANES`]; of a collapsed node, its own ones.
    pub lanes: u16,
    /// Which of them this is, if they are opened.
    pub lane: Option<u16>,
    /// Bars from left to right.
    pub bars: Vec<Bar>,
    /// Open events that began before the view ends, and that `now` is not before the view; the first [`RUNNING`] to begin.
    pub running: Vec<Running>,
    /// How many of those there are.
    pub running_count: u32,
}

/// What a page shows of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// The rows that were asked for.
    pub rows: Vec<ViewRow>,
    /// How many rows there are in all.
    pub row_count: usize,
}

impl View {
    /// What is seen of a picture.
    ///
    /// # Errors
    ///
    /// [`ViewError`] for what can't be shown by anybody: a range that ends before it begins, too many pixels or rows.
    pub fn of(picture: &Picture, options: &ViewOptions<'_>) -> Result<Self, ViewError> {
        let (window, wanted) = options.check()?;
        let mut view = View::default();
        rows::visible(picture, options, |row, place| {
            view.row_count += 1;
            if wanted.contains(&place) {
                view.rows.push(picture.draw(row, &window, options));
            }
        });
        Ok(view)
    }
}

#[cfg(test)]
mod tests;
