//! Timelines on every back end: what came through the one door is told as it was sent, by the server that took it and by
//! one that starts later, whatever the store refuses on the way.

mod failing;
mod script;
mod serving;

use std::sync::Arc;

use fastrand::Rng;
use serde_json::json;
use tokio::task::block_in_place;
use upto::wire::{Closing, PacketDefaults, PacketWriter, encode_single};
use upto_server::store::{Cursor, Store};

pub(super) use self::failing::nothing_is_lost_though_the_store_fails;
use self::script::{Script, Sent};
use self::serving::Serving;
use super::backend::Subject;
use crate::support::Client;

macro_rules! timelines {
    ($name:ident, $backend:ty) => {
        mod $name {
            behaviours! { $backend, timelines:
                every_way_in_gives_the_same_timeline,
                marks_in_any_order_and_again_and_again_give_the_same_timeline,
                what_names_no_timeline_joins_the_one_where_it_is_open,
                a_removed_timeline_leaves_nothing_and_its_name_begins_anew,
                nothing_is_lost_though_the_store_fails,
            }
        }
    };
}

/// Waits until a server tells a timeline of the context `c` as it was sent.
fn await_told(client: &Client, timeline: &str, script: &Script) {
    client.eventually(&format!("the timeline {timeline} as it was sent"), || {
        let told = script::told(client, &format!("/api/contexts/c/timelines/{timeline}"))?;
        assert!(told.len() <= script.events.len(), "more than was sent never gets less");
        (told == script.events).then_some(())
    });
}

/// Does something with a server on this store, then with one that starts when that has ended.
async fn with_two_in_turn(store: &Arc<dyn Store>, first: impl FnOnce(&Client), then: impl FnOnce(&Client)) {
    let server = Serving::on(store).await;
    block_in_place(|| first(&server.client));
    server.stop().await;
    let server = Serving::on(store).await;
    block_in_place(|| then(&server.client));
    server.stop().await;
}

/// How marks are sent.
type Way = fn(&Client, &str, &[Sent]);

const WAYS: [(&str, Way); 4] = [
    ("requests", |client, timeline, marks| {
        marks.iter().for_each(|mark| drop(client.post(&mark.json("c", timeline).to_string())));
    }),
    ("one-request", |client, timeline, marks| {
        let all: Vec<_> = marks.iter().map(|mark| mark.json("c", timeline)).collect();
        client.post(&json!(all).to_string());
    }),
    ("datagrams", |client, timeline, marks| {
        for mark in marks {
            let mut datagram = Vec::new();
            encode_single(&mark.message("c", timeline), &[], &mut datagram);
            client.send(&datagram);
        }
    }),
    ("packet", |client, timeline, marks| {
        // Each is of a session of its own: the same packet twice would be taken once.
        let mut writer = PacketWriter::new(fastrand::u64(..), PacketDefaults::default(), 60_000);
        for mark in marks {
            writer.push(&mark.message("c", timeline), &[]);
        }
        client.send(writer.finish(&Closing::default()));
    }),
];

pub(super) async fn every_way_in_gives_the_same_timeline(Subject { store, .. }: Subject) {
    let script = Script::of(1..60);
    let compare = |client: &Client| WAYS.iter().for_each(|(way, _)| await_told(client, way, &script));
    let send = |client: &Client| {
        WAYS.iter().for_each(|(timeline, way)| way(client, timeline, &script.marks));
        compare(client);
    };
    with_two_in_turn(&store, send, compare).await;
}

pub(super) async fn marks_in_any_order_and_again_and_again_give_the_same_timeline(subject: Subject) {
    let (store, script) = (subject.store, Script::of(1..40));
    let mut random = Rng::with_seed(7);
    let mut marks = [&*script.marks, &script.marks, &script.marks].concat();
    random.shuffle(&mut marks);
    let (one, other) = (Serving::on(&store).await, Serving::on_if_shared(&store).await);
    let second = other.as_ref().unwrap_or(&one);
    block_in_place(|| {
        for part in marks.chunks(10) {
            let (_, way) = random.choice(WAYS).expect("some");
            way(&random.choice([&one, second]).expect("two").client, "t", part);
        }
        [&one, second].iter().for_each(|server| await_told(&server.client, "t", &script));
    });
    for server in [Some(one), other].into_iter().flatten() {
        server.stop().await;
    }
    let later = Serving::on(&store).await;
    block_in_place(|| await_told(&later.client, "t", &script));
    later.stop().await;
}

pub(super) async fn what_names_no_timeline_joins_the_one_where_it_is_open(Subject { store, .. }: Subject) {
    let (first, second) = (Script::of(1..20), Script::of(20..40));
    let (starts, ends): (Vec<_>, Vec<_>) = first.marks.iter().copied().partition(Sent::is_start);
    let begin = |client: &Client| {
        WAYS[1].1(client, "first", &starts);
        WAYS[1].1(client, "second", &second.marks);
    };
    let end = |client: &Client| {
        WAYS[1].1(client, "", &ends.iter().copied().filter(|end| first.has_start(end)).collect::<Vec<_>>());
        WAYS[1].1(
            client,
            "first",
            &ends.iter().copied().filter(|end| !first.has_start(end)).collect::<Vec<_>>(),
        );
        await_told(client, "first", &first);
        await_told(client, "second", &second);
    };
    with_two_in_turn(&store, begin, end).await;
}

pub(super) async fn a_removed_timeline_leaves_nothing_and_its_name_begins_anew(subject: Subject) {
    let (store, script, again) = (subject.store, Script::of(1..10), Script::of(10..20));
    let remove = |client: &Client| {
        WAYS[1].1(client, "t", &script.marks);
        WAYS[1].1(client, "next", &again.marks);
        assert_eq!(client.request("DELETE", "/api/contexts/c/timelines/t", "", b"").status, 204);
    };
    let begin = |client: &Client| {
        assert_eq!(client.get("/api/contexts/c/timelines/t").status, 404);
        WAYS[1].1(client, "t", &again.marks);
        await_told(client, "t", &again);
    };
    with_two_in_turn(&store, remove, begin).await;
    let marks = |ordinal: u64| format!("marks/c/t/{ordinal}");
    assert_eq!(store.read(&marks(1), Cursor::START, 1).await.expect("a read"), []);
    assert_eq!(store.read(&marks(3), Cursor::START, 9).await.expect("a read").len(), 1);
}
