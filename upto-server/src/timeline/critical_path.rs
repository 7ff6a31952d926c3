//! What the length of a timeline, or of one event in it, depends on.
//!
//! From the end backwards: the part that ended last, before it the part that ended last before that one began, and so
//! on, within each part likewise; parts are clipped to the event that they are part of. After Zhang et al., "CRISP:
//! Critical Path Analysis of Large-Scale Microservice Architectures", USENIX ATC 2022. What no part fills is the event's
//! own time, or *unattributed* where there is no event: between the events of the whole. So the sections of a path cover
//! the time from its beginning to its end once, exactly.
//!
//! Which part waited for which one is not told by anybody. What began when another had ended counts as waiting for it;
//! an [`Order`] learned from earlier timelines sharpens that. All that follows from it is an estimate.

mod slack;
mod walk;

use super::forest::Forest;
use super::nesting::{LeftOut, Nesting};
use super::table::{NameNumber, Place, Table, number};

/// How far a part may have ended after the next one began, in nanoseconds, and still count as before it: clocks of two
/// threads are read one after the other.
pub const TOLERANCE: i64 = 1_000;

/// An order of names that was learned from earlier timelines.
pub trait Order {
    /// Whether events named `before` have always ended before those named `after` began. The numbers are those of the
    /// table that is asked about.
    fn is_always_before(&self, before: NameNumber, after: NameNumber) -> bool;
}

/// What to find the path of, and how.
#[derive(Clone, Copy)]
pub struct PathOptions<'a> {
    /// The event to explain; `None`: the whole timeline.
    pub of: Option<Place>,
    /// How far parts that follow each other may overlap, in nanoseconds, from 0 on.
    pub tolerance: i64,
    /// What is known of the order of names.
    pub order: Option<&'a dyn Order>,
}

impl Default for PathOptions<'_> {
    fn default() -> Self {
        PathOptions { of: None, tolerance: TOLERANCE, order: None }
    }
}

/// Why there is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No event of the timeline has both a start and an end.
    #[error("no event has both a known start and a known end")]
    NothingTimed,
    /// There is no event in this place.
    #[error("there is no event in place {0}")]
    NoSuchEvent(Place),
    /// That event is open, its start is not known, or it is a point.
    #[error("the event in place {0} has no known start and end")]
    NotTimed(Place),
}

/// A part of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Section {
    /// When it begins, in nanoseconds since the epoch.
    pub from: i64,
    /// When it ends; later than it begins.
    pub to: i64,
    /// The event whose own time it is; `None`: unattributed, no event was waited for.
    pub event: Option<Place>,
}

/// An event that the path leads through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The event.
    pub event: Place,
    /// When the path enters it, in nanoseconds since the epoch; not before it begins.
    pub from: i64,
    /// When the path leaves it; not after it ends.
    pub to: i64,
    /// Its own time on the path, without that of its parts, in nanoseconds.
    pub own: i64,
    /// How much shorter the whole would be at most if this step and its parts took nothing, in nanoseconds: its length,
    /// or the least slack of what runs beside it.
    pub drag: i64,
    /// The step that it is part of, by its place in [`CriticalPath::steps`]; `None`: of what the path is of.
    pub parent: Option<u32>,
}

impl Step {
    /// Its time on the path with that of its parts, in nanoseconds.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.to.saturating_sub(self.from)
    }
}

/// What the length of a timeline or of an event depends on. Lengths end at `i64::MAX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    extent: (i64, i64),
    sections: Vec<Section>,
    steps: Vec<Step>,
    slack: Vec<i64>,
    left_out: LeftOut,
}

impl CriticalPath {
    /// The path of what the options say. Takes time in proportion to `n log n` of the events.
    ///
    /// # Errors
    ///
    /// [`PathError`] if there is nothing whose time is known.
    pub fn of(forest: &Forest, nesting: &Nesting, options: &PathOptions<'_>) -> Result<Self, PathError> {
        let table = forest.table();
        let extent = match options.of {
            None => nesting.extent().ok_or(PathError::NothingTimed)?,
            Some(place) if place as usize >= table.len() => return Err(PathError::NoSuchEvent(place)),
            Some(place) => table.interval(place as usize).ok_or(PathError::NotTimed(place))?,
        };
        let walked = walk::walk(table, nesting, options, extent);
        let slack = slack::slack(table, nesting, options, extent, &walked.steps);
        let mut steps = walked.steps;
        slack::fill_drag(table, nesting, options.of, &slack, &mut steps);
        let (steps, left_out) = (in_time(steps), nesting.left_out());
        Ok(CriticalPath { extent, sections: walked.sections, steps, slack, left_out })
    }

    /// When the whole begins and ends, in nanoseconds since the epoch.
    #[must_use]
    pub fn extent(&self) -> (i64, i64) {
        self.extent
    }

    /// How long the whole takes, in nanoseconds.
    #[must_use]
    pub fn length(&self) -> i64 {
        self.extent.1.saturating_sub(self.extent.0)
    }

    /// The path from beginning to end, without gaps.
    #[must_use]
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// The events on the path, by when the path leaves them; an event comes behind its parts.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How much of the path is nobody's time, in nanoseconds.
    #[must_use]
    pub fn unattributed(&self) -> i64 {
        let nobodys = self.sections.iter().filter(|section| section.event.is_none());
        nobodys.fold(0, |sum, section| sum.saturating_add(section.to.saturating_sub(section.from)))
    }

    /// How much later an event could have ended without making the whole longer, in nanoseconds; 0 on the path. `None`: it
    /// takes no part in the whole.
    #[must_use]
    pub fn slack(&self, event: Place) -> Option<i64> {
        self.slack.get(event as usize).copied().filter(|slack| *slack >= 0)
    }

    /// How long the whole would take, in nanoseconds, by estimate, if an event and its parts took so many thousandths of
    /// their time: 500 is half as long, 2,000 twice. `None`: it takes no part in the whole.
    #[must_use]
    pub fn what_if(&self, table: &Table, event: Place, per_mille: u32) -> Option<i64> {
        let slack = self.slack(event)?;
        let (from, to) = table.interval(event as usize)?;
        let longer =
            part(to.saturating_sub(from), per_mille.saturating_sub(1_000)).saturating_sub(slack).max(0);
        let step = self.steps.iter().find(|step| step.event == event);
        let shorter =
            step.map_or(0, |step| part(step.length(), 1_000_u32.saturating_sub(per_mille)).min(step.drag));
        Some(self.length().saturating_sub(shorter).saturating_add(longer))
    }

    /// What the path could not take into account.
    #[must_use]
    pub fn left_out(&self) -> LeftOut {
        self.left_out
    }
}

/// From the beginning on; they were found from the end on.
fn in_time(mut steps: Vec<Step>) -> Vec<Step> {
    let last = number(steps.len()).saturating_sub(1);
    steps.reverse();
    steps.iter_mut().for_each(|step| step.parent = step.parent.map(|parent| last - parent));
    steps
}

/// So many thousandths of a length.
fn part(length: i64, per_mille: u32) -> i64 {
    i64::try_from(i128::from(length) * i128::from(per_mille) / 1_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
