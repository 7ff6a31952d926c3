//! What waits, in its order for each name that it concerns.

use std::collections::{BTreeSet, HashMap, VecDeque};

/// Queues, each for some names. What concerns names of two of them makes one of both.
pub(super) struct Lanes<T> {
    /// Which lane a name has.
    of: HashMap<String, u64>,
    lanes: HashMap<u64, Lane<T>>,
    next: u64,
}

struct Lane<T> {
    names: BTreeSet<String>,
    queue: VecDeque<T>,
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Lanes { of: HashMap::new(), lanes: HashMap::new(), next: 0 }
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Lane { names: BTreeSet::new(), queue: VecDeque::new() }
    }
}

impl<T> Lanes<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// Whether something waits that concerns this name, or that did and is not put back yet.
    pub(super) fn has(&self, name: &str) -> bool {
        self.of.contains_key(name)
    }

    /// Adds what concerns these names, behind all that concerns any of them.
    pub(super) fn add(&mut self, names: BTreeSet<String>, item: T) {
        let known: BTreeSet<u64> = names.iter().filter_map(|name| self.of.get(name).copied()).collect();
        let number = known.first().copied().unwrap_or(self.next);
        self.next = self.next.max(number + 1);
        let mut lane = self.lanes.remove(&number).unwrap_or_default();
        for mut other in known.iter().filter_map(|known| self.lanes.remove(known)) {
            lane.queue.append(&mut other.queue);
            self.of.extend(other.names.iter().map(|name| (name.clone(), number)));
            lane.names.append(&mut other.names);
        }
        for name in names {
            if !lane.names.contains(&name) {
                self.of.insert(name.clone(), number);
                lane.names.insert(name);
            }
        }
        lane.queue.push_back(item);
        self.lanes.insert(number, lane);
    }

    /// The first one of a name's lane; if there is none, the lane ends.
    pub(super) fn first(&mut self, name: &str) -> Option<&T> {
        let number = *self.of.get(name)?;
        if self.lanes.get(&number).is_none_or(|lane| lane.queue.is_empty()) {
            let ended = self.lanes.remove(&number);
            ended.into_iter().flat_map(|lane| lane.names).for_each(|name| _ = self.of.remove(&name));
            return None;
        }
        self.lanes.get(&number)?.queue.front()
    }

    /// Takes the first one out of a name's lane.
    pub(super) fn take(&mut self, name: &str) -> Option<T> {
        self.lane(name)?.queue.pop_front()
    }

    /// Puts back what was taken last.
    pub(super) fn put_back(&mut self, name: &str, item: T) {
        if let Some(lane) = self.lane(name) {
            lane.queue.push_front(item);
        }
    }

    fn lane(&mut self, name: &str) -> Option<&mut Lane<T>> {
        self.lanes.get_mut(self.of.get(name)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Everything in the lane of this name.
    fn rest(lanes: &mut Lanes<u8>, name: &str) -> Vec<u8> {
        std::iter::from_fn(|| lanes.first(name).copied().and_then(|_| lanes.take(name))).collect()
    }

    #[test]
    fn what_concerns_a_name_stays_in_its_order() {
        let mut lanes = Lanes::default();
        for (name, item) in [("a", 1), ("b", 2), ("a", 3), ("b", 4), ("a", 5)] {
            lanes.add(names(&[name]), item);
        }
        assert!(lanes.has("a") && !lanes.has("c"));
        assert_eq!(lanes.first("a"), Some(&1));
        assert_eq!(lanes.take("a"), Some(1));
        lanes.put_back("a", 1);
        assert_eq!((rest(&mut lanes, "a"), lanes.has("a")), (vec![1, 3, 5], false));
        assert_eq!((rest(&mut lanes, "b"), lanes.is_empty()), (vec![2, 4], true));
    }

    #[test]
    fn what_concerns_two_names_comes_behind_both_and_before_what_comes_later() {
        let mut lanes = Lanes::default();
        lanes.add(names(&["a"]), 1);
        lanes.add(names(&["b"]), 2);
        lanes.add(names(&["c"]), 3);
        lanes.add(names(&["a", "b", "d"]), 4);
        lanes.add(names(&["b"]), 5);
        lanes.add(names(&["d"]), 6);
        assert_eq!((rest(&mut lanes, "d"), rest(&mut lanes, "c")), (vec![1, 2, 4, 5, 6], vec![3]));
        assert!(lanes.is_empty());
    }

    #[test]
    fn a_lane_is_there_until_it_is_found_empty() {
        let mut lanes = Lanes::default();
        lanes.add(names(&["a", "b"]), 1);
        assert_eq!(lanes.take("b"), Some(1));
        assert!(lanes.has("a"), "it may be put back");
        assert_eq!(lanes.first("b"), None);
        assert!(!lanes.has("a") && lanes.is_empty() && lanes.take("a").is_none());
    }
}
