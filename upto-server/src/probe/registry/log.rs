//! The probes of one cluster in the store.
//!
//! `probes/{cluster}` is a document: what the cluster is, and which segments there are. `probes/{cluster}/{first}` is the
//! stream of a segment, whose name is the number of its first probe: blocks of records, as MessagePack. A segment is in
//! the document before it has a stream, and no more when that is dropped.

mod left;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::left::Left;
pub(super) use self::left::trim_left;
use super::super::model::Record;
use super::super::settings::Kept;
use super::cluster::About;
use crate::catalog::Damages;
use crate::catalog::document::{self, escaped};
use crate::store::{Append, Block, Cursor, Result, Store};

/// Documents of clusters begin with this. Then follows the name, escaped.
pub(super) const PREFIX: &str = "probes/";
/// Probes of a segment at most, and bytes, about.
const SEGMENT: (u64, usize) = (512, 256 << 10);
/// Parts that what is kept is divided into, at least: so much more than that is kept at most.
const PARTS: u64 = 8;
/// Blocks that are read at a time.
pub(super) const BLOCKS: usize = 256;
/// Runs of collectors and servers that are remembered for a cluster.
const ORIGINS: usize = 64;
/// Probes that the rest of a segment has at most, where the store can't read it: more than are stored at a time.
const UNREADABLE: u64 = 1 << 20;

/// What is stored of a cluster beside its probes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClusterDocument {
    pub(super) name: String,
    /// The kind of its connector.
    pub(super) connector: String,
    /// How often it is asked, in nanoseconds.
    pub(super) period: i64,
    /// Who asks it; `None`: a server does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) collector: Option<String>,
    /// For how long its probes are kept, in nanoseconds.
    pub(super) age: i64,
    /// How many of them are kept.
    #[serde(default = "usual_count")]
    pub(super) count: u64,
    /// The oldest first.
    pub(super) segments: Vec<Segment>,
    /// What is left where all were too old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) left: Option<Left>,
}

fn usual_count() -> u64 {
    Kept::default().count
}

/// A part of the probes that is dropped whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Segment {
    /// The number of its first probe.
    pub(super) first: u64,
    /// When it was begun, in nanoseconds since the epoch.
    pub(super) opened: i64,
}

impl ClusterDocument {
    fn key(&self) -> String {
        key(&self.name)
    }

    /// Whether all of it is too old: a segment is begun anew long before that.
    pub(super) fn is_over(&self, now: i64) -> bool {
        let length = self.age / i64::try_from(PARTS).unwrap_or(i64::MAX);
        let last = self.segments.last().map_or(i64::MIN, |last| last.opened);
        last.saturating_add(self.age).saturating_add(length) < now
    }

    /// How many of the oldest segments are over the limits, `next` being the number of the next probe. The last one stays.
    fn count_over(&self, (count, age): (u64, i64), next: u64, now: i64) -> usize {
        let is_over = |pair: &&[Segment]| match pair {
            [_, behind] => {
                behind.first.saturating_add(count) <= next || behind.opened < now.saturating_sub(age)
            }
            _ => false,
        };
        self.segments.windows(2).take_while(is_over).count()
    }
}

fn key(name: &str) -> String {
    format!("{PREFIX}{}", escaped(name))
}

/// The stream of the segment that begins with the probe of this number.
pub(super) fn stream(name: &str, first: u64) -> String {
    format!("{PREFIX}{}/{first:020}", escaped(name))
}

/// Whether a document is of a cluster, and can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<ClusterDocument>(key, value).map(drop))
}

/// The probes in a block.
///
/// # Errors
/// It is damaged.
pub(super) fn records(stream: &str, block: &[u8]) -> Result<Vec<Record>> {
    document::decode(stream, block)
}

/// What stands for a block among what is damaged.
pub(super) fn place(stream: &str, cursor: Cursor) -> String {
    format!("{stream}#{}", cursor.0)
}

/// Where a log is, and when it is read.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) store: &'a dyn Store,
    /// Takes what can't be read: it is left out.
    pub(super) damages: &'a Damages,
    pub(super) now: i64,
}

impl Ground<'_> {
    /// The segments that have streams: what the document of a cluster said, where that can't be read.
    async fn segments(&self, name: &str) -> Result<Vec<Segment>> {
        let prefix = format!("{}/", key(name));
        let numbers = self.store.streams().await?;
        let numbers = numbers.iter().filter_map(|stream| stream.strip_prefix(&prefix)?.parse().ok());
        // Nobody knows how old they are: they are kept as if they were new.
        let mut segments: Vec<_> = numbers.map(|first| Segment { first, opened: self.now }).collect();
        segments.sort_unstable_by_key(|segment| segment.first);
        Ok(segments)
    }
}

