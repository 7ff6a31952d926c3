//! A cluster that loses a master, and gets it back.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use tokio::task::JoinSet;
use upto_server::store::{Cursor, Log, RedisStore, StoreErrorKind};

use super::cluster::Cluster;
use super::kill::{append_until_gone, enough, texts};
use crate::store::backend::append;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_was_confirmed_is_lost_and_nothing_is_there_by_halves() {
    let mut cluster = Cluster::start();
    let mut confirmed = Vec::new();
    for lost in 0..3 {
        let store = Arc::new(RedisStore::open(&cluster.url()).await.expect("a store"));
        let (mut writers, count) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
        for (writer, streams) in [["a", ""], ["", "a"], ["a", ""], ["", "a"]].into_iter().enumerate() {
            let name = format!("{lost} {writer}");
            writers.spawn(append_until_gone(Arc::clone(&store), streams, name, Arc::clone(&count)));
        }
        enough(&count, 40).await;
        cluster.masters[lost].kill();
        // Those on other masters only would go on for ever.
        enough(&count, 41).await;
        cluster
            .masters
            .iter_mut()
            .enumerate()
            .filter(|(other, _)| *other != lost)
            .for_each(|(_, each)| each.kill());
        confirmed.extend(writers.join_all().await.concat());
        cluster.masters.iter_mut().for_each(super::server::Server::restart);
        cluster.await_agreement();
    }
    let store = RedisStore::open(&cluster.url()).await.expect("a store");
    let (a, b) = (texts(&store, "a").await, texts(&store, "").await);
    let (stored, others) = (a.iter().collect::<BTreeSet<_>>(), b.iter().collect::<BTreeSet<_>>());
    assert_eq!(stored, others);
    assert_eq!((stored.len(), others.len()), (a.len(), b.len()), "nothing is there twice");
    let lost: Vec<_> = confirmed.iter().filter(|block| !stored.contains(block)).collect();
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
