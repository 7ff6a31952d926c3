//! What is too much for one answer of Redis.

use std::time::Duration;

use upto_server::store::{Cursor, Documents, Log, Queue, RedisStore};

use super::server::Server;
use crate::store::backend::append;

const MIB: usize = 1024 * 1024;

#[tokio::test]
async fn many_small_blocks_come_back_in_their_order() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    for round in 0..4_u32 {
        let blocks = (0..2500_u32).map(|number| append("a", (round * 2500 + number).to_be_bytes()));
        store.append(blocks.collect()).await.expect("an append");
    }
    let blocks = store.read("a", Cursor::START, usize::MAX).await.expect("a read");
    let numbers: Vec<_> = blocks.iter().map(|block| block.bytes.clone()).collect();
    assert_eq!(numbers, (0..10_000_u32).map(|number| number.to_be_bytes().to_vec()).collect::<Vec<_>>());
    assert_eq!(store.read("a", blocks[17].cursor, 5000).await.expect("a read"), blocks[18..5018]);
}

#[tokio::test]
async fn large_blocks_come_back_whole() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    for number in 0..40_u8 {
        store.append(vec![append("a", vec![number; MIB])]).await.expect("an append");
    }
    let blocks = store.read("a", Cursor::START, usize::MAX).await.expect("a read");
    assert_eq!(blocks.len(), 40);
    assert!(blocks.iter().zip(0..).all(|(block, number)| block.bytes == vec![number; MIB]));
}

#[tokio::test]
async fn large_documents_are_listed_whole() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    for number in 10..30_u8 {
        store.put(&number.to_string(), None, vec![number; MIB]).await.expect("a put");
    }
    let list = store.list("", None, usize::MAX).await.expect("a list");
    let found: Vec<_> = list.iter().map(|(key, document)| (key.clone(), document.value.len())).collect();
    assert_eq!(found, (10..30).map(|number: u8| (number.to_string(), MIB)).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_not_claimed_at_once_is_claimed_next() {
    let server = Server::start();
    let store = RedisStore::open(&server.url()).await.expect("a store");
    for number in 0..40_u8 {
        store.push("q", vec![number; MIB]).await.expect("a push");
    }
    let mut claimed = Vec::new();
    while claimed.len() < 40 {
        let claims = store.claim("q", usize::MAX, Duration::from_secs(60)).await.expect("a claim");
        assert!(!claims.is_empty(), "{} of 40", claimed.len());
        claimed.extend(claims.iter().map(|claim| claim.payload[0]));
    }
    assert_eq!(claimed, (0..40).collect::<Vec<_>>());
}
