//! What is pushed is read, in order, with the number that the push gave; what is refused is counted; memory goes back.

mod random;

use super::chunk::{CHUNK_WORDS, Chunk, FIRST_WORDS};
use super::pool::CHUNK_BYTES;
use super::*;

/// As in records: the number of words in bits 8 and up.
fn header(words: usize) -> u64 {
    (words as u64) << 8 | 1
}

fn length(header: u64) -> usize {
    usize::try_from(header >> 8).unwrap_or(0)
}

fn no_number() -> u64 {
    unreachable!("no new chunk is needed")
}

/// Pushes a record of so many words, which all say `content`.
fn push(producer: &Producer, words: usize, content: u64, room: Room, first: u64) -> Result<u64, Refused> {
    producer.push(header(words), &vec![content; words - 1], room, || first)
}

/// The number and the words of the next record.
fn read(reader: &mut Reader) -> Option<(u64, Vec<u64>)> {
    let words = |words: &[AtomicU64]| words.iter().map(|word| word.load(Ordering::Relaxed)).collect();
    reader.next(length, |number, record| (number, words(record)))
}

fn contents(reader: &mut Reader) -> Vec<u64> {
    std::iter::from_fn(|| read(reader)).map(|(_, words)| words[1]).collect()
}

/// Pushes as many as there is room for; how many that were.
fn fill(producer: &Producer, room: Room) -> usize {
    (0..).take_while(|_| push(producer, 4, 7, room, 1).is_ok()).count()
}

/// Records of four words that a chunk takes, if it is not one of the first.
const FOURS: usize = CHUNK_WORDS / 4;

/// Records of four words that the first chunks of a queue take together.
fn fours(chunks: u32) -> usize {
    (0..chunks).map(|chunk| CHUNK_WORDS.min(FIRST_WORDS << chunk) / 4).sum()
}

#[test]
fn records_come_in_order_with_their_numbers() {
    static POOL: Pool = Pool::new(1 << 20, 4 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 3, || 100).expect("a queue");
    assert_eq!((reader.owner(), read(&mut reader)), (3, None));
    assert_eq!(producer.push(header(2), &[5], Room::Open, no_number), Ok(100));
    assert_eq!(producer.push(header(4), &[6, 7, 8], Room::Open, no_number), Ok(101));
    assert_eq!(producer.push(header(2), &[9], Room::Open, no_number), Ok(103));
    assert_eq!(reader.peek(), Some((100, 5)));
    assert_eq!(read(&mut reader), Some((100, vec![header(2), 5])));
    assert_eq!(read(&mut reader), Some((101, vec![header(4), 6, 7, 8])));
    assert_eq!(read(&mut reader), Some((103, vec![header(2), 9])));
    assert_eq!((read(&mut reader), reader.peek()), (None, None));
    producer.detach();
}

#[test]
fn what_is_written_at_once_is_what_is_pushed() {
    static POOL: Pool = Pool::new(1 << 20, 4 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 512).expect("a queue");
    while producer.has_room(4, Room::Open) {
        producer.write(header(4), [1, 2, 3]);
    }
    assert!(!producer.has_room(2, Room::Reserved));
    assert_eq!(push(&producer, 2, 1, Room::Open, 1_024), Ok(1_024));
    assert!(producer.has_room(4, Room::Open));
    assert_eq!(producer.write(header(2), [4]), 1_025);
    let numbers: Vec<u64> = std::iter::from_fn(|| read(&mut reader)).map(|(number, _)| number).collect();
    let expected = (0..fours(1) as u64).map(|place| 512 + 2 * place).chain([1_024, 1_025]);
    assert_eq!(numbers, expected.collect::<Vec<_>>());
    producer.detach();
}

