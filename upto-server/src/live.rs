//! The hub: what changed in a timeline, told to those who watch it.
//!
//! Changes are collected while marks arrive and published once per commit, each event whole and at most
//! once, so a reader's work grows with what changed and not with how often. A reader who falls behind is
//! told to fetch everything again; nobody waits for a reader.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::timeline::{Change, Event, EventKey, Fold, Summary};

/// Updates that a reader may be behind before it has to start over. Together with [`EVENTS`], this bounds the
/// memory that a reader who does not read costs to some 20 MiB a timeline.
const BACKLOG: usize = 32;
/// Events of one update; more than that are a reset.
const EVENTS: usize = 2_000;

/// News of one timeline.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    /// The timeline in numbers, after the change.
    pub summary: Summary,
    /// What changed.
    pub change: UpdateChange,
}

/// What changed in a timeline.
#[derive(Clone, Debug)]
pub(crate) enum UpdateChange {
    /// These events are new or different.
    Events(Vec<Event>),
    /// More than can be told.
    Reset,
}

/// The watchers of one timeline, and what they have not been told yet.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    sender: Option<broadcast::Sender<Arc<Update>>>,
    /// With the time from which on, for events without ids.
    changed: HashMap<EventKey, i64>,
    reset: bool,
    summary: bool,
}

impl Hub {
    /// Everything that is published from now on.
    pub(crate) fn subscribe(&mut self) -> broadcast::Receiver<Arc<Update>> {
        self.sender.get_or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    pub(crate) fn is_watched(&self) -> bool {
        self.sender.as_ref().is_some_and(|sender| sender.receiver_count() > 0)
    }

    /// Remembers what a mark changed, if anybody watches.
    pub(crate) fn note(&mut self, change: &Change) {
        if !self.is_watched() {
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
        self.summary = self.is_watched();
    }

    /// Tells the watchers.
    pub(crate) fn publish(&mut self, fold: &Fold) {
        let changed = std::mem::take(&mut self.changed);
        let (reset, summary) = (std::mem::take(&mut self.reset), std::mem::take(&mut self.summary));
        if changed.is_empty() && !reset && !summary {
            return;
        }
        let events =
            || changed.iter().flat_map(|(key, from)| fold.since(key, *from)).take(EVENTS + 1).collect();
        let events: Vec<Event> = if reset { Vec::new() } else { events() };
        let is_told = !reset && events.len() <= EVENTS;
        let change = if is_told { UpdateChange::Events(events) } else { UpdateChange::Reset };
        if let Some(sender) = &self.sender {
            // Nobody listening any more is no fault.
            let _ = sender.send(Arc::new(Update { summary: fold.summary(), change }));
        }
    }
}
