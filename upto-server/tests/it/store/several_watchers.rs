//! Several servers on one store watch the same services.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::block_in_place;
use upto_server::clock::ManualClock;
use upto_server::store::StoreUrl;
use upto_server::{Server, ServerBuilder};

use super::backend::Place;
use crate::support::{Client, TestServer};
use crate::watch::mail::{MailServer, settings};
use crate::watch::{items, messages, pulse};

macro_rules! several_watchers {
    ($name:ident, $backend:ty) => {
        mod $name {
            use crate::store::backend::Backend;
            use crate::store::several_watchers;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn one_dead_heartbeat_is_one_mail() {
                several_watchers::one_dead_heartbeat_is_one_mail(&<$backend>::fresh()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn who_pulses_at_any_of_them_is_alive_for_all() {
                several_watchers::who_pulses_at_any_of_them_is_alive_for_all(&<$backend>::fresh()).await;
            }
        }
    };
}

async fn start_two(place: &impl Place, start: impl Fn(StoreUrl) -> ServerBuilder) -> [TestServer; 2] {
    let store: StoreUrl = place.url().await.parse().expect("a store");
    block_in_place(|| [(), ()].map(|()| TestServer::start_with(start(store.clone()))))
}

fn state(client: &Client, service: &str) -> String {
    client.json(&format!("/api/heartbeats/{service}"))["state"].as_str().expect("a state").to_owned()
}

pub(super) async fn one_dead_heartbeat_is_one_mail(place: &impl Place) {
    let mails = MailServer::start("0");
    let settings = settings(&mails.port);
    let start = |store| Server::builder().store(store).watch(settings.clone());
    let servers = start_two(place, start).await;
    block_in_place(|| {
        pulse(&servers[0], "s", 0.3);
        pulse(&servers[1], "s", 0.3);
        assert_eq!(mails.next()["subject"], "Service s has not pulsed");
        for server in &servers {
            assert_eq!(state(server, "s"), "dead");
        }
        pulse(&servers[1], "s", 3_600.0);
        assert_eq!(mails.next()["subject"], "Service s is pulsing again");
        let lines = servers[0].eventually("both lines", || {
            Some(messages(&servers[0], "?service=^s$")).filter(|lines| lines.len() == 2)
        });
        assert!(lines[1].contains("has not pulsed"), "{lines:?}");
        servers[0].eventually("all are done", || {
            let alerts = items(&servers[0].json("/api/alerts"));
            (alerts.len() == 2 && alerts.iter().all(|alert| alert["state"] == "sent")).then_some(())
        });
        assert!(mails.has_no_more());
        drop(servers);
    });
}

pub(super) async fn who_pulses_at_any_of_them_is_alive_for_all(place: &impl Place) {
    let clock = Arc::new(ManualClock::new(1_800_000_000_000_000_000));
    let start = |store| Server::builder().store(store).clock(clock.clone());
    let servers = start_two(place, start).await;
    block_in_place(|| {
        pulse(&servers[0], "other", 60.0);
        // Each server is pulsed too rarely to keep it alive alone.
        for round in 0..10 {
            pulse(&servers[round % 2], "both", 10.0);
            clock.advance(Duration::from_secs(9));
        }
        for server in &servers {
            server.eventually("the other's death", || (state(server, "other") == "dead").then_some(()));
            assert_eq!(
                (state(server, "both").as_str(), server.json("/api/heartbeats/both")["deaths"].clone()),
                ("up", json!(0))
            );
        }
        servers[1].request("DELETE", "/api/heartbeats/both", "", b"");
        assert_eq!(state(&servers[0], "both"), "cancelled");
        drop(servers);
    });
}
