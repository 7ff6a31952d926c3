//! Ids as small numbers: how far each is from the last one of its kind.
//!
//! A sender's threads each count ids upwards in ranges of their own, and their marks come mixed. So there is a
//! lane for each range, which has the last id that was seen in it.

use hashbrown::HashMap;

/// Ids with the same bits above these are in one lane.
const RANGE_BITS: u32 = 13;
/// Lanes of one block; ids in further ranges share the first one.
const LANES: usize = 4_096;

/// In place of a lane: the mark has no id. Lanes follow from 1 on.
const NO_ID: usize = 0;

/// The lanes of a block that is being written.
#[derive(Debug, Default)]
pub(super) struct LanesIn {
    numbers: HashMap<u64, usize>,
    latest: Option<(u64, usize)>,
    lanes: Lanes,
}

impl LanesIn {
    /// The lane of an id, and how far it is from the last one there; for no id, no distance.
    pub(super) fn enter(&mut self, id: u64) -> (u64, Option<i64>) {
        if id == 0 {
            return (NO_ID as u64, None);
        }
        let lane = self.lane_of(id >> RANGE_BITS);
        let distance = self.lanes.last(lane).map_or(0, |last| id.wrapping_sub(*last).cast_signed());
        self.lanes.move_to(lane, distance);
        (lane as u64, Some(distance))
    }

    fn lane_of(&mut self, range: u64) -> usize {
        match self.latest {
            Some((latest, lane)) if latest == range => lane,
            _ => self.look_up(range),
        }
    }

    fn look_up(&mut self, range: u64) -> usize {
        let next = self.numbers.len() + 1;
        let lane = match self.numbers.get(&range) {
            Some(lane) => *lane,
            None if next > LANES => 1,
            None => *self.numbers.entry(range).insert(next).get(),
        };
        self.latest = Some((range, lane));
        lane
    }
}

/// The lanes of a block that is being read.
#[derive(Debug, Default)]
pub(super) struct LanesOut(Lanes);

impl LanesOut {
    /// True if the mark has an id.
    pub(super) fn has_id(lane: usize) -> bool {
        lane != NO_ID
    }

    /// The id that was entered so; `None` if there can be no such lane.
    pub(super) fn leave(&mut self, lane: usize, distance: i64) -> Option<u64> {
        self.0.last(lane)?;
        Some(self.0.move_to(lane, distance))
    }
}

/// The last id of each lane. A new lane begins where the latest id was, of whichever lane.
#[derive(Debug, Default)]
struct Lanes {
    last: Vec<u64>,
    latest: u64,
}

impl Lanes {
    /// The last id of a lane, which may be the next new one.
    fn last(&mut self, lane: usize) -> Option<&mut u64> {
        let place = lane.checked_sub(1)?;
        if place == self.last.len() && place < LANES {
            self.last.push(self.latest);
        }
        self.last.get_mut(place)
    }

    fn move_to(&mut self, lane: usize, distance: i64) -> u64 {
        let Some(last) = self.last(lane) else { return 0 };
        *last = last.wrapping_add(distance.cast_unsigned());
        self.latest = *last;
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_many_ranges_come_back_and_neighbours_are_near() {
        let (mut into, mut out) = (LanesIn::default(), LanesOut::default());
        let ranges = (0..10_000_u64).map(|range| range << 20);
        let ids: Vec<u64> = ranges.flat_map(|first| [first + 1, first + 2]).chain([u64::MAX, 1, 3]).collect();
        for id in &ids {
            let (lane, distance) = into.enter(*id);
            let left = usize::try_from(lane).ok().and_then(|lane| out.leave(lane, distance?));
            assert_eq!(left, Some(*id));
        }
        assert_eq!(into.enter(4), (1, Some(1)));
        assert_eq!(into.enter(0), (0, None));
        assert_eq!(out.leave(0, 1), None);
        assert_eq!(out.leave(LANES + 1, 1), None);
    }
}
