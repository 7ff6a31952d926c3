//! The spool on a store in memory, without anything around it.

use std::net::Ipv4Addr;

use upto::wire::{Kind, Message, encode_single};

use super::super::block::EntryKind;
use super::*;
use crate::clock::ManualClock;
use crate::store::MemoryStore;

const HOUR: Duration = Duration::from_secs(3_600);

struct Fixture {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
    bounds: Bounds,
}

impl Fixture {
    fn new(bytes: u64) -> Self {
        let clock = Arc::new(ManualClock::new(1));
        Fixture {
            store: Arc::new(MemoryStore::new(clock.clone())),
            clock,
            bounds: Bounds { bytes, age: 16 * HOUR },
        }
    }

    /// A spool, whose writer runs until the sender is dropped.
    async fn open(&self) -> (Arc<Spool>, watch::Sender<bool>) {
        let opened = Spool::open(self.store.clone(), self.clock.clone(), "a".into(), self.bounds).await;
        let (spool, writer) = opened.expect("a spool");
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(writer.run(stopped));
        (spool, stop)
    }
}

/// Adds a message of about so many bytes, and waits until it is durable.
async fn add(spool: &Spool, name: &str, bytes: usize) {
    let ticket = put(spool, name, bytes);
    spool.written(ticket).await.expect("written");
}

fn put(spool: &Spool, name: &str, bytes: usize) -> Ticket {
    let text = "x".repeat(bytes);
    let mut written = Vec::new();
    let message = Message { kind: Kind::Point, context: "c", name, text: &text, ..Message::default() };
    encode_single(&message, &[], &mut written);
    let peer = Ipv4Addr::LOCALHOST.into();
    let entry = Entry { kind: EntryKind::Singles, peer, received: spool.now(), bytes: &written };
    spool.add(std::iter::once((entry, 1))).expect("room")
}

/// The next delivery: messages in its blocks and what those say was lost, and the place of the last one.
async fn next(spool: &Spool) -> (u64, u64, Option<Place>) {
    let Outgoing { delivery, last } = spool.next(usize::MAX).await.expect("blocks");
    let headers = delivery.blocks.iter().map(|block| Block::decode(&block.0).expect("a block").header);
    let (messages, lost) =
        headers.fold((0, 0), |(sum, lost), header| (sum + header.messages, lost + header.lost.messages));
    (messages, lost, last)
}

#[tokio::test]
async fn what_is_acknowledged_is_forgotten_and_the_rest_survives() {
    let fixture = Fixture::new(1 << 30);
    let (spool, stop) = fixture.open().await;
    for name in ["a", "b", "c"] {
        add(&spool, name, 10).await;
    }
    let (messages, lost, last) = next(&spool).await;
    assert_eq!((messages, lost, spool.backlog().await.messages), (3, 0, 3));
    add(&spool, "d", 10).await;
    spool.acknowledge(last.expect("a place")).await;
    assert_eq!(spool.backlog().await.messages, 1);
    // That it comes twice changes nothing.
    spool.acknowledge(last.expect("a place")).await;
    drop((spool, stop));
    let (spool, _stop) = fixture.open().await;
    let (messages, _, last) = next(&spool).await;
    assert_eq!(messages, 1);
    spool.acknowledge(last.expect("a place")).await;
    assert_eq!((spool.backlog().await, next(&spool).await), (Backlog::default(), (0, 0, None)));
    let left = fixture.store.list("spool/segment/", None, 10).await.expect("listed");
    assert!(left.len() <= 1, "{left:?}");
}

#[tokio::test]
async fn what_is_being_written_is_not_on_the_disk_yet() {
    let (spool, _stop) = Fixture::new(1 << 30).open().await;
    let slow_disk = spool.spooled.lock().await;
    let ticket = put(&spool, "a", 100);
    let waiting = spool.waiting_bytes();
    assert!(waiting > 100);
    while !spool.gathering().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(spool.waiting_bytes(), waiting);
    drop(slow_disk);
    spool.written(ticket).await.expect("written");
    assert_eq!(spool.waiting_bytes(), 0);
}

