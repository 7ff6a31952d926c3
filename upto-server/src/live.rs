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
pub(crate) use self::update::{News, TimelineNews, Told, Update, UpdateChange};
use crate::timeline::{Change, Event, EventKey, Fold, Skew, Times};

/// How long what changes is still collected for somebody who has gone, and may come back.
pub(crate) const LINGER: Duration = Duration::from_secs(60);
/// Events of one update; more than that are a reset.
const EVENTS: usize = 2_000;

/// The watchers of one timeline, and what they have not been told yet.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    /// While somebody watches, and for a while after that.
    backlog: Option<Arc<Backlog>>,
    /// How often somebody began to watch.
    visits: u64,
    /// With the time from which on, for events without ids.
    changed: HashMap<EventKey, i64>,
    reset: bool,
    summary: bool,
    /// The fold was thrown out. What other servers store may come back into it unnoticed.
    is_stale: bool,
    /// How far clocks were apart when something was told last.
    skew: Arc<Skew>,
}

impl Hub {
    /// Everything that is published from now on, and what was a moment ago.
    pub(crate) fn subscribe(&mut self) -> Watching {
        self.visits += 1;
        Watching::new(self.backlog.get_or_insert_with(|| Arc::new(Backlog::new())).clone())
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.backlog.as_ref().is_some_and(|backlog| backlog.is_watched())
    }

    /// Whether changes are collected: for somebody who watches, or may come back.
    pub(crate) fn is_open(&self) -> bool {
        self.backlog.is_some()
    }

    /// How often somebody began to watch.
    pub(crate) fn visits(&self) -> u64 {
        self.visits
    }

    /// Drops everything if nobody watches and nobody came since there were so many visits.
    pub(crate) fn close(&mut self, visits: u64) {
        if !self.is_watched() && self.visits == visits {
            *self = Hub { visits, ..Hub::default() };
        }
    }

    /// Remembers what a mark changed, for those who watch.
    pub(crate) fn note(&mut self, change: &Change) {
        if !self.is_open() {
            return;
        }
        match change {
            Change::None => {}
            Change::Event { key, from } if self.changed.len() < EVENTS => {
                let known = self.changed.entry(key.clone()).or_insert(*from);
                *known = (*known).min(*from);
            }
            Change::Event { .. } | Change::Order => self.reset = true,
        }
    }

    /// Remembers that the numbers changed, though no event did.
    pub(crate) fn note_summary(&mut self) {
        self.summary = self.is_open();
    }

    /// Remembers that the fold was thrown out.
    pub(crate) fn note_eviction(&mut self) {
        self.is_stale = self.is_open();
    }

    /// Remembers that the fold has everything again, and perhaps more than was told.
    pub(crate) fn note_completion(&mut self) {
        self.reset |= std::mem::take(&mut self.is_stale);
    }

    /// Tells the watchers what changed, or, if the fold is not complete, only that something did.
    pub(crate) fn publish(&mut self, fold: &Fold, is_complete: bool) {
        let changed = std::mem::take(&mut self.changed);
        let (reset, summary) = (std::mem::take(&mut self.reset), std::mem::take(&mut self.summary));
        if changed.is_empty() && !reset && !summary {
            return;
        }
        let Some(backlog) = &self.backlog else { return };
        if !is_complete {
            return backlog.push(News::Changed);
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
        backlog.push(News::Told(Box::new(TimelineNews { raw, corrected, skew })));
    }
}

fn change_of(changed: &HashMap<EventKey, i64>, fold: &Fold, skew: &Skew) -> UpdateChange {
    let all = changed.iter().flat_map(|(key, from)| fold.since_by(key, *from, skew));
    let events: Vec<Event> = all.take(EVENTS + 1).collect();
    if events.len() <= EVENTS { UpdateChange::Events(events) } else { UpdateChange::Reset }
}

#[cfg(test)]
mod tests;
