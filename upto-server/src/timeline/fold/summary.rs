//! A timeline in numbers.

use super::super::event::State;
use super::super::loss::{Loss, Received, SessionTotals};
use super::Fold;
use super::span::Span;

/// How many events there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) open: u64,
    pub(super) failed: u64,
}

impl Counts {
    pub(super) fn of(span: &Span) -> Counts {
        let state = span.state();
        Counts { total: 1, open: u64::from(state == State::Open), failed: u64::from(state == State::Failed) }
    }

    pub(super) fn replace(&mut self, old: Counts, new: Counts) {
        self.total = self.total + new.total - old.total;
        self.open = self.open + new.open - old.open;
        self.failed = self.failed + new.failed - old.failed;
    }
}

/// How a timeline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineState {
    /// An event is open, or there is none yet.
    Running,
    /// No event is open, and none failed.
    Done,
    /// No event is open, and one failed.
    Failed,
}

impl TimelineState {
    fn of(Counts { total, open, failed }: Counts) -> Self {
        match (total, open, failed) {
            (0, _, _) | (_, 1.., _) => TimelineState::Running,
            (_, _, 0) => TimelineState::Done,
            _ => TimelineState::Failed,
        }
    }

    /// The state as the API writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TimelineState::Running => "running",
            TimelineState::Done => "done",
            TimelineState::Failed => "failed",
        }
    }
}

/// A timeline in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How it stands.
    pub state: TimelineState,
    /// The earliest and the latest instant of its marks, in nanoseconds since the epoch.
    pub extent: Option<(i64, i64)>,
    /// How many events it has.
    pub total: u64,
    /// How many of them are open.
    pub open: u64,
    /// How many of them failed.
    pub failed: u64,
    /// What is missing.
    pub loss: Loss,
    /// What was received of the sessions that have marks here.
    pub received: Received,
    /// How many those are.
    pub sessions: SessionTotals,
}

impl Summary {
    /// The same timeline with so many events: all, open and failed ones.
    pub(crate) fn with_counts(self, (total, open, failed): (u64, u64, u64)) -> Self {
        let state = TimelineState::of(Counts { total, open, failed });
        Summary { state, total, open, failed, ..self }
    }
}

impl Fold {
    /// The timeline in numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let Counts { total, open, failed } = self.counts;
        let state = TimelineState::of(self.counts);
        let (loss, received) = (self.sessions.loss(), self.sessions.received());
        let sessions = self.sessions.totals();
        let extent = self.extents.raw();
        Summary { state, extent, total, open, failed, loss, received, sessions }
    }
}
