//! Chrome's trace event format, the object and the array form: slices (`X`, `B`, `E`), asynchronous ones (`b`, `e`, `n`),
//! instants (`i`) and names of processes and threads. Counters, flows and samples are passed over.
//!
//! A document that this server has exported says so in `otherData.upto`, and what it says in `args.upto` is read, too.

mod event;
mod nesting;
mod reader;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde_json::value::RawValue;

use self::event::{TraceEvent, Track};
use self::reader::Reader;
use super::BodyError;
use super::draft::{Destination, Draft};
use super::json::refused;

/// Events of one document.
pub(crate) const EVENTS: usize = 1_000_000;

/// A document, of which no event is looked at yet but for names.
pub(crate) struct Chrome<'a> {
    events: Vec<&'a RawValue>,
    /// This server has written it.
    is_own: bool,
    /// Nanoseconds since the epoch of what the document calls 0.
    base: i64,
    processes: HashMap<&'a str, String>,
    threads: HashMap<Track<'a>, String>,
    /// The ids of slices that others are within, by the place of the inner one among the events.
    parents: HashMap<usize, u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Object<'a> {
    #[serde(borrow)]
    trace_events: Events<'a>,
    other_data: Option<OtherData>,
}

/// What the document says of itself, as far as it is this server's.
#[derive(Deserialize)]
struct OtherData {
    upto: Option<About>,
}

#[derive(Deserialize)]
struct About {
    base: String,
}

/// At most [`EVENTS`].
struct Events<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Events<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(EventsVisitor).map(Events)
    }
}

struct EventsVisitor;

impl<'de> Visitor<'de> for EventsVisitor {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a list of trace events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut events = Vec::new();
        while let Some(event) = items.next_element()? {
            if events.len() == EVENTS {
                return Err(A::Error::custom(format!("over {EVENTS} events in one document")));
            }
            events.push(event);
        }
        Ok(events)
    }
}

impl<'a> Chrome<'a> {
    /// Looks through a document. What it calls 0 was at `start`, in nanoseconds since the epoch, unless it says itself when
    /// that was.
    ///
    /// # Errors
    /// It is not JSON, or not a document of this format.
    pub(crate) fn open(body: &'a [u8], start: Option<i64>) -> Result<Self, BodyError> {
        let is_list = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
        let (events, about) = if is_list { (list(body)?, None) } else { object(body)? };
        let mut chrome = Chrome {
            events,
            is_own: about.is_some(),
            base: about.map_or(Ok(0), |about| nanoseconds(&about.base))?,
            processes: HashMap::new(),
            threads: HashMap::new(),
            parents: HashMap::new(),
        };
        if let Some(start) = start {
            chrome.base = start;
        }
        chrome.look_for_names()?;
        if !chrome.is_own {
            chrome.parents = nesting::parents(&chrome)?;
        }
        Ok(chrome)
    }

    /// The messages for the events, all of which go to one timeline.
    pub(crate) fn drafts(&self, to: Destination<'a>) -> impl Iterator<Item = Result<Draft<'a>, BodyError>> {
        Reader::new(self, to)
    }

    fn look_for_names(&mut self) -> Result<(), BodyError> {
        for place in 0..self.events.len() {
            let event = self.event(place)?;
            let Some(name) = event.said_name() else { continue };
            match event.name.as_deref() {
                Some("process_name") => drop(self.processes.insert(event.track().process, name)),
                Some("thread_name") => drop(self.threads.insert(event.track(), name)),
                _ => {}
            }
        }
        Ok(())
    }

    fn event(&self, place: usize) -> Result<TraceEvent<'a>, BodyError> {
        let text = self.events.get(place).map_or("{}", |raw| raw.get());
        serde_json::from_str(text)
            .map_err(|error| BodyError::Meaning(format!("event {}: {error}", place + 1)))
    }

    /// The name of a process as a host's: that which it has been given, or else, in documents of others, its number.
    fn host(&self, process: &'a str) -> Cow<'a, str> {
        match self.processes.get(process) {
            Some(name) => name.clone().into(),
            None if self.is_own || process.is_empty() => "".into(),
            None => format!("pid {}", process.trim_matches('"')).into(),
        }
    }
}

fn object(body: &[u8]) -> Result<(Vec<&RawValue>, Option<About>), BodyError> {
    let Object { trace_events, other_data } =
        serde_json::from_slice(body).map_err(|error| refused(&error))?;
    Ok((trace_events.0, other_data.and_then(|other| other.upto)))
}

/// The array form, the end of which may be missing: programs write it while they run.
fn list(body: &[u8]) -> Result<Vec<&RawValue>, BodyError> {
    let begin = body.iter().position(|byte| *byte == b'[').map_or(0, |place| place + 1);
    let (mut rest, mut events) = (body.get(begin..).unwrap_or_default(), Vec::new());
    loop {
        rest = rest.trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest).trim_ascii_start();
        if rest.is_empty() || rest.starts_with(b"]") {
            return Ok(events);
        }
        if events.len() == EVENTS {
            return Err(BodyError::Meaning(format!("over {EVENTS} events in one document")));
        }
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter();
        match values.next() {
            Some(Ok(event)) => events.push(event),
            // The last one is not whole.
            Some(Err(error)) if error.is_eof() => return Ok(events),
            Some(Err(error)) => return Err(refused(&error)),
            None => return Ok(events),
        }
        rest = rest.get(values.byte_offset()..).unwrap_or_default();
    }
}

/// A time as RFC 3339, in nanoseconds since the epoch.
fn nanoseconds(text: &str) -> Result<i64, BodyError> {
    let time = text.parse::<jiff::Timestamp>().ok();
    let nanoseconds = time.and_then(|time| i64::try_from(time.as_nanosecond()).ok());
    nanoseconds
        .ok_or_else(|| BodyError::Meaning("a time is none, or outside of the years 1678 to 2261".to_owned()))
}
