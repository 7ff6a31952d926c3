//! The single message: a map, as the original client sends it, with optional keys added.

use std::borrow::Cow;

use rmp::encode::{write_bool, write_ext_meta, write_f64, write_map_len, write_sint, write_str, write_uint};

use super::error::{DecodeError, Reason};
use super::limits;
use super::message::{Batch, Kind, Message, Status, Value};
use super::reader::{Reader, TextOrNumber};
use super::time;

type Result<T> = std::result::Result<T, DecodeError>;

/// Writes `message` as a single message behind what `buffer` holds.
///
/// The six keys of the original client come first and in its order, then those that are given.
/// Attributes beyond the limits are left out, and the message marked as truncated. Nothing else is
/// checked: a message with a [`fault`](Message::fault) is written, and refused where it arrives.
pub fn encode_single(message: &Message<'_>, attributes: &[(&str, Value<'_>)], buffer: &mut Vec<u8>) {
    let sent = sendable(attributes);
    let truncated = message.truncated || sent.len() < attributes.len();
    let message = Message { truncated, ..message.clone() };
    let options = options_of(&message, &sent);
    let keys = 6 + options.iter().filter(|given| **given).count();
    // Writing into a Vec can't fail.
    let _ = write_map_len(buffer, u32::try_from(keys).unwrap_or(u32::MAX));
    write_original(&message, buffer);
    write_options(&message, &sent, buffer);
}

/// The attributes that a decoder takes: not too many, none with too long a key.
pub(crate) fn sendable<'s, 'm>(attributes: &'s [(&'m str, Value<'m>)]) -> Cow<'s, [(&'m str, Value<'m>)]> {
    let fits = |(key, _): &&(&str, Value<'_>)| key.len() <= limits::KEY_BYTES;
    if attributes.len() <= limits::ATTRIBUTES && attributes.iter().all(|attribute| fits(&attribute)) {
        return Cow::Borrowed(attributes);
    }
    attributes.iter().filter(fits).take(limits::ATTRIBUTES).copied().collect()
}

fn options_of(message: &Message<'_>, attributes: &[(&str, Value<'_>)]) -> [bool; 8] {
    [
        !message.timeline.is_empty(),
        message.id != 0,
        message.started.is_some(),
        message.parent != 0,
        message.status != Status::Ok,
        !message.text.is_empty(),
        !attributes.is_empty(),
        message.truncated,
    ]
}

fn write_original(message: &Message<'_>, buffer: &mut Vec<u8>) {
    write_text("context", message.context, buffer);
    write_text("name", message.name, buffer);
    let _ = write_str(buffer, "type");
    let _ = write_uint(buffer, u64::from(message.kind.number()));
    let _ = write_str(buffer, "time");
    let _ = write_ext_meta(buffer, 12, time::ORIGINAL_TYPE);
    buffer.extend_from_slice(&time::to_original(message.time));
    write_text("host", message.host, buffer);
    let _ = write_str(buffer, "autoIP");
    let _ = write_bool(buffer, message.auto_ip);
}

fn write_options(message: &Message<'_>, attributes: &[(&str, Value<'_>)], buffer: &mut Vec<u8>) {
    let [timeline, id, started, parent, status, text, attrs, truncated] = options_of(message, attributes);
    if timeline {
        write_text("timeline", message.timeline, buffer);
    }
    if id {
        write_number("id", message.id, buffer);
    }
    if started {
        let _ = write_str(buffer, "started");
        let _ = write_sint(buffer, message.started.unwrap_or_default());
    }
    if parent {
        write_number("parent", message.parent, buffer);
    }
    if status {
        write_number("status", u64::from(message.status.number()), buffer);
    }
    if text {
        write_text("text", message.text, buffer);
    }
    if attrs {
        let _ = write_str(buffer, "attrs");
        let _ = write_map_len(buffer, u32::try_from(attributes.len()).unwrap_or(u32::MAX));
        attributes.iter().for_each(|(key, value)| {
            let _ = write_str(buffer, key);
            write_value(*value, buffer);
        });
    }
    if truncated {
        let _ = write_str(buffer, "truncated");
        let _ = write_bool(buffer, true);
    }
}

pub(super) fn write_value(value: Value<'_>, buffer: &mut Vec<u8>) {
    // Writing into a Vec can't fail.
    let _ = match value {
        Value::Bool(value) => write_bool(buffer, value).is_ok(),
        Value::Int(value) => write_sint(buffer, value).is_ok(),
        Value::Uint(value) => write_uint(buffer, value).is_ok(),
        Value::Float(value) => write_f64(buffer, value).is_ok(),
        Value::Text(value) => write_str(buffer, value).is_ok(),
    };
}

