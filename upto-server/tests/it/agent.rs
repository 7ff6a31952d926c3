//! Agents between senders and a server: what they spool arrives, by push and by pull, whole and as it was sent.

mod doors;
#[cfg(target_os = "linux")]
mod full_disk;
// Loopback has more than one address.
#[cfg(target_os = "linux")]
mod kills;
mod lost;
mod services;
mod ways;

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter, encode_single};
use upto_server::Server;
use upto_server::agent::{Agent, AgentBuilder, AgentHandle, Target};
use upto_server::store::StoreUrl;

use crate::support::{Client, TestServer, brief};

/// An agent in this process.
struct TestAgent {
    runtime: tokio::runtime::Runtime,
    handle: Option<AgentHandle>,
    client: Client,
}

impl TestAgent {
    fn start(builder: AgentBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let handle = runtime.block_on(builder.start()).expect("an agent");
        let client =
            Client { udp: handle.udp_addresses()[0], url: handle.http_urls().next().expect("a URL") };
        TestAgent { runtime, handle: Some(handle), client }
    }

    /// One that hands over to this server, or agent.
    fn pushing(folder: &Path, url: &str) -> Self {
        Self::start(Agent::builder(folder).target(target(url)))
    }

    /// Ends it as a service is ended.
    fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(handle) = self.handle.take() {
            self.runtime.block_on(handle.shutdown()).expect("everything is spooled");
        }
    }

    /// What it has not handed over.
    fn backlog(&self) -> u64 {
        self.client.json("/api/spool")["messages"].as_u64().expect("a number")
    }
}

impl Drop for TestAgent {
    fn drop(&mut self) {
        self.end();
    }
}

impl std::ops::Deref for TestAgent {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

fn target(url: &str) -> Target {
    Target { url: url.to_owned(), token: None, ca: None }
}

/// A server that asks these agents, and that no agent knows of.
fn asking(agents: &[&TestAgent]) -> TestServer {
    let targets = agents.iter().map(|agent| target(&agent.url));
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).agents(targets))
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

/// Where nobody answers: no test has this address, and so no server gets the port meanwhile.
fn nobody() -> String {
    "http://127.77.77.77:9".to_owned()
}

fn single(name: &str, kind: Kind, time: Option<i64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    let message = Message { kind, context: "c", name, time, auto_ip: true, ..Message::default() };
    encode_single(&message, &[], &mut bytes);
    bytes
}

/// A packet of a session, with a point for each id.
fn packet(session: u64, sequence: u64, ids: std::ops::Range<u64>) -> Vec<u8> {
    let defaults = PacketDefaults { context: "c".into(), timeline: "t".into(), ..PacketDefaults::default() };
    let mut writer = PacketWriter::new(session, defaults, 60_000);
    let messages = Some(ids.start);
    for id in ids {
        let (kind, context, timeline) = (Kind::Point, "c", "t");
        let message =
            Message { kind, context, timeline, name: "n", id: id + 1, time: Some(1), ..Message::default() };
        writer.push(&message, &[]);
    }
    let age = Some(Duration::from_millis(1));
    writer.finish(&Closing { sequence, sent: 1, age, messages, ..Closing::default() }).to_vec()
}

/// Sends to an agent in every way, waits until `server` has all of it, and looks whether it is what was sent.
fn all_ways_arrive(agent: &Client, server: &Client) {
    agent.send(&single("a", Kind::Start, Some(5)));
    agent.send(&single("a", Kind::End, Some(7)));
    agent.send(&packet(9, 0, 0..3));
    // What comes over HTTP is to come behind them.
    agent.eventually("the datagrams", || (agent.counter("upto_datagrams_total") == 3).then_some(()));
    let body = r#"{"type":"event","context":"c","timeline":"t","name":"j","id":7,"time":3,"host":"h"}"#;
    let answer = agent.request("POST", "/api/events", "application/json", body.as_bytes());
    assert_eq!((answer.status, &answer.json()["stored"]), (202, &json!(1)), "{answer:?}");
    let packed =
        agent.request("POST", "/api/events", "application/msgpack", &single("m", Kind::Point, Some(4)));
    assert_eq!(packed.status, 202, "{packed:?}");
    let timeline = "/api/contexts/c/timelines/t";
    let named = server.eventually("the events of the timeline", || {
        let events = if server.get(timeline).status == 200 { server.events(timeline) } else { Vec::new() };
        (events.len() == 5).then_some(events)
    });
    let host_of = |name: &str| named.iter().find(|event| event["name"] == name).map(|event| &event["host"]);
    assert_eq!((host_of("j"), host_of("n")), (Some(&json!("h")), Some(&Value::Null)));
    assert_eq!(host_of("m"), Some(&json!("127.0.0.1")), "the sender's address");
    let list = server.json("/api/contexts/c/timelines");
    let mut addresses = list["_links"]["item"]
        .as_array()
        .expect("links")
        .iter()
        .map(|link| link["href"].as_str().expect("an address"));
    let first = addresses.find(|address| *address != timeline).expect("the first timeline");
    let events = brief(&server.events(first));
    assert_eq!((events.len(), events[0].0.as_str(), events[0].1.as_str()), (1, "a", "done"));
}

