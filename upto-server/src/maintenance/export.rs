//! Writing everything that is in a store to a file. `maintenance/EXPORT.md` tells the format.

mod resume;

use std::fs::{self, File};
use std::hash::{BuildHasher, RandomState};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use indicatif::ProgressBar;
use serde::Serialize;

use self::resume::Position;
use super::ToolError;
use super::format::{self, Begin, BlockRecord, Counts, DocumentRecord, FORMAT, Record, VERSION};
use super::import::NOTES;
use super::marks::Blocks;
use crate::catalog::LATELY;
use crate::catalog::digests::DIGESTS;
use crate::catalog::document::{CONTEXTS, Listing, TIMELINES, TimelineDocument};
use crate::clock::{Clock, SystemClock};
use crate::doors::audit;
use crate::probe::registry;
use crate::store::{Cursor, Document, Store, StoreErrorKind};
use crate::watch::journal;

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Documents in the export.
    pub documents: u64,
    /// Blocks of marks in it.
    pub blocks: u64,
    /// Bytes of it.
    pub bytes: u64,
    /// Timelines that could not be read to their end, with the reason; the export has what could.
    pub damaged: Vec<String>,
}

/// Writes everything in `store` to `to`. `progress` advances by one for each timeline.
///
/// # Errors
/// [`ToolError::Store`] or [`ToolError::Io`]: what was written is no complete export then.
pub async fn export(
    store: &dyn Store,
    to: &mut (impl Write + Send),
    progress: &ProgressBar,
) -> Result<ExportReport, ToolError> {
    let mut export = Export::new(store, to, progress);
    let export_id = RandomState::new().hash_one(store.description());
    let (format, source) = (FORMAT.to_owned(), store.description());
    export.write(&Record::Begin(Begin { format, version: VERSION, export: export_id, source }))?;
    export.all(Position::default()).await
}

/// The same to a file that comes into being when the export is complete. What was interrupted is in `FILE.part`, and
/// goes on there.
///
/// # Errors
/// As [`export`]; and [`ToolError::Refused`] when the file is there, or `FILE.part` is of another store.
pub async fn export_to_file(
    store: &dyn Store,
    path: &Path,
    progress: &ProgressBar,
) -> Result<ExportReport, ToolError> {
    if path.try_exists()? {
        let problem = format!("{}: there is such a file already; choose another name", path.display());
        return Err(ToolError::Refused(problem));
    }
    let unfinished = part_of(path);
    let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&unfinished)?;
    file.try_lock()
        .map_err(|_| ToolError::Refused(format!("{}: somebody writes it", unfinished.display())))?;
    let report = match resume::position(&file, &store.description())? {
        Some(position) => {
            file.set_len(position.bytes)?;
            file.seek(SeekFrom::Start(position.bytes))?;
            let mut to = BufWriter::new(&file);
            let report = Export::new(store, &mut to, progress).all(position).await?;
            to.flush()?;
            report
        }
        None => {
            file.set_len(0)?;
            file.seek(SeekFrom::Start(0))?;
            let mut to = BufWriter::new(&file);
            let report = export(store, &mut to, progress).await?;
            to.flush()?;
            report
        }
    };
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    Ok(report)
}

fn part_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Whether a stream is none of a timeline.
fn is_beside(stream: &str) -> bool {
    audit::is_stream(stream) || journal::is_stream(stream) || registry::is_stream(stream)
}

struct Export<'a, W> {
    store: &'a dyn Store,
    to: &'a mut W,
    progress: &'a ProgressBar,
    counts: Counts,
    report: ExportReport,
}

impl<'a, W: Write + Send> Export<'a, W> {
    fn new(store: &'a dyn Store, to: &'a mut W, progress: &'a ProgressBar) -> Self {
        Export { store, to, progress, counts: Counts::default(), report: ExportReport::default() }
    }

