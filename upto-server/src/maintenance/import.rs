//! Reading an export into a store. `maintenance/EXPORT.md` tells the format.

use std::io::Read;

use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};

use super::ToolError;
use super::format::{self, BlockRecord, Counts, DocumentRecord, Next, Record};
use crate::catalog::document;
use crate::store::{Append, Store, StoreError, StoreErrorKind};
use crate::watch::alerts;

/// Documents that say how far imports have come begin with this.
pub(super) const NOTES: &str = "import/";
/// Bytes of blocks that are stored together, if it is more than one.
const BATCH_BYTES: usize = 4 << 20;
/// Records after which it is noted how far the import has come.
const BATCH_RECORDS: u64 = 512;

/// What was stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Documents in the export.
    pub documents: u64,
    /// Blocks of marks in it.
    pub blocks: u64,
    /// Records that an earlier import, which was interrupted, had stored.
    pub resumed_after: u64,
}

/// Stores everything that `from` holds in `store`, which has to be empty, but for what an interrupted import of the
/// same left there. `progress` advances by bytes.
///
/// # Errors
/// [`ToolError::Refused`] when the store is not empty; [`ToolError::Damaged`], [`ToolError::Newer`] and
/// [`ToolError::Incomplete`] when `from` is no export that can be read; [`ToolError::Store`] and [`ToolError::Io`]. The
/// same import goes on where this one ended.
pub async fn import(
    store: &dyn Store,
    from: &mut (impl Read + Send),
    progress: &ProgressBar,
) -> Result<ImportReport, ToolError> {
    let (begin, bytes) = format::read_begin(from)?;
    progress.inc(bytes);
    let mut import = Import::begin(store, begin.export).await?;
    loop {
        let Next::Record(record, bytes) = format::read(from)? else {
            import.flush().await?;
            return Err(ToolError::Incomplete);
        };
        match record {
            Some(Record::End(counts)) => return import.end(counts).await,
            Some(record) => import.take(record).await?,
            None => {}
        }
        progress.inc(bytes);
    }
}

/// How far an import has come, as it is noted in the store.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Note {
    records: u64,
}

struct Import<'a> {
    store: &'a dyn Store,
    key: String,
    version: u64,
    /// Records that are stored.
    stored: u64,
    resumed_after: u64,
    /// Records that were read.
    read: u64,
    counts: Counts,
    batch: Vec<Append>,
    batch_bytes: usize,
}

impl<'a> Import<'a> {
    async fn begin(store: &'a dyn Store, export: u64) -> Result<Self, ToolError> {
        let key = format!("{NOTES}{export:016x}");
        let (version, note) = match store.get(&key).await? {
            Some(noted) => (noted.version, document::decode(&key, &noted.value)?),
            None => {
                expect_empty(store).await?;
                let note = Note::default();
                (store.put(&key, None, document::encode(&note, &key)?).await?, note)
            }
        };
        let stored = note.records;
        let (counts, batch) = (Counts::default(), Vec::new());
        Ok(Import {
            store,
            key,
            version,
            stored,
            resumed_after: stored,
            read: 0,
            counts,
            batch,
            batch_bytes: 0,
        })
    }

    async fn take(&mut self, record: Record) -> Result<(), ToolError> {
        self.counts.add(&record);
        self.read += 1;
        if self.read <= self.stored {
            return Ok(());
        }
        match record {
            Record::Document(record) => self.put(record).await?,
            Record::Block(BlockRecord { stream, block, .. }) => {
                self.batch_bytes += block.len();
                self.batch.push(Append { stream, block });
            }
            Record::Begin(_) | Record::End(_) => {}
        }
        if self.batch_bytes >= BATCH_BYTES || self.read - self.stored >= BATCH_RECORDS {
            self.flush().await?;
        }
        Ok(())
    }

    /// One that is there already was put by an import that was interrupted before it could note that.
    async fn put(&self, DocumentRecord { key, value }: DocumentRecord) -> Result<(), ToolError> {
        match self.store.put(&key, None, value.clone()).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {
                let present = self.store.get(&key).await?;
                if present.is_none_or(|present| present.value != value) {
                    return Err(error.into());
                }
            }
            done => drop(done?),
        }
        Ok(alerts::resume(self.store, &key, &value).await?)
    }

    /// Stores what was collected, and notes that.
    async fn flush(&mut self) -> Result<(), ToolError> {
        self.store.append(std::mem::take(&mut self.batch)).await?;
        self.batch_bytes = 0;
        if self.read > self.stored {
            let note = document::encode(&Note { records: self.read }, &self.key)?;
            self.version = self.store.put(&self.key, Some(self.version), note).await?;
            self.stored = self.read;
        }
        Ok(())
    }

    async fn end(mut self, expected: Counts) -> Result<ImportReport, ToolError> {
        self.flush().await?;
        if self.counts != expected {
            return Err(ToolError::Damaged("it does not hold as much as its end says".to_owned()));
        }
        self.store.delete(&self.key, self.version).await?;
        let Counts { documents, blocks } = expected;
        Ok(ImportReport { documents, blocks, resumed_after: self.resumed_after })
    }
}

/// Whether an import was begun in this store and not completed: then it has only a part of what it is to have.
///
/// # Errors
/// What the store says.
pub(crate) async fn is_unfinished(store: &dyn Store) -> Result<bool, StoreError> {
    Ok(!store.list(NOTES, None, 1).await?.is_empty())
}

async fn expect_empty(store: &dyn Store) -> Result<(), ToolError> {
    let first = store.list("", None, 1).await;
    match first?.first() {
        None => Ok(()),
        Some((key, _)) if key.starts_with(NOTES) => Err(ToolError::Refused(
            "an import of another export was interrupted here; empty the store first".to_owned(),
        )),
        Some(_) => Err(ToolError::Refused("the store is not empty; import into an empty one".to_owned())),
    }
}
