//! Events of one node in as few rows as possible, such that those of one row do not overlap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::super::table::{Place, Table};

/// Lanes that a node has at most; the last one takes what would need more, and may have events that overlap.
pub const LANES: u16 = 64;

/// The lanes of these events, which come in listing order. Each takes the first lane that is free. Open events take
/// none, since they are drawn apart: they are with the first.
pub(super) fn of(table: &Table, places: &[Place]) -> Vec<Vec<Place>> {
    let mut lanes = Lanes::default();
    for place in places {
        let at = *place as usize;
        let (start, end) = (table.firsts()[at], table.lasts()[at]);
        let lane = if table.open_since(at).is_some() { 0 } else { lanes.take(start, end) };
        lanes.add(lane, *place);
    }
    lanes.places
}

#[derive(Default)]
struct Lanes {
    places: Vec<Vec<Place>>,
    count: usize,
    /// When each lane that is taken will be free.
    taken: BinaryHeap<Reverse<(i64, usize)>>,
    free: BinaryHeap<Reverse<usize>>,
}

impl Lanes {
    fn take(&mut self, start: i64, end: i64) -> usize {
        while let Some(Reverse((_, lane))) =
            self.taken.peek().copied().filter(|Reverse((until, _))| *until <= start)
        {
            self.taken.pop();
            self.free.push(Reverse(lane));
        }
        let Some(lane) = self.free.pop().map(|Reverse(lane)| lane).or_else(|| self.new_lane()) else {
            return usize::from(LANES) - 1;
        };
        self.taken.push(Reverse((end, lane)));
        lane
    }

    fn new_lane(&mut self) -> Option<usize> {
        (self.count < usize::from(LANES)).then(|| {
            self.count += 1;
            self.count - 1
        })
    }

    fn add(&mut self, lane: usize, place: Place) {
        if lane >= self.places.len() {
            self.places.resize_with(lane + 1, Vec::new);
        }
        self.places[lane].push(place);
    }
}
