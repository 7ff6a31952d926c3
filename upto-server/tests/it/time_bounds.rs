//! How long it takes until what came is durable, and until other servers show it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::store::{MemoryStore, Result, Store};

use crate::gated_store::GatedStore;
use crate::support::{Client, TestServer};
use crate::wrapped_store::{Call, Rule, Work, Wrapped};

/// What came by UDP is stored after so long at the latest, if the machine has the time.
const STORED: Duration = Duration::from_millis(50);
/// Of so many, one surely finds the machine at leisure.
const TRIES: usize = 20;
/// How often a server looks what the others did, in a second.
const ROUNDS: u64 = 4;
/// Documents that a server reads in a round: one for contexts and one for tokens.
const GETS_PER_ROUND: u64 = 2;

/// Notes when something was appended.
#[derive(Default)]
struct Noted(Mutex<Vec<Instant>>);

impl Noted {
    fn appended(&self) -> Vec<Instant> {
        self.0.lock().expect("not poisoned").clone()
    }
}

impl Rule for Noted {
    async fn around<'w, T: Send>(
        &self,
        call: Call,
        work: impl Fn() -> Work<'w, T> + Send + Sync,
    ) -> Result<T> {
        let done = work().await;
        if call == Call::Append {
            self.0.lock().expect("not poisoned").push(Instant::now());
        }
        done
    }
}

/// A start in the timeline `t` of `c`.
fn start(id: usize) -> Vec<u8> {
    rmp_serde::to_vec_named(&json!({"context": "c", "timeline": "t", "name": "n", "type": 0, "id": id}))
        .expect("MessagePack")
}

#[test]
fn what_comes_by_udp_is_stored_within_50_ms() {
    let inner = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
    let store = Arc::new(Wrapped { inner, rule: Noted::default() });
    let server = TestServer::start_with(Server::builder().opened_store(store.clone()));
    let took = |number: usize| {
        let began = Instant::now();
        server.send(&start(number + 1));
        let appended = server.eventually("an append", || store.appended().get(number).copied());
        appended.duration_since(began)
    };
    let quickest = (0..TRIES).map(took).min().expect("some");
    assert!(quickest <= STORED, "{quickest:?} at best");
}

#[test]
fn what_comes_without_a_pause_is_stored_as_soon() {
    let inner = Arc::new(MemoryStore::new(Arc::new(SystemClock)));
    let store = Arc::new(Wrapped { inner, rule: Noted::default() });
    let server = TestServer::start_with(Server::builder().opened_store(store.clone()));
    let mut sent = 0;
    // Were each commit put off by what comes meanwhile, there would be none.
    server.eventually("commits", || {
        sent += 1;
        server.send(&start(sent));
        (store.appended().len() > TRIES).then_some(())
    });
    let appended = store.appended();
    let quickest = appended.windows(2).map(|two| two[1] - two[0]).min().expect("some");
    assert!(quickest <= STORED, "{quickest:?} between two commits at best");
}

/// Counted in rounds rather than by a clock: those of a machine that is busy take longer.
fn rounds_until<T>(store: &GatedStore, client: &Client, what: &str, ask: impl FnMut() -> Option<T>) -> u64 {
    let (before, _) = store.gets_and_lists();
    client.eventually(what, ask);
    (store.gets_and_lists().0 - before).div_ceil(GETS_PER_ROUND)
}

#[test]
fn what_one_server_stored_another_one_shows_within_a_second() {
    let store = Arc::new(GatedStore::shared());
    let inner: Arc<dyn Store> = store.inner.clone();
    let one = TestServer::start_with(Server::builder().opened_store(Arc::new(GatedStore::shared_on(inner))));
    let other = TestServer::start_with(Server::builder().opened_store(store.clone()));
    for number in 0..8 {
        let timeline = format!("/api/contexts/c/timelines/{number}");
        let event = json!({"context": "c", "timeline": number.to_string(), "name": "n", "type": "event"});
        one.post(&event.to_string());
        let rounds = rounds_until(&store, &other, "the timeline", || {
            (other.get(&timeline).status == 200).then_some(())
        });
        assert!(rounds <= ROUNDS, "a new timeline after {rounds} rounds");
        one.post(&event.to_string());
        let rounds = rounds_until(&store, &other, "the event", || {
            (other.json(&timeline)["events"]["total"] == 2).then_some(())
        });
        assert!(rounds <= ROUNDS, "a new event after {rounds} rounds");
    }
}
