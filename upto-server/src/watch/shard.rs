//! A part of all heartbeats: what is known of them, when each is due, and what of that is not stored yet. No I/O.
//!
//! A shard is one document, so that many pulses cost one write. It is changed by steps, which are kept until they are
//! stored: where another server has stored the document meanwhile, they are applied again to what that has stored.

mod publishing;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::heartbeat::{AlertTarget, Change, Heartbeat, Key, News, Standing};
use super::notice::Notice;
use crate::catalog::document;
use crate::store::Result;

/// A moment, by both clocks, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) wall: i64,
    pub(crate) monotonic: i64,
}

/// What is done to a heartbeat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Change(Change),
    /// Nobody wants to know of it any more.
    Forget,
}

/// How soon a step has to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Haste {
    /// Somebody waits for it.
    Now,
    /// It says something new.
    Soon,
    /// It says what is known, once more.
    Whenever,
}

/// What is stored of a shard.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ShardDocument {
    heartbeats: Vec<Heartbeat>,
    /// Decided on, and not published for sure.
    notices: Vec<Notice>,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    heartbeats: Vec<&'a Heartbeat>,
    notices: Vec<&'a Notice>,
}

struct Live {
    heartbeat: Heartbeat,
    /// When it is dead unless it pulses, by the monotonic clock.
    due: Option<i64>,
}

/// A document on its way to the store.
pub(super) struct Saving {
    pub(super) bytes: Vec<u8>,
    /// The one that it follows.
    pub(super) version: Option<u64>,
    /// The number of changes that are in it.
    pub(super) through: u64,
    /// Other servers have to be told.
    pub(super) has_news: bool,
}

type Steps = BTreeMap<Key, Vec<(Moment, Step)>>;

/// A part of all heartbeats.
#[derive(Default)]
pub(super) struct Shard {
    /// Of the document, as it was seen last.
    version: Option<u64>,
    living: BTreeMap<Key, Live>,
    deadlines: BTreeSet<(i64, Key)>,
    /// Heartbeats by what stands for them in addresses.
    pings: HashMap<Arc<str>, Key>,
    /// With the number of changes by which each was decided on: it is published once that is stored.
    notices: Vec<(Notice, u64)>,
    /// The ids of those that were decided on here, with the number of changes then. Where another server was faster, they
    /// are its own.
    own: HashMap<String, u64>,
    /// The ids of those that were published and may still be in the document, with the number of changes then.
    published: HashMap<String, u64>,
    /// Notices about no heartbeat that are not stored: no step brings them about again.
    posted: Vec<Notice>,
    /// How many of those are just being stored.
    posting: usize,
    /// Steps that are not stored, and those that are just being stored.
    unsaved: Steps,
    saving: Steps,
    /// How many changes there were, and up to which they are stored.
    changes: u64,
    saved: u64,
    /// When it has to be stored, by the monotonic clock.
    store_by: Option<i64>,
    /// Something that is not stored is more than pulses of what is known.
    has_news: bool,
}

impl Shard {
    /// Applies a step; what is news of it.
    pub(super) fn take(
        &mut self,
        key: &Key,
        step: Step,
        at: Moment,
        ping: impl FnOnce() -> Arc<str>,
    ) -> Option<News> {
        let before = self.get(key).map(essence);
        let news = self.apply(key, &step, at, ping);
        self.has_news |= before != self.get(key).map(essence);
        note(self.unsaved.entry(key.clone()).or_default(), at, step);
        self.changes += 1;
        news
    }

    /// Has to be stored by this time of the monotonic clock.
    pub(super) fn store_by(&mut self, monotonic: i64) {
        self.store_by = Some(self.store_by.map_or(monotonic, |earlier| earlier.min(monotonic)));
    }

    fn apply(&mut self, key: &Key, step: &Step, at: Moment, ping: impl FnOnce() -> Arc<str>) -> Option<News> {
        let change = match step {
            Step::Change(change) => change,
            Step::Forget => {
                let dead = self.get(key).filter(|heartbeat| heartbeat.standing == Standing::Dead);
                let closed = dead.map(|heartbeat| Notice::of_end(heartbeat, "forgotten", at.wall));
                self.forget(key);
                self.decide_on(closed);
                return None;
            }
        };
        let begins =
            matches!(change, Change::Define(_) | Change::Pulse(_) | Change::Start(_) | Change::Fail(_));
        if begins && !self.living.contains_key(key) {
            self.insert(Heartbeat::new(key, ping(), at.wall), None);
        }
        let live = self.living.get_mut(key)?;
        let was_dead = live.heartbeat.standing == Standing::Dead;
        let news = live.heartbeat.apply(change, at.wall);
        let due = due(&live.heartbeat, at);
        let ended = match live.heartbeat.standing {
            Standing::Cancelled => Some("cancelled"),
            Standing::Paused => Some("paused"),
            _ => None,
        };
        let closed = ended.filter(|_| was_dead).map(|ended| Notice::of_end(&live.heartbeat, ended, at.wall));
        let notice = news.and_then(|news| Notice::of_heartbeat(&live.heartbeat, news, at.wall));
        self.set_due(key, due);
        self.decide_on(notice.or(closed));
        news
    }

