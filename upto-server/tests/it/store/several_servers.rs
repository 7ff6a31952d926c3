//! Several servers on one store: any of them takes any message and answers any question.

mod truth;

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::block_in_place;
use upto_server::Server;
use upto_server::store::StoreUrl;

use self::truth::Truth;
use super::backend::Place;
use crate::live::Stream;
use crate::support::{Client, ServerProcess, TestServer};

/// Events whose starts and ends go to different servers, in each phase.
const EVENTS: u64 = 60;
/// Events that stay open until the next timeline is active.
const LONG: u64 = 9;

macro_rules! several_servers {
    ($name:ident, $backend:ty) => {
        mod $name {
            use crate::store::backend::Backend;
            use crate::store::several_servers;

            #[tokio::test]
            async fn one_is_killed_and_every_timeline_is_as_it_was_sent() {
                let place = <$backend>::fresh();
                several_servers::one_is_killed_and_every_timeline_is_as_it_was_sent(&place).await;
            }

            #[tokio::test]
            async fn the_active_timeline_is_one_for_all() {
                several_servers::the_active_timeline_is_one_for_all(&<$backend>::fresh()).await;
            }

            #[tokio::test]
            async fn of_first_messages_to_all_at_once_comes_one_timeline() {
                let place = <$backend>::fresh();
                several_servers::of_first_messages_to_all_at_once_comes_one_timeline(&place).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn what_is_kept_is_the_same_for_all() {
                several_servers::what_is_kept_is_the_same_for_all(&<$backend>::fresh()).await;
            }

            #[tokio::test]
            async fn a_live_stream_tells_what_other_servers_took() {
                several_servers::a_live_stream_tells_what_other_servers_took(&<$backend>::fresh()).await;
            }
        }
    };
}

async fn start_three(place: &impl Place) -> Vec<ServerProcess> {
    let url = place.url().await;
    (0..3).map(|_| ServerProcess::on_store(&url)).collect()
}

fn clients(servers: &[ServerProcess]) -> Vec<Client> {
    servers.iter().map(|server| server.client.clone()).collect()
}

fn open_timeline(client: &Client, name: &str) -> u16 {
    let path = "/api/contexts/c/timelines";
    client.request("POST", path, "application/json", json!({ "name": name }).to_string().as_bytes()).status
}

/// Waits until every server has this timeline as the active one.
fn await_active(clients: &[Client], name: &str) {
    let expected = format!("/api/contexts/c/timelines/{name}");
    for client in clients {
        client.eventually("the active timeline", || (client.latest("c") == expected).then_some(()));
    }
}

/// The timelines, newest first.
fn names(client: &Client) -> Vec<String> {
    let list = client.json("/api/contexts/c/timelines?limit=100");
    let items = list["_embedded"]["item"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

/// One in two as a datagram, if those are asked for.
fn send(client: &Client, message: &Value, by_udp: bool) {
    if by_udp {
        client.send(&rmp_serde::to_vec_named(message).expect("MessagePack"));
    } else {
        client.post(&message.to_string());
    }
}

/// Sends starts and ends round robin, every end to another server than its start.
fn send_round_robin(clients: &[Client], truth: &mut Truth, timeline: &str, ids: std::ops::Range<u64>) {
    let client = |number: u64| &clients[usize::try_from(number).expect("small") % clients.len()];
    for id in ids.clone() {
        send(client(id), &truth.start(timeline, id), id % 2 == 0);
    }
    for id in ids {
        send(client(id + 1), &truth.end(id), id % 2 == 1);
    }
}

/// Sends to one server after the other until one acknowledges.
fn send_somewhere(clients: &[Client], number: usize, message: &Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let body = message.to_string();
    let is_taken = (0..clients.len()).any(|attempt| {
        let url = &clients[(number + attempt) % clients.len()].url;
        let request = agent.post(format!("{url}/api/events")).header("content-type", "application/json");
        request.send(body.as_bytes()).is_ok_and(|answer| answer.status() == 201)
    });
    assert!(is_taken, "no server took {message}");
}

pub(super) async fn one_is_killed_and_every_timeline_is_as_it_was_sent(place: &impl Place) {
    let mut servers = start_three(place).await;
    let (all, mut truth) = (clients(&servers), Truth::default());
    assert_eq!(open_timeline(&all[0], "first"), 201);
    await_active(&all, "first");
    send_round_robin(&all, &mut truth, "first", 1..EVENTS);
    for id in 1_000..1_000 + LONG {
        send_somewhere(&all, usize::try_from(id).expect("small"), &truth.start("first", id));
    }
    truth.compare(&all);

    assert_eq!(open_timeline(&all[1], "second"), 201);
    await_active(&all, "second");
    kill_while_sending(&mut servers, &all, &mut truth);
    let left = [all[0].clone(), all[2].clone()];
    send_round_robin(&left, &mut truth, "second", 5_000..5_000 + EVENTS);
    truth.compare(&left);
    let fresh = ServerProcess::on_store(&place.url().await);
    truth.compare(std::slice::from_ref(&fresh.client));
}

/// Kills the second server while all are sent to, and with them the ends of what began in the first timeline.
fn kill_while_sending(servers: &mut Vec<ServerProcess>, all: &[Client], truth: &mut Truth) {
    let starts: Vec<_> = (2_000..2_000 + EVENTS).map(|id| truth.start("second", id)).collect();
    let ends: Vec<_> = (1_000..1_000 + LONG).chain(2_000..2_000 + EVENTS).map(|id| truth.end(id)).collect();
    let sent = AtomicUsize::new(0);
    let doomed = servers.remove(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            for (number, message) in starts.iter().chain(&ends).enumerate() {
                send_somewhere(all, number, message);
                sent.fetch_add(1, Ordering::SeqCst);
            }
        });
        while sent.load(Ordering::SeqCst) < starts.len() / 2 {
            thread::yield_now();
        }
        doomed.kill();
    });
}

