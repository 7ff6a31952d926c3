//! Which contexts and timelines changed lately, for those who watch a context, or all of them.
//!
//! Each of them is in the feed once, at its latest change, however often it changes; how it stands is asked when somebody
//! is told. So what the feed costs is bounded by how many there are in it, and nothing is kept of what did not change. A
//! reader is at a place in the order of changes, and takes what is behind it in turns ([`Sweep`]).

mod entry;
mod sweep;

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use self::entry::Noted;
pub(crate) use self::entry::{Entry, Key};
pub(crate) use self::sweep::{Page, Sweep};
use crate::live::Position;

/// Contexts and timelines in a feed. Whoever is farther behind has to start over.
const ENTRIES: usize = 4_096;
/// Bytes of what is told of them, likewise.
const TEXT_BYTES: usize = 16 << 20;

/// What changed lately.
#[derive(Debug)]
pub(crate) struct Feed {
    /// Somebody watches, or did a moment ago: else nothing is noted.
    is_open: AtomicBool,
    /// The number of the latest change.
    newest: watch::Sender<u64>,
    changes: Mutex<Changes>,
}

#[derive(Debug)]
struct Changes {
    beginning: Position,
    newest: u64,
    /// Up to here, not all changes are known any more.
    floor: u64,
    by_number: BTreeMap<u64, Arc<Entry>>,
    numbers: HashMap<Key, u64>,
    /// Of the texts of entries.
    text_bytes: usize,
    /// How often somebody began to watch.
    visits: u64,
}

impl Default for Feed {
    fn default() -> Self {
        Feed { is_open: AtomicBool::new(false), newest: watch::Sender::new(0), changes: Mutex::default() }
    }
}

impl Default for Changes {
    fn default() -> Self {
        Changes {
            beginning: Position::beginning(),
            newest: 0,
            floor: 0,
            by_number: BTreeMap::new(),
            numbers: HashMap::new(),
            text_bytes: 0,
            visits: 0,
        }
    }
}

/// Somebody who watches.
#[derive(Debug)]
pub(crate) struct FeedWatching {
    feed: Arc<Feed>,
    newest: watch::Receiver<u64>,
}

impl Feed {
    /// Begins to watch.
    pub(crate) fn watch(self: &Arc<Self>) -> FeedWatching {
        let mut newest = self.newest.subscribe();
        newest.mark_changed();
        let mut changes = self.changes();
        changes.visits += 1;
        self.is_open.store(true, Ordering::Release);
        FeedWatching { feed: self.clone(), newest }
    }

    /// Whether what changes is noted.
    pub(super) fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    /// Something of `key` changed; its context is called `context`.
    pub(super) fn note(&self, key: Key, context: &Arc<str>) {
        self.note_all(std::iter::once((key, context.clone())));
    }

    /// Likewise, of several.
    pub(super) fn note_all(&self, changed: impl Iterator<Item = (Key, Arc<str>)>) {
        self.change(|changes| {
            changed.for_each(|(key, context)| changes.note(key, Noted { context, former: None }));
        });
    }

    /// What was called `name` is gone, or is called something else from now on.
    pub(super) fn note_former(&self, key: Key, context: &Arc<str>, name: &Arc<str>) {
        let noted = Noted { context: context.clone(), former: Some(name.clone()) };
        self.change(|changes| changes.note(key, noted));
    }

    /// More changed than is known: everybody has to start over.
    pub(super) fn reset(&self) {
        self.change(Changes::reset);
    }

    /// Stops noting changes if nobody watches and nobody came since there were so many visits.
    fn close(&self, visits: u64) {
        let mut changes = self.changes();
        if self.newest.receiver_count() == 0 && changes.visits == visits {
            // What changes from here on is not known.
            changes.reset();
            self.is_open.store(false, Ordering::Release);
        }
    }

    fn change(&self, change: impl FnOnce(&mut Changes)) {
        if !self.is_open() {
            return;
        }
        let mut changes = self.changes();
        change(&mut changes);
        let newest = changes.newest;
        drop(changes);
        self.newest.send_if_modified(|known| {
            let is_later = newest > *known;
            *known = newest.max(*known);
            is_later
        });
    }

    fn changes(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Changes {
    fn note(&mut self, key: Key, noted: Noted) {
        self.newest += 1;
        let earlier = self.numbers.insert(key.clone(), self.newest);
        let earlier = earlier.and_then(|number| self.take(number));
        let entry = Entry::new(self.newest, key, noted, earlier.as_deref());
        self.by_number.insert(self.newest, Arc::new(entry));
        self.trim();
    }

    fn reset(&mut self) {
        self.newest += 1;
        self.floor = self.newest;
        self.by_number.clear();
        self.numbers.clear();
        self.text_bytes = 0;
    }

    /// Counts the text of an entry, which was written just now.
    fn grow(&mut self, entry: &Entry) {
        if self.by_number.get(&entry.number()).is_some_and(|known| std::ptr::eq(&**known, entry)) {
            self.text_bytes += entry.text_bytes();
            self.trim();
        }
    }

    fn take(&mut self, number: u64) -> Option<Arc<Entry>> {
        let entry = self.by_number.remove(&number)?;
        self.text_bytes = self.text_bytes.saturating_sub(entry.text_bytes());
        Some(entry)
    }

    /// Drops the oldest ones that there is no room for.
    fn trim(&mut self) {
        while self.by_number.len() > ENTRIES || (self.text_bytes > TEXT_BYTES && self.by_number.len() > 1) {
            let Some(oldest) = self.by_number.first_key_value().map(|(number, _)| *number) else { return };
            if let Some(entry) = self.take(oldest) {
                self.numbers.remove(entry.key());
            }
            self.floor = oldest;
        }
    }
}

impl FeedWatching {
    /// Where somebody is who knows everything up to now.
    pub(crate) fn now(&self) -> Sweep {
        let changes = self.feed.changes();
        Sweep::at(changes.beginning, changes.newest)
    }

    /// Where somebody is who was told up to `position`; `None` where that is not known any more, or never was.
    pub(crate) fn from(&self, position: Position) -> Option<Sweep> {
        let changes = self.feed.changes();
        let number = position.number_after(changes.beginning)?;
        (changes.floor..=changes.newest).contains(&number).then(|| Sweep::at(changes.beginning, number))
    }

    /// The next page of what changed and `is_wanted`, with at most so many entries; `None` if more changed than is known.
    pub(crate) fn page(
        &self,
        sweep: &Sweep,
        limit: usize,
        is_wanted: impl Fn(&Entry) -> bool,
    ) -> Option<Page> {
        sweep.page(&self.feed.changes(), limit, is_wanted)
    }

    /// Counts the text of an entry, which was written just now.
    pub(crate) fn grow(&self, entry: &Entry) {
        self.feed.changes().grow(entry);
    }

    /// Waits until something changes, if nothing did since this was asked last. At first, it does not wait.
    pub(crate) async fn changed(&mut self) {
        // It is not closed: this holds the other end.
        let _ = self.newest.changed().await;
    }

    /// What stops noting changes, once this is gone, if nobody comes meanwhile.
    pub(crate) fn closing(&self) -> impl FnOnce() + Send + use<> {
        let (feed, visits) = (self.feed.clone(), self.feed.changes().visits);
        move || feed.close(visits)
    }
}

#[cfg(test)]
mod tests;
