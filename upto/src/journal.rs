//! Lines for the server's journal.

use std::borrow::Cow;
use std::fmt;

use crate::client::{self, Report, Shared};
use crate::value::{Value, captured_within};
use crate::wire::Kind;

/// Bytes of a line, such that it has room in a packet of the usual length.
const LINE_BYTES: usize = 1_024;

/// A line for the server's journal, which is sent when this is dropped.
///
/// ```
/// upto::journal("backup", "the second disk is nearly full").level(3).alert();
/// ```
///
/// Of a line, 1,024 bytes are sent. Lines are of the process, and no event. 1,024 of them, and 1 MiB, may wait for the client's thread, which takes
/// milliseconds; what is over is dropped and counted as [`dropped_queue_full`](crate::Stats::dropped_queue_full). Without a
/// client, nothing is formatted and nothing is sent.
pub fn journal(service: impl Into<Cow<'static, str>>, line: impl fmt::Display) -> JournalLine {
    JournalLine(client::current().map(|client| {
        let text = captured_within(LINE_BYTES, format_args!("{line}")).text;
        let report = Report { kind: Kind::Log, service: service.into(), text, attributes: Vec::new() };
        (client, Box::new(report))
    }))
}

/// A line that is sent to the journal when this is dropped.
#[derive(Debug)]
pub struct JournalLine(Option<(&'static Shared, Box<Report>)>);

impl JournalLine {
    /// How grave it is: what numbers mean is up to their readers, who ask for "at least". 0, if this is not said.
    pub fn level(&mut self, level: i32) -> &mut Self {
        self.with("level", Value::Int(i64::from(level)))
    }

    /// Somebody has to be told.
    pub fn alert(&mut self) -> &mut Self {
        self.with("alert", Value::Bool(true))
    }

    fn with(&mut self, key: &'static str, value: Value) -> &mut Self {
        if let Some((_, report)) = &mut self.0 {
            report.attributes.retain(|(other, _)| *other != key);
            report.attributes.push((key, value));
        }
        self
    }
}

impl Drop for JournalLine {
    fn drop(&mut self) {
        let heard = self.0.take().filter(|(client, _)| client::is_current(client));
        let Some((client, report)) = heard else { return };
        match client.reports.add(*report) {
            true => client.ring(),
            false => client::count_unrecorded(),
        }
    }
}
