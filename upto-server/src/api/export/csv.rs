//! CSV (RFC 4180), for spreadsheets: what one would take for a formula has an apostrophe before it.

use std::borrow::Cow;

use super::super::represent::EventResource;
use super::EventWriter;
use crate::timeline::Event;

const COLUMNS: [&str; 11] = [
    "name",
    "host",
    "id",
    "parent",
    "start",
    "end",
    "duration_seconds",
    "state",
    "message",
    "truncated",
    "attributes",
];

pub(super) struct Writer;

impl EventWriter for Writer {
    fn begin(&mut self, to: &mut Vec<u8>) {
        write_records(std::iter::once(COLUMNS.map(str::to_owned)), to);
    }

    fn write(&mut self, events: &[Event], to: &mut Vec<u8>) {
        write_records(events.iter().map(|event| record(EventResource::from(event))), to);
    }

    fn end(&mut self, _to: &mut Vec<u8>) {}
}

fn write_records(records: impl Iterator<Item = [String; COLUMNS.len()]>, to: &mut Vec<u8>) {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
    for record in records {
        // Writing to memory does not fail.
        let _ = writer.write_record(record.iter().map(|cell| guarded(cell).into_owned()));
    }
    let _ = writer.flush();
}

fn record(event: EventResource) -> [String; COLUMNS.len()] {
    let attributes = if event.attributes.is_empty() {
        String::new()
    } else {
        serde_json::to_string(&event.attributes).unwrap_or_default()
    };
    [
        event.name,
        event.host.unwrap_or_default(),
        event.id.to_string(),
        event.parent.map(|parent| parent.to_string()).unwrap_or_default(),
        event.start.unwrap_or_default(),
        event.end.unwrap_or_default(),
        event.duration_seconds.map(|seconds| seconds.to_string()).unwrap_or_default(),
        event.state,
        event.message.unwrap_or_default(),
        event.truncated.to_string(),
        attributes,
    ]
}

/// A cell that no spreadsheet takes for a formula.
fn guarded(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}
