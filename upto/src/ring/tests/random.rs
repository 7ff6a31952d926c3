//! Random histories of one queue against a list.

use std::collections::VecDeque;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Debug)]
enum Step {
    /// A record of twice as many words.
    Push(usize, Room),
    Read(usize),
    Renumber,
    /// The limits become so many chunks for all and for each.
    Limit(usize, usize),
}

fn room() -> impl Strategy<Value = Room> {
    prop_oneof![3 => Just(Room::Open), 1 => Just(Room::Reserved)]
}

fn step() -> impl Strategy<Value = Step> {
    // Long ones, so that few fill a chunk.
    prop_oneof![
        40 => (1..=RECORD_WORDS / 4, room()).prop_map(|(words, room)| Step::Push(words, room)),
        20 => (0..20_usize).prop_map(Step::Read),
        2 => Just(Step::Renumber),
        1 => (1..8_usize, 0..6_usize).prop_map(|(all, each)| Step::Limit(all, each)),
    ]
}

/// What a queue is to do.
#[derive(Default)]
struct Model {
    waiting: VecDeque<(u64, u64)>,
    refused: u64,
    /// Where the numbers of the next chunk begin.
    first: u64,
    /// Numbers of records come from no chunk that began before the latest renumbering.
    at_least: u64,
}

impl Model {
    fn take(&mut self, producer: &Producer, step: &Step, reader: &mut Reader, pool: &Pool) {
        match *step {
            Step::Push(pairs, room) => self.push(producer, 2 * pairs, room),
            Step::Read(records) => self.read(reader, records),
            Step::Renumber => {
                self.at_least = self.first + 512;
                producer.renumber(|| next(&mut self.first));
            }
            Step::Limit(all, each) => pool.limit(all * CHUNK_BYTES, each * CHUNK_BYTES),
        }
    }

    fn push(&mut self, producer: &Producer, words: usize, room: Room) {
        let content = self.waiting.back().map_or(1, |(_, content)| content + 1);
        let had_room = producer.has_room(words, room);
        let pushed = producer.push(header(words), &vec![content; words - 1], room, || next(&mut self.first));
        match pushed {
            Ok(number) => {
                assert!(room == Room::Reserved || number >= self.at_least);
                self.waiting.push_back((number, content));
            }
            Err(refused) => {
                assert_eq!((refused, had_room), (Refused::Full, false));
                self.refused += 1;
            }
        }
    }

    fn read(&mut self, reader: &mut Reader, records: usize) {
        for _ in 0..records {
            let expected = self.waiting.pop_front();
            assert_eq!(reader.peek(), expected);
            let record = read(reader);
            assert_eq!(record.as_ref().map(|(number, words)| (*number, words[1])), expected);
            assert!(record.is_none_or(|(_, words)| {
                words.len() == length(words[0]) && words[1..].iter().all(|word| *word == words[1])
            }));
        }
    }
}

fn next(first: &mut u64) -> u64 {
    *first += 512;
    *first
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        cases: if cfg!(miri) { 8 } else { 256 },
        ..ProptestConfig::default()
    })]

    #[test]
    fn a_queue_is_a_list_that_refuses_when_it_is_full(steps in prop::collection::vec(step(), 1..if cfg!(miri) { 50 } else { 200 })) {
        static POOL: Pool = Pool::new(0, 0);
        POOL.limit(4 * CHUNK_BYTES, 3 * CHUNK_BYTES);
        let mut model = Model::default();
        let (producer, mut reader) = Ring::create(&POOL, 0, || next(&mut model.first)).expect("a queue");
        let mut refused = 0;
        for step in &steps {
            model.take(&producer, step, &mut reader, &POOL);
            refused += reader.refused();
            prop_assert_eq!(refused, model.refused);
            // Those that were held when the limit was lowered, and the one to spare, stay.
            prop_assert!(POOL.used() <= 9 * CHUNK_BYTES);
        }
        if steps.len() % 2 == 0 {
            producer.detach();
            let waiting = model.waiting.len();
            model.read(&mut reader, waiting + 1);
            prop_assert!(reader.is_closed());
            drop(reader);
        } else {
            drop(reader);
            producer.detach();
        }
        prop_assert_eq!(POOL.used(), 0);
    }
}
