//! Which events are drawn in one lane: those within one another, if one is part of the other, and those after one another.
//! Viewers of traces draw nothing right where two events of a lane overlap.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use crate::timeline::Event;
use crate::timeline::path::separators;

/// Ancestors by name that are looked for, the nearest ones.
const ANCESTORS: usize = 32;

/// The lanes of one host. Events come in the order of their starts.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: Vec<Vec<Frame>>,
    /// In which lane an event of this id, or of this name, is open.
    by_id: HashMap<u64, usize>,
    by_name: HashMap<Arc<str>, usize>,
    /// Until when each lane is taken.
    taken: BinaryHeap<Reverse<(i64, usize)>>,
}

/// An event that is open in a lane, within those before it.
struct Frame {
    end: i64,
    id: u64,
    name: Arc<str>,
}

impl Lanes {
    /// The lane of an event until `end`, and whether nothing was in that one before.
    pub(super) fn place(&mut self, event: &Event, end: i64) -> (usize, bool) {
        let start = event.first();
        let found = self.ancestors(event).into_iter().find(|lane| self.has_room(*lane, event, start, end));
        let (lane, is_new) = match found {
            Some(lane) => (lane, false),
            None => self.free(start, end),
        };
        self.by_id.extend((event.id != 0).then_some((event.id, lane)));
        self.by_name.insert(event.name.clone(), lane);
        if let Some(frames) = self.lanes.get_mut(lane) {
            frames.push(Frame { end, id: event.id, name: event.name.clone() });
        }
        (lane, is_new)
    }

    /// The lane of an instant: that of what it is part of, or the first one.
    pub(super) fn near(&mut self, event: &Event) -> (usize, bool) {
        let lane = self.ancestors(event).first().copied().unwrap_or(0);
        let is_new = self.lanes.is_empty();
        if is_new {
            self.lanes.push(Vec::new());
            self.taken.push(Reverse((i64::MIN, 0)));
        }
        (lane, is_new)
    }

    /// The lanes where what an event is part of may be open, the nearest one first.
    fn ancestors(&self, event: &Event) -> Vec<usize> {
        let parent = Some(event.parent).filter(|parent| *parent != 0);
        let by_id = parent.and_then(|parent| self.by_id.get(&parent));
        let ends: Vec<usize> = separators(&event.name).collect();
        let names = ends.iter().rev().take(ANCESTORS).filter_map(|end| event.name.get(..*end));
        by_id.into_iter().chain(names.filter_map(|name| self.by_name.get(name))).copied().collect()
    }

    /// Whether an event may be within what is open in a lane, after what has ended is taken off.
    fn has_room(&mut self, lane: usize, event: &Event, start: i64, end: i64) -> bool {
        self.end_until(lane, start);
        let top = self.lanes.get(lane).and_then(|frames| frames.last());
        top.is_some_and(|top| {
            let is_below = event.name.strip_prefix(&*top.name).is_some_and(|rest| rest.starts_with('.'));
            top.end >= end && (is_below || (event.parent != 0 && top.id == event.parent))
        })
    }

    fn free(&mut self, start: i64, end: i64) -> (usize, bool) {
        let is_free = self.taken.peek().is_some_and(|Reverse((until, _))| *until <= start);
        let free = if is_free { self.taken.pop().map(|Reverse((_, lane))| lane) } else { None };
        let lane = free.unwrap_or(self.lanes.len());
        match free {
            Some(lane) => self.end_until(lane, i64::MAX),
            None => self.lanes.push(Vec::new()),
        }
        self.taken.push(Reverse((end, lane)));
        (lane, free.is_none())
    }

    /// Takes off what has ended in a lane.
    fn end_until(&mut self, lane: usize, time: i64) {
        let Some(frames) = self.lanes.get_mut(lane) else { return };
        while let Some(ended) = frames.pop_if(|last| last.end <= time) {
            if self.by_id.get(&ended.id) == Some(&lane) {
                self.by_id.remove(&ended.id);
            }
            if self.by_name.get(&ended.name) == Some(&lane) {
                self.by_name.remove(&ended.name);
            }
        }
    }
}