#[test]
fn by_default_a_full_queue_has_room_for_a_thousand_ends() {
    static POOL: Pool = Pool::new(16 << 20, 256 << 10);
    let (producer, _reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    assert!(fill(&producer, Room::Open) > 7_000);
    // As many words as a plain end has.
    assert_eq!(fill(&producer, Room::Reserved), 1_024);
    producer.detach();
}

#[test]
fn a_full_queue_refuses_counts_and_keeps_room_for_ends() {
    static POOL: Pool = Pool::new(1 << 20, 8 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    assert_eq!(fill(&producer, Room::Open), fours(8));
    assert!(producer.is_half_full());
    assert_eq!((reader.refused(), reader.refused()), (1, 0));
    assert_eq!(fill(&producer, Room::Reserved), FOURS);
    assert_eq!(push(&producer, 2, 7, Room::Open, 1), Err(Refused::Full));
    assert_eq!(reader.refused(), 2);
    // What was in the last chunk but one is gone when the reader has left it.
    assert_eq!(contents(&mut reader).len(), fours(8) + FOURS);
    assert_eq!(fill(&producer, Room::Open), 7 * FOURS);
    producer.detach();
}

#[test]
fn refusing_ahead_of_a_record_counts_it_only_where_there_is_no_room() {
    static POOL: Pool = Pool::new(1 << 20, 2 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 1, || 1).expect("a queue");
    assert!(!producer.refuse(2, no_number));
    fill(&producer, Room::Open);
    let refused = reader.refused();
    assert!(producer.refuse(2, || 1) && producer.count_refused());
    assert_eq!((refused, reader.refused()), (1, 2));
    while read(&mut reader).is_some() {}
    assert!(!producer.refuse(2, || 1) && push(&producer, 2, 7, Room::Open, 1).is_ok());
    producer.detach();
    assert!(!producer.count_refused());
}

#[test]
fn room_for_ends_is_not_given_to_others_though_their_chunk_has_it() {
    static POOL: Pool = Pool::new(1 << 20, 2 * CHUNK_BYTES);
    let (producer, reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    fill(&producer, Room::Open);
    assert!(push(&producer, 4, 7, Room::Reserved, 1).is_ok());
    assert!(producer.has_room(4, Room::Reserved) && !producer.has_room(2, Room::Open));
    assert_eq!(push(&producer, 2, 7, Room::Open, 1), Err(Refused::Full));
    producer.detach();
    drop(reader);
}

#[test]
fn all_queues_together_take_no_more_than_the_pool_has() {
    const FIRST: usize = Chunk::bytes_of(FIRST_WORDS);
    const SECOND: usize = Chunk::bytes_of(2 * FIRST_WORDS);
    static POOL: Pool = Pool::new(2 * FIRST + SECOND, 8 * CHUNK_BYTES);
    let create = || Ring::create(&POOL, 0, || 0);
    let (first, mut first_reader) = create().expect("a queue");
    let (second, second_reader) = create().expect("a queue");
    assert_eq!(fill(&first, Room::Open), fours(2));
    assert_eq!(fill(&second, Room::Open), fours(1));
    assert!(create().is_none());
    assert!(!POOL.take(1, Room::Open));
    assert!(POOL.take(FIRST / 4, Room::Reserved));
    POOL.give_back(FIRST / 4);
    assert_eq!(POOL.used(), 2 * FIRST + SECOND);
    second.detach();
    drop(second_reader);
    assert_eq!(POOL.used(), FIRST + SECOND);
    // The small one goes when it has been read.
    contents(&mut first_reader);
    assert_eq!(POOL.used(), SECOND);
    POOL.limit(SECOND + CHUNK_BYTES, 8 * CHUNK_BYTES);
    assert_eq!(fill(&first, Room::Open), fours(3) - fours(2));
    first.detach();
    drop(first_reader);
    assert_eq!(POOL.used(), 0);
}

#[test]
fn a_queue_begins_small_and_keeps_what_it_needs_when_it_is_busy() {
    static POOL: Pool = Pool::new(1 << 20, 8 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    assert_eq!(POOL.used(), Chunk::bytes_of(FIRST_WORDS));
    // New numbers begin a new chunk, and are no sign that more is coming.
    producer.renumber(|| 512);
    contents(&mut reader);
    assert_eq!(POOL.used(), Chunk::bytes_of(FIRST_WORDS));
    // Whatever its size, a record is in one chunk.
    assert!(push(&producer, RECORD_WORDS, 7, Room::Open, 0).is_ok());
    assert!(read(&mut reader).is_some_and(|(_, words)| words.len() == RECORD_WORDS));
    fill(&producer, Room::Open);
    contents(&mut reader);
    let with_spares = POOL.used();
    assert_eq!(with_spares, (1 + SPARES) * CHUNK_BYTES);
    reader.trim();
    assert_eq!(POOL.used(), with_spares, "it was busy");
    reader.trim();
    assert_eq!(POOL.used(), CHUNK_BYTES, "it was quiet");
    POOL.limit(8 * CHUNK_BYTES, 8 * CHUNK_BYTES);
    assert!(POOL.take(4 * CHUNK_BYTES, Room::Open));
    fill(&producer, Room::Open);
    contents(&mut reader);
    assert_eq!(POOL.used(), (4 + 2) * CHUNK_BYTES, "there is little for the others");
    POOL.give_back(4 * CHUNK_BYTES);
    POOL.limit(1 << 20, 8 * CHUNK_BYTES);
    assert!(fill(&producer, Room::Open) >= 7 * FOURS);
    producer.detach();
    drop(reader);
    assert_eq!(POOL.used(), 0);
}

#[test]
fn what_a_signal_handler_records_in_the_middle_of_a_record_is_refused_and_counted() {
    static POOL: Pool = Pool::new(1 << 20, 8 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    fill(&producer, Room::Open);
    contents(&mut reader);
    assert_eq!(reader.refused(), 1);
    while producer.has_room(2, Room::Open) {
        producer.write(header(2), [1]);
    }
    let interrupted = || {
        assert!(!producer.has_room(2, Room::Reserved));
        assert_eq!(producer.write(header(2), [8]), 0);
        assert_eq!(push(&producer, 4, 8, Room::Reserved, 0), Err(Refused::Full));
        assert!(producer.refuse(2, no_number));
        assert!(!producer.renumber(no_number));
        producer.detach();
        512
    };
    assert_eq!(producer.push(header(4), &[7; 3], Room::Open, interrupted), Ok(512));
    let told = contents(&mut reader);
    assert_eq!((told.last(), told.contains(&8), reader.refused()), (Some(&7), false, 3));
    assert!(producer.has_room(2, Room::Open));
    producer.detach();
}

#[test]
fn other_limits_hold_from_then_on() {
    static POOL: Pool = Pool::new(1 << 20, 2 * CHUNK_BYTES);
    let (producer, reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    assert_eq!(fill(&producer, Room::Open), fours(2));
    POOL.limit(1 << 20, 3 * CHUNK_BYTES);
    assert_eq!(fill(&producer, Room::Open), fours(3) - fours(2));
    // Two chunks at least, as the reader stays in one.
    POOL.limit(1 << 20, 0);
    assert_eq!(POOL.chunks(Room::Open), 2);
    producer.detach();
    drop(reader);
}

#[test]
fn numbers_go_on_as_they_are_told_to_in_the_middle_of_a_chunk() {
    static POOL: Pool = Pool::new(1 << 20, 4 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 512).expect("a queue");
    assert_eq!(push(&producer, 2, 1, Room::Open, 0), Ok(512));
    producer.renumber(|| 5 << 48);
    assert_eq!(push(&producer, 2, 2, Room::Open, 0), Ok(5 << 48));
    assert_eq!(read(&mut reader).map(|(number, _)| number), Some(512));
    assert_eq!(read(&mut reader).map(|(number, _)| number), Some(5 << 48));
    producer.detach();
}

#[test]
fn where_there_is_no_room_for_new_numbers_only_ends_get_old_ones() {
    static POOL: Pool = Pool::new(1 << 20, 2 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    for _ in 0..fours(1) + 1 {
        push(&producer, 4, 1, Room::Open, 512).expect("room");
    }
    producer.renumber(|| 1_024);
    assert_eq!(reader.refused(), 0);
    assert_eq!(push(&producer, 2, 1, Room::Open, 1_024), Err(Refused::Full));
    assert_eq!(push(&producer, 4, 2, Room::Reserved, 1_024), Ok(514));
    contents(&mut reader);
    assert_eq!(push(&producer, 2, 3, Room::Open, 1_024), Ok(1_024));
    assert_eq!((contents(&mut reader), reader.refused()), (vec![3], 1));
    producer.detach();
}

#[test]
fn a_queue_that_is_given_up_is_read_to_its_end() {
    static POOL: Pool = Pool::new(1 << 20, 4 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    push(&producer, 2, 1, Room::Open, 0).expect("room");
    assert!(!reader.is_closed());
    producer.detach();
    assert!(reader.is_closed());
    assert_eq!(push(&producer, 2, 1, Room::Open, 0), Err(Refused::Detached));
    producer.detach();
    assert_eq!(contents(&mut reader), [1]);
    drop(reader);
    assert_eq!(POOL.used(), 0);
}

#[test]
fn a_queue_whose_reader_is_gone_is_given_up_and_freed() {
    static POOL: Pool = Pool::new(1 << 20, 8 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    // So that there is one to spare, one that the reader is in, and one further on.
    (0..fours(5) + 1).for_each(|_| assert!(push(&producer, 4, 1, Room::Open, 0).is_ok()));
    (0..fours(4) + 1).for_each(|_| assert!(read(&mut reader).is_some()));
    drop(reader);
    // It goes on writing where it is, and then notices.
    let outcomes = (0..FOURS).map(|_| push(&producer, 4, 1, Room::Open, 0).map(|_| ()));
    let outcomes: Vec<_> = outcomes.collect();
    assert_eq!(outcomes.last(), Some(&Err(Refused::Detached)));
    assert!(outcomes[..FOURS - 1].iter().all(Result::is_ok));
    assert_eq!(POOL.used(), 0);
}

#[test]
fn another_one_s_queue_is_taken_over() {
    static POOL: Pool = Pool::new(1 << 20, 4 * CHUNK_BYTES);
    let own = Producer::detached();
    assert_eq!(push(&own, 2, 1, Room::Open, 0), Err(Refused::Detached));
    assert!(!own.has_room(2, Room::Reserved) && !own.is_half_full());
    let (first, mut first_reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    let (second, mut second_reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    own.adopt(&first);
    assert!(push(&own, 2, 1, Room::Open, 0).is_ok());
    own.adopt(&second);
    assert!(push(&own, 2, 2, Room::Open, 0).is_ok());
    assert!(first_reader.is_closed() && !second_reader.is_closed());
    assert_eq!((contents(&mut first_reader), contents(&mut second_reader)), (vec![1], vec![2]));
    own.detach();
}

#[test]
fn readers_wait_in_order_and_are_taken_once() {
    static POOL: Pool = Pool::new(1 << 20, 4 * CHUNK_BYTES);
    let waiting = WaitingReaders::new();
    for owner in 1..=3 {
        let (producer, reader) = Ring::create(&POOL, owner, || 0).expect("a queue");
        waiting.add(reader);
        producer.detach();
    }
    let owners: Vec<u64> = waiting.take().iter().map(Reader::owner).collect();
    assert_eq!((owners, waiting.take().len()), (vec![1, 2, 3], 0));
    assert_eq!(POOL.used(), 0);
}

#[test]
fn threads_hand_everything_over_while_it_is_read() {
    const RECORDS: u64 = if cfg!(miri) { 200 } else { 200_000 };
    static POOL: Pool = Pool::new(1 << 20, 3 * CHUNK_BYTES);
    let (producer, mut reader) = Ring::create(&POOL, 0, || 0).expect("a queue");
    let adopted = std::sync::Mutex::new(Some(SentProducer(producer)));
    let (mut next, mut refused) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let SentProducer(producer) = adopted.lock().expect("no panic").take().expect("a producer");
            let mut pushed = 0;
            while pushed < RECORDS {
                pushed +=
                    u64::from(push(&producer, 2 + 2 * (pushed % 5) as usize, pushed, Room::Open, 0).is_ok());
            }
            producer.detach();
        });
        loop {
            let is_closed = reader.is_closed();
            while let Some((_, words)) = read(&mut reader) {
                assert!(words[1..].iter().all(|word| *word == next));
                assert_eq!(words.len() as u64, 2 + 2 * (next % 5));
                next += 1;
            }
            refused += reader.refused();
            if is_closed {
                break;
            }
            std::thread::yield_now();
        }
    });
    assert_eq!(next, RECORDS);
    assert_eq!(reader.refused(), 0, "of {refused}");
    drop(reader);
    assert_eq!(POOL.used(), 0);
}

/// A producer on its way to its thread.
struct SentProducer(Producer);

// SAFETY: the test uses it on one thread at a time.
unsafe impl Send for SentProducer {}
