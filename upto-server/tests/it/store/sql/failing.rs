//! Servers that are killed, unreachable, or say no.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use upto_server::clock::ManualClock;
use upto_server::store::{self, Cursor, Store, StoreErrorKind};

use super::super::backend::append;
use super::Engine;

/// How many appends have to be acknowledged before the server is killed.
const ACKNOWLEDGED: usize = 100;

/// Appends its numbered blocks until one fails, and returns how many were acknowledged. The one
/// that failed may be stored or not.
async fn write(store: Arc<dyn Store>, writer: u8, count: watch::Sender<usize>) -> u32 {
    for number in 0_u32.. {
        let block = [&[writer][..], &number.to_be_bytes()].concat();
        if store.append(vec![append("a", block.clone()), append("b", block)]).await.is_err() {
            return number;
        }
        count.send_modify(|count| *count += 1);
    }
    unreachable!("the server is killed before");
}

pub(crate) async fn nothing_acknowledged_is_lost_when_the_server_is_killed<E: Engine>() {
    let mut server = E::start().await;
    E::create(&server, "upto").await;
    let url = E::address(server.folder(), "upto").parse().expect("a store's URL");
    let store = store::open(&url, Arc::new(ManualClock::new(1))).await.expect("a store");
    let (sender, mut count) = watch::channel(0);
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let writing = write(Arc::clone(&store), writer, sender.clone());
        writers.spawn(async move { (writer, writing.await) });
    }
    count.wait_for(|&count| count >= ACKNOWLEDGED).await.expect("the writers live");
    server.kill();
    let acknowledged = writers.join_all().await;
    let error = store.append(vec![append("a", "")]).await.expect_err("there is no server");
    assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    server.restart();
    E::ready(&mut server).await;
    // The same store connects again by itself.
    for stream in ["a", "b"] {
        let blocks = store.read(stream, Cursor::START, usize::MAX).await.expect("a read");
        for &(writer, count) in &acknowledged {
            let of_writer = blocks.iter().filter(|block| block.bytes[0] == writer);
            let numbers =
                of_writer.map(|block| u32::from_be_bytes(block.bytes[1..].try_into().expect("four bytes")));
            let numbers: Vec<_> = numbers.collect();
            let all: Vec<_> = (0..numbers.len()).filter_map(|number| u32::try_from(number).ok()).collect();
            assert_eq!(numbers, all, "each once and in order");
            let stored = u32::try_from(numbers.len()).expect("few");
            assert!(stored == count || stored == count + 1, "{stored} of {count} acknowledged ones");
        }
    }
    store.append(vec![append("a", "")]).await.expect("it goes on");
}

pub(crate) async fn leases_end_by_the_clock_of_the_database<E: Engine>(address: &str) {
    let url = address.parse().expect("a store's URL");
    let hour = Duration::from_secs(3600);
    // Their own clocks are ten hours apart.
    let early = store::open(&url, Arc::new(ManualClock::new(0))).await.expect("a store");
    let ten_hours = 36_000_000_000_000;
    let late = store::open(&url, Arc::new(ManualClock::new(ten_hours))).await.expect("a store");
    let lease = early.acquire("sweep", "one", hour).await.expect("an acquire").expect("it is free");
    assert_eq!(late.acquire("sweep", "two", hour).await.expect("an acquire"), None);
    assert!(late.renew(&lease, Duration::ZERO).await.expect("a renewal"));
    assert!(late.acquire("sweep", "two", hour).await.expect("an acquire").is_some(), "it is over at once");
    early.push("q", b"task".to_vec()).await.expect("a push");
    early.claim("q", 1, hour).await.expect("a claim");
    assert_eq!(late.reclaim("q").await.expect("a reclaim"), 0);
}

pub(crate) async fn credentials_are_in_no_error<E: Engine>(address: &str) {
    let elsewhere = address.replace("localhost/", "localhost/nowhere_");
    for address in [elsewhere, E::address(Path::new("/nowhere"), "upto")] {
        assert!(address.contains("hunter2"));
        let url = address.parse::<store::StoreUrl>().expect("a store's URL");
        let opened = store::open(&url, Arc::new(ManualClock::new(0))).await;
        let error = opened.err().expect("there is none");
        assert_eq!(error.kind(), StoreErrorKind::Unavailable);
        assert!(!format!("{error} {error:?} {url} {url:?}").contains("hunter2"), "{error:?}");
    }
    let url = address.parse().expect("a store's URL");
    let store = store::open(&url, Arc::new(ManualClock::new(0))).await.expect("a store");
    assert!(!store.description().contains("hunter2"), "{}", store.description());
}
