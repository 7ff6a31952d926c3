//! Another reader of MessagePack, `rmp-serde`, sees in our single messages what our own sees.

use std::fmt;

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use upto::wire::{Decoder, Kind, Status};

use super::sent::{Data, Sent, message};

/// The single message as `WIRE.md` has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    context: String,
    name: String,
    #[serde(rename = "type")]
    kind: u64,
    time: Extension,
    host: String,
    #[serde(rename = "autoIP")]
    auto_ip: bool,
    #[serde(default)]
    timeline: String,
    #[serde(default)]
    id: u64,
    #[serde(default)]
    started: Option<i64>,
    #[serde(default)]
    parent: u64,
    #[serde(default)]
    status: u64,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attrs: Attributes,
    #[serde(default)]
    truncated: bool,
}

/// `rmp-serde` gives an extension as a struct of this name, of its type and its payload.
#[derive(Deserialize)]
#[serde(rename = "_ExtStruct")]
struct Extension((i8, Payload));

struct Payload(Vec<u8>);

impl<'de> Deserialize<'de> for Payload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Payload;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("bytes")
            }
            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Payload, E> {
                Ok(Payload(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// In the order of the wire, repeated keys included.
#[derive(Default)]
struct Attributes(Vec<(String, Data)>);

impl<'de> Deserialize<'de> for Attributes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Attributes;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a map")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Attributes, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Attributes(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Data;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a value of an attribute")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
                Ok(Data::Bool(value))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
                Ok(Data::Int(value))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
                Ok(i64::try_from(value).map_or(Data::Uint(value), Data::Int))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
                Ok(Data::Float(value.to_bits()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Data, E> {
                Ok(Data::Text(value.to_owned()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The time of the original client, by hand.
fn time(Extension((kind, Payload(payload))): &Extension) -> Option<i64> {
    assert_eq!((*kind, payload.len()), (5, 12));
    let seconds = i64::from_be_bytes(payload[..8].try_into().unwrap());
    let nanoseconds = i32::from_be_bytes(payload[8..].try_into().unwrap());
    let total = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    (seconds != -62_135_596_800).then(|| i64::try_from(total).unwrap())
}

impl From<Single> for Sent {
    fn from(single: Single) -> Self {
        Sent {
            kind: Kind::from_number(single.kind).unwrap(),
            context: single.context,
            timeline: single.timeline,
            name: single.name,
            host: single.host,
            id: single.id,
            parent: single.parent,
            time: time(&single.time),
            started: single.started,
            status: Status::from_number(single.status).unwrap(),
            text: single.text,
            auto_ip: single.auto_ip,
            truncated: single.truncated,
            attributes: single.attrs.0,
        }
    }
}

proptest! {
    #[test]
    fn rmp_serde_reads_what_our_decoder_reads(sent in message()) {
        let datagram = sent.single();
        let batch = Decoder::new().decode(&datagram).unwrap();
        let theirs: Single = rmp_serde::from_slice(&datagram).unwrap();
        prop_assert_eq!(Sent::from(theirs), Sent::of(&batch, &batch.messages[0]));
    }

    #[test]
    fn what_our_decoder_takes_is_messagepack(sent in message(), place in 0..100_usize, byte in any::<u8>()) {
        let mut datagram = sent.single();
        if let Some(there) = datagram.get_mut(place) {
            *there = byte;
        }
        if Decoder::new().decode(&datagram).is_ok() {
            prop_assert!(rmp_serde::from_slice::<IgnoredAny>(&datagram).is_ok());
        }
    }
}
