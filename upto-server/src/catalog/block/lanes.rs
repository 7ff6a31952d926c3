//! Ids as small numbers: how far each is from the last one of its kind.
//!
//! A sender's threads each count ids upwards in ranges of their own, and their marks come mixed. So there is a
//! lane for each of the latest ranges, which has the last id that was seen in it.

/// Ids with the same bits above these are in one lane.
const RANGE_BITS: u32 = 13;
const LANE_BITS: u32 = 6;
const LANES: usize = 1 << LANE_BITS;

/// In place of a lane: the mark has no id.
pub(super) const NO_ID: u8 = 1 << LANE_BITS;

/// The last id of each lane, which writer and reader keep in step.
#[derive(Debug)]
pub(super) struct Lanes([u64; LANES]);

impl Default for Lanes {
    fn default() -> Self {
        Lanes([0; LANES])
    }
}

impl Lanes {
    /// The lane of an id, and how far it is from the last one there.
    pub(super) fn enter(&mut self, id: u64) -> (u8, i64) {
        let hash = (id >> RANGE_BITS).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - LANE_BITS);
        let lane = hash.to_le_bytes()[0];
        let last = std::mem::replace(&mut self.0[usize::from(lane)], id);
        (lane, id.wrapping_sub(last).cast_signed())
    }

    /// The id that was entered so; `None` if there is no such lane.
    pub(super) fn leave(&mut self, lane: u8, distance: i64) -> Option<u64> {
        let last = self.0.get_mut(usize::from(lane))?;
        *last = last.wrapping_add(distance.cast_unsigned());
        Some(*last)
    }
}
