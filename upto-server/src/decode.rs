//! Bodies of requests to messages: JSON in its three forms, and MessagePack. Pure.

pub(crate) mod chrome;
pub(crate) mod draft;
pub(crate) mod few;
mod json;
pub(crate) mod otlp;
pub(crate) mod timings;

use upto::wire::{Batch, DecodeError, Decoder, Message, Reason, Value};

pub(crate) use self::json::JsonMessage;

/// Messages of one request at most.
pub(crate) const MESSAGES: usize = 65_536;

/// Bytes of one message's text and attributes at most: as much as a datagram could carry.
pub(crate) const CONTENT_BYTES: usize = 64 * 1024;

/// Why a body is not messages.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyError {
    /// It is not JSON, or not MessagePack.
    #[error("{0}")]
    Syntax(String),
    /// It is, and does not say what messages have to say.
    #[error("{0}")]
    Meaning(String),
    /// It has over [`MESSAGES`] messages.
    #[error("over {MESSAGES} messages in one request; send them in several")]
    TooMany,
}

/// One message, an array of them, or one after the other (with or without line breaks), as JSON.
///
/// # Errors
/// [`BodyError`]: what is wrong first, with line and column or with the message's number.
pub(crate) fn json(body: &[u8]) -> Result<Vec<JsonMessage<'_>>, BodyError> {
    json::parse(body)
}

/// The messages as every way in has them.
///
/// # Errors
/// [`BodyError::Meaning`] with the number of the first message that breaks a rule, and the rule.
pub(crate) fn batch<'a>(messages: &'a [JsonMessage<'_>]) -> Result<Batch<'a>, BodyError> {
    check_content(json::batch(messages)?)
}

/// One message, an array of them, or one after the other, as MessagePack.
///
/// # Errors
/// [`BodyError`]: what is wrong first, and at which byte.
pub(crate) fn messagepack(body: &[u8]) -> Result<Batch<'_>, BodyError> {
    if body.first().is_some_and(|first| !begins_messages(*first)) {
        return Err(BodyError::Syntax("a body is maps one after the other, or one array of them".to_owned()));
    }
    let batch =
        Decoder::new().decode_singles(body, MESSAGES).map_err(|error: DecodeError| match error.reason {
            Reason::TooManyRecords => BodyError::TooMany,
            Reason::Truncated | Reason::NotAMessage | Reason::Empty => BodyError::Syntax(error.to_string()),
            _ => BodyError::Meaning(error.to_string()),
        });
    check_content(batch?)
}

/// Whether a value with this first byte is a map or an array.
fn begins_messages(first: u8) -> bool {
    matches!(first, 0x80..=0x9f | 0xdc..=0xdf)
}

fn check_content(batch: Batch<'_>) -> Result<Batch<'_>, BodyError> {
    let too_long = |message: &Message<'_>| content_bytes(message, &batch) > CONTENT_BYTES;
    match batch.messages.iter().chain(&batch.reports).position(too_long) {
        Some(place) => Err(BodyError::Meaning(format!(
            "message {}: text and attributes are over {CONTENT_BYTES} bytes",
            place + 1
        ))),
        None => Ok(batch),
    }
}

/// Bytes of a message's text and attributes.
fn content_bytes(message: &Message<'_>, batch: &Batch<'_>) -> usize {
    let value_bytes = |value: &Value<'_>| if let Value::Text(text) = value { text.len() } else { 9 };
    let attributes = batch.attributes_of(message).iter().map(|(key, value)| key.len() + value_bytes(value));
    message.text.len() + attributes.sum::<usize>()
}
