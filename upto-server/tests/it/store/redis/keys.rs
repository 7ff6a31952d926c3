//! Whose keys are whose, by which clock they end, and that nothing stays behind.

use std::collections::BTreeSet;
use std::time::Duration;

use upto_server::store::{Cursor, Documents, Leases, Log, Queue, RedisStore};

use super::server::Server;
use crate::store::backend::append;

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn what_is_over_leaves_nothing_behind() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    store.append(vec![append("a", "1")]).await.expect("an append");
    store.drop_stream("a").await.expect("a drop");
    store.put("key", None, b"value".to_vec()).await.expect("a put");
    store.delete("key", 1).await.expect("a delete");
    store.push("q", b"task".to_vec()).await.expect("a push");
    let claims = store.claim("q", 1, HOUR).await.expect("a claim");
    assert!(store.acknowledge("q", &claims[0]).await.expect("an acknowledgement"));
    let lease = store.acquire("sweep", "one", HOUR).await.expect("an acquire").expect("it is free");
    store.release(&lease).await.expect("a release");
    let keys: BTreeSet<String> = server.ask("KEYS *");
    assert_eq!(keys, ["{upto:0}numbers", "{upto}layout"].map(str::to_owned).into());
}

#[tokio::test]
async fn prefixes_and_databases_are_stores_of_their_own() {
    let server = Server::start();
    let places = ["", "/1", "?prefix=ci", "/1?prefix=ci", "?prefix=ci.2"];
    let mut stores = Vec::new();
    for place in places {
        let store = RedisStore::open(&server.url_with(place)).await.expect("a store");
        store.append(vec![append("a", place)]).await.expect("an append");
        assert_eq!(store.put("key", None, place.into()).await.expect("a put"), 1);
        stores.push(store);
    }
    for (store, place) in stores.iter().zip(places) {
        let blocks = store.read("a", Cursor::START, 10).await.expect("a read");
        assert!(blocks.len() == 1 && blocks[0].bytes == place.as_bytes(), "{place}: {blocks:?}");
        assert_eq!(store.list("", None, 10).await.expect("a list").len(), 1, "{place}");
    }
}

#[tokio::test]
async fn several_servers_find_one_store() {
    let server = Server::start();
    let opened = futures_util::future::join_all((0..8).map(|_| async {
        let store = RedisStore::open(&server.url()).await.expect("a store");
        store.append(vec![append("a", "1")]).await.expect("an append");
        store
    }));
    for store in opened.await {
        assert_eq!(store.read("a", Cursor::START, 10).await.expect("a read").len(), 8);
    }
}

#[tokio::test]
async fn without_another_clock_claims_and_leases_end_by_that_of_redis() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    store.push("q", b"long".to_vec()).await.expect("a push");
    store.push("q", b"short".to_vec()).await.expect("a push");
    let long = store.claim("q", 1, HOUR).await.expect("a claim");
    store.claim("q", 1, Duration::ZERO).await.expect("a claim");
    assert_eq!(store.reclaim("q").await.expect("a reclaim"), 1, "what is held for no time is over at once");
    assert!(store.acknowledge("q", &long[0]).await.expect("an acknowledgement"));
    let lease = store.acquire("sweep", "one", HOUR).await.expect("an acquire").expect("it is free");
    assert_eq!(store.acquire("sweep", "two", HOUR).await.expect("an acquire"), None);
    assert!(store.renew(&lease, Duration::ZERO).await.expect("a renewal"));
    assert!(!store.renew(&lease, HOUR).await.expect("a renewal"), "it is over");
    assert!(store.acquire("sweep", "two", HOUR).await.expect("an acquire").is_some());
}
