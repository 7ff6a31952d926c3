//! The SDK and the server together: from `upto::event` to the API.

use serde_json::json;

use crate::support::{TestServer, brief};

/// One test, because a process has one client.
#[test]
fn events_of_a_program_arrive_nested_and_whole() {
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
    assert_eq!(timeline["loss"], json!({"packets": 0, "messages": 0}));
}