/// Where writing is.
#[derive(Debug)]
pub(super) struct Log {
    document: ClusterDocument,
    version: Option<u64>,
    /// How far the last segment was read.
    cursor: Cursor,
    /// The number of the next probe.
    next: u64,
    /// Bytes of the last segment, about.
    bytes: usize,
    /// The last probe of each run of a collector that is stored, the runs by when they were heard of last.
    origins: BTreeMap<String, (u64, u64)>,
    /// How many probes may be in what can't be read behind the last one that can.
    unread: u64,
    /// The last segment is not written to any more.
    is_left: bool,
    /// What is in the store is known: nobody else wrote, and no write failed.
    pub(super) is_certain: bool,
}

/// What is about to be stored.
pub(super) struct Staged {
    pub(super) records: Vec<Record>,
    bytes: usize,
}

impl Log {
    /// One of which nothing is known yet.
    pub(super) fn new(name: &str, about: &About) -> Self {
        let mut document = ClusterDocument {
            name: name.to_owned(),
            connector: String::new(),
            period: 0,
            collector: None,
            age: 0,
            count: 0,
            segments: Vec::new(),
            left: None,
        };
        about.describe(&mut document);
        Log {
            document,
            version: None,
            cursor: Cursor::START,
            next: 1,
            bytes: 0,
            origins: BTreeMap::new(),
            unread: 0,
            is_left: false,
            is_certain: false,
        }
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.document.segments
    }

    pub(super) fn next(&self) -> u64 {
        self.next
    }

    /// Reads what is there and not known yet: of a log that is new, the last two segments. What can't be read is left
    /// out, and the numbers that it may have are given to nothing else.
    pub(super) async fn refresh(&mut self, ground: Ground<'_>) -> Result<Vec<Record>> {
        let mut current = self.document.segments.last().copied();
        self.describe(ground).await?;
        let mut records = Vec::new();
        if current.is_none() {
            // The last one may have been begun only: what collectors brought last is in the one before it then.
            let last_two = self.document.segments.len().saturating_sub(2);
            current = self.document.segments.get(last_two).copied();
            let left = self.document.left.map_or(1, |left| left.next);
            self.next = current.map_or(1, |segment| segment.first).max(left);
        }
        while let Some(segment) = current {
            self.read_on(ground, segment.first, &mut records).await?;
            current = self.document.segments.iter().find(|next| next.first > segment.first).copied();
            if let Some(next) = current {
                (self.cursor, self.bytes, self.next, self.unread) = (Cursor::START, 0, next.first, 0);
            }
        }
        self.is_certain = true;
        Ok(records)
    }

    /// Reads which segments there are.
    async fn describe(&mut self, ground: Ground<'_>) -> Result<()> {
        let key = self.document.key();
        let Some(stored) = ground.store.get(&key).await? else { return Ok(()) };
        self.version = Some(stored.version);
        let described = document::decode::<ClusterDocument>(&key, &stored.value);
        match ground.damages.noting(&key, described)? {
            Some(described) => {
                self.document = ClusterDocument { name: self.document.name.clone(), ..described }
            }
            // With the next segment, it is written anew.
            None => {
                self.is_left = true;
                self.document.segments = ground.segments(&self.document.name).await?;
            }
        }
        Ok(())
    }

    async fn read_on(&mut self, ground: Ground<'_>, first: u64, records: &mut Vec<Record>) -> Result<()> {
        let stream = stream(&self.document.name, first);
        loop {
            let read = ground.store.read(&stream, self.cursor, BLOCKS).await;
            let Some(blocks) = ground.damages.noting(&stream, read)? else {
                (self.unread, self.is_left) = (UNREADABLE, true);
                return Ok(());
            };
            let Some(last) = blocks.last() else { return Ok(()) };
            let after = last.cursor;
            for block in &blocks {
                records.extend(
                    self.open(ground, &stream, block)?.into_iter().filter(|record| self.note(record)),
                );
            }
            self.cursor = after;
        }
    }

    /// What is in a block; nothing of one that can't be read.
    fn open(&mut self, ground: Ground<'_>, stream: &str, block: &Block) -> Result<Vec<Record>> {
        self.bytes += block.bytes.len();
        let place = place(stream, block.cursor);
        let read = ground.damages.noting(&place, records(stream, &block.bytes))?;
        Ok(read.unwrap_or_else(|| {
            // Each takes a byte at least.
            (self.unread, self.is_left) = (self.unread + block.bytes.len() as u64, true);
            Vec::new()
        }))
    }