#[tokio::test]
async fn what_is_not_acknowledged_is_handed_over_again_also_by_the_next_run() {
    let fixture = Fixture::new(1 << 30);
    let (spool, stop) = fixture.open().await;
    add(&spool, "a", 10).await;
    let (_, _, first) = next(&spool).await;
    assert_eq!(next(&spool).await.2, first);
    drop((spool, stop));
    let (spool, _stop) = fixture.open().await;
    // This run has not given it to anybody.
    spool.acknowledge(first.expect("a place")).await;
    assert_eq!(next(&spool).await, (1, 0, first));
}

#[tokio::test]
async fn a_run_numbers_its_blocks_and_no_two_runs_are_the_same() {
    let fixture = Fixture::new(1 << 30);
    let mut places = Vec::new();
    for _ in 0..2 {
        let (spool, _stop) = fixture.open().await;
        for name in ["a", "b"] {
            add(&spool, name, 10).await;
            places.push(next(&spool).await.2.expect("a place"));
        }
    }
    let numbers: Vec<_> = places.iter().map(|place| place.number).collect();
    assert_eq!(numbers, [1, 2, 1, 2]);
    assert!(places[0].run == places[1].run && places[1].run != places[2].run);
}

#[tokio::test]
async fn beyond_its_bounds_the_oldest_become_loss_and_nothing_is_counted_twice() {
    let fixture = Fixture::new(160_000);
    let (spool, _stop) = fixture.open().await;
    for number in 0..40 {
        add(&spool, &number.to_string(), 9_000).await;
    }
    let (mut messages, mut lost) = (0, 0);
    loop {
        let (more, gone, last) = next(&spool).await;
        let Some(last) = last else { break };
        (messages, lost) = (messages + more, lost + gone);
        spool.acknowledge(last).await;
    }
    assert_eq!(messages + lost, 40);
    assert!((12..=18).contains(&messages), "{messages}");
    assert!(spool.backlog().await.bytes == 0);
}

#[tokio::test]
async fn what_is_on_its_way_is_not_dropped() {
    let fixture = Fixture::new(160_000);
    let (spool, _stop) = fixture.open().await;
    add(&spool, "first", 9_000).await;
    add(&spool, "second", 9_000).await;
    let (messages, _, last) = next(&spool).await;
    for number in 0..40 {
        add(&spool, &number.to_string(), 9_000).await;
    }
    spool.acknowledge(last.expect("a place")).await;
    let mut all = (messages, 0);
    while let (more, gone, Some(last)) = next(&spool).await {
        all = (all.0 + more, all.1 + gone);
        spool.acknowledge(last).await;
    }
    assert_eq!(all.0 + all.1, 42);
    assert!(all.1 > 0);
}

#[tokio::test]
async fn what_is_too_old_becomes_loss() {
    let fixture = Fixture::new(1 << 30);
    let (spool, _stop) = fixture.open().await;
    add(&spool, "old", 10).await;
    fixture.clock.advance(2 * HOUR);
    // This one seals the segment of the first one, since that began a sixteenth of the time ago.
    add(&spool, "middle", 10).await;
    fixture.clock.advance(17 * HOUR);
    add(&spool, "young", 10).await;
    spool.try_keep_within_bounds().await;
    let (messages, lost, _) = next(&spool).await;
    assert_eq!(messages + lost, 3);
    assert_eq!(lost, 2, "a segment is as old as the latest of it");
}

#[tokio::test]
async fn who_waits_is_told_of_what_comes_and_not_of_nothing() {
    let fixture = Fixture::new(1 << 30);
    let (spool, _stop) = fixture.open().await;
    spool.wait(Duration::ZERO).await;
    let waiting = tokio::spawn({
        let spool = spool.clone();
        async move { spool.wait(HOUR).await }
    });
    add(&spool, "a", 10).await;
    waiting.await.expect("it was woken");
}
