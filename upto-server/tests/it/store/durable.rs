//! What a back end has to keep when it is closed and opened again.

use std::sync::Arc;
use std::time::Duration;

use upto_server::clock::ManualClock;
use upto_server::store::{Block, Cursor, Document, Run, Store};

use super::backend::{Backend, append};

const HOLD: Duration = Duration::from_secs(10);

/// One place that is opened again and again, with one clock.
struct Place<B> {
    backend: B,
    clock: Arc<ManualClock>,
}

impl<B: Backend> Place<B> {
    fn of(backend: B) -> Self {
        Place { backend, clock: Arc::new(ManualClock::new(0)) }
    }

    async fn open(&self) -> Arc<dyn Store> {
        self.backend.open(Arc::clone(&self.clock)).await
    }
}

async fn blocks(store: &Arc<dyn Store>, stream: &str, after: Cursor) -> Vec<Block> {
    store.read(stream, after, usize::MAX).await.expect("a read")
}

pub(super) async fn streams_are_kept<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    store.append((0..100).map(|n| append("a", format!("{n}"))).collect()).await.expect("an append");
    store.append(vec![append("dropped", "1")]).await.expect("an append");
    store.drop_stream("dropped").await.expect("a drop");
    let before = blocks(&store, "a", Cursor::START).await;
    drop(store);
    let store = place.open().await;
    assert_eq!(blocks(&store, "a", Cursor::START).await, before);
    assert_eq!(blocks(&store, "dropped", Cursor::START).await, []);
}

pub(super) async fn cursors_go_on<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let mut after = Cursor::START;
    for round in ["1", "2", "3"] {
        let store = place.open().await;
        store.append(vec![append("a", round)]).await.expect("an append");
        let new = blocks(&store, "a", after).await;
        assert_eq!(new.len(), 1, "{new:?}");
        assert_eq!(new[0].bytes, round.as_bytes());
        after = new[0].cursor;
    }
}

pub(super) async fn a_cursor_is_not_used_again_after_reopening<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    store.append(vec![append("a", "1"), append("a", "2")]).await.expect("an append");
    let last = blocks(&store, "a", Cursor::START).await[1].cursor;
    store.drop_stream("a").await.expect("a drop");
    drop(store);
    let store = place.open().await;
    store.append(vec![append("a", "3")]).await.expect("an append");
    assert_eq!(blocks(&store, "a", last).await.len(), 1);
}

pub(super) async fn replacements_are_kept<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    store.append((0..4).map(|n| append("a", format!("{n}"))).collect()).await.expect("an append");
    let before = blocks(&store, "a", Cursor::START).await;
    let run = Run { after: before[0].cursor, through: before[2].cursor, count: 2 };
    assert!(store.replace("a", run, b"12".to_vec()).await.expect("an answer"));
    drop(store);
    let store = place.open().await;
    let kept = blocks(&store, "a", before[1].cursor).await;
    assert_eq!(kept, [Block { cursor: before[2].cursor, bytes: b"12".to_vec() }, before[3].clone()]);
}

pub(super) async fn documents_are_kept<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    store.put("a", None, b"one".to_vec()).await.expect("a put");
    store.put("a", Some(1), b"two".to_vec()).await.expect("a put");
    store.put("b", None, b"gone".to_vec()).await.expect("a put");
    store.delete("b", 1).await.expect("a delete");
    drop(store);
    let store = place.open().await;
    let kept = Document { version: 2, value: b"two".to_vec() };
    assert_eq!(store.list("", None, 10).await.expect("a list"), [("a".to_owned(), kept)]);
    assert_eq!(store.put("a", Some(2), b"three".to_vec()).await.expect("a put"), 3);
}

pub(super) async fn queues_are_kept<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    for payload in ["ended", "one", "two"] {
        store.push("q", payload.into()).await.expect("a push");
    }
    let claims = store.claim("q", 1, HOLD).await.expect("a claim");
    assert!(store.acknowledge("q", &claims[0]).await.expect("an acknowledgement"));
    drop(store);
    let store = place.open().await;
    let last = store.push("q", b"three".to_vec()).await.expect("a push");
    let claims = store.claim("q", 10, HOLD).await.expect("a claim");
    assert_eq!(
        claims.iter().map(|claim| &claim.payload[..]).collect::<Vec<_>>(),
        [&b"one"[..], b"two", b"three"]
    );
    assert_eq!(claims[2].task, last);
}

pub(super) async fn a_claim_is_kept_and_runs_out<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    store.push("q", b"one".to_vec()).await.expect("a push");
    let late = store.claim("q", 1, HOLD).await.expect("a claim");
    drop(store);
    let store = place.open().await;
    assert_eq!(store.claim("q", 1, HOLD).await.expect("a claim"), []);
    place.clock.advance(HOLD);
    assert_eq!(store.reclaim("q").await.expect("a reclaim"), 1);
    let again = store.claim("q", 1, HOLD).await.expect("a claim");
    assert_eq!(again[0].attempt, 2);
    assert!(!store.acknowledge("q", &late[0]).await.expect("an acknowledgement"));
    assert!(store.acknowledge("q", &again[0]).await.expect("an acknowledgement"));
}

pub(super) async fn leases_are_kept<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let store = place.open().await;
    let lease = store.acquire("sweep", "one", HOLD).await.expect("an acquire").expect("it is free");
    drop(store);
    let store = place.open().await;
    assert_eq!(store.acquire("sweep", "two", HOLD).await.expect("an acquire"), None);
    assert!(store.renew(&lease, HOLD).await.expect("a renewal"));
    place.clock.advance(HOLD);
    assert!(store.acquire("sweep", "two", HOLD).await.expect("an acquire").is_some());
}

pub(super) async fn tokens_go_on<B: Backend>(backend: B) {
    let place = Place::of(backend);
    let mut last = 0;
    for owner in ["one", "two", "three"] {
        let store = place.open().await;
        let lease = store.acquire("sweep", owner, HOLD).await.expect("an acquire").expect("it is free");
        assert!(lease.token > last);
        last = lease.token;
        store.release(&lease).await.expect("a release");
    }
}
