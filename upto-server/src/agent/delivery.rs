//! A delivery: blocks of a spool on their way, and how its agent stands.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::block::Malformed;

/// What a delivery says that it is, over HTTP.
pub(crate) const CONTENT_TYPE: &str = "application/msgpack";
/// No more blocks are added to a delivery that has so many bytes. With the last one, it is well below what a body may
/// have.
pub(crate) const ENOUGH_BYTES: usize = 2 << 20;
/// The version of the format.
const VERSION: u8 = 1;
/// Bytes of an agent's name at most.
pub(crate) const NAME_BYTES: usize = 200;
/// Bytes of what an agent says of its software at most.
const SOFTWARE_BYTES: usize = 100;

/// What an agent hands over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery<'a> {
    version: u8,
    pub(crate) agent: Identity,
    /// The agent's clock when this was written, in nanoseconds since the epoch.
    pub(crate) now: i64,
    pub(crate) backlog: Backlog,
    /// The oldest blocks that are not acknowledged, in order. There may be none.
    #[serde(borrow)]
    pub(crate) blocks: Vec<BlockBytes<'a>>,
}

/// A block as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct BlockBytes<'a>(#[serde(borrow, with = "serde_bytes")] pub(crate) Cow<'a, [u8]>);

/// Who an agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    /// Drawn when its spool was made: a random number.
    pub(crate) id: u64,
    /// What people call it.
    pub(crate) name: String,
    /// The program and its version.
    pub(crate) software: String,
}

/// What a spool has that is not acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Backlog {
    pub(crate) bytes: u64,
    pub(crate) messages: u64,
    /// When the oldest of them was received, by the agent's clock, in nanoseconds since the epoch.
    pub(crate) oldest: Option<i64>,
}

impl<'a> Delivery<'a> {
    pub(crate) fn new(agent: Identity, now: i64, backlog: Backlog, blocks: Vec<Vec<u8>>) -> Self {
        let blocks = blocks.into_iter().map(|bytes| BlockBytes(Cow::Owned(bytes))).collect();
        Delivery { version: VERSION, agent, now, backlog, blocks }
    }

    /// Reads what [`encode`](Self::encode) wrote.
    ///
    /// # Errors
    /// It is not a delivery, or one of a later version.
    pub(crate) fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let delivery: Delivery<'a> =
            rmp_serde::from_slice(bytes).map_err(|error| Malformed::new("delivery", error.to_string()))?;
        match delivery.fault() {
            Some(fault) => Err(Malformed::new("delivery", fault)),
            None => Ok(delivery),
        }
    }

    fn fault(&self) -> Option<&'static str> {
        let Identity { name, software, .. } = &self.agent;
        let is_text = |text: &str, most| text.len() <= most && !text.chars().any(char::is_control);
        if self.version != VERSION {
            Some("its version is unknown; this server may have to be renewed")
        } else if name.trim().is_empty() || !is_text(name, NAME_BYTES) {
            Some("an agent's name has 1 to 200 bytes and no control characters")
        } else if !is_text(software, SOFTWARE_BYTES) {
            Some("the name of its software is too long, or has control characters")
        } else {
            None
        }
    }

    /// # Errors
    /// None in practice: a `Vec` takes everything.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Malformed> {
        rmp_serde::to_vec_named(self).map_err(|error| Malformed::new("delivery", error.to_string()))
    }
}

/// An id as people see it.
pub(crate) fn readable(id: u64) -> String {
    format!("{id:016x}")
}

/// The id that [`readable`] wrote.
pub(crate) fn parse_id(text: &str) -> Option<u64> {
    let is_one = text.len() == 16 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_one.then(|| u64::from_str_radix(text, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(name: &str, blocks: Vec<Vec<u8>>) -> Delivery<'static> {
        let agent = Identity { id: u64::MAX, name: name.into(), software: "upto-server 0".into() };
        Delivery::new(agent, -3, Backlog { bytes: 5, messages: 2, oldest: Some(-9) }, blocks)
    }

    #[test]
    fn a_delivery_reads_back() {
        for blocks in [vec![], vec![vec![]], vec![vec![1; 100_000], vec![2]]] {
            let sent = delivery("build 7", blocks);
            let bytes = sent.encode().expect("bytes");
            assert_eq!(Delivery::decode(&bytes).expect("a delivery"), sent);
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for name in ["", " ", "a\nb", &"x".repeat(201)] {
            let bytes = delivery(name, vec![]).encode().expect("bytes");
            assert!(Delivery::decode(&bytes).is_err(), "{name:?}");
        }
        let later = Delivery { version: 2, ..delivery("a", vec![]) }.encode().expect("bytes");
        assert!(Delivery::decode(&later).is_err_and(|error| error.to_string().contains("version")));
        assert!(Delivery::decode(b"").is_err() && Delivery::decode(b"{}").is_err());
    }

    #[test]
    fn ids_are_read_as_they_are_written() {
        for id in [0, 1, 0x00ab_cdef, u64::MAX] {
            assert_eq!(parse_id(&readable(id)), Some(id));
        }
        for text in ["", "1", "+00000000000000a", "000000000000000G", "00000000000000000", "../0000000000000"]
        {
            assert_eq!(parse_id(text), None, "{text}");
        }
    }
}