#[test]
fn what_is_pushed_arrives_as_it_was_sent() {
    let (server, folder) = (TestServer::start(), folder());
    let agent = TestAgent::pushing(folder.path(), &server.url);
    all_ways_arrive(&agent, &server);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}

#[test]
fn what_is_pulled_arrives_as_it_was_sent() {
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    let server = asking(&[&agent]);
    all_ways_arrive(&agent, &server);
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
}

#[test]
fn spans_of_opentelemetry_become_events() {
    let (server, folder) = (TestServer::start(), folder());
    let agent = TestAgent::pushing(folder.path(), &server.url);
    let span = json!({"traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": "0102030405060708", "name": "pay",
        "startTimeUnixNano": "1000000000", "endTimeUnixNano": "2000000000"});
    let service = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
    let body = json!({"resourceSpans": [{"resource": service, "scopeSpans": [{"spans": [span, {"name": "no ids"}]}]}]});
    let answer = agent.request("POST", "/v1/traces", "application/json", body.to_string().as_bytes());
    assert_eq!((answer.status, &answer.json()["partialSuccess"]["rejectedSpans"]), (200, &json!("1")));
    let events = server.eventually_events("shop", 1);
    assert_eq!(
        (events.len(), brief(&events)[0].0.as_str(), brief(&events)[0].1.as_str()),
        (1, "pay", "done")
    );
    assert_eq!(agent.request("POST", "/v1/traces", "text/plain", b"").status, 415);
    assert_eq!(agent.request("POST", "/v1/traces", "application/json", b"{").status, 400);
}

#[test]
fn a_message_arrives_within_a_second_in_both_ways() {
    let folders = [folder(), folder()];
    let pulled = TestAgent::start(Agent::builder(folders[0].path()));
    let server = asking(&[&pulled]);
    let pushing = TestAgent::pushing(folders[1].path(), &server.url);
    for (way, agent) in [("pull", &pulled), ("push", &pushing)] {
        // Whatever else the machine does meanwhile, it does not do so all the time.
        let fastest = (0..5).map(|number| takes(agent, &server, &format!("{way}{number}"))).min();
        assert!(fastest.is_some_and(|took| took < Duration::from_secs(1)), "{way}: {fastest:?}");
    }
}

/// How long it takes until a message that is sent to an agent is at the server.
fn takes(agent: &Client, server: &Client, name: &str) -> Duration {
    let began = Instant::now();
    agent.send(&single(name, Kind::Point, Some(1)));
    let is_there = || server.events(&server.latest("c")).iter().any(|event| event["name"] == name);
    server.eventually("the message", || is_there().then_some(()));
    began.elapsed()
}

#[test]
fn what_is_spooled_survives_and_is_handed_over_once_there_is_a_server() {
    let folder = folder();
    let agent = TestAgent::pushing(folder.path(), &nobody());
    let message = r#"[{"type":"new","context":"c"},{"type":"start","context":"c","name":"a"}]"#;
    let answer = agent.request("POST", "/api/events", "application/json", message.as_bytes());
    assert_eq!(answer.status, 202);
    assert_eq!(agent.backlog(), 2);
    agent.stop();
    let server = TestServer::start();
    let agent = TestAgent::pushing(folder.path(), &server.url);
    let events = server.eventually_events("c", 1);
    assert_eq!(brief(&events)[0].1, "open");
    agent.eventually("nothing is left", || (agent.backlog() == 0).then_some(()));
    agent.stop();
    // Nothing of it is handed over again, and the next one is.
    let agent = TestAgent::pushing(folder.path(), &server.url);
    let end = r#"{"type":"end","context":"c","name":"a"}"#;
    assert_eq!(agent.request("POST", "/api/events", "application/json", end.as_bytes()).status, 202);
    server.eventually("the end", || {
        let events = server.events(&server.latest("c"));
        (events.len() == 1 && events[0]["state"] == "done").then_some(())
    });
    let timelines = server.json("/api/contexts/c/timelines");
    assert_eq!(timelines["_embedded"]["item"].as_array().expect("items").len(), 1);
}

