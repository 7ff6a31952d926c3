//! One thread that writes and one that reads. Chunks have four words here, the first of a queue two, as records have.

use loom::sync::Arc;
use loom::thread;

use super::check_orders;
use crate::upto::ring::{Pool, Producer, Reader, Refused, Ring, Room, WaitingReaders};
use crate::upto::sync::{AtomicU64, Ordering};

/// Bytes that are more than enough, and enough for so many chunks.
const PLENTY: usize = 1 << 20;

fn chunk_bytes() -> usize {
    let pool = leaked(PLENTY, PLENTY);
    let (producer, reader) = create(pool);
    let bytes = pool.used();
    producer.0.detach();
    drop(reader);
    bytes
}

/// Pools live for ever.
fn leaked(total: usize, each: usize) -> &'static Pool {
    Box::leak(Box::new(Pool::new(total, each)))
}

/// A producer on its way to its thread.
struct Sent(Producer);

// SAFETY: only one thread at a time has it.
unsafe impl Send for Sent {}

fn create(pool: &'static Pool) -> (Sent, Reader) {
    let (producer, reader) = Ring::create(pool, 0, || 0).expect("a queue");
    (Sent(producer), reader)
}

/// Pushes a record that says `content`.
fn push(producer: &Producer, content: u64, room: Room) -> Result<u64, Refused> {
    producer.push(1, &[content], room, || 100)
}

/// What the next record says.
fn read(reader: &mut Reader) -> Option<u64> {
    let word = |words: &[AtomicU64]| words[1].load(Ordering::Relaxed);
    reader.next(|_| 2, |_, words| word(words))
}

fn read_all(reader: &mut Reader, into: &mut Vec<u64>) {
    while let Some(content) = read(reader) {
        into.push(content);
    }
}

/// A thread pushes so many records, and gives its queue up; this one reads a few times meanwhile, and then the rest.
fn check(records: u64, rounds: usize, pool: impl Fn() -> &'static Pool + Send + Sync + 'static) {
    check_orders(3, move || {
        let pool = pool();
        let (producer, mut reader) = create(pool);
        let pushes = thread::spawn(move || {
            let Sent(producer) = { producer };
            let pushed: Vec<u64> =
                (1..=records).filter(|content| push(&producer, *content, Room::Open).is_ok()).collect();
            producer.detach();
            pushed
        });
        let (mut contents, mut refused) = (Vec::new(), 0);
        for _ in 0..rounds {
            read_all(&mut reader, &mut contents);
            refused += reader.refused();
        }
        let pushed = pushes.join().expect("no panic");
        assert!(reader.is_closed());
        read_all(&mut reader, &mut contents);
        refused += reader.refused();
        assert_eq!(contents, pushed);
        assert_eq!(contents.len() as u64 + refused, records);
        drop(reader);
        assert_eq!(pool.used(), 0);
    });
}

#[test]
fn what_is_pushed_is_read_across_chunks() {
    check(5, 1, || leaked(PLENTY, PLENTY));
}

#[test]
fn chunks_are_used_again_and_what_there_is_no_room_for_is_counted() {
    // Two chunks: one that is read makes room for another.
    check(6, 1, || leaked(PLENTY, 1));
}

#[test]
fn what_is_in_hand_is_taken_back_or_used_by_one_of_them() {
    check_orders(3, || {
        let pool = leaked(PLENTY, PLENTY);
        let (Sent(producer), mut reader) = create(pool);
        // One more than the small chunk and a large one take, so that there is a large one to spare.
        (1..=4).for_each(|content| assert!(push(&producer, content, Room::Open).is_ok()));
        let mut contents = Vec::new();
        read_all(&mut reader, &mut contents);
        let sent = Sent(producer);
        let pushes = thread::spawn(move || {
            let Sent(producer) = { sent };
            (5..=6).for_each(|content| assert!(push(&producer, content, Room::Open).is_ok()));
            producer.detach();
        });
        reader.free_spares();
        pushes.join().expect("no panic");
        read_all(&mut reader, &mut contents);
        assert_eq!(contents, [1, 2, 3, 4, 5, 6]);
        drop(reader);
        assert_eq!(pool.used(), 0);
    });
}

#[test]
fn what_was_closed_before_it_was_read_is_read_whole() {
    check_orders(3, || {
        let pool = leaked(PLENTY, PLENTY);
        let (producer, mut reader) = create(pool);
        let pushes = thread::spawn(move || {
            let Sent(producer) = { producer };
            (1..=3).for_each(|content| assert!(push(&producer, content, Room::Open).is_ok()));
            producer.detach();
        });
        let is_closed = reader.is_closed();
        let mut contents = Vec::new();
        read_all(&mut reader, &mut contents);
        assert!(!is_closed || contents == [1, 2, 3]);
        pushes.join().expect("no panic");
        drop(reader);
        assert_eq!(pool.used(), 0);
    });
}

