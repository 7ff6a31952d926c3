//! What is known of an event only when it ends, or was said of it since it started.

use std::borrow::Cow;

use super::held::Held;
use crate::path::NodeRef;
use crate::record::{ATTRIBUTE_BYTES, Message, Time, text_bytes};
use crate::value::{Captured, Value};
use crate::wire::{Kind, Status, limits};

/// Events that one event follows at most.
pub(super) const FOLLOWED: usize = 32;
/// Attributes that an event gets memory for when it gets its first one; twice as many next, and so on.
const FIRST_ATTRIBUTES: usize = 4;

#[derive(Debug, Default)]
pub(crate) struct Ending {
    status: Status,
    text: String,
    attributes: Vec<(Cow<'static, str>, Value)>,
    follows: Vec<u64>,
    pub(super) truncated: bool,
    pub(super) ended_at: Option<i64>,
    /// What all of this takes. The struct itself is of a fixed size, as the guard is that has it.
    held: Held,
}

impl Ending {
    /// That of an event that follows others from its start on, if there are any: what is sent at its end is all that it
    /// follows, as it takes the place of what was sent before.
    pub(super) fn following(numbers: &[u64]) -> Option<Box<Self>> {
        let mut ending: Option<Box<Self>> = None;
        numbers.iter().for_each(|number| ending.get_or_insert_default().follow(*number));
        ending
    }

    /// Adds an attribute, or replaces that of the key. What has no room, or could not be sent, is left out.
    pub(crate) fn set_attribute(&mut self, key: Cow<'static, str>, value: Value) {
        if key.len() > limits::KEY_BYTES {
            self.truncated = true;
            return;
        }
        let value = value.without_spare();
        self.remove_attribute(&key);
        if self.attributes.len() < limits::ATTRIBUTES && self.make_room(text_bytes(&key, &value)) {
            self.attributes.push((key, value));
        } else {
            self.truncated = true;
        }
    }

    fn remove_attribute(&mut self, key: &str) {
        let place = self.attributes.iter().position(|(other, _)| other == key);
        let removed = place.map(|place| self.attributes.remove(place));
        if let Some((key, value)) = removed {
            self.held.give_back(text_bytes(&key, &value));
        }
    }

    /// Room for one more attribute, with texts of so many bytes; false: there is none.
    fn make_room(&mut self, texts: usize) -> bool {
        let Ending { attributes, held, .. } = self;
        let is_full = attributes.len() == attributes.capacity();
        let more = if is_full { attributes.len().max(FIRST_ATTRIBUTES) } else { 0 };
        let has_room = held.take(more * ATTRIBUTE_BYTES + texts);
        if has_room {
            attributes.reserve_exact(more);
        }
        has_room
    }

    /// A greater status is not taken back by what comes later.
    pub(crate) fn set_status(&mut self, status: Status, reason: Captured) {
        if status > self.status {
            self.status = status;
            self.held.give_back(self.text.capacity());
            let has_room = self.held.take(reason.text.capacity());
            self.text = if has_room { reason.text } else { String::new() };
            self.truncated |= reason.is_cut || !has_room;
        }
    }

    pub(crate) fn follow(&mut self, id: u64) {
        if id == 0 || self.follows.contains(&id) {
            return;
        }
        if self.follows.len() < FOLLOWED && self.held.take(size_of::<u64>()) {
            self.follows.push(id);
        } else {
            self.truncated = true;
        }
    }

    /// The end of the event whose start has number `id`. What this held is given back: the message takes it again, when
    /// it is sent, out of a budget of which a part is for ends alone.
    pub(crate) fn message(self, node: NodeRef, id: u64, started: Time, now: u64) -> Message {
        let Ending { status, text, attributes, follows, truncated, ended_at, held } = self;
        drop(held);
        let time = ended_at.map_or(Time::Cycles(now), Time::Wall);
        let started = Some(started);
        Message {
            id,
            started,
            status,
            text,
            attributes,
            follows,
            truncated,
            ..Message::new(Kind::End, node, time)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::root;
    use crate::ring::Pool;

    /// Bytes that everything together may take.
    const BUDGET: usize = 1 << 20;

    fn of(pool: &'static Pool) -> Ending {
        Ending { held: Held::of(pool), ..Ending::default() }
    }

    /// Bytes of memory that it has beside itself.
    fn memory(ending: Ending) -> usize {
        ending.message(root(), 1, Time::Wall(0), 0).bytes() - size_of::<Message>()
    }

    #[test]
    fn many_open_events_together_stay_within_the_budget() {
        static POOL: Pool = Pool::new(BUDGET, BUDGET);
        let mut endings: Vec<Ending> = (0..10_000).map(|_| of(&POOL)).collect();
        for ending in &mut endings {
            for number in 0..100 {
                ending.set_attribute(format!("key {number}").into(), "x".repeat(200).into());
            }
            ending.set_status(Status::Failed, crate::value::captured(format_args!("no such file")));
            ending.follow(7);
        }
        assert!(POOL.used() > BUDGET / 2 && POOL.used() <= BUDGET / 4 * 3, "{}", POOL.used());
        assert!(endings.iter().all(|ending| ending.truncated || ending.attributes.len() == 100));
        assert!(endings.iter().all(|ending| ending.status == Status::Failed));
        assert!((10..100).contains(&endings.iter().filter(|ending| !ending.truncated).count()));
        let memory: usize = endings.into_iter().map(memory).sum();
        assert!(memory <= BUDGET, "{memory}");
        assert_eq!(POOL.used(), 0);
    }

    #[test]
    fn what_is_followed_is_listed_once_and_no_more_than_the_limit() {
        static POOL: Pool = Pool::new(BUDGET, BUDGET);
        let mut ending = of(&POOL);
        let follow_all = |ending: &mut Ending| (0..=FOLLOWED as u64).for_each(|id| ending.follow(id));
        follow_all(&mut ending);
        follow_all(&mut ending);
        // None has the number 0.
        assert_eq!((ending.follows.len(), ending.truncated), (FOLLOWED, false));
        ending.follow(FOLLOWED as u64 + 1);
        assert_eq!((ending.follows.len(), ending.truncated), (FOLLOWED, true));
    }

    #[test]
    fn what_is_replaced_takes_no_room() {
        static POOL: Pool = Pool::new(BUDGET, BUDGET);
        let mut ending = of(&POOL);
        for number in 0..100_000 {
            ending.set_attribute("key".to_owned().into(), "x".repeat(number % 256).into());
        }
        assert!(!ending.truncated && POOL.used() < 1_000, "{}", POOL.used());
    }

    #[test]
    fn neither_long_keys_nor_memory_of_texts_that_are_cut_are_kept() {
        static POOL: Pool = Pool::new(BUDGET, BUDGET);
        let mut ending = of(&POOL);
        ending.set_attribute("k".repeat(limits::KEY_BYTES).into(), Value::Text("x".repeat(BUDGET).into()));
        assert!(POOL.used() < 1_000 && !ending.truncated && ending.attributes[0].1.is_cut());
        ending.set_attribute("k".repeat(limits::KEY_BYTES + 1).into(), 1.into());
        assert_eq!((ending.truncated, ending.attributes.len()), (true, 1));
    }
}
