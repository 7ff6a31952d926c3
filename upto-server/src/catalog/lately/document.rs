//! What a server says.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Stored;
use crate::catalog::Key;
use crate::catalog::document;
use crate::store::Result;

/// Rounds that are told for a while: more than a server can miss that looks as often as they come.
const ROUNDS: usize = 16;
/// Bytes of names in a document, besides those of its last round.
const NAME_BYTES: usize = 64 << 10;

/// What a server told lately.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LatelyDocument {
    /// The number of the last round.
    pub(super) number: u64,
    /// Those that are still told, in order.
    rounds: Vec<Round>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Round {
    /// The first names of contexts, and places of timelines in their order.
    timelines: Vec<(String, u64)>,
    /// There are more than those.
    is_more: bool,
}

impl LatelyDocument {
    /// Adds a round, and drops those that everybody has seen who looks.
    pub(super) fn add(&mut self, stored: &Stored) {
        self.number += 1;
        let mut round = Round { timelines: Vec::new(), is_more: stored.is_more };
        let mut bytes = 0;
        for Key { context, ordinal } in &stored.timelines {
            bytes += context.len();
            if bytes > NAME_BYTES {
                round.is_more = true;
                break;
            }
            round.timelines.extend(ordinal.map(|ordinal| (context.to_string(), ordinal)));
        }
        self.rounds.push(round);
        while self.rounds.len() > ROUNDS || (self.rounds.len() > 1 && self.name_bytes() > 2 * NAME_BYTES) {
            self.rounds.remove(0);
        }
    }

    /// Everybody has seen everything who looks.
    pub(super) fn rest(&mut self) {
        self.rounds.clear();
    }

    /// What was told after round `number`, or lately, if that is `None`; `None` where that is not known.
    pub(super) fn after(&self, number: Option<u64>) -> Option<Vec<Key>> {
        let behind = match number {
            Some(number) => usize::try_from(self.number.checked_sub(number)?).ok()?,
            None => self.rounds.len(),
        };
        let rounds = &self.rounds[self.rounds.len().checked_sub(behind)?..];
        if rounds.iter().any(|round| round.is_more) {
            return None;
        }
        let key = |(context, ordinal): &(String, u64)| Key {
            context: Arc::from(context.as_str()),
            ordinal: Some(*ordinal),
        };
        let mut keys: Vec<_> = rounds.iter().flat_map(|round| &round.timelines).map(key).collect();
        keys.sort_unstable();
        keys.dedup();
        Some(keys)
    }

    pub(super) fn encode(&self, key: &str) -> Result<Vec<u8>> {
        document::encode(self, key)
    }

    pub(super) fn decode(key: &str, bytes: &[u8]) -> Result<Self> {
        document::decode(key, bytes)
    }

    fn name_bytes(&self) -> usize {
        self.rounds.iter().flat_map(|round| &round.timelines).map(|(context, _)| context.len()).sum()
    }
}
