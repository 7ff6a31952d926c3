//! Requests as protobuf. The numbers are those of the fields in `opentelemetry/proto/trace/v1/trace.proto` and its likes;
//! fields that are not known are passed over.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::draft::{Attributes, DraftValue};
use super::Taking;
use super::fields::{Field, Fields, Malformed};
use super::nested::{Room, number};
use super::span::{EVENTS, LINKS, Span, SpanEvent, Surroundings, id, ids};

/// What is wrong with a span: with the whole request, or with this span alone.
enum Fault {
    Malformed(Malformed),
    Rejected(Cow<'static, str>),
}

impl From<Malformed> for Fault {
    fn from(malformed: Malformed) -> Self {
        Fault::Malformed(malformed)
    }
}

/// Takes all spans of an `ExportTraceServiceRequest`.
pub(super) fn request<'a>(body: &'a [u8], taking: &mut Taking<'a>) -> Result<(), Malformed> {
    each(body, 1, |resource| resource_spans(resource, taking))
}

fn resource_spans<'a>(message: &'a [u8], taking: &mut Taking<'a>) -> Result<(), Malformed> {
    let mut attributes = Attributes::default();
    // It may come after the spans.
    each(message, 1, |resource| add_attributes(resource, 1, &mut attributes))?;
    let around = Surroundings::of(attributes);
    each(message, 2, |scope| scope_spans(scope, &around, taking))
}

fn scope_spans<'a>(
    message: &'a [u8],
    around: &Surroundings<'a>,
    taking: &mut Taking<'a>,
) -> Result<(), Malformed> {
    let mut around = around.clone();
    each(message, 1, |scope| {
        for field in Fields::of(scope) {
            match field? {
                (1, name) => around.scope = name.text()?,
                (2, version) => around.scope_version = version.text()?,
                _ => {}
            }
        }
        Ok(())
    })?;
    each(message, 2, |bytes| {
        match span(bytes) {
            Ok(span) => taking.take(Ok(span), &around),
            Err(Fault::Rejected(reason)) => taking.take(Err(reason), &around),
            Err(Fault::Malformed(malformed)) => return Err(malformed),
        }
        Ok(())
    })
}

fn span(message: &[u8]) -> Result<Span<'_>, Fault> {
    let mut span = Span::default();
    let (mut trace_id, mut span_id): (&[u8], &[u8]) = (&[], &[]);
    for field in Fields::of(message) {
        match field? {
            (1, field) => trace_id = field.bytes()?,
            (2, field) => span_id = field.bytes()?,
            (4, field) => span.parent = id(field.bytes()?).unwrap_or(0),
            (5, field) => span.name = field.text()?,
            (6, field) => span.kind = field.number()?,
            (7, field) => span.start = field.fixed64()?,
            (8, field) => span.end = field.fixed64()?,
            (9, field) => add_attribute(field, &mut span.attributes)?,
            (10 | 12 | 14, dropped) => span.attributes.note_truncated(dropped.number()? > 0),
            (11, _) if span.events.len() >= EVENTS => span.attributes.note_truncated(true),
            (11, field) => span.events.push(event(field.bytes()?)?),
            (13, _) if span.links.len() >= LINKS => span.attributes.note_truncated(true),
            (13, field) => span.links.extend(link(field.bytes()?)?),
            (15, field) => set_status(field.bytes()?, &mut span)?,
            _ => {}
        }
    }
    (span.trace, span.id) = ids(trace_id, span_id).map_err(Fault::Rejected)?;
    Ok(span)
}

fn set_status<'a>(message: &'a [u8], span: &mut Span<'a>) -> Result<(), Malformed> {
    for field in Fields::of(message) {
        match field? {
            (2, text) => span.message = text.text()?,
            (3, code) => span.has_failed = code.number()? == 2,
            _ => {}
        }
    }
    Ok(())
}

fn event(message: &[u8]) -> Result<SpanEvent<'_>, Malformed> {
    let mut event = SpanEvent::default();
    for field in Fields::of(message) {
        match field? {
            (1, field) => event.time = field.fixed64()?,
            (2, field) => event.name = field.text()?,
            (3, field) => add_attribute(field, &mut event.attributes)?,
            (4, dropped) => event.attributes.note_truncated(dropped.number()? > 0),
            _ => {}
        }
    }
    Ok(event)
}

