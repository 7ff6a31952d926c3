//! A store that several servers share, and that is away for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use upto::wire::{Kind, Value as Attribute};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::store::{MemoryStore, Result, Store};

use super::{datagram, pulse};
use crate::support::{Client, TestServer};
use crate::wrapped_store::{Call, Rule, Work, Wrapped, failure};

/// Whether the store is away, and how often each server has asked it.
#[derive(Clone, Default)]
struct Away {
    is_away: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
}

impl Rule for Away {
    async fn around<'w, T: Send>(&self, _: Call, work: impl Fn() -> Work<'w, T> + Send + Sync) -> Result<T> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match self.is_away.load(Ordering::SeqCst) {
            true => Err(failure("it is away")),
            false => work().await,
        }
    }

    fn is_shared(&self, _: bool) -> bool {
        true
    }
}

/// A server asks the store four times a second and when somebody is due, so it has looked some times then.
fn wait_for_rounds(client: &Client, away: &Away) {
    let before = away.asked.load(Ordering::SeqCst);
    client.eventually("some rounds", || (away.asked.load(Ordering::SeqCst) > before + 4).then_some(()));
}

#[test]
fn nobody_dies_of_a_time_in_which_the_store_was_away() {
    let clock = Arc::new(ManualClock::new(1_800_000_000_000_000_000));
    let inner: Arc<dyn Store> = Arc::new(MemoryStore::new(clock.clone()));
    // Each has its own way there, so that it can be told who asks.
    let (here, there) = (Away::default(), Away { asked: Arc::default(), ..Away::default() });
    let [hears, looks] = [&here, &there].map(|rule| {
        let store = Arc::new(Wrapped { inner: inner.clone(), rule: rule.clone() });
        TestServer::start_with(Server::builder().opened_store(store).clock(clock.clone()))
    });
    let set_away = |is_away| {
        [&here, &there].iter().for_each(|away| away.is_away.store(is_away, Ordering::SeqCst));
    };
    assert_eq!(pulse(&hears, "steady", 5.0).status, 201);
    assert_eq!(pulse(&hears, "silent", 5.0).status, 201);
    let heartbeat = |client: &Client, service: &str| client.json(&format!("/api/heartbeats/{service}"));
    looks.eventually("the heartbeats", || (looks.get("/api/heartbeats/silent").status == 200).then_some(()));
    set_away(true);
    for _ in 0..2 {
        clock.advance(Duration::from_secs(4));
        hears.send(&datagram(Kind::Pulse, "steady", "", &[("next", Attribute::Int(5))]));
        wait_for_rounds(&looks, &there);
    }
    set_away(false);
    // The one who heard nothing may be asked first.
    wait_for_rounds(&looks, &there);
    looks.eventually("what the other one heard", || {
        // What waits is stored when its time has come.
        clock.advance(Duration::from_millis(50));
        let steady = heartbeat(&looks, "steady");
        assert!(steady["state"] != "dead" && steady["deaths"] == 0, "{steady}");
        (steady["last"] != heartbeat(&looks, "silent")["last"]).then_some(())
    });
    // Who is silent for its time once more is dead.
    looks.eventually("that it is dead", || {
        clock.advance(Duration::from_secs(2));
        hears.send(&datagram(Kind::Pulse, "steady", "", &[("next", Attribute::Int(5))]));
        [(&hears, &here), (&looks, &there)].iter().for_each(|(server, away)| wait_for_rounds(server, away));
        (heartbeat(&looks, "silent")["state"] == "dead").then_some(())
    });
    assert_eq!(heartbeat(&hears, "steady")["deaths"], 0);
}