    /// Leaves the last segment as it is: what comes goes into a new one.
    pub(super) fn leave_segment(&mut self) {
        self.is_left = true;
    }

    /// Notes that a probe is stored; false: that was known.
    fn note(&mut self, record: &Record) -> bool {
        if record.number < self.next {
            return false;
        }
        (self.next, self.unread) = (record.number + 1, 0);
        if let Some(origin) = &record.origin {
            self.origins.insert(origin.collector.clone(), (origin.number, record.number));
            if self.origins.len() > ORIGINS {
                let silent = self.origins.iter().min_by_key(|(_, (_, heard))| *heard);
                if let Some(silent) = silent.map(|(collector, _)| collector.clone()) {
                    self.origins.remove(&silent);
                }
            }
        }
        true
    }

    /// Gives numbers to what is not stored yet. What a collector brings again is left out.
    pub(super) fn stage(&self, records: &[Record]) -> Result<Option<(Append, Staged)>> {
        let (mut staged, mut next) = (Vec::new(), self.next);
        let mut brought: BTreeMap<&str, u64> = BTreeMap::new();
        for record in records {
            if let Some(origin) = &record.origin {
                let stored = self.origins.get(&origin.collector).map(|(number, _)| *number);
                let last = brought.get(origin.collector.as_str()).copied().or(stored);
                if last.is_some_and(|last| origin.number <= last) {
                    continue;
                }
                brought.insert(&origin.collector, origin.number);
            }
            staged.push(Record { number: next, ..record.clone() });
            next += 1;
        }
        let (Some(segment), false) = (self.document.segments.last(), staged.is_empty()) else {
            return Ok(None);
        };
        let stream = stream(&self.document.name, segment.first);
        let block = document::encode(&staged, &stream)?;
        let bytes = block.len();
        Ok(Some((Append { stream, block }, Staged { records: staged, bytes })))
    }

    /// Notes that all of it is stored.
    pub(super) fn stored(&mut self, staged: &Staged) {
        self.bytes += staged.bytes;
        for record in &staged.records {
            self.note(record);
        }
    }

    /// Begins a new segment if there is none, or if the last one is full; and sees to it that what the cluster is stands in
    /// the store.
    pub(super) async fn make_room(&mut self, store: &dyn Store, about: &About, now: i64) -> Result<()> {
        let is_full = self.is_full(&about.kept, now);
        if !is_full && about.is_described_by(&self.document) {
            return Ok(());
        }
        let mut document = self.document.clone();
        about.describe(&mut document);
        if !is_full {
            self.put(store, document).await?;
            return self.trim(store, &about.kept, now).await;
        }
        document.left = None;
        // Two segments have two names.
        let behind = document.segments.last().map_or(0, |last| last.first + 1);
        let first = behind.max(self.next + self.unread);
        document.segments.push(Segment { first, opened: now });
        self.put(store, document).await?;
        (self.next, self.unread, self.is_left) = (first, 0, false);
        (self.cursor, self.bytes) = (Cursor::START, 0);
        self.trim(store, &about.kept, now).await
    }

    fn is_full(&self, kept: &Kept, now: i64) -> bool {
        let Some(last) = self.document.segments.last() else { return true };
        let count = (kept.count / PARTS).clamp(1, SEGMENT.0);
        let length = nanoseconds(kept.age / u32::try_from(PARTS).unwrap_or(1));
        let is_empty = self.next == last.first;
        self.is_left
            || !is_empty
                && (self.next - last.first >= count
                    || self.bytes >= SEGMENT.1
                    || last.opened.saturating_add(length) < now)
    }

    /// Drops what is over the limits.
    pub(super) async fn trim(&mut self, store: &dyn Store, kept: &Kept, now: i64) -> Result<()> {
        let over = self.document.count_over((kept.count, nanoseconds(kept.age)), self.next, now);
        if over == 0 {
            return Ok(());
        }
        let mut document = self.document.clone();
        for segment in document.segments.drain(..over) {
            store.drop_stream(&stream(&self.document.name, segment.first)).await?;
        }
        self.put(store, document).await
    }

    async fn put(&mut self, store: &dyn Store, document: ClusterDocument) -> Result<()> {
        let key = document.key();
        let put = store.put(&key, self.version, document::encode(&document, &key)?).await;
        // Whatever failed, the store is looked at before it is written to again.
        let version = put.inspect_err(|_| self.is_certain = false)?;
        (self.document, self.version) = (document, Some(version));
        Ok(())
    }
}

/// A span in nanoseconds.
pub(super) fn nanoseconds(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}