fn link(message: &[u8]) -> Result<Option<u64>, Malformed> {
    let mut linked = None;
    each(message, 2, |bytes| {
        linked = id(bytes).filter(|id| *id != 0);
        Ok(())
    })?;
    Ok(linked)
}

/// Gives the messages in the fields of this number to `take`.
fn each<'a>(
    message: &'a [u8],
    number: u64,
    mut take: impl FnMut(&'a [u8]) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    for field in Fields::of(message) {
        match field? {
            (own, field) if own == number => take(field.bytes()?)?,
            _ => {}
        }
    }
    Ok(())
}

fn add_attributes<'a>(message: &'a [u8], number: u64, to: &mut Attributes<'a>) -> Result<(), Malformed> {
    for field in Fields::of(message) {
        match field? {
            (own, field) if own == number => add_attribute(field, to)?,
            _ => {}
        }
    }
    Ok(())
}

fn add_attribute<'a>(pair: Field<'a>, to: &mut Attributes<'a>) -> Result<(), Malformed> {
    let pair = pair.bytes()?;
    if to.is_full() {
        to.note_truncated(true);
        return Ok(());
    }
    let (key, value) = key_value(pair)?;
    let mut room = Room::new();
    if let Some(value) = any_value(value, &mut room)? {
        to.add(key, value);
        to.note_truncated(room.is_short);
    }
    Ok(())
}

fn key_value(message: &[u8]) -> Result<(Cow<'_, str>, &[u8]), Malformed> {
    let (mut key, mut value): (_, &[u8]) = (Cow::Borrowed(""), &[]);
    for field in Fields::of(message) {
        match field? {
            (1, field) => key = field.text()?,
            (2, field) => value = field.bytes()?,
            _ => {}
        }
    }
    Ok((key, value))
}

/// The value; `None` if none is given.
fn any_value<'a>(message: &'a [u8], room: &mut Room) -> Result<Option<DraftValue<'a>>, Malformed> {
    let mut value = None;
    for field in Fields::of(message) {
        value = match field? {
            (1, field) => Some(DraftValue::Text(field.text()?)),
            (2, field) => Some(DraftValue::Bool(field.number()? != 0)),
            (3, field) => Some(DraftValue::Int(field.number()?.cast_signed())),
            (4, field) => Some(DraftValue::Float(f64::from_bits(field.fixed64()?))),
            (5, field) => Some(DraftValue::Text(list(field.bytes()?, room).to_string().into())),
            (6, field) => Some(DraftValue::Text(map(field.bytes()?, room).to_string().into())),
            (7, field) => Some(DraftValue::Text(STANDARD.encode(field.bytes()?).into())),
            _ => value,
        };
    }
    Ok(value)
}

/// The values within a list; what is malformed there ends it.
fn list(message: &[u8], room: &mut Room) -> Value {
    let values = fields_of(message).filter(|(number, _)| *number == 1);
    room.list(values, |(_, value), room| nested(value, room))
}

fn map(message: &[u8], room: &mut Room) -> Value {
    let pairs = fields_of(message).filter(|(number, _)| *number == 1);
    room.map(pairs, |(_, pair), room| match key_value(pair) {
        Ok((key, value)) => (key.into_owned(), nested(value, room)),
        Err(_) => (String::new(), Value::Null),
    })
}

fn fields_of(message: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    Fields::of(message)
        .map_while(Result::ok)
        .filter_map(|(number, field)| Some((number, field.bytes().ok()?)))
}

fn nested(message: &[u8], room: &mut Room) -> Value {
    let value = Fields::of(message).map_while(Result::ok).last();
    match value {
        Some((1, Field::Bytes(text))) => Value::String(String::from_utf8_lossy(text).into_owned()),
        Some((2, Field::Varint(value))) => Value::Bool(value != 0),
        Some((3, Field::Varint(value))) => Value::from(value.cast_signed()),
        Some((4, Field::Fixed64(bits))) => number(f64::from_bits(bits)),
        Some((5, Field::Bytes(values))) => room.below(|room| list(values, room)),
        Some((6, Field::Bytes(pairs))) => room.below(|room| map(pairs, room)),
        Some((7, Field::Bytes(bytes))) => Value::String(STANDARD.encode(bytes)),
        _ => Value::Null,
    }
}
