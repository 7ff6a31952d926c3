//! What servers tell each other, by a clock of their own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;
use crate::clock::SystemClock;
use crate::store::{Documents, MemoryStore};

struct Server {
    lately: Lately,
    telling: Telling,
    hearing: Hearing,
}

impl Server {
    fn new() -> Self {
        Server { lately: Lately::default(), telling: Telling::new(), hearing: Hearing::default() }
    }

    async fn store(&mut self, store: &MemoryStore, ordinals: impl IntoIterator<Item = u64>, now: Instant) {
        self.lately.add(ordinals.into_iter().map(key));
        self.telling.tell(&self.lately, store, now).await.expect("told");
    }

    /// The places of timelines in which others stored something; `None`: it is not known.
    async fn hear(&mut self, store: &MemoryStore, now: Instant) -> Option<Vec<u64>> {
        let news = self.hearing.hear(&self.telling, store, now).await.expect("heard");
        let ordinals = news.timelines.iter().filter_map(|key| key.ordinal).collect();
        (!news.is_more).then_some(ordinals)
    }
}

fn key(ordinal: u64) -> Key {
    Key { context: "c".into(), ordinal: Some(ordinal) }
}

fn memory() -> MemoryStore {
    MemoryStore::new(Arc::new(SystemClock))
}

#[tokio::test]
async fn what_one_stores_the_other_hears_once_and_itself_never() {
    let (store, now) = (memory(), Instant::now());
    let (mut one, mut other) = (Server::new(), Server::new());
    one.store(&store, [1, 2], now).await;
    assert_eq!(other.hear(&store, now).await, Some(vec![1, 2]), "it was a moment ago");
    one.store(&store, [2], now).await;
    one.store(&store, [3], now).await;
    assert_eq!(other.hear(&store, now).await, Some(vec![2, 3]));
    assert_eq!(other.hear(&store, now).await, Some(vec![]));
    assert_eq!(one.hear(&store, now).await, Some(vec![]));
}

#[tokio::test]
async fn who_missed_something_or_is_told_of_too_many_knows() {
    let (store, now) = (memory(), Instant::now());
    let (mut one, mut other) = (Server::new(), Server::new());
    one.store(&store, [1], now).await;
    other.hear(&store, now).await;
    for ordinal in 0..17 {
        one.store(&store, [ordinal], now).await;
    }
    assert_eq!(other.hear(&store, now).await, None);
    assert_eq!(other.hear(&store, now).await, Some(vec![]));
    one.store(&store, 0..=TIMELINES as u64, now).await;
    assert_eq!(other.hear(&store, now).await, None);
    one.store(&store, [7], now).await;
    assert_eq!(other.hear(&store, now).await, Some(vec![7]));
}

#[tokio::test]
async fn a_server_that_is_silent_is_gone_and_may_have_stored_what_it_did_not_tell() {
    let (store, now) = (memory(), Instant::now());
    let (mut one, mut other) = (Server::new(), Server::new());
    one.store(&store, [1], now).await;
    assert_eq!(other.hear(&store, now).await, Some(vec![1]));
    let later = |seconds| now + Duration::from_secs(seconds);
    one.store(&store, [], later(6)).await;
    assert_eq!(other.hear(&store, later(20)).await, Some(vec![]), "it said that it is there");
    assert_eq!(other.hear(&store, later(40)).await, None);
    assert_eq!(other.hear(&store, later(40)).await, Some(vec![]), "its document is removed");
    one.store(&store, [2], later(41)).await;
    assert_eq!(other.hear(&store, later(41)).await, Some(vec![2]), "it was slow only");
    assert_eq!(other.hear(&store, later(61)).await, None);
    assert_eq!(store.list(PREFIX, None, 10).await.expect("documents"), []);
}

#[test]
fn it_is_listened_all_the_time_only_while_somebody_wants_to_know() {
    let (mut hearing, now) = (Hearing::default(), Instant::now());
    assert!(!hearing.is_due(false, now) && hearing.is_due(true, now));
    assert!(!hearing.is_due(false, now + Duration::from_secs(59)));
    assert!(hearing.is_due(false, now + Duration::from_secs(60)));
}
