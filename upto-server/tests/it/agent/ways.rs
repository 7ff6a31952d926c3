//! What an agent takes beside events: what services say of themselves, spans over gRPC, and recordings.

use serde_json::{Value, json};
use upto::wire::{Kind, Message, Value as Attribute, encode_single};
use upto_server::agent::Agent;

use super::{TestAgent, asking, folder};
use crate::otlp;
use crate::support::{Client, TestServer};
use crate::watch::messages;

/// What a service says in a datagram.
fn report(kind: Kind, name: &str, attributes: &[(&str, Attribute<'_>)]) -> Vec<u8> {
    let mut datagram = Vec::new();
    let message = Message {
        kind,
        name,
        attributes: 0..u32::try_from(attributes.len()).expect("few"),
        ..Message::default()
    };
    encode_single(&message, attributes, &mut datagram);
    datagram
}

fn post(agent: &Client, messages: &Value) -> (u16, Value) {
    let body = messages.to_string();
    let answer = agent.request("POST", "/api/events", "application/json", body.as_bytes());
    (answer.status, answer.json())
}

/// Waits until a service is in this state.
fn expect_state(server: &Client, service: &str, state: &str) {
    server.eventually(&format!("{service} {state}"), || {
        let answer = server.get(&format!("/api/heartbeats/{service}"));
        (answer.status == 200 && answer.json()["state"] == state).then_some(())
    });
}

/// Says all that services say, in every way, and waits until `server` has heard it.
fn services_are_heard(agent: &Client, server: &Client) {
    agent.send(&report(Kind::Pulse, "by-udp", &[("next", Attribute::Int(3_600))]));
    let said = json!([
        {"type": "pulse", "name": "by-http", "attrs": {"next": 3_600}},
        {"type": "log", "name": "by-http", "text": "half done", "attrs": {"level": 3}},
        {"type": "start", "context": "c", "timeline": "t", "name": "work"},
    ]);
    let (status, answer) = post(agent, &said);
    assert_eq!((status, &answer["stored"]), (202, &json!(3)));
    for service in ["by-udp", "by-http"] {
        expect_state(server, service, "up");
    }
    server.eventually("the line", || (messages(server, "?level=3") == ["half done"]).then_some(()));
    assert_eq!(server.eventually_events("c", 1)[0]["name"], "work");
    assert_eq!(post(agent, &json!({"type": "cancel", "name": "by-udp"})).0, 202);
    expect_state(server, "by-udp", "cancelled");
    agent.eventually("nothing is left", || (agent.json("/api/spool")["messages"] == 0).then_some(()));
    let known = server.eventually("what the agent brought", || {
        let known = server.json("/api/agents")["_embedded"]["item"][0].clone();
        (known["messages"] == 5).then_some(known)
    });
    assert_eq!((&known["lost"], &known["refused"]), (&json!(0), &json!(0)));
}

#[test]
fn what_services_say_is_pushed() {
    let (server, folder) = (TestServer::start(), folder());
    services_are_heard(&TestAgent::pushing(folder.path(), &server.url), &server);
}

#[test]
fn what_services_say_is_pulled() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    services_are_heard(&agent, &asking(&[&agent]));
}

#[test]
fn what_makes_no_sense_is_refused_and_holds_up_nothing() {
    let (server, folder) = (TestServer::start(), folder());
    let agent = TestAgent::pushing(folder.path(), &server.url);
    let (status, problem) = post(&agent, &json!({"type": "pulse", "name": "s"}));
    assert_eq!(status, 422);
    assert!(
        problem["detail"].as_str().is_some_and(|detail| detail.contains("no next is given")),
        "{problem}"
    );
    // A datagram has no answer: what it says is looked at where it is to be kept.
    agent.send(&report(Kind::Pulse, "wrong", &[]));
    agent.send(&report(Kind::Pulse, "right", &[("next", Attribute::Int(3_600))]));
    agent.eventually("both", || (agent.counter("upto_datagrams_total") == 2).then_some(()));
    expect_state(&server, "right", "up");
    let known = server.eventually("what became of them", || {
        let known = server.json("/api/agents")["_embedded"]["item"][0].clone();
        (known["messages"] == 1).then_some(known)
    });
    assert_eq!(known["refused"], 1);
    assert_eq!(server.counter("upto_refused_total{input=\"http\",reason=\"pulse\"}"), 1);
    assert_eq!(server.get("/api/heartbeats/wrong").status, 404);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}

#[test]
fn spans_over_grpc_become_events() {
    let (server, folder) = (TestServer::start(), folder());
    let agent = TestAgent::pushing(folder.path(), &server.url);
    otlp::send_over_grpc(&agent.url);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
    otlp::expect_trace(&server);
}

#[test]
fn spans_that_are_none_are_refused_as_otlp_has_it() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    for kind in ["application/json", "application/x-protobuf"] {
        let answer = agent.request("POST", "/v1/traces", kind, b"{");
        assert_eq!((answer.status, answer.content_type.as_str()), (400, kind));
    }
}

#[test]
fn a_recording_goes_into_a_timeline() {
    let (server, folder) = (TestServer::start(), folder());
    let agent = TestAgent::pushing(folder.path(), &server.url);
    let recorded = json!([{"name": "link", "ph": "X", "ts": 1, "dur": 2, "pid": 1, "tid": 1}]).to_string();
    let import = |format: &str| {
        let path = format!("/api/contexts/a%2Fb/timelines/7/import?format={format}");
        agent.request("POST", &path, "application/json", recorded.as_bytes())
    };
    let answer = import("chrome");
    assert_eq!((answer.status, &answer.json()["imported"]), (202, &json!(1)), "{answer:?}");
    let events = server.eventually_events("a/b", 1);
    assert_eq!((&events[0]["name"], &events[0]["state"]), (&json!("link"), &json!("done")));
    assert_eq!(server.json("/api/contexts/a%2Fb/timelines/7")["name"], "7");
    assert!(import("none").problem(400).contains("format is"));
}

#[test]
fn what_only_a_server_has_is_told_to_be_there() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    for path in ["/api/contexts", "/api/contexts/c/timelines/t", "/api/heartbeats", "/api/journal"] {
        assert!(agent.get(path).problem(404).contains("this is an agent"), "{path}");
    }
    assert!(agent.get("/elsewhere").problem(404).contains("begin at /api"));
}
