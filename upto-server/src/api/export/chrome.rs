//! The trace event format of Chrome, which Perfetto reads: a process for each host, a thread for each lane of its events.
//!
//! Times are microseconds since the first event, exact to the nanosecond: those since the epoch have more digits than
//! viewers keep. `otherData.upto.base` says when that was. What the format has no field for is in `args.upto`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::super::represent::time;
use super::EventWriter;
use super::lanes::Lanes;
use crate::timeline::path::{separators, unescape};
use crate::timeline::{Event, State};

/// The key of what the format has no field for.
const OWN_KEY: &str = "upto";

pub(super) struct Writer {
    about: About,
    first: i64,
    hosts: HashMap<Arc<str>, Host>,
    is_empty: bool,
}

struct Host {
    pid: usize,
    lanes: Lanes,
}

/// What the document says of itself.
#[derive(Serialize)]
struct About {
    context: String,
    timeline: String,
    base: String,
}

#[derive(Serialize)]
struct TraceEvent<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    ph: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    pid: usize,
    tid: usize,
    args: Args<'a>,
}

/// What a viewer shows of an event on request.
enum Args<'a> {
    Name(String),
    Event(&'a Event, Own<'a>),
}

#[derive(Serialize)]
struct Own<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    /// The name is a path; else it is one segment, without its escapes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    path: bool,
    /// The end, where it is before the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
}

impl Writer {
    /// Writes a timeline of this context and name, the earliest event of which is at `first`.
    pub(super) fn new(context: &str, timeline: &str, first: i64) -> Self {
        let about = About { context: context.to_owned(), timeline: timeline.to_owned(), base: time(first) };
        Writer { about, first, hosts: HashMap::new(), is_empty: true }
    }

    fn event(&mut self, event: &Event, to: &mut Vec<u8>) {
        let (phase, end) = match (event.state, event.start, event.end) {
            (State::Point, ..) | (_, None, _) => ("i", None),
            (_, Some(_), None) => ("B", Some(i64::MAX)),
            (_, Some(start), Some(end)) => ("X", Some(end.max(start))),
        };
        let (pid, lane) = self.lane(event, end, to);
        let is_path = separators(&event.name).next().is_some();
        let text = if is_path { event.name.to_string() } else { unescape(&event.name) };
        let duration = (phase == "X").then(|| event.duration()).flatten();
        let written = TraceEvent {
            name: &text,
            cat: Some(event.state.as_str()),
            ph: phase,
            ts: microseconds(i128::from(event.first()) - i128::from(self.first)),
            dur: duration.and_then(|duration| microseconds(duration.into())),
            s: (phase == "i").then_some("t"),
            pid,
            tid: lane + 1,
            args: Args::Event(event, Own::of(event, is_path)),
        };
        self.push(&written, to);
    }

    /// The process and the lane of an event, which are given their names when they are first used.
    fn lane(&mut self, event: &Event, end: Option<i64>, to: &mut Vec<u8>) -> (usize, usize) {
        let next = self.hosts.len() + 1;
        let is_new_host = !self.hosts.contains_key(&event.host);
        let host = self
            .hosts
            .entry(event.host.clone())
            .or_insert_with(|| Host { pid: next, lanes: Lanes::default() });
        let pid = host.pid;
        let (lane, is_new) = match end {
            Some(end) => host.lanes.place(event, end),
            None => host.lanes.near(event),
        };
        if is_new_host && !event.host.is_empty() {
            self.push(&named("process_name", pid, 0, event.host.to_string()), to);
        }
        if is_new {
            self.push(&named("thread_name", pid, lane + 1, format!("lane {}", lane + 1)), to);
        }
        (pid, lane)
    }

    fn push(&mut self, event: &TraceEvent<'_>, to: &mut Vec<u8>) {
        to.extend_from_slice(if std::mem::take(&mut self.is_empty) { b"\n" } else { b",\n" });
        // Neither can writing to memory fail, nor what an event is made of.
        let _ = serde_json::to_writer(to, event);
    }
}

impl EventWriter for Writer {
    fn begin(&mut self, to: &mut Vec<u8>) {
        let about = serde_json::to_string(&self.about).unwrap_or_default();
        let text =
            format!("{{\"displayTimeUnit\":\"ns\",\"otherData\":{{\"{OWN_KEY}\":{about}}},\"traceEvents\":[");
        to.extend_from_slice(text.as_bytes());
    }

    fn write(&mut self, events: &[Event], to: &mut Vec<u8>) {
        events.iter().for_each(|event| self.event(event, to));
    }

    fn end(&mut self, to: &mut Vec<u8>) {
        to.extend_from_slice(b"\n]}\n");
    }
}

impl<'a> Own<'a> {
    fn of(event: &'a Event, path: bool) -> Self {
        let number = |number: u64| (number != 0).then(|| number.to_string());
        let end = event.end.filter(|end| event.start.is_some_and(|start| *end < start));
        Own {
            id: number(event.id),
            parent: number(event.parent),
            message: Some(&*event.text).filter(|text| !text.is_empty()),
            truncated: event.truncated,
            path,
            end: end.map(time),
        }
    }
}

impl Serialize for Args<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Args::Name(name) => map.serialize_entry("name", name)?,
            Args::Event(event, own) => {
                map.serialize_entry(OWN_KEY, own)?;
                for (key, value) in &event.attributes {
                    // Nothing is there twice.
                    let key = if &**key == OWN_KEY { "upto_" } else { key };
                    map.serialize_entry(key, value)?;
                }
            }
        }
        map.end()
    }
}

fn named(what: &'static str, pid: usize, tid: usize, name: String) -> TraceEvent<'static> {
    let args = Args::Name(name);
    TraceEvent { name: what, cat: None, ph: "M", ts: None, dur: None, s: None, pid, tid, args }
}

/// Nanoseconds as microseconds with all their digits.
fn microseconds(nanoseconds: i128) -> Option<Box<RawValue>> {
    let (sign, size) = (if nanoseconds < 0 { "-" } else { "" }, nanoseconds.unsigned_abs());
    RawValue::from_string(format!("{sign}{}.{:03}", size / 1_000, size % 1_000)).ok()
}