#[test]
fn numbers_change_while_records_are_read() {
    check_orders(3, || {
        let pool = leaked(PLENTY, PLENTY);
        let (producer, mut reader) = create(pool);
        let pushes = thread::spawn(move || {
            let Sent(producer) = { producer };
            let first = push(&producer, 1, Room::Open);
            producer.renumber(|| 50);
            let second = push(&producer, 2, Room::Open);
            producer.detach();
            (first, second)
        });
        let mut numbers = Vec::new();
        let mut read = |reader: &mut Reader| {
            while let Some(number) = reader.next(|_| 2, |number, _| number) {
                numbers.push(number);
            }
        };
        read(&mut reader);
        assert_eq!(pushes.join().expect("no panic"), (Ok(0), Ok(50)));
        read(&mut reader);
        assert_eq!(numbers, [0, 50]);
    });
}

#[test]
fn either_end_may_go_first() {
    check_orders(3, || {
        let pool = leaked(PLENTY, PLENTY);
        let (producer, mut reader) = create(pool);
        let pushes = thread::spawn(move || {
            let Sent(producer) = { producer };
            for content in 1..=5 {
                let pushed = push(&producer, content, Room::Open);
                assert!(matches!(pushed, Ok(_) | Err(Refused::Detached)));
            }
            producer.detach();
        });
        let _ = read(&mut reader);
        drop(reader);
        pushes.join().expect("no panic");
        assert_eq!(pool.used(), 0);
    });
}

#[test]
fn two_queues_share_the_pool() {
    let bytes = loom_free(chunk_bytes);
    check_orders(3, move || {
        let pool = leaked(2 * bytes, PLENTY);
        let create = move || Ring::create(pool, 0, || 0).map(|(producer, reader)| (Sent(producer), reader));
        let other =
            thread::spawn(move || create().map(|(Sent(producer), reader)| (producer.detach(), drop(reader))));
        let own = create();
        // There is room for both at all times.
        assert!(own.is_some() && other.join().expect("no panic").is_some());
        if let Some((Sent(producer), reader)) = own {
            producer.detach();
            drop(reader);
        }
        assert_eq!(pool.used(), 0);
    });
}

/// What `find` finds within a model, which is where loom's atomics can be.
fn loom_free(find: impl Fn() -> usize + Send + Sync + 'static) -> usize {
    let found = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let of_model = found.clone();
    check_orders(3, move || of_model.store(find(), std::sync::atomic::Ordering::Relaxed));
    found.load(std::sync::atomic::Ordering::Relaxed)
}

#[test]
fn readers_that_wait_are_taken_once_and_whole() {
    check_orders(3, || {
        let pool = leaked(PLENTY, 1);
        let waiting = Arc::new(WaitingReaders::new());
        let adds = |first: u64| {
            let waiting = waiting.clone();
            thread::spawn(move || {
                let (producer, reader) = Ring::create(pool, first, || 0).expect("a queue");
                let pushed = (0..5).filter(|_| push(&producer, first, Room::Open).is_ok()).count();
                assert_eq!(pushed, 3);
                waiting.add(reader);
                producer.detach();
            })
        };
        let threads = [adds(1), adds(2)];
        let mut taken = waiting.take();
        // Whoever takes a reader sees what was before it was added.
        taken.iter_mut().for_each(|reader| assert_eq!(reader.refused(), 2));
        threads.into_iter().for_each(|thread| thread.join().expect("no panic"));
        taken.extend(waiting.take());
        let mut owners: Vec<u64> = taken.iter_mut().map(|reader| read(reader).expect("a record")).collect();
        owners.sort_unstable();
        assert_eq!(owners, [1, 2]);
        drop(taken);
        assert_eq!(pool.used(), 0);
    });
}

#[test]
fn a_list_that_is_closed_has_taken_a_reader_or_refuses_it() {
    check_orders(3, || {
        let pool = leaked(PLENTY, 1);
        let waiting = Arc::new(WaitingReaders::new());
        let adds = || {
            let waiting = waiting.clone();
            thread::spawn(move || {
                let (producer, reader) = Ring::create(pool, 1, || 0).expect("a queue");
                let is_added = waiting.add(reader);
                producer.detach();
                usize::from(is_added)
            })
        };
        let threads = [adds(), adds()];
        let taken = waiting.close();
        let added: usize = threads.into_iter().map(|thread| thread.join().expect("no panic")).sum();
        assert_eq!(taken.len(), added);
        assert!(waiting.close().is_empty());
        drop(taken);
        assert_eq!(pool.used(), 0);
    });
}
