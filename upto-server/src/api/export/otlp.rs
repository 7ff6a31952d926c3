//! OTLP as JSON: what `POST /v1/traces` takes, here and elsewhere. What OTLP has no field for is in attributes `upto.…`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::EventWriter;
use crate::decode::draft::{derived_id, parts_of};
use crate::decode::otlp::OWN_SCOPE;
use crate::timeline::path::{separators, unescape};
use crate::timeline::{AttributeValue, Event, State};

pub(super) struct Writer {
    context: String,
    trace: String,
    is_empty: bool,
}

impl Writer {
    /// Writes a timeline of this context and name.
    pub(super) fn new(context: &str, timeline: &str) -> Self {
        Writer { context: context.to_owned(), trace: trace_id(context, timeline), is_empty: true }
    }

    fn resource_spans(&self, host: &str, spans: &[Value]) -> Value {
        let host = (!host.is_empty()).then(|| attribute("host.name", &json!({"stringValue": host})));
        let service = attribute("service.name", &json!({"stringValue": self.context}));
        let attributes: Vec<Value> = std::iter::once(service).chain(host).collect();
        json!({
            "resource": {"attributes": attributes},
            "scopeSpans": [{"scope": {"name": OWN_SCOPE}, "spans": spans}],
        })
    }

    fn span(&self, event: &Event) -> Value {
        let is_path = separators(&event.name).next().is_some();
        let mut span = json!({
            "traceId": self.trace,
            "spanId": format!("{:016x}", span_id(event)),
            "name": if is_path { event.name.to_string() } else { unescape(&event.name) },
            "kind": 1,
            "attributes": attributes(event, is_path),
        });
        let mut set = |key: &str, value: Option<Value>| {
            if let (Some(fields), Some(value)) = (span.as_object_mut(), value) {
                fields.insert(key.to_owned(), value);
            }
        };
        let parent = Some(event.parent).filter(|parent| *parent != 0);
        set("parentSpanId", parent.map(|parent| format!("{parent:016x}").into()));
        // Times before the epoch can't be said.
        let instant = |time: Option<i64>| time.filter(|time| *time > 0).map(|time| time.to_string().into());
        set("startTimeUnixNano", instant(event.start));
        set("endTimeUnixNano", instant(event.end));
        set("status", status(event));
        span
    }
}

impl EventWriter for Writer {
    fn begin(&mut self, to: &mut Vec<u8>) {
        to.extend_from_slice(b"{\"resourceSpans\":[");
    }

    fn write(&mut self, events: &[Event], to: &mut Vec<u8>) {
        let mut hosts = BTreeMap::<&str, Vec<Value>>::new();
        for event in events {
            hosts.entry(&event.host).or_default().push(self.span(event));
        }
        for (host, spans) in hosts {
            to.extend_from_slice(if std::mem::take(&mut self.is_empty) { b"\n" } else { b",\n" });
            // Writing to memory does not fail.
            let _ = serde_json::to_writer(&mut *to, &self.resource_spans(host, &spans));
        }
    }

    fn end(&mut self, to: &mut Vec<u8>) {
        to.extend_from_slice(b"\n]}\n");
    }
}

/// The timeline's name if that is the id of a trace, else one that is made of it.
fn trace_id(context: &str, timeline: &str) -> String {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if timeline.len() == 32 && timeline.bytes().all(is_digit) && timeline.bytes().any(|byte| byte != b'0') {
        return timeline.to_owned();
    }
    let digest = Sha256::new().chain_update(context).chain_update([0]).chain_update(timeline).finalize();
    digest.iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a text can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn span_id(event: &Event) -> u64 {
    if event.id != 0 {
        return event.id;
    }
    let times = [event.first().cast_unsigned(), event.last().cast_unsigned()];
    let parts: Vec<u64> = parts_of(&event.name).chain(parts_of(&event.host)).chain(times).collect();
    derived_id(&parts)
}

fn status(event: &Event) -> Option<Value> {
    match (event.state, &*event.text) {
        (State::Failed, text) => Some(json!({"code": 2, "message": text})),
        (_, "") => None,
        (_, text) => Some(json!({"message": text})),
    }
}

fn attributes(event: &Event, is_path: bool) -> Vec<Value> {
    let own = [
        ("upto.path", is_path),
        ("upto.point", event.state == State::Point),
        ("upto.cancelled", event.state == State::Cancelled),
        ("upto.no_id", event.id == 0),
        ("upto.truncated", event.truncated),
    ];
    let is_own = |key: &str| own.iter().any(|(own, _)| *own == key);
    let said = own.iter().filter(|(_, is)| *is).map(|(key, _)| attribute(key, &json!({"boolValue": true})));
    let given = event.attributes.iter().map(|(key, value)| {
        // Nothing is there twice.
        let key = if is_own(key) { format!("{key}_") } else { key.to_string() };
        attribute(&key, &any_value(value))
    });
    said.chain(given).collect()
}

fn attribute(key: &str, value: &Value) -> Value {
    json!({"key": key, "value": value})
}

fn any_value(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::Bool(value) => json!({"boolValue": value}),
        AttributeValue::Int(value) => json!({"intValue": value.to_string()}),
        // OTLP has no such numbers.
        AttributeValue::Uint(value) => json!({"stringValue": value.to_string()}),
        AttributeValue::Float(value) if value.is_nan() => json!({"doubleValue": "NaN"}),
        AttributeValue::Float(f64::INFINITY) => json!({"doubleValue": "Infinity"}),
        AttributeValue::Float(f64::NEG_INFINITY) => json!({"doubleValue": "-Infinity"}),
        AttributeValue::Float(value) => json!({"doubleValue": value}),
        AttributeValue::Text(value) => json!({"stringValue": value}),
    }
}
