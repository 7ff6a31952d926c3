//! Batches for streams that are on several masters of a cluster.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use upto_server::store::{Append, Cursor, Log, RedisStore};

use super::cluster::Cluster;
use super::kill::texts;
use crate::store::backend::append;

/// Streams in the shards 23, 48 and 4, whose slots are each of another master.
pub(super) const STREAMS: [&str; 3] = ["a", "", "s4"];

fn batch(block: &str) -> Vec<Append> {
    STREAMS.map(|stream| append(stream, block)).to_vec()
}

async fn all_texts(store: &RedisStore) -> [Vec<String>; 3] {
    [texts(store, STREAMS[0]).await, texts(store, STREAMS[1]).await, texts(store, STREAMS[2]).await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_are_spread_over_the_masters() {
    let cluster = Cluster::start();
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    store.append((0..100).map(|number| append(&number.to_string(), "1")).collect()).await.expect("an append");
    for master in &cluster.masters {
        let keys: usize = master.ask("DBSIZE");
        assert!(keys > 20, "{keys} of at least 100 keys");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_leaves_nothing_but_its_blocks() {
    let cluster = Cluster::start();
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    store.append(batch("1")).await.expect("an append");
    for stream in STREAMS {
        store.drop_stream(stream).await.expect("a drop");
    }
    let keys: BTreeSet<String> =
        cluster.masters.iter().flat_map(|each| each.ask::<Vec<String>>("KEYS *")).collect();
    assert!(keys.iter().all(|key| key.ends_with("}numbers") || key == "{upto}layout"), "{keys:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_whose_writer_stops_anywhere_is_there_wholly_or_not_at_all() {
    let cluster = Cluster::start();
    let store = Arc::new(RedisStore::open(&cluster.url()).await.expect("a store"));
    let mut finished = 0;
    for number in 0..60 {
        let name = number.to_string();
        // The number of answers that it takes until it is done is not ours to know.
        finished += usize::from(poll_at_most(store.append(batch(&name)), number % 20).await);
        let all = all_texts(&store).await;
        assert!(all[0] == all[1] && all[1] == all[2], "after {number}: {all:?}");
    }
    assert!(finished > 0 && finished < 60, "{finished} of 60");
    store.append(batch("last")).await.expect("an append");
    let all = all_texts(&store).await;
    assert_eq!(all[0].last().map(String::as_str), Some("last"));
    assert_eq!(all[0], all[2]);
}

/// Polls a future until it is done or has been woken so many times, then drops it.
async fn poll_at_most(future: impl Future, times: usize) -> bool {
    let mut future = pin!(future);
    let mut polls = 0;
    std::future::poll_fn(|context: &mut Context<'_>| {
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(_done) => Poll::Ready(true),
            Poll::Pending if polls > times => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// What a writer leaves behind that stopped before the commit, long ago: its parts, staged.
fn stage(cluster: &Cluster, shard: u16, stream: &str) {
    cluster.ask::<()>(&format!("HSET {{upto:{shard}}}staged 23-1 0"));
    cluster.ask::<()>(&format!("RPUSH {{upto:{shard}}}part:23-1 {stream} left"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_was_never_committed_is_given_up() {
    let cluster = Cluster::start();
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    stage(&cluster, 23, "a");
    stage(&cluster, 4, "s4");
    assert_eq!(store.read("s4", Cursor::START, 10).await.expect("a read"), []);
    assert_eq!(store.read("a", Cursor::START, 10).await.expect("a read"), []);
    for shard in [23, 4] {
        let left: u64 = cluster.ask(&format!("EXISTS {{upto:{shard}}}staged {{upto:{shard}}}part:23-1"));
        assert_eq!(left, 0, "shard {shard}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_was_committed_is_completed_by_who_reads() {
    let cluster = Cluster::start();
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    stage(&cluster, 4, "s4");
    cluster.ask::<()>("HSET {upto:23}committed 23-1 23,4");
    assert_eq!(texts(&store, "s4").await, ["left"]);
    assert_eq!(texts(&store, "s4").await, ["left"], "once");
    assert_eq!(cluster.ask::<u64>("EXISTS {upto:23}committed"), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_was_committed_is_completed_by_who_opens_the_store() {
    let cluster = Cluster::start();
    drop(RedisStore::open(&cluster.url()).await.expect("a store"));
    stage(&cluster, 4, "s4");
    cluster.ask::<()>("HSET {upto:23}committed 23-1 23,4");
    cluster.ask::<()>("HSET {upto:3}committed 3-1 3");
    drop(RedisStore::open(&cluster.url()).await.expect("a store"));
    assert_eq!(cluster.ask::<u64>("XLEN {upto:4}stream:s4"), 1);
    assert_eq!(cluster.ask::<u64>("EXISTS {upto:23}committed"), 0);
    assert_eq!(cluster.ask::<u64>("EXISTS {upto:3}committed"), 0);
}
