//! A store whose server fails while it is open.

use std::sync::Arc;
use std::time::Duration;

use upto_server::store::{Cursor, Documents, Leases, Log, Queue, RedisStore, StoreErrorKind};

use super::server::Server;
use crate::store::backend::append;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_comes_back_is_used_again() {
    let mut server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    store.append(vec![append("a", "1")]).await.expect("an append");
    for round in 2..5 {
        server.kill();
        for _ in 0..3 {
            let error = store.append(vec![append("a", "lost")]).await.expect_err("nobody is there");
            assert_eq!(error.kind(), StoreErrorKind::Unavailable);
            assert!(error.is_temporary(), "{error}");
        }
        server.restart();
        store.append(vec![append("a", round.to_string())]).await.expect("an append");
    }
    let blocks = store.read("a", Cursor::START, 100).await.expect("a read");
    let texts: Vec<_> = blocks.iter().map(|block| &block.bytes[..]).collect();
    assert_eq!(texts, [b"1", b"2", b"3", b"4"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_who_waits_hears_of_a_server_that_is_gone() {
    let mut server = Server::start();
    let store = Arc::new(RedisStore::open(&server.url()).await.expect("a store"));
    server.kill();
    let mut callers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        callers.spawn(async move { store.get("a").await.map_err(|error| error.kind()) });
    }
    let answers = callers.join_all().await;
    assert!(answers.iter().all(|answer| *answer == Err(StoreErrorKind::Unavailable)), "{answers:?}");
}

#[tokio::test]
async fn a_server_that_keeps_no_longer_what_it_confirms_is_found_out_when_it_comes_back() {
    let mut server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    server.kill();
    server.change(&["--appendfsync", "everysec"]);
    server.restart();
    // The first one finds that the connection is broken.
    store.get("a").await.expect_err("the connection is broken");
    assert_eq!(store.get("a").await.expect_err("refused").kind(), StoreErrorKind::Invalid);
}

#[tokio::test]
async fn a_server_that_is_full_says_so_and_takes_nothing_by_halves() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    store.append(vec![append("a", "1")]).await.expect("an append");
    store.put("key", None, b"value".to_vec()).await.expect("a put");
    server.ask::<()>("CONFIG SET maxmemory 1");
    let errors = [
        store.append(vec![append("a", "2"), append("b", "2")]).await.err(),
        store.put("key", Some(1), b"new".to_vec()).await.err(),
        store.push("q", b"task".to_vec()).await.err(),
        store.acquire("sweep", "one", Duration::from_secs(1)).await.err(),
    ];
    for error in errors {
        let error = error.expect("there is no space");
        assert_eq!(error.kind(), StoreErrorKind::Full, "{error}");
        assert!(error.is_temporary());
    }
    assert_eq!(store.read("a", Cursor::START, 10).await.expect("reads go on").len(), 1);
    assert_eq!(store.get("key").await.expect("reads go on").expect("it is there").value, b"value");
    server.ask::<()>("CONFIG SET maxmemory 0");
    store.append(vec![append("a", "3")]).await.expect("there is space again");
    assert_eq!(store.read("a", Cursor::START, 10).await.expect("a read").len(), 2);
    assert_eq!(store.read("b", Cursor::START, 10).await.expect("a read"), []);
    assert_eq!(store.claim("q", 10, Duration::from_secs(1)).await.expect("a claim"), []);
}

#[tokio::test]
async fn a_key_of_somebody_else_is_damage() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    server.ask::<()>("SET {upto:0}stream:a text");
    for error in
        [store.append(vec![append("a", "1")]).await.err(), store.read("a", Cursor::START, 1).await.err()]
    {
        assert_eq!(error.expect("it is no stream").kind(), StoreErrorKind::Damaged);
    }
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_sent_again() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    store.append(vec![append("a", "1")]).await.expect("an append");
    server.ask::<()>("SCRIPT FLUSH");
    store.append(vec![append("a", "2")]).await.expect("an append");
    assert_eq!(store.read("a", Cursor::START, 10).await.expect("a read").len(), 2);
}
