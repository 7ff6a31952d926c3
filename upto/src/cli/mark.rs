//! A message as bytes: the single message of `WIRE.md`, which datagrams and requests take alike.

use std::time::{SystemTime, UNIX_EPOCH};

use upto::wire::{Message, Value, encode_single, limits};

use super::attribute::Attribute;
use super::failure::Failure;

/// Writes `message`. Where it has nothing that the original client does not know, it is the original client's, byte for
/// byte.
///
/// # Errors
/// It is no message, or too long.
pub(super) fn encode(message: &Message<'_>, attributes: &[Attribute]) -> Result<Vec<u8>, Failure> {
    let attributes: Vec<(&str, Value<'_>)> =
        attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value())).collect();
    encode_values(message, &attributes)
}

/// Writes `message` with attributes that are not as somebody typed them.
///
/// # Errors
/// Likewise.
pub(super) fn encode_values(
    message: &Message<'_>,
    attributes: &[(&str, Value<'_>)],
) -> Result<Vec<u8>, Failure> {
    if let Some((field, reason)) = message.fault() {
        return Err(Failure::Message(format!("{field}: {}", reason.label().replace('_', " "))));
    }
    if attributes.len() > limits::ATTRIBUTES {
        return Err(Failure::Message(format!("a message has at most {} attributes", limits::ATTRIBUTES)));
    }
    let mut bytes = Vec::with_capacity(256);
    encode_single(message, attributes, &mut bytes);
    match bytes.len() {
        0..=limits::DATAGRAM_BYTES => Ok(bytes),
        length => Err(Failure::TooLong(length)),
    }
}

/// Nanoseconds since the epoch; of what a message can't say, the nearest that it can.
pub(super) fn nanoseconds(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |before| -before),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use upto::wire::Kind;

    use super::*;

    /// The original client's `new ctx`, as it was recorded.
    const RECORDED: &[u8] = b"\x86\xa7context\xa3ctx\xa4name\xa0\xa4type\x03\xa4time\xc7\x0c\x05\
        \xff\xff\xff\xf1\x88\x6e\x09\x00\x00\x00\x00\x00\xa4host\xa0\xa6autoIP\xc2";

    #[test]
    fn what_the_original_client_knows_is_said_in_its_bytes() {
        let message = Message { kind: Kind::New, context: "ctx", ..Message::default() };
        assert_eq!(encode(&message, &[]).expect("a message"), RECORDED);
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let start = Message { context: "c", name: "n", ..Message::default() };
        let text = "t".repeat(70_000);
        let long = "n".repeat(limits::NAME_BYTES + 1);
        for message in [
            Message { context: "", ..start.clone() },
            Message { name: "", ..start.clone() },
            Message { host: &long, ..start.clone() },
            Message { text: &text, ..start.clone() },
        ] {
            assert!(encode(&message, &[]).is_err(), "{:.80}", format!("{message:?}"));
        }
        let many = vec![Attribute::new("k", "v"); limits::ATTRIBUTES + 1];
        assert!(encode(&start, &many).is_err());
    }

    #[test]
    fn times_are_nanoseconds_on_both_sides_of_the_epoch() {
        assert_eq!(nanoseconds(UNIX_EPOCH + Duration::new(1, 7)), 1_000_000_007);
        assert_eq!(nanoseconds(UNIX_EPOCH - Duration::new(1, 7)), -1_000_000_007);
    }
}
