//! Groups of tasks: what one may wait for, and what they come to together.
//!
//! A group is a document. Whoever ends one of its tasks notes that there, and queues the tasks that waited for it, before
//! the task is acknowledged: who comes after a worker that was killed does the same again, and nothing is queued for good
//! that was not noted.

mod graph;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub(crate) use self::graph::Wanted;
use super::answer::HostAnswer;
use super::outcome::{Ending, Outcome};
use super::results;
use super::task::{Part, Task};
use crate::catalog::document::{self, Listing, escaped};
use crate::store::{Result, Store, StoreErrorKind};

/// Documents of groups begin with this. Then follows the id, escaped.
const GROUPS: &str = "fleet-group/";

/// Tasks that are read as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// By which it is asked for.
    pub(crate) id: String,
    /// When it was made, in nanoseconds since the epoch.
    pub(crate) created: i64,
    /// By what they are called within it.
    pub(crate) parts: BTreeMap<String, PartOfGroup>,
}

/// A task of a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct PartOfGroup {
    /// What hosts are asked for.
    pub(crate) check: String,
    /// What has to have ended before.
    pub(crate) after: Vec<String>,
    /// How far it is.
    pub(crate) state: State,
}

/// How far a task of a group is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    /// For others.
    Waiting,
    /// It is queued, or being done.
    Queued,
    /// This came of it.
    Ended(Outcome),
}

/// What follows from a change of a group.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Consequences {
    /// What is to be queued.
    pub(crate) tasks: Vec<Task>,
    /// What can't be done any more.
    pub(crate) refused: Vec<Outcome>,
}

impl Group {
    /// All tasks that wait for nothing are queued at once.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(id: &str, wanted: &BTreeMap<String, Wanted>, now: i64) -> Result<Self, String> {
        graph::check(wanted)?;
        let parts = wanted.iter().map(|(name, wanted)| {
            let Wanted { check, after } = wanted.clone();
            let state = if after.is_empty() { State::Queued } else { State::Waiting };
            (name.clone(), PartOfGroup { check, after, state })
        });
        Ok(Group { id: id.to_owned(), created: now, parts: parts.collect() })
    }

    /// Whether it is what was asked for.
    pub(crate) fn is_of(&self, wanted: &BTreeMap<String, Wanted>) -> bool {
        let own = self.parts.iter().map(|(name, part)| (name, &part.check, &part.after));
        own.eq(wanted.iter().map(|(name, wanted)| (name, &wanted.check, &wanted.after)))
    }

    /// All tasks have ended.
    pub(crate) fn is_complete(&self) -> bool {
        self.parts.values().all(|part| matches!(part.state, State::Ended(_)))
    }

    /// What hosts said to all tasks together.
    pub(crate) fn answers(&self) -> Vec<HostAnswer> {
        let ended = self.parts.values().filter_map(|part| match &part.state {
            State::Ended(outcome) => Some(outcome.answers()),
            _ => None,
        });
        ended.flatten().cloned().collect()
    }

    /// The tasks that are to be in their queues.
    pub(crate) fn queued(&self) -> Vec<Task> {
        let queued = self.parts.iter().filter(|(_, part)| part.state == State::Queued);
        queued.map(|(name, _)| self.task(name)).collect()
    }

    fn task(&self, name: &str) -> Task {
        let check = self.parts.get(name).map(|part| part.check.clone()).unwrap_or_default();
        let part = Some(Part { group: self.id.clone(), name: name.to_owned() });
        Task { id: format!("{}/{name}", self.id), check, scheduled: self.created, part }
    }

    /// A task has ended; an end that is known already stays. What follows of it, also if that was told before.
    pub(crate) fn end(&mut self, name: &str, outcome: Outcome) -> Consequences {
        let Some(part) = self.parts.get_mut(name) else { return Consequences::default() };
        if !matches!(part.state, State::Ended(_)) {
            part.state = State::Ended(outcome);
        }
        let mut consequences = Consequences { refused: self.refuse(), ..Consequences::default() };
        for name in self.free() {
            if let Some(part) = self.parts.get_mut(&name) {
                part.state = State::Queued;
            }
        }
        consequences.tasks = self.queued().into_iter().filter(|task| self.waited_for(task, name)).collect();
        consequences
    }

    fn waited_for(&self, task: &Task, name: &str) -> bool {
        let part = task.part.as_ref().and_then(|part| self.parts.get(&part.name));
        part.is_some_and(|part| part.after.iter().any(|after| after == name))
    }

    /// Ends what waits for something that was not done, and what waits for that.
    fn refuse(&mut self) -> Vec<Outcome> {
        let mut refused = Vec::new();
        while let Some((name, reason)) = self.hopeless() {
            let task = self.task(&name);
            let ended = refused.last().map_or(self.created, |last: &Outcome| last.ended);
            let outcome = Outcome::of(&task, 0, "", ended, Ending::Refused(reason));
            refused.push(outcome.clone());
            if let Some(part) = self.parts.get_mut(&name) {
                part.state = State::Ended(outcome);
            }
        }
        refused
    }

    fn hopeless(&self) -> Option<(String, String)> {
        let mut waiting = self.parts.iter().filter(|(_, part)| part.state == State::Waiting);
        waiting.find_map(|(name, part)| {
            let failed = part.after.iter().find(|after| self.is_undone(after))?;
            Some((name.clone(), format!("{failed:?}, which it waited for, was not done")))
        })
    }

    fn is_undone(&self, name: &str) -> bool {
        let state = self.parts.get(name).map(|part| &part.state);
        matches!(state, Some(State::Ended(Outcome { ending: Ending::Dropped | Ending::Refused(_), .. })))
    }

    /// Those that wait for nothing any more.
    fn free(&self) -> Vec<String> {
        let has_ended =
            |name: &String| self.parts.get(name).is_some_and(|part| matches!(part.state, State::Ended(_)));
        let waiting = self.parts.iter().filter(|(_, part)| part.state == State::Waiting);
        let free = waiting.filter(|(_, part)| part.after.iter().all(has_ended));
        free.map(|(name, _)| name.clone()).collect()
    }
}

