//! The SDK and the server together: from `upto::event` to the API.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use crate::support::{TestServer, brief};

/// One test at a time, because a process has one client.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn events_of_a_program_arrive_nested_and_whole() {
    let _turn = turn();
    let server = TestServer::start();
    let builder = upto::Client::builder().server(&server.udp.to_string()).expect("an address");
    let guard = builder.context("build").host("ci-01").parent("outer").init().expect("a client");
    upto::new_timeline("1234");
    let compile = upto::event("compile");
    compile.attr("files", 3);
    {
        let link = upto::Event::builder(upto::escape("lib.so").into_owned()).attr("kind", "cdylib").start();
        link.fail("undefined symbol");
    }
    upto::point("cache.miss").attr("key", "k");
    compile.end();
    drop(guard);
    let events = server.eventually("three finished events", || {
        let events = server.eventually_events("build", 3);
        events.iter().all(|event| event["state"] != "open").then_some(events)
    });
    let states: Vec<_> = brief(&events).into_iter().map(|(name, state, ..)| (name, state)).collect();
    assert_eq!(
        states,
        [
            ("outer.compile", "done"),
            (r"outer.compile.lib\.so", "failed"),
            ("outer.compile.cache.miss", "point")
        ]
        .map(|(name, state)| (name.to_owned(), state.to_owned()))
    );
    assert!(events.iter().all(|event| event["host"] == "ci-01"));
    assert_eq!(
        (&events[0]["attributes"], &events[1]["attributes"]),
        (&json!({"files": 3}), &json!({"kind": "cdylib"}))
    );
    assert_eq!(events[1]["message"], "undefined symbol");
    let timeline = server.json(&server.latest("build"));
    assert_eq!((&timeline["name"], &timeline["state"]), (&json!("1234"), &json!("failed")));
    assert_eq!(timeline["loss"], json!({"packets": 0, "messages": 0, "dropped": 0, "at_least": false}));
}

#[test]
fn a_heartbeat_of_a_program_is_watched_until_it_is_dropped() {
    let _turn = turn();
    let server = TestServer::start();
    let builder = upto::Client::builder().server(&server.udp.to_string()).expect("an address");
    let guard = builder.init().expect("a client");
    let heartbeat = upto::heartbeat("indexer").every(std::time::Duration::from_secs(60));
    heartbeat.say("half of it is done");
    upto::journal("indexer", "half of it is done").level(2);
    let state = |wanted: &str| {
        server.eventually(wanted, || {
            let list = server.json("/api/heartbeats");
            let found = list["_embedded"]["item"][0].clone();
            (found["state"] == wanted && found["text"] == "half of it is done").then_some(found)
        })
    };
    assert_eq!(state("up")["service"], "indexer");
    server.eventually("the line", || {
        let lines = server.json("/api/journal?service=indexer&level=2");
        (lines["_embedded"]["item"][0]["message"] == "half of it is done").then_some(())
    });
    drop(heartbeat);
    state("cancelled");
    drop(guard);
}

/// Points and events, as fast as the processor can, until many were dropped; how many messages that should have been.
fn overflow() -> u64 {
    let dropped = || upto::Client::stats().expect("a client").dropped_queue_full;
    let mut messages = 0;
    while dropped() < 1_000 {
        upto::point("point");
        let outer = upto::event("outer");
        upto::event("inner").end();
        outer.end();
        messages += 5;
    }
    messages
}

#[test]
fn what_a_program_sends_is_received_or_counted_as_lost() {
    let _turn = turn();
    let server = TestServer::start();
    let builder = upto::Client::builder().server(&server.udp.to_string()).expect("an address");
    let guard = builder.context("flood").timeline("t").thread_bytes(20 << 10).init().expect("a client");
    let messages = overflow();
    drop(guard);
    let number = |value: &serde_json::Value| value.as_u64().expect("a number");
    let timeline = server.eventually("every message", || {
        let answer = server.get("/api/contexts/flood/timelines/t");
        let timeline = (answer.status == 200).then(|| answer.json())?;
        let (loss, received) = (&timeline["loss"], &timeline["received"]);
        let known = number(&received["messages"]) + number(&loss["messages"]) + number(&loss["dropped"]);
        (known == messages).then_some(timeline)
    });
    assert!(number(&timeline["loss"]["dropped"]) >= 1_000, "{timeline}");
    assert_eq!(timeline["loss"]["at_least"], false);
}
