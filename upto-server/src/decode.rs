//! Bodies of requests to messages: JSON in its three forms, and MessagePack. Pure.

mod json;

use upto::wire::{Batch, DecodeError, Decoder, Reason};

pub(crate) use self::json::JsonMessage;

/// Messages of one request at most.
pub(crate) const MESSAGES: usize = 65_536;

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
    json::batch(messages)
}

/// One message, an array of them, or one after the other, as MessagePack.
///
/// # Errors
/// [`BodyError`]: what is wrong first, and at which byte.
pub(crate) fn messagepack(body: &[u8]) -> Result<Batch<'_>, BodyError> {
    Decoder::new().decode_singles(body, MESSAGES).map_err(|error: DecodeError| match error.reason {
        Reason::TooManyRecords => BodyError::TooMany,
        Reason::Truncated | Reason::NotAMessage | Reason::Empty => BodyError::Syntax(error.to_string()),
        _ => BodyError::Meaning(error.to_string()),
    })
}
