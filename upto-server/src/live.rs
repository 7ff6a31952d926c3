//! The hub: what changed in a timeline, told to those who watch it.
//!
//! Changes are collected while marks arrive and published once per commit, each event whole and at most
//! once, so a reader's work grows with what changed and not with how often. A reader who falls behind, or comes back
//! after a broken connection, takes what was published since from a backlog; if that does not go back so far, everything
//! has to be fetched again. Nobody waits for a reader. Where the fold is not complete, because it was thrown out or
//! the timeline is too large for one, readers are told only that something changed.

mod backlog;
mod position;
mod update;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use self::backlog::Backlog;
pub(crate) use self::backlog::Watching;
pub(crate) use self::position::Position;
use self::update::cost;
pub(crate) use self::update::{News, TimelineNews, Told, Update, UpdateChange};
use crate::timeline::{Change, Event, EventKey, Fold, Skew, Times};

/// How long what changes is still collected for somebody who has gone, and may come back.
pub(crate) const LINGER: Duration = Duration::from_secs(60);
/// Events of one update; more than that are a reset.
const EVENTS: usize = 2_000;
/// Bytes of memory that they take, estimated; more than that are a reset, too.
const BYTES: usize = 4 << 20;

/// The watchers of one timeline, and what they have not been told yet.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    /// How often somebody began to watch.
    visits: u64,
    /// While somebody watches, and for a while after that.
    open: Option<Box<Open>>,
}

/// What there is only where somebody watches.
#[derive(Debug)]
struct Open {
    backlog: Arc<Backlog>,
    /// With the time from which on, for events without ids.
    changed: HashMap<EventKey, i64>,
    reset: bool,
    summary: bool,
    /// The fold was thrown out. What other servers store may come back into it unnoticed.
    is_stale: bool,
    /// How far clocks were apart when something was told last.
    skew: Arc<Skew>,
}

impl Open {
    fn new() -> Self {
        let (changed, skew) = (HashMap::new(), Arc::default());
        let backlog = Arc::new(Backlog::new());
        Open { backlog, changed, reset: false, summary: false, is_stale: false, skew }
    }
}

impl Hub {
    /// Everything that is published from now on, and what was a moment ago.
    pub(crate) fn subscribe(&mut self) -> Watching {
        self.visits += 1;
        Watching::new(self.open.get_or_insert_with(|| Box::new(Open::new())).backlog.clone())
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.backlog.is_watched())
    }

    /// Whether changes are collected: for somebody who watches, or may come back.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// How often somebody began to watch.
    pub(crate) fn visits(&self) -> u64 {
        self.visits
    }

    /// Drops everything if nobody watches and nobody came since there were so many visits.
    pub(crate) fn close(&mut self, visits: u64) {
        if !self.is_watched() && self.visits == visits {
            self.open = None;
        }
    }

    /// Remembers what a mark changed, for those who watch.
    pub(crate) fn note(&mut self, change: &Change) {
        let Some(open) = &mut self.open else { return };
        match change {
            Change::None => {}
            Change::Event { key, from } if open.changed.len() < EVENTS => {
                let known = open.changed.entry(key.clone()).or_insert(*from);
                *known = (*known).min(*from);
            }
            Change::Event { .. } | Change::Order => open.reset = true,
        }
    }

    /// Remembers that the numbers changed, though no event did.
    pub(crate) fn note_summary(&mut self) {
        if let Some(open) = &mut self.open {
            open.summary = true;
        }
    }

    /// Remembers that the fold was thrown out.
    pub(crate) fn note_eviction(&mut self) {
        if let Some(open) = &mut self.open {
            open.is_stale = true;
        }
    }

    /// Remembers that the fold has everything again, and perhaps more than was told.
    pub(crate) fn note_completion(&mut self) {
        if let Some(open) = &mut self.open {
            open.reset |= std::mem::take(&mut open.is_stale);
        }
    }

    /// Tells the watchers what changed, or, if the fold is not complete, only that something did.
    pub(crate) fn publish(&mut self, fold: &Fold, is_complete: bool) {
        if let Some(open) = &mut self.open {
            open.publish(fold, is_complete);
        }
    }

    /// Bytes of what is kept for those who watch.
    pub(crate) fn bytes(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.backlog.bytes())
    }

    /// Drops what is kept: those who have not read it have to start over.
    pub(crate) fn forget_told(&mut self) {
        if let Some(open) = &mut self.open {
            open.backlog.forget();
        }
    }
}

impl Open {
    /// See [`Hub::publish`].
    fn publish(&mut self, fold: &Fold, is_complete: bool) {
        let changed = std::mem::take(&mut self.changed);
        let (reset, summary) = (std::mem::take(&mut self.reset), std::mem::take(&mut self.summary));
        if changed.is_empty() && !reset && !summary {
            return;
        }
        if !is_complete {
            return self.backlog.push(News::Changed);
        }
        let skew = fold.skew();
        let told = |times, is_reset, skew: &Skew| Told {
            summary: fold.summary_in(times),
            change: if is_reset { UpdateChange::Reset } else { change_of(&changed, fold, skew) },
        };
        // What was told of other events has other times now.
        let moved = !skew.corrects_as(&self.skew);
        let corrected = skew.is_applied() || moved;
        let raw = told(Times::Raw, reset, &Skew::default());
        let corrected = corrected.then(|| told(Times::Corrected, reset || moved, &skew));
        self.skew = skew.clone();
        self.backlog.push(News::Told(Box::new(TimelineNews { raw, corrected, skew })));
    }
}

fn change_of(changed: &HashMap<EventKey, i64>, fold: &Fold, skew: &Skew) -> UpdateChange {
    let (mut events, mut bytes) = (Vec::<Event>::new(), 0);
    for event in changed.iter().flat_map(|(key, from)| fold.since_by(key, *from, skew)) {
        bytes += cost(&event);
        if events.len() == EVENTS || bytes > BYTES {
            return UpdateChange::Reset;
        }
        events.push(event);
    }
    UpdateChange::Events(events)
}

#[cfg(test)]
mod tests;
