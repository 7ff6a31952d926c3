//! A cluster that loses a master, and gets it back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

use tokio::task::JoinSet;
use upto_server::store::{Cursor, Log, RedisStore, StoreErrorKind};

use super::cluster::Cluster;
use super::kill::{append_until_gone, enough, texts};
use super::server::{PATIENCE, Server};
use super::spanning::STREAMS;
use crate::store::backend::append;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_confirmed_is_lost_and_nothing_is_there_by_halves() {
    let mut cluster = Cluster::start();
    let mut confirmed = Vec::new();
    for lost in 0..3 {
        let store = Arc::new(RedisStore::open(&cluster.url()).await.expect("a store"));
        let (mut writers, count) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for writer in 0..4 {
            let name = format!("{lost} {writer}");
            writers.spawn(append_until_gone(Arc::clone(&store), &STREAMS, name, Arc::clone(&count)));
        }
        enough(&count, 40).await;
        cluster.masters[lost].kill();
        confirmed.extend(writers.join_all().await.concat());
        cluster.masters[lost].restart();
        cluster.await_agreement();
    }
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    let first = texts(&store, STREAMS[0]).await;
    let stored: BTreeSet<_> = first.iter().cloned().collect();
    assert_eq!(stored.len(), first.len(), "nothing is there twice");
    for stream in STREAMS {
        let other = texts(&store, stream).await;
        assert_eq!((other.len(), other.into_iter().collect()), (first.len(), stored.clone()), "{stream:?}");
    }
    let lost: Vec<_> = confirmed.iter().filter(|block| !stored.contains(*block)).collect();
    assert!(lost.is_empty(), "{lost:?} of {}", confirmed.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_on_the_other_masters_goes_on() {
    let mut cluster = Cluster::start();
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    let streams: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    for stream in &streams {
        store.append(vec![append(stream, "before")]).await.expect("an append");
    }
    cluster.masters[1].kill();
    let mut taken = 0;
    for stream in &streams {
        match store.append(vec![append(stream, "meanwhile")]).await {
            Ok(()) => taken += 1,
            Err(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
                assert!(error.is_temporary());
            }
        }
    }
    assert!((5..20).contains(&taken), "{taken} of 20");
    cluster.masters[1].restart();
    cluster.await_agreement();
    let mut found = 0;
    for stream in &streams {
        store.append(vec![append(stream, "after")]).await.expect("the master is back");
        found += store.read(stream, Cursor::START, 10).await.expect("a read").len();
    }
    assert_eq!(found, 40 + taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_store_outlives_the_loss_and_the_return_of_every_master() {
    let mut cluster = Cluster::start();
    let store = Arc::new(RedisStore::open(&cluster.url()).await.expect("a store"));
    for lost in [0, 1, 2, 0] {
        let (mut writers, count) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for writer in 0..4 {
            let name = format!("{lost} {writer}");
            writers.spawn(append_until_gone(Arc::clone(&store), &STREAMS, name, Arc::clone(&count)));
        }
        enough(&count, 20).await;
        cluster.masters[lost].kill();
        writers.join_all().await;
        cluster.masters[lost].restart();
        cluster.await_agreement();
        append_again(&store).await;
    }
}

/// The client may first have to find out that its connections are broken.
async fn append_again(store: &RedisStore) {
    let until = Instant::now() + PATIENCE;
    while let Err(error) = store.append(STREAMS.map(|stream| append(stream, "again")).to_vec()).await {
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
        assert!(Instant::now() < until, "{error}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_was_gone_altogether_is_used_again() {
    let mut cluster = Cluster::start();
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    let batch = || STREAMS.map(|stream| append(stream, "1")).to_vec();
    store.append(batch()).await.expect("an append");
    cluster.masters.iter_mut().for_each(Server::kill);
    for stream in STREAMS {
        let error = store.read(stream, Cursor::START, 10).await.expect_err("nobody is there");
        assert_eq!(error.kind(), StoreErrorKind::Unavailable, "{error}");
    }
    cluster.masters.iter_mut().for_each(Server::restart);
    cluster.await_agreement();
    append_again(&store).await;
    assert!(texts(&store, STREAMS[0]).await.len() >= 2);
}