#[test]
fn agents_hand_over_to_agents_and_a_circle_is_refused() {
    let (server, folders) = (TestServer::start(), [folder(), folder()]);
    let middle = TestAgent::pushing(folders[0].path(), &server.url);
    let first = TestAgent::pushing(folders[1].path(), &middle.url);
    all_ways_arrive(&first, &server);
    let agents = server.eventually("the agent", || {
        let agents = server.json("/api/agents")["_embedded"]["item"].as_array()?.clone();
        (agents.first()?["hops"] == 1).then_some(agents)
    });
    assert_eq!(agents.len(), 1);
    // The first one does not hand over to the server, so the second one has them for ever.
    let id = |agent: &TestAgent| agent.json("/api")["agent"].as_str().expect("an id").to_owned();
    assert_eq!(agents[0]["id"], id(&middle));
}

#[test]
fn an_agent_that_gets_its_own_messages_refuses_them() {
    let folders = [folder(), folder()];
    let second = TestAgent::start(Agent::builder(folders[0].path()));
    let first = TestAgent::pushing(folders[1].path(), &second.url);
    first.send(&single("a", Kind::Point, Some(1)));
    second.eventually("the message", || (second.backlog() == 1).then_some(()));
    let delivery = second.request("POST", "/api/spool/take", "application/json", b"{}");
    assert_eq!((delivery.status, delivery.content_type.as_str()), (200, "application/msgpack"));
    for agent in [&first, &second] {
        let answer = agent.request("POST", "/api/deliveries", "application/msgpack", &delivery.body);
        assert!(answer.problem(508).contains("circle"));
        assert_eq!(agent.counter("upto_refused_total{input=\"http\",reason=\"loop\"}"), 1);
    }
    assert_eq!(second.backlog(), 1);
}

#[test]
fn how_an_agent_stands_is_told() {
    let (server, folder) = (TestServer::start(), folder());
    let agent = TestAgent::start(Agent::builder(folder.path()).name("build 7").target(target(&server.url)));
    agent.send(&packet(1, 0, 0..5));
    let told = server.eventually("the agent", || {
        let told = server.json("/api/agents")["_embedded"]["item"][0].clone();
        (told["messages"] == 5).then_some(told)
    });
    assert_eq!(
        (&told["name"], &told["way"], &told["address"]),
        (&json!("build 7"), &json!("push"), &json!("127.0.0.1"))
    );
    assert_eq!(
        (&told["lost"], &told["refused"], &told["backlog"]["messages"]),
        (&json!(0), &json!(0), &json!(0))
    );
    assert_eq!((&told["lag_seconds"], &told["hops"], &told["token"]), (&json!(0.0), &json!(0), &Value::Null));
    let path = told["_links"]["self"]["href"].as_str().expect("an address");
    assert_eq!(server.json(path)["id"], told["id"]);
    agent.stop();
    assert_eq!(server.request("DELETE", path, "", b"").status, 204);
    for (method, path) in
        [("GET", path), ("DELETE", path), ("GET", "/api/agents/1"), ("GET", "/api/agents/..%2Fx")]
    {
        assert_eq!(server.request(method, path, "", b"").status, 404, "{method} {path}");
    }
}

#[test]
fn what_is_no_delivery_is_refused() {
    let server = TestServer::start();
    let post = |kind: &str, body: &[u8]| server.request("POST", "/api/deliveries", kind, body);
    assert_eq!(post("application/json", b"{}").status, 415);
    for body in [&b""[..], b"{}", b"\x80", b"\x93\x01\x02\x03", &[0xc1; 100]] {
        post("application/msgpack", body).problem(400);
    }
    assert_eq!(server.json("/api/agents")["_embedded"]["item"], json!([]));
    let folder = folder();
    let agent = TestAgent::start(Agent::builder(folder.path()));
    let take =
        |body: &str| agent.request("POST", "/api/spool/take", "application/json", body.as_bytes()).status;
    assert_eq!(take("{}"), 200);
    for body in
        [r#"{"acknowledged":{"run":"1","number":1}}"#, r#"{"wait_seconds":-1}"#, r#"{"acknowledged":7}"#]
    {
        assert_eq!(take(body), 422, "{body}");
    }
    let long = r#"{"acknowledged":{"run":"0123456789abcdef","number":1}}"#;
    assert_eq!((take("?"), take(long)), (400, 200), "a block that it never had is nothing to it");
    assert_eq!(agent.request("POST", "/api/events", "application/json", b"{").status, 400);
    assert!(agent.get("/nowhere").problem(404).contains("begin at /api"));
}