    /// Has a notice published once what it tells is stored.
    fn decide_on(&mut self, notice: Option<Notice>) {
        if let Some(notice) = notice.filter(|notice| !self.published.contains_key(&notice.id)) {
            self.own.insert(notice.id.clone(), self.changes + 1);
            if self.notices.iter().all(|(known, _)| known.id != notice.id) {
                self.notices.push((notice, self.changes + 1));
            }
        }
    }

    fn insert(&mut self, heartbeat: Heartbeat, due: Option<i64>) {
        let key = heartbeat.key();
        if key.run.is_empty() && !heartbeat.ping.is_empty() {
            self.pings.insert(heartbeat.ping.clone(), key.clone());
        }
        self.deadlines.extend(due.map(|due| (due, key.clone())));
        self.living.insert(key, Live { heartbeat, due });
    }

    fn forget(&mut self, key: &Key) {
        self.set_due(key, None);
        if let Some(live) = self.living.remove(key)
            && self.pings.get(&live.heartbeat.ping).is_some_and(|known| known == key)
        {
            self.pings.remove(&live.heartbeat.ping);
        }
    }

    fn set_due(&mut self, key: &Key, due: Option<i64>) {
        let Some(live) = self.living.get_mut(key) else { return };
        if live.due == due {
            return;
        }
        if let Some(before) = live.due {
            self.deadlines.remove(&(before, key.clone()));
        }
        live.due = due;
        self.deadlines.extend(due.map(|due| (due, key.clone())));
    }

    /// Those whose deadline has passed.
    pub(super) fn due(&self, monotonic: i64) -> Vec<Key> {
        let passed = self.deadlines.iter().take_while(|(due, _)| *due <= monotonic);
        passed.map(|(_, key)| key.clone()).collect()
    }

    /// Whether there are some.
    pub(super) fn has_due(&self, monotonic: i64) -> bool {
        self.deadlines.first().is_some_and(|(due, _)| *due <= monotonic)
    }

    /// Declares those dead whose deadline had passed at `by` of the monotonic clock; how many they are.
    pub(super) fn miss(&mut self, by: i64, at: Moment) -> usize {
        let due = self.due(by);
        for key in &due {
            let Some(deadline) = self.living.get(key).and_then(|live| live.heartbeat.deadline()) else {
                continue;
            };
            self.take(key, Step::Change(Change::Miss { deadline }), at, || "".into());
        }
        due.len()
    }

    /// Waits once more for those whose deadline had passed at `by`, as long as each may take, without a change that others
    /// would see.
    pub(super) fn wait_again(&mut self, by: i64, at: Moment) {
        for key in self.due(by) {
            let patience = self.get(&key).map_or(0, Heartbeat::patience);
            self.set_due(&key, Some(at.monotonic.saturating_add(patience)));
        }
    }

    /// Gives those whose deadline has passed by the wall clock their time once more; which ones those are.
    pub(super) fn rearm(&mut self, at: Moment) -> Vec<Key> {
        let passed = self.passed(at.wall);
        for (key, deadline) in &passed {
            self.take(key, Step::Change(Change::Rearm { deadline: *deadline }), at, || "".into());
        }
        passed.into_iter().map(|(key, _)| key).collect()
    }

    /// Waits for those for their time once more, without a change that others would see; which ones those are.
    pub(super) fn arm(&mut self, at: Moment) -> Vec<Key> {
        let passed: Vec<_> = self.passed(at.wall).into_iter().map(|(key, _)| key).collect();
        for key in &passed {
            let patience = self.get(key).map_or(0, Heartbeat::patience);
            self.set_due(key, Some(at.monotonic.saturating_add(patience)));
        }
        passed
    }

    /// Those whose deadline has passed by the wall clock, and that.
    fn passed(&self, wall: i64) -> Vec<(Key, i64)> {
        let passed = |live: &Live| live.heartbeat.deadline().filter(|deadline| *deadline <= wall);
        self.living.iter().filter_map(|(key, live)| Some((key.clone(), passed(live)?))).collect()
    }

    /// Whether there is something to store by now.
    pub(super) fn is_to_be_stored(&self, monotonic: i64) -> bool {
        self.changes > self.saved && self.store_by.is_some_and(|by| by <= monotonic)
    }

    pub(super) fn is_stored(&self) -> bool {
        self.changes == self.saved
    }

