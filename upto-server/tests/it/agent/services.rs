//! What services say of themselves to an agent, which arrives as all else does.

use serde_json::json;
use upto::wire::{Kind, Value as Attribute};
use upto_server::agent::Agent;

use super::{TestAgent, asking, folder, single};
use crate::watch::{datagram, messages};

const NEXT: (&str, Attribute<'_>) = ("next", Attribute::Int(3_600));

#[test]
fn pulses_and_lines_arrive_in_every_way() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    agent.send(&datagram(Kind::Pulse, "udp", "", &[NEXT]));
    let both = r#"[{"type":"pulse","name":"json","attrs":{"next":3600}},{"type":"log","name":"json","text":"began"}]"#;
    let answer = agent.request("POST", "/api/events", "application/json", both.as_bytes());
    assert_eq!((answer.status, &answer.json()["stored"]), (202, &json!(2)), "{answer:?}");
    let packed = datagram(Kind::Pulse, "packed", "", &[NEXT]);
    assert_eq!(agent.request("POST", "/api/events", "application/msgpack", &packed).status, 202);
    agent.eventually("all of them are spooled", || (agent.backlog() == 4).then_some(()));
    assert_eq!(agent.counter(r#"upto_messages_total{kind="pulse"}"#), 3);
    let server = asking(&[&agent]);
    for service in ["udp", "json", "packed"] {
        let address = format!("/api/heartbeats/{service}");
        server.eventually(service, || (server.get(&address).status == 200).then_some(()));
    }
    server.eventually("the line", || (messages(&server, "") == ["began"]).then_some(()));
    server.eventually("how many those were", || {
        (server.json("/api/agents")["_embedded"]["item"][0]["messages"] == 4).then_some(())
    });
}

#[test]
fn what_a_service_can_not_say_is_refused_where_somebody_waits_for_the_answer() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    let wrong = r#"[{"context":"c","name":"m","type":"start"},{"type":"pulse","name":"s"}]"#;
    let answer = agent.request("POST", "/api/events", "application/json", wrong.as_bytes());
    assert!(answer.problem(422).contains("no next is given"));
    assert_eq!(agent.counter(r#"upto_refused_total{input="http",reason="pulse"}"#), 1);
    assert_eq!(agent.backlog(), 0, "none of them was taken");
}

#[test]
fn what_nobody_will_ever_take_keeps_nothing_else_from_being_handed_over() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    agent.send(&datagram(Kind::Pulse, "when is the next one?", "", &[]));
    agent.send(&single("a", Kind::Point, Some(1)));
    agent.eventually("both are spooled", || (agent.backlog() == 2).then_some(()));
    let server = asking(&[&agent]);
    server.eventually_events("c", 1);
    let told = server.eventually("what became of both", || {
        let told = server.json("/api/agents")["_embedded"]["item"][0].clone();
        (told["messages"] == 1).then_some(told)
    });
    assert_eq!(told["refused"], 1);
    assert_eq!(server.counter(r#"upto_refused_total{input="http",reason="pulse"}"#), 1);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}