fn key(id: &str) -> String {
    format!("{GROUPS}{}", escaped(id))
}

/// The group of this id.
///
/// # Errors
/// What the store says.
pub(crate) async fn get(store: &dyn Store, id: &str) -> Result<Option<Group>> {
    Ok(stored(store, id).await?.map(|(group, _)| group))
}

async fn stored(store: &dyn Store, id: &str) -> Result<Option<(Group, u64)>> {
    let key = key(id);
    let Some(stored) = store.get(&key).await? else { return Ok(None) };
    Ok(Some((document::decode(&key, &stored.value)?, stored.version)))
}

/// Makes a group, unless there is one of its id: then that one is what is given back.
///
/// # Errors
/// What the store says.
pub(crate) async fn create(store: &dyn Store, group: Group) -> Result<Group> {
    let key = key(&group.id);
    match store.put(&key, None, document::encode(&group, &key)?).await {
        Ok(_) => Ok(group),
        Err(error) if error.kind() == StoreErrorKind::Conflict => {
            Ok(get(store, &group.id).await?.unwrap_or(group))
        }
        Err(error) => Err(error),
    }
}

/// Queues tasks.
///
/// # Errors
/// What the store says.
pub(crate) async fn queue(store: &dyn Store, tasks: &[Task]) -> Result<()> {
    for task in tasks {
        store.push(&task.queue(), task.encode()?).await?;
    }
    Ok(())
}

/// Notes that tasks have ended, those of groups, and does what follows. A group that was forgotten meanwhile stays so.
///
/// # Errors
/// What the store says.
pub(crate) async fn note(store: &dyn Store, outcomes: &[Outcome]) -> Result<()> {
    let mut groups = BTreeMap::<&str, Vec<(&str, &Outcome)>>::new();
    for outcome in outcomes {
        if let Some(Part { group, name }) = &outcome.part {
            groups.entry(group).or_default().push((name, outcome));
        }
    }
    for (group, ended) in groups {
        note_in(store, group, &ended).await?;
    }
    Ok(())
}

async fn note_in(store: &dyn Store, id: &str, ended: &[(&str, &Outcome)]) -> Result<()> {
    while let Some((mut group, version)) = stored(store, id).await? {
        let mut all = Consequences::default();
        for (name, outcome) in ended {
            let Consequences { tasks, refused } = group.end(name, (*outcome).clone());
            all.tasks.extend(tasks);
            all.refused.extend(refused);
        }
        let key = key(id);
        match store.put(&key, Some(version), document::encode(&group, &key)?).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => continue,
            done => done?,
        };
        results::append(store, &all.refused).await?;
        return queue(store, &all.tasks).await;
    }
    Ok(())
}

/// Removes groups that were made before a time.
///
/// # Errors
/// What the store says.
pub(crate) async fn sweep(store: &dyn Store, before: i64) -> Result<()> {
    let mut listing = Listing::of(store, GROUPS);
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(());
        }
        for (key, stored) in page {
            let group = document::decode::<Group>(&key, &stored.value);
            if group.is_ok_and(|group| group.created < before) {
                match store.delete(&key, stored.version).await {
                    Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error),
                    _ => {}
                }
            }
        }
    }
}

/// Whether a document of a group can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(GROUPS).then(|| document::decode::<Group>(key, value).map(drop))
}

#[cfg(test)]
mod tests;
