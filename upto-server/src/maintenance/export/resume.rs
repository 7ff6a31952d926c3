//! Where an export that was interrupted goes on.

use std::fs::File;
use std::io::BufReader;

use crate::catalog::document::{TIMELINES, TimelineDocument};
use crate::maintenance::ToolError;
use crate::maintenance::format::{self, Counts, Next, Record};
use crate::store::Cursor;

/// How far an export has come.
#[derive(Debug, Default)]
pub(super) struct Position {
    /// The last document's key.
    pub(super) key: Option<String>,
    /// The stream of the timeline whose document that is, or the one of the audit log that was begun.
    pub(super) stream: Option<String>,
    /// The last block of that stream.
    pub(super) cursor: Cursor,
    /// What is there already.
    pub(super) counts: Counts,
    /// Bytes of that; what is behind them was torn.
    pub(super) bytes: u64,
}

/// Reads what is there already of an export of `source`; `None` if there is nothing.
///
/// # Errors
/// [`ToolError::Refused`] when it is of another store, [`ToolError::Damaged`] when it is no export.
pub(super) fn position(file: &File, source: &str) -> Result<Option<Position>, ToolError> {
    let mut from = BufReader::new(file);
    let (begin, bytes) = match format::read_begin(&mut from) {
        Err(ToolError::Incomplete) => return Ok(None),
        begin => begin?,
    };
    if begin.source != source {
        let problem =
            format!("the unfinished export is of {}, not of {source}: remove it first", begin.source);
        return Err(ToolError::Refused(problem));
    }
    let mut position = Position { bytes, ..Position::default() };
    while let Next::Record(record, size) = format::read(&mut from)? {
        match record {
            // It was complete but for its name: the end is written again.
            Some(Record::End(_)) => break,
            Some(record) => position.pass(record),
            None => {}
        }
        position.bytes += size;
    }
    Ok(Some(position))
}

impl Position {
    fn pass(&mut self, record: Record) {
        self.counts.add(&record);
        match record {
            Record::Document(document) => {
                let is_timeline = document.key.starts_with(TIMELINES);
                let timeline =
                    TimelineDocument::decode(&document.key, &document.value).ok().filter(|_| is_timeline);
                self.stream = timeline.map(|timeline| timeline.stream());
                self.cursor = Cursor::START;
                self.key = Some(document.key);
            }
            Record::Block(block) => {
                self.cursor = Cursor(block.cursor);
                self.stream = Some(block.stream);
            }
            Record::Begin(_) | Record::End(_) => {}
        }
    }
}