    /// Everything behind `position`.
    async fn all(mut self, position: Position) -> Result<ExportReport, ToolError> {
        self.counts = position.counts;
        self.report.bytes += position.bytes;
        let audited = position.stream.clone().filter(|stream| is_beside(stream));
        if audited.is_none() {
            self.timelines(&position).await?;
        }
        self.beside(audited, position.cursor).await?;
        let end = Record::End(self.counts);
        self.write(&end)?;
        self.to.flush()?;
        let Counts { documents, blocks } = self.counts;
        Ok(ExportReport { documents, blocks, ..self.report })
    }

    /// All documents behind the position, and the marks of timelines.
    async fn timelines(&mut self, position: &Position) -> Result<(), ToolError> {
        if let Some(stream) = &position.stream {
            self.blocks(stream.clone(), position.cursor).await?;
        }
        // Contexts come last: so each names an active timeline that is no older than those before it, though servers go
        // on opening them meanwhile.
        let is_in_contexts = position.key.as_ref().is_some_and(|key| key.starts_with(CONTEXTS));
        if is_in_contexts {
            return self.documents(CONTEXTS, position.key.clone()).await;
        }
        self.documents("", position.key.clone()).await?;
        self.documents(CONTEXTS, None).await
    }

    /// What admins did, month by month, the journal, hour by hour, and probes, from a place on.
    async fn beside(&mut self, audited: Option<String>, cursor: Cursor) -> Result<(), ToolError> {
        let from = audited.clone().unwrap_or_default();
        let journal = journal::streams(self.store).await?;
        let probes = registry::streams(self.store).await?;
        let streams = audit::streams(SystemClock.now()).into_iter().chain(journal).chain(probes);
        for stream in streams.filter(|stream| *stream >= from) {
            let after = if audited.as_ref() == Some(&stream) { cursor } else { Cursor::START };
            self.blocks(stream, after).await?;
        }
        Ok(())
    }

    /// Those whose keys begin with `prefix` and are behind `after`; in the listing of all, contexts are left out, digests,
    /// which are made again, and how far imports into this store have come and what its servers tell each other, which is
    /// nobody else's concern.
    async fn documents(&mut self, prefix: &str, after: Option<String>) -> Result<(), ToolError> {
        let is_left_out = |key: &str| {
            prefix.is_empty() && [CONTEXTS, DIGESTS, LATELY, NOTES].iter().any(|kind| key.starts_with(kind))
        };
        let mut listing = Listing::of(self.store, prefix).after(after);
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                return Ok(());
            }
            for (key, document) in page.into_iter().filter(|(key, _)| !is_left_out(key)) {
                self.document(key, document).await?;
            }
        }
    }

    async fn document(&mut self, key: String, Document { value, .. }: Document) -> Result<(), ToolError> {
        let timeline = key.starts_with(TIMELINES).then(|| TimelineDocument::decode(&key, &value));
        self.write(&Record::Document(DocumentRecord { key, value }))?;
        match timeline {
            Some(Ok(timeline)) => self.blocks(timeline.stream(), Cursor::START).await?,
            Some(Err(damage)) => self.report.damaged.push(damage.to_string()),
            None => return Ok(()),
        }
        self.progress.inc(1);
        Ok(())
    }

    async fn blocks(&mut self, stream: String, after: Cursor) -> Result<(), ToolError> {
        let mut blocks = Blocks::after(self.store, stream.clone(), after);
        loop {
            let page = match blocks.next().await {
                Err(error) if error.kind() == StoreErrorKind::Damaged => {
                    self.report.damaged.push(error.to_string());
                    return Ok(());
                }
                page => page?,
            };
            if page.is_empty() {
                return Ok(());
            }
            for block in page {
                let (stream, cursor) = (stream.clone(), block.cursor.0);
                self.write(&Record::Block(BlockRecord { stream, cursor, block: block.bytes }))?;
            }
        }
    }

    fn write(&mut self, record: &Record) -> Result<(), ToolError> {
        self.counts.add(record);
        self.report.bytes += format::write(record, self.to)?;
        Ok(())
    }
}