    /// How many changes there were.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    pub(super) fn version(&self) -> Option<u64> {
        self.version
    }

    /// Writes the document with all steps so far, which goes under `key`.
    ///
    /// # Errors
    /// It can't be written as a document.
    pub(super) fn begin_saving(&mut self, key: &str) -> Result<Saving> {
        let heartbeats = self.living.values().map(|live| &live.heartbeat).collect();
        let notices = self.notices.iter().map(|(notice, _)| notice).collect();
        let bytes = document::encode(&Snapshot { heartbeats, notices }, key)?;
        for (key, steps) in std::mem::take(&mut self.unsaved) {
            self.saving.entry(key).or_default().extend(steps);
        }
        self.store_by = None;
        self.posting = self.posted.len();
        Ok(Saving { bytes, version: self.version, through: self.changes, has_news: self.has_news })
    }

    /// What [`begin_saving`](Self::begin_saving) wrote is stored.
    pub(super) fn end_saving(&mut self, version: u64, through: u64) {
        self.version = Some(version);
        self.has_news &= self.changes > through;
        self.saved = self.saved.max(through);
        self.saving.clear();
        self.posted.drain(..self.posting);
        self.posting = 0;
        self.published.retain(|_, changes| *changes > through);
    }

    /// Takes what is stored, and applies to it what is not.
    pub(super) fn reload(&mut self, version: Option<u64>, document: ShardDocument, now: Moment) {
        let before = std::mem::take(&mut self.living);
        self.deadlines.clear();
        self.pings.clear();
        self.version = version;
        for heartbeat in document.heartbeats {
            let known = before.get(&heartbeat.key());
            let is_same = |live: &&Live| live.heartbeat == heartbeat;
            let due = known.filter(is_same).map_or_else(|| due(&heartbeat, now), |live| live.due);
            self.insert(heartbeat, due);
        }
        let unpublished =
            document.notices.into_iter().filter(|notice| !self.published.contains_key(&notice.id));
        self.notices = unpublished.map(|notice| (notice, 0)).collect();
        let is_there = |posted: &Notice| self.notices.iter().any(|(notice, _)| notice.id == posted.id);
        let missing: Vec<_> = self.posted.iter().filter(|posted| !is_there(posted)).cloned().collect();
        self.notices.extend(missing.into_iter().map(|notice| (notice, self.changes)));
        self.posting = 0;
        self.own.retain(|_, change| *change <= self.saved);
        self.own.extend(self.posted.iter().map(|posted| (posted.id.clone(), self.changes)));
        let (saving, unsaved) = (std::mem::take(&mut self.saving), std::mem::take(&mut self.unsaved));
        for (key, steps) in saving.iter().chain(&unsaved) {
            let ping = || before.get(key).map_or_else(|| "".into(), |live| live.heartbeat.ping.clone());
            for (at, step) in steps {
                self.apply(key, step, *at, ping);
            }
        }
        // What follows from them anew is stored with the next change, which this is.
        self.changes += u64::from(!saving.is_empty() || !unsaved.is_empty());
        (self.saving, self.unsaved) = (saving, unsaved);
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Heartbeat> {
        self.living.get(key).map(|live| &live.heartbeat)
    }

    pub(super) fn len(&self) -> usize {
        self.living.len()
    }

    /// The heartbeat that this stands for in addresses.
    pub(super) fn pinged(&self, ping: &str) -> Option<Key> {
        self.pings.get(ping).cloned()
    }

    /// Those behind `after`, in the order of their keys.
    pub(super) fn after(&self, after: Option<&Key>) -> impl Iterator<Item = &Heartbeat> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.living.range((start, Bound::Unbounded)).map(|(_, live)| &live.heartbeat)
    }
}

/// What other servers want to know of a heartbeat at once.
fn essence(heartbeat: &Heartbeat) -> (Standing, i64, i64, Option<AlertTarget>) {
    let Heartbeat { standing, next, grace, alert, .. } = heartbeat;
    (*standing, *next, *grace, alert.clone())
}

/// When a heartbeat is due by the monotonic clock, `now` being the time: never later than what it has at most, whatever
/// was done to the wall clock.
fn due(heartbeat: &Heartbeat, now: Moment) -> Option<i64> {
    let left = heartbeat.deadline()?.saturating_sub(now.wall);
    Some(now.monotonic.saturating_add(left.min(heartbeat.patience())))
}

/// Adds a step to those that are not stored. Of pulses that follow one another, the last one says it all.
fn note(steps: &mut Vec<(Moment, Step)>, at: Moment, step: Step) {
    let step = match (steps.last_mut(), step) {
        (Some((time, Step::Change(Change::Pulse(before)))), Step::Change(Change::Pulse(pulse))) => {
            *time = at;
            if pulse.is_some() {
                *before = pulse;
            }
            return;
        }
        (_, step) => step,
    };
    steps.push((at, step));
}

#[cfg(test)]
mod tests;
