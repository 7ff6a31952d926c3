//! Heartbeats, the journal and alerts on every back end: nothing is forgotten by a server that ends, and what somebody has
//! to be told of arrives, once.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::block_in_place;
use upto_server::clock::ManualClock;
use upto_server::store::Store;
use upto_server::{Handle, Server, ServerBuilder};

use super::backend::Subject;
use crate::support::Client;
use crate::watch::listener::{Listener, Manner};
use crate::watch::{items, messages, pulse, send};

macro_rules! watching {
    ($name:ident, $backend:ty) => {
        mod $name {
            behaviours! { $backend, watching:
                a_heartbeat_outlives_its_server_and_dies_once,
                what_could_not_be_sent_is_sent_by_the_next_server,
                lines_of_the_journal_are_found_by_the_next_server,
            }
        }
    };
}

const START: i64 = 1_800_000_000_000_000_000;
/// What waits for others to be told with waits so long by the servers' clock.
const MOMENT: Duration = Duration::from_millis(1);
/// Seconds that never are over, however often a test has to wait for a moment.
const EVER: f64 = 1e8;

/// A server on this store that watches.
async fn start(store: &Arc<dyn Store>, set: impl FnOnce(ServerBuilder) -> ServerBuilder) -> (Handle, Client) {
    let builder = set(Server::builder().opened_store(Arc::clone(store)).any_port());
    let handle = builder.start().await.expect("a server");
    let (udp, url) = (handle.udp_addresses()[0], handle.http_urls().next().expect("a URL"));
    (handle, Client { udp, url })
}

fn heartbeat(client: &Client, service: &str) -> Value {
    client.json(&format!("/api/heartbeats/{service}"))
}

pub(super) async fn a_heartbeat_outlives_its_server_and_dies_once(Subject { store, .. }: Subject) {
    let listener = Listener::start(&[]);
    let clock = Arc::new(ManualClock::new(START));
    let set = |builder: ServerBuilder| builder.clock(clock.clone()).watch(listener.settings());
    let (first, client) = start(&store, set).await;
    block_in_place(|| {
        pulse(&client, "job", 60.0);
        pulse(&client, "other", EVER);
        client.send(&datagram("by-udp", 60.0));
        client.eventually("what came by UDP", || {
            let list = client.json("/api/heartbeats");
            items(&list).iter().any(|each| each["service"] == "by-udp").then_some(())
        });
    });
    first.shutdown().await.expect("stored");

    let (second, client) = start(&store, set).await;
    block_in_place(|| {
        for service in ["job", "by-udp", "other"] {
            assert_eq!(heartbeat(&client, service)["state"], "up");
        }
        clock.advance(Duration::from_secs(61));
        let told = client.eventually("both deaths", || {
            clock.advance(MOMENT);
            Some(listener.titles()).filter(|titles| titles.len() >= 2)
        });
        assert!(told.contains(&"Service job has not pulsed".to_owned()), "{told:?}");
        pulse(&client, "job", EVER);
        client.eventually("the recovery, and that it is noted", || {
            clock.advance(MOMENT);
            let alerts = items(&client.json("/api/alerts"));
            (alerts.len() == 3 && alerts.iter().all(|alert| alert["state"] == "sent")).then_some(())
        });
        assert_eq!(heartbeat(&client, "other")["deaths"], 0);
    });
    second.shutdown().await.expect("stored");

    let (third, client) = start(&store, set).await;
    block_in_place(|| {
        assert_eq!(heartbeat(&client, "by-udp")["state"], "dead");
        let job = heartbeat(&client, "job");
        assert_eq!((&job["state"], &job["deaths"]), (&json!("up"), &json!(1)));
        let alerts = items(&client.json("/api/alerts"));
        assert!(alerts.len() == 3 && alerts.iter().all(|alert| alert["state"] == "sent"), "{alerts:?}");
    });
    third.shutdown().await.expect("stored");
    assert_eq!(listener.titles().len(), 3, "nobody is told twice");
}

fn datagram(service: &str, next: f64) -> Vec<u8> {
    use upto::wire::{Kind, Message, Value, encode_single};
    let mut bytes = Vec::new();
    let message = Message { kind: Kind::Pulse, name: service, ..Message::default() };
    encode_single(&message, &[("next", Value::Float(next))], &mut bytes);
    bytes
}

pub(super) async fn what_could_not_be_sent_is_sent_by_the_next_server(subject: Subject) {
    let Subject { store, clock } = subject;
    let listener = Listener::start(&[Manner::Fail; 1_000]);
    let (first, client) = start(&store, |builder| builder.watch(listener.settings())).await;
    block_in_place(|| {
        let line = json!({"service": "disk", "message": "full", "level": 5, "alert": true});
        send(&client, "POST", "/api/journal", &line);
        client.eventually("a try", || {
            let alerts = items(&client.json("/api/alerts"));
            alerts.iter().any(|alert| alert["attempts"].as_u64() > Some(0)).then_some(())
        });
    });
    first.shutdown().await.expect("stored");
    assert_eq!(listener.titles(), [] as [String; 0]);

    listener.takes_all();
    let (second, client) = start(&store, |builder| builder.watch(listener.settings())).await;
    block_in_place(|| {
        client.eventually("the alert is sent", || {
            // Who claimed the task before is gone: by the store's clock, that is known after a while.
            clock.advance(MOMENT);
            let alerts = items(&client.json("/api/alerts"));
            (alerts.len() == 1 && alerts[0]["state"] == "sent").then_some(())
        });
    });
    second.shutdown().await.expect("stored");
    assert_eq!(listener.titles(), ["disk: full"]);
}

pub(super) async fn lines_of_the_journal_are_found_by_the_next_server(Subject { store, .. }: Subject) {
    let (first, client) = start(&store, |builder| builder).await;
    block_in_place(|| {
        for number in 0..120 {
            let line = json!({"service": "s", "message": format!("line {number}"), "level": number % 4});
            assert_eq!(send(&client, "POST", "/api/journal", &line).status, 201);
        }
    });
    first.shutdown().await.expect("stored");
    let (second, client) = start(&store, |builder| builder).await;
    block_in_place(|| {
        let grave = messages(&client, "?level=3&limit=100");
        assert_eq!((grave.len(), grave[0].as_str(), grave[29].as_str()), (30, "line 119", "line 3"));
        assert_eq!(messages(&client, "?message=line%207$"), ["line 7"]);
    });
    second.shutdown().await.expect("stored");
}
