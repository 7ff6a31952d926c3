//! `kill -9` of Redis in the middle of appends.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;
use upto_server::store::{Cursor, Log, RedisStore};

use super::server::{PATIENCE, Server};
use crate::store::backend::append;

const WRITERS: usize = 4;
const ROUNDS: usize = 5;

/// How many appends a round confirms before the server is killed.
const ENOUGH: usize = 60;

/// Appends to all of `streams` at once until that fails, and returns what was confirmed.
pub(super) async fn append_until_gone(
    store: Arc<RedisStore>,
    streams: &'static [&'static str],
    name: String,
    confirmed: Arc<AtomicUsize>,
) -> Vec<String> {
    let mut own = Vec::new();
    loop {
        let block = format!("{name} {}", own.len());
        let batch = streams.iter().map(|stream| append(stream, block.as_str())).collect();
        if store.append(batch).await.is_err() {
            return own;
        }
        own.push(block);
        confirmed.fetch_add(1, Ordering::SeqCst);
    }
}

/// Waits until so many appends were confirmed.
pub(super) async fn enough(confirmed: &AtomicUsize, count: usize) {
    let until = Instant::now() + PATIENCE;
    while confirmed.load(Ordering::SeqCst) < count {
        assert!(Instant::now() < until, "not {count} appends within {PATIENCE:?}");
        tokio::task::yield_now().await;
    }
}

pub(super) async fn texts(store: &RedisStore, stream: &str) -> Vec<String> {
    let blocks = store.read(stream, Cursor::START, usize::MAX).await.expect("a read");
    blocks.into_iter().map(|block| String::from_utf8(block.bytes).expect("text was appended")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_confirmed_is_lost_and_nothing_is_there_by_halves() {
    let mut server = Server::start();
    let mut confirmed = Vec::new();
    for round in 0..ROUNDS {
        let store = Arc::new(RedisStore::open(&server.url()).await.expect("a store"));
        let (mut writers, count) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for writer in 0..WRITERS {
            let name = format!("{round} {writer}");
            writers.spawn(append_until_gone(Arc::clone(&store), &["a", "b"], name, Arc::clone(&count)));
        }
        enough(&count, ENOUGH).await;
        server.kill();
        confirmed.extend(writers.join_all().await.concat());
        server.restart();
    }
    let store = RedisStore::open(&server.url()).await.expect("a store");
    let (a, b) = (texts(&store, "a").await, texts(&store, "b").await);
    assert_eq!(a, b);
    let stored: BTreeSet<_> = a.iter().collect();
    assert_eq!(stored.len(), a.len(), "nothing is there twice");
    let lost: Vec<_> = confirmed.iter().filter(|block| !stored.contains(block)).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", confirmed.len());
    assert!(
        a.len() <= confirmed.len() + ROUNDS * WRITERS,
        "at most what was under way came about unconfirmed"
    );
}