pub(super) async fn the_active_timeline_is_one_for_all(place: &impl Place) {
    let servers = start_three(place).await;
    let all = clients(&servers);
    let created = AtomicUsize::new(0);
    let barrier = Barrier::new(all.len());
    thread::scope(|scope| {
        for (own, client) in all.iter().enumerate() {
            let (created, barrier) = (&created, &barrier);
            scope.spawn(move || {
                barrier.wait();
                // Each opens its own and, at the same time as the others, a common one.
                for name in (0..10).flat_map(|round| [format!("{own}-{round}"), format!("all-{round}")]) {
                    created.fetch_add(usize::from(open_timeline(client, &name) == 201), Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(created.load(Ordering::SeqCst), 40, "each timeline is new to one server only");
    let complete =
        |client: &Client| client.eventually("all", || Some(names(client)).filter(|all| all.len() == 40));
    let first = complete(&all[0]);
    assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 40);
    assert!(all.iter().all(|client| complete(client) == first), "all know them in the same order");
}

pub(super) async fn of_first_messages_to_all_at_once_comes_one_timeline(place: &impl Place) {
    let servers = start_three(place).await;
    let all = clients(&servers);
    let barrier = Barrier::new(all.len());
    thread::scope(|scope| {
        for (id, client) in (1..).zip(&all) {
            let barrier = &barrier;
            scope.spawn(move || {
                let start = json!({"context": "c", "name": "n", "type": "start", "id": id});
                barrier.wait();
                client.post(&start.to_string());
            });
        }
    });
    for client in &all {
        client.eventually_events("c", all.len());
        let timelines = client.json("/api/contexts/c/timelines");
        assert_eq!(timelines["_embedded"]["item"].as_array().map(Vec::len), Some(1));
    }
}

pub(super) async fn a_live_stream_tells_what_other_servers_took(place: &impl Place) {
    let servers = start_three(place).await;
    let all = clients(&servers);
    all[0].post(r#"{"context":"c","timeline":"t","name":"a","type":"start","time":1,"id":7}"#);
    await_active(&all, "t");
    let mut stream = Stream::open(&all[2], "/api/contexts/c/timelines/t");
    assert_eq!(stream.next_of("timeline")["events"]["open"], 1);
    all[1].post(r#"{"context":"c","name":"a","type":"end","time":5,"id":7}"#);
    let told = stream.next_of("events");
    let event = &told["events"][0];
    assert_eq!((&event["name"], &event["state"]), (&json!("a"), &json!("done")));
    assert_eq!(stream.next_of("timeline")["events"]["open"], 0);
}

pub(super) async fn what_is_kept_is_the_same_for_all(place: &impl Place) {
    let store: StoreUrl = place.url().await.parse().expect("a store");
    let start = || {
        let builder = Server::builder().store(store.clone()).sweep_period(Duration::from_millis(5));
        block_in_place(|| TestServer::start_with(builder))
    };
    let servers = [start(), start(), start()];
    block_in_place(|| {
        let all: Vec<_> = servers.iter().map(|server| server.client.clone()).collect();
        for name in ["a", "b", "c", "d", "e"] {
            assert_eq!(open_timeline(&all[0], name), 201);
        }
        await_active(&all, "e");
        let put = |client: &Client, path: &str, body: &str| {
            assert_eq!(client.request("PUT", path, "application/json", body.as_bytes()).status, 200);
        };
        put(&all[1], "/api/contexts/c/timelines/a/pinned", "");
        put(&all[2], "/api/contexts/c/retention", r#"{"count": 2}"#);
        for client in &all {
            client.eventually("what is kept", || (names(client) == ["e", "d", "a"]).then_some(()));
            client.eventually("the pin", || {
                client.json("/api/contexts/c/timelines/a")["pinned"].as_bool().filter(|is_pinned| *is_pinned)
            });
        }
        let removed: u64 = all.iter().map(|client| client.counter("upto_timelines_removed_total")).sum();
        assert_eq!(removed, 2, "each by one server");
        drop(servers);
    });
}
