//! What stands on a table: the rows of its picture, how its events nest, what its length depends on. Each is made when
//! somebody asks for it first, kept beside the table, and shared by all who ask while that is true.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Instant;

use tokio::sync::OwnedSemaphorePermit;

use super::memory::{Counted, Memory};
use super::timeline::Timeline;
use super::unanswered::Unanswered;
use crate::store::Cursor;
use crate::timeline::critical_path::{CriticalPath, PathError, PathOptions, Section, Step};
use crate::timeline::forest::{Forest, Grouping, Node};
use crate::timeline::nesting::Nesting;
use crate::timeline::table::Table;
use crate::timeline::view::Picture;

/// A table of more events is asked where that keeps no other request waiting.
const SHORT_EVENTS: usize = 1_000;
/// Bytes that an event takes in the columns of a nesting, and of a path.
const NESTING_BYTES: usize = 3 * size_of::<u32>();
const PATH_BYTES: usize = size_of::<i64>() + 1;

/// A table, and what was made of it so far.
pub(crate) struct Made {
    table: Arc<Table>,
    by_names: OnceLock<Picture>,
    by_hosts: OnceLock<Picture>,
    nesting: OnceLock<Nesting>,
    path: OnceLock<Result<CriticalPath, PathError>>,
    /// When the table was begun to be made.
    pub(super) began: Instant,
    /// Up to where the stream is in it, if it was made of that.
    pub(super) through: Option<Cursor>,
    /// Of all of it, for as long as anybody has it.
    counted: Mutex<Counted>,
    /// The room of those who read it as slowly as they may.
    pub(super) readers: Mutex<Weak<OwnedSemaphorePermit>>,
    track_bytes: usize,
}

impl Made {
    pub(super) fn of(
        table: Arc<Table>,
        began: Instant,
        through: Option<Cursor>,
        memory: &Arc<Memory>,
    ) -> Self {
        let mut counted = Counted::none(memory);
        counted.set(table.bytes());
        Made {
            table,
            by_names: OnceLock::new(),
            by_hosts: OnceLock::new(),
            nesting: OnceLock::new(),
            path: OnceLock::new(),
            began,
            through,
            counted: Mutex::new(counted),
            readers: Mutex::default(),
            track_bytes: memory.share(1, 8),
        }
    }

    /// All events.
    pub(crate) fn table(&self) -> &Arc<Table> {
        &self.table
    }

    /// The rows of the timeline, and what is prepared to draw them. Open events are not measured.
    pub(crate) fn picture(&self, grouping: Grouping) -> &Picture {
        let kept = match grouping {
            Grouping::Names => &self.by_names,
            Grouping::Hosts => &self.by_hosts,
        };
        kept.get_or_init(|| {
            self.reserve(forest_bytes(&self.table));
            Picture::new(Forest::of(self.table.clone(), grouping, None), self.track_bytes)
        })
    }

    /// The rows, grouped by names.
    pub(crate) fn forest(&self) -> &Forest {
        self.picture(Grouping::Names).forest()
    }

    /// How the events are part of each other.
    pub(crate) fn nesting(&self) -> &Nesting {
        let forest = self.forest();
        self.nesting.get_or_init(|| {
            self.reserve(NESTING_BYTES * self.table.len());
            Nesting::of(forest)
        })
    }

    /// What the length of the whole depends on, without what earlier timelines teach.
    ///
    /// # Errors
    /// [`PathError::NothingTimed`].
    pub(crate) fn path(&self) -> Result<&CriticalPath, PathError> {
        let (forest, nesting) = (self.forest(), self.nesting());
        let path = self.path.get_or_init(|| {
            self.reserve(PATH_BYTES * self.table.len());
            CriticalPath::of(forest, nesting, &PathOptions::default())
        });
        path.as_ref().map_err(|error| *error)
    }

    /// There will be so many bytes more.
    fn reserve(&self, bytes: usize) {
        let mut counted = self.counted();
        let bytes = counted.bytes().saturating_add(bytes);
        counted.reserve(bytes);
    }

    /// Counts what is there now: what was prepared to draw grows with what is looked at.
    fn count(&self) {
        self.counted().set(self.bytes());
    }

    fn counted(&self) -> std::sync::MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes of memory.
    fn bytes(&self) -> usize {
        let pictures = [&self.by_names, &self.by_hosts].into_iter().filter_map(OnceLock::get);
        let nesting = self.nesting.get().map_or(0, |_| NESTING_BYTES * self.table.len());
        let path = self.path.get().and_then(|path| path.as_ref().ok()).map_or(0, |path| {
            let (sections, steps) = (path.sections().len(), path.steps().len());
            PATH_BYTES * self.table.len() + sections * size_of::<Section>() + steps * size_of::<Step>()
        });
        self.table.bytes() + pictures.map(Picture::bytes).sum::<usize>() + nesting + path
    }
}

/// A name has at least one node, and mostly not many more.
fn forest_bytes(table: &Table) -> usize {
    Forest::EVENT_BYTES * table.len() + table.names().len() * size_of::<Node>()
}

impl Timeline {
    /// Asks what was made; where that takes a while, on a thread of its own.
    ///
    /// # Errors
    /// [`Unanswered::TooLarge`] if there is no room for what stands on the table; or the server ends.
    pub(crate) async fn ask_made<T: Send + 'static>(
        &self,
        made: Arc<Made>,
        ask: impl FnOnce(&Made) -> T + Send + 'static,
    ) -> Result<T, Unanswered> {
        let (events, most) = (made.table.len(), self.memory().share(1, 2));
        if forest_bytes(&made.table) + (NESTING_BYTES + PATH_BYTES) * events > most {
            return Err(self.too_large(u64::try_from(events).unwrap_or(u64::MAX), most));
        }
        let ask = move || {
            let answer = ask(&made);
            made.count();
            answer
        };
        Ok(if events <= SHORT_EVENTS { ask() } else { self.blocking(ask).await? })
    }
}
