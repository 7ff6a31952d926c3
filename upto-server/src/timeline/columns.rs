//! All events of a timeline as columns, for programs: some 6 bytes an event once they are compressed.
//!
//! The events come in chunks, in their listing order, so that they can be written while they are read. The same
//! structure is JSON, in which a column is an array of numbers, and MessagePack, in which it is bytes that compress
//! better. `columns/COLUMNS.md` describes both.

mod numbers;
mod reader;
mod writer;

use serde::{Deserialize, Serialize};

pub use self::numbers::Numbers;
pub use self::reader::{ColumnsError, ColumnsReader};
pub use self::writer::{ColumnChunks, chunks};
use super::event::State;

/// The version of the layout.
pub const VERSION: u32 = 1;
/// Events that a chunk has at most.
pub const CHUNK: usize = 65_536;

/// Ids that differ in no higher bit than this are in one lane.
const LANE_BITS: u32 = 13;
const STATE_BITS: i64 = 0b111;
const HAS_START: i64 = 1 << 3;
const HAS_END: i64 = 1 << 4;
const HAS_PARENT: i64 = 1 << 5;

/// Consecutive events of a timeline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// [`VERSION`].
    pub version: u32,
    /// The place of the first of these events in the timeline.
    pub place: u64,
    /// How many there are: 1 to [`CHUNK`].
    pub count: u32,
    /// How many nanoseconds a unit of `start` and `duration` is; times are rounded down to such. 1: they are as they were.
    #[serde(default = "exact", skip_serializing_if = "is_exact")]
    pub grain: u32,
    /// When the first of them began, or ended if its start is unknown; in nanoseconds since the epoch.
    #[serde(with = "numbers::exact")]
    pub from: i64,
    /// Names that no chunk before had. Names are numbered from 0 on, over all chunks.
    pub names: Vec<String>,
    /// Hosts, likewise; the empty text is for events without one.
    pub hosts: Vec<String>,
    /// The numbers of the events' names.
    pub name: Numbers,
    /// The numbers of their hosts.
    pub host: Numbers,
    /// How much later each begins than the one before, in grains; the first: than `from`. Where no start is known,
    /// the end counts.
    pub start: Numbers,
    /// How much later each ends than it begins, in grains; 0 where one of both is not known.
    pub duration: Numbers,
    /// The state, and what is known: see [`Chunk`]'s layout in `COLUMNS.md`.
    pub state: Numbers,
    /// Which range of ids each event's id is in, from 1 on, in the order of their first use in the chunk; 0: it has no id.
    pub lane: Numbers,
    /// Of events with an id: how much greater it is than the last one of its lane; in a new lane, than the last one of all.
    pub id: Numbers,
    /// Of events that are part of another one: how much greater its id is than their own.
    pub parent: Numbers,
}

fn exact() -> u32 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde passes it")]
fn is_exact(grain: &u32) -> bool {
    *grain == 1
}

/// The states by their numbers.
const STATES: [State; 6] =
    [State::Point, State::Done, State::Open, State::UnknownStart, State::Cancelled, State::Failed];

#[cfg(test)]
mod tests;
