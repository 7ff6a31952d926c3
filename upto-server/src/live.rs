//! The hub: what changed in a timeline, told to those who watch it.
//!
//! Changes are collected while marks arrive and published once per commit, each event whole and at most
//! once, so a reader's work grows with what changed and not with how often. A reader who falls behind is
//! told to fetch everything again; nobody waits for a reader. Where the fold is not complete, because it was thrown out or
//! the timeline is too large for one, readers are told only that something changed.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::broadcast;

use crate::timeline::{Change, Event, EventKey, Fold, Skew, Summary, Times};

/// Updates that a reader may be behind before it has to start over. Together with [`EVENTS`], this bounds the
/// memory that a reader who does not read costs to some 20 MiB a timeline.
const BACKLOG: usize = 32;
/// Events of one update; more than that are a reset.
const EVENTS: usize = 2_000;

/// News of one timeline.
#[derive(Clone, Debug)]
pub(crate) enum Update {
    /// What changed, and how the timeline stands.
    News(Box<TimelineNews>),
    /// Something changed: the timeline has to be asked.
    Changed,
}

/// What changed in a timeline, and how it stands then.
#[derive(Clone, Debug)]
pub(crate) struct TimelineNews {
    raw: Told,
    /// If that is anything else.
    corrected: Option<Told>,
    /// How far clocks are apart.
    pub skew: Arc<Skew>,
}

/// News with times of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    /// The timeline in numbers, after the change.
    pub summary: Summary,
    /// What changed.
    pub change: UpdateChange,
}

impl TimelineNews {
    /// The news with these times.
    pub(crate) fn told(&self, times: Times) -> &Told {
        self.corrected.as_ref().filter(|_| times == Times::Corrected).unwrap_or(&self.raw)
    }
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
    /// How far clocks were apart when something was told last.
    skew: Arc<Skew>,
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

    /// Tells the watchers what changed, or, if the fold is not complete, only that something did.
    pub(crate) fn publish(&mut self, fold: &Fold, is_complete: bool) {
        let changed = std::mem::take(&mut self.changed);
        let (reset, summary) = (std::mem::take(&mut self.reset), std::mem::take(&mut self.summary));
        if changed.is_empty() && !reset && !summary {
            return;
        }
        let Some(sender) = &self.sender else { return };
        if !is_complete {
            // Nobody listening any more is no fault.
            let _ = sender.send(Arc::new(Update::Changed));
            return;
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
        let _ = sender.send(Arc::new(Update::News(Box::new(TimelineNews { raw, corrected, skew }))));
    }
}

fn change_of(changed: &HashMap<EventKey, i64>, fold: &Fold, skew: &Skew) -> UpdateChange {
    let all = changed.iter().flat_map(|(key, from)| fold.since_by(key, *from, skew));
    let events: Vec<Event> = all.take(EVENTS + 1).collect();
    if events.len() <= EVENTS { UpdateChange::Events(events) } else { UpdateChange::Reset }
}