fn write_text(key: &str, text: &str, buffer: &mut Vec<u8>) {
    let _ = write_str(buffer, key);
    let _ = write_str(buffer, text);
}

fn write_number(key: &str, number: u64, buffer: &mut Vec<u8>) {
    let _ = write_str(buffer, key);
    let _ = write_uint(buffer, number);
}

/// Reads the map that follows, appending the message to `batch`.
pub(super) fn decode<'a>(reader: &mut Reader<'a>, batch: &mut Batch<'a>) -> Result<()> {
    let keys = reader.map_length()?;
    let mut kind = None;
    let mut message = Message::default();
    for _ in 0..keys {
        reader.enter("");
        let key = reader.text()?;
        read_field(key, reader, &mut message, &mut kind, batch)?;
    }
    reader.enter("type");
    message.kind = kind.ok_or_else(|| reader.error(Reason::MissingType))?;
    check(reader, &message)?;
    batch.push(message);
    Ok(())
}

/// What every message must have, in whichever form it came.
pub(super) fn check(reader: &mut Reader<'_>, message: &Message<'_>) -> Result<()> {
    let Some((field, reason)) = message.fault() else { return Ok(()) };
    reader.enter(field);
    reader.refuse(reason)
}

fn read_field<'a>(
    key: &str,
    reader: &mut Reader<'a>,
    message: &mut Message<'a>,
    kind: &mut Option<Kind>,
    batch: &mut Batch<'a>,
) -> Result<()> {
    match key {
        "context" => message.context = reader.at("context").name()?,
        "name" => message.name = reader.at("name").name()?,
        "type" => *kind = Some(read_kind(reader.at("type"))?),
        "time" => message.time = reader.at("time").time()?,
        "host" => message.host = reader.at("host").name()?,
        "autoIP" => message.auto_ip = reader.at("autoIP").boolean()?,
        "timeline" => message.timeline = reader.at("timeline").name()?,
        "id" => message.id = reader.at("id").unsigned()?,
        "started" => message.started = reader.at("started").time()?,
        "parent" => message.parent = reader.at("parent").unsigned()?,
        "status" => message.status = read_status(reader.at("status"))?,
        "text" => message.text = reader.at("text").text()?,
        "attrs" => message.attributes = read_attributes(reader.at("attrs"), batch, Reader::text)?,
        "truncated" => message.truncated = reader.at("truncated").boolean()?,
        // An unknown key comes from a stranger and is not repeated in errors.
        _ => reader.skip()?,
    }
    Ok(())
}

fn read_kind(reader: &mut Reader<'_>) -> Result<Kind> {
    let kind = match reader.text_or_number(Reason::WrongType)? {
        TextOrNumber::Text(word) => Kind::from_word(word),
        TextOrNumber::Number(number) => Kind::from_number(number),
    };
    kind.ok_or_else(|| reader.error(Reason::UnknownType))
}

fn read_status(reader: &mut Reader<'_>) -> Result<Status> {
    let status = match reader.text_or_number(Reason::WrongType)? {
        TextOrNumber::Text(word) => Status::from_word(word),
        TextOrNumber::Number(number) => Status::from_number(number),
    };
    status.ok_or_else(|| reader.error(Reason::UnknownStatus))
}

/// Reads a map of attributes behind those that `batch` has; `key` reads a key in the form at hand.
pub(super) fn read_attributes<'a>(
    reader: &mut Reader<'a>,
    batch: &mut Batch<'a>,
    mut key: impl FnMut(&mut Reader<'a>) -> Result<&'a str>,
) -> Result<std::ops::Range<u32>> {
    let count = reader.map_length()?;
    if count > limits::ATTRIBUTES {
        return reader.refuse(Reason::TooManyAttributes);
    }
    let first = batch.attributes.len();
    for _ in 0..count {
        let key = key(reader)?;
        if key.len() > limits::KEY_BYTES {
            return reader.refuse(Reason::KeyTooLong);
        }
        if let Some(value) = reader.value()? {
            batch.attributes.push((key, value));
        }
    }
    Ok(index(first)..index(batch.attributes.len()))
}

/// Attributes are bounded by the bytes that hold them, far below 2^32.
fn index(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
