//! Which hours have lines, and about how many.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{Entry, Journal, lock};
use crate::catalog::document::{self, Listing};
use crate::store::{Result, Store, StoreErrorKind};

/// Documents of hours begin with this. Then follows the hour's number.
const PREFIX: &str = "journal/";
/// Nanoseconds of an hour.
const LENGTH: i64 = 3_600_000_000_000;

/// An hour, by its number since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Hour(pub(super) u64);

impl Hour {
    /// The one that a time is in; the first one for what is before the epoch.
    pub(crate) fn of(time: i64) -> Self {
        Hour(u64::try_from(time.div_euclid(LENGTH)).unwrap_or(0))
    }

    /// The stream of its lines.
    pub(super) fn stream(self) -> String {
        format!("journal/{:010}", self.0)
    }

    /// The key of its document.
    fn key(self) -> String {
        format!("{PREFIX}{:010}", self.0)
    }

    fn of_key(key: &str) -> Option<Self> {
        key.strip_prefix(PREFIX)?.parse().ok().map(Hour)
    }
}

/// The streams that have lines, the earliest first.
///
/// # Errors
/// What the store says.
pub(crate) async fn streams(store: &dyn Store) -> Result<Vec<String>> {
    let hours = list(store).await?;
    Ok(hours.into_keys().map(Hour::stream).collect())
}

/// Whether a stream has lines of the journal.
pub(crate) fn is_stream(stream: &str) -> bool {
    Hour::of_key(stream).is_some_and(|hour| hour.stream() == stream)
}

/// Whether a block of a stream can be read, if it is one of the journal; `None` if it is something else.
pub(crate) fn readable_block(stream: &str, block: &[u8]) -> Option<Result<()>> {
    is_stream(stream).then(|| document::decode::<Vec<Entry>>(stream, block).map(drop))
}

/// All hours that have lines, the earliest first.
async fn list(store: &dyn Store) -> Result<BTreeMap<Hour, Size>> {
    let (mut hours, mut listing) = (BTreeMap::new(), Listing::of(store, PREFIX));
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            return Ok(hours);
        }
        for (key, stored) in page {
            // One that can't be read has lines all the same.
            let size = document::decode(&key, &stored.value).unwrap_or_default();
            hours.extend(Hour::of_key(&key).map(|hour| (hour, size)));
        }
    }
}

/// About how much an hour has: a server that is killed may not have come to noting its last lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Size {
    pub(super) entries: u64,
    pub(super) bytes: u64,
}

impl Size {
    pub(super) fn add(&mut self, entries: usize, bytes: usize) {
        self.entries += entries as u64;
        self.bytes += bytes as u64;
    }
}

/// What this server knows of hours.
#[derive(Default)]
pub(super) struct Hours {
    /// Those that have a document.
    documented: HashSet<Hour>,
    /// What was added and is in no document yet.
    grown: BTreeMap<Hour, Size>,
}

impl Hours {
    pub(super) fn grow(&mut self, hour: Hour, size: Size) {
        let grown = self.grown.entry(hour).or_default();
        grown.entries += size.entries;
        grown.bytes += size.bytes;
    }
}

impl Journal {
    /// Sees to it that an hour has a document, before it has lines.
    pub(super) async fn expect_hour(&self, hour: Hour) -> Result<()> {
        if lock(&self.hours).documented.contains(&hour) {
            return Ok(());
        }
        let key = hour.key();
        match self.store.put(&key, None, document::encode(&Size::default(), &key)?).await {
            Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error),
            _ => {}
        }
        lock(&self.hours).documented.insert(hour);
        Ok(())
    }

    /// Notes in the documents how much was added.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn note_sizes(&self) -> Result<()> {
        let grown = std::mem::take(&mut lock(&self.hours).grown);
        for (hour, size) in grown {
            if let Err(error) = self.note_size(hour, size).await {
                lock(&self.hours).grow(hour, size);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn note_size(&self, hour: Hour, grown: Size) -> Result<()> {
        let key = hour.key();
        while let Some(stored) = self.store.get(&key).await? {
            let mut size: Size = document::decode(&key, &stored.value)?;
            size.entries += grown.entries;
            size.bytes += grown.bytes;
            match self.store.put(&key, Some(stored.version), document::encode(&size, &key)?).await {
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                done => return done.map(drop),
            }
        }
        Ok(())
    }

    /// All hours that have lines, the earliest first.
    pub(super) async fn list_hours(&self) -> Result<BTreeMap<Hour, Size>> {
        list(self.store.as_ref()).await
    }

    /// Removes an hour, the lines first: as long as there are some, there is a document.
    pub(super) async fn drop_hour(&self, hour: Hour) -> Result<()> {
        self.store.drop_stream(&hour.stream()).await?;
        lock(&self.hours).documented.remove(&hour);
        let key = hour.key();
        let Some(stored) = self.store.get(&key).await? else { return Ok(()) };
        match self.store.delete(&key, stored.version).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
            done => done,
        }
    }
}
