//! Exports, and imports of them and of what other programs have recorded.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestServer};

const EVENTS: &str = r#"[
    {"context":"c","timeline":"t","name":"build","type":"end","started":1000000000,"time":9000000000,"id":1,"host":"ci"},
    {"context":"c","timeline":"t","name":"build.a","type":"end","started":1000000001,"time":3000000000,"id":2,"host":"ci",
        "attrs":{"n":1,"f":0.5,"t":"x"},"status":"failed","text":"broken"},
    {"context":"c","timeline":"t","name":"build.b","type":"end","started":2000000000,"time":5000000000,"id":3,"host":"ci"},
    {"context":"c","timeline":"t","name":"build.c","type":"start","time":4000000000,"id":4,"parent":1},
    {"context":"c","timeline":"t","name":"late","type":"end","time":4500000000},
    {"context":"c","timeline":"t","name":"v1\\.0","type":"event","time":4600000000}]"#;

const TIMELINE: &str = "/api/contexts/c/timelines/t";

fn exported(client: &Client, format: &str) -> Answer {
    let answer = client.get(&format!("{TIMELINE}/export?format={format}"));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

fn import(client: &Client, query: &str, kind: &str, body: &[u8]) -> Answer {
    client.request("POST", &format!("{TIMELINE}/import?{query}"), kind, body)
}

#[test]
fn another_server_that_imports_an_export_exports_the_same() {
    let server = TestServer::start();
    server.post(EVENTS);
    for (format, kind) in
        [("chrome", "application/json"), ("json", "application/x-ndjson"), ("otlp", "application/json")]
    {
        let document = exported(&server, format);
        assert_eq!(document.content_type, kind);
        let other = TestServer::start();
        let answer = import(&other, &format!("format={format}"), kind, &document.body);
        assert_eq!((answer.status, &answer.json()["imported"]), (201, &json!(6)), "{answer:?}");
        assert_eq!(answer.json()["_links"]["upto:timeline"]["href"], TIMELINE);
        assert_eq!(exported(&other, format).body, document.body);
        assert_eq!(exported(&other, "csv").body, exported(&server, "csv").body, "{format}");
    }
}

#[test]
fn an_export_goes_through_the_door_for_otlp() {
    let server = TestServer::start();
    server.post(EVENTS);
    let document = exported(&server, "otlp").body;
    let other = TestServer::start();
    let answer = other.request("POST", "/v1/traces", "application/json", &document);
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    assert_eq!(other.events(&other.latest("c")), server.events(TIMELINE));
}

#[test]
fn many_events_are_exported_whole_and_in_order() {
    let server = TestServer::start();
    let event = |number: u64| {
        json!({"context": "c", "timeline": "t", "name": format!("n{}", number % 7), "type": "end", "id": number + 1,
            "started": 1_000 + number / 3, "time": 5_000 + number})
    };
    for batch in 0..4_u64 {
        let events: Vec<Value> = (0..20_000).map(|number| event(batch * 20_000 + number)).collect();
        server.post(&Value::Array(events).to_string());
    }
    let body = exported(&server, "json").body;
    let lines: Vec<Value> =
        serde_json::Deserializer::from_slice(&body).into_iter().collect::<Result<_, _>>().expect("JSON");
    assert_eq!(lines, server.events(TIMELINE));
    assert_eq!(lines.len(), 80_000);
}

#[test]
fn a_trace_of_another_program_becomes_a_timeline() {
    let server = TestServer::start();
    let trace = r#"[{"ph":"B","name":"main","ts":1.5,"pid":1,"tid":1},{"ph":"X","name":"step.1","ts":2,"dur":3,"pid":1,"tid":1},
        {"ph":"E","ts":9,"pid":1,"tid":1},"#;
    let answer =
        import(&server, "format=chrome&start=2026-01-31T12:00:00Z", "application/json", trace.as_bytes());
    assert_eq!((answer.status, &answer.json()["imported"]), (201, &json!(2)), "{answer:?}");
    let again =
        import(&server, "format=chrome&start=2026-01-31T12:00:00Z", "application/json", trace.as_bytes());
    assert_eq!(again.status, 201);
    let events = server.events(TIMELINE);
    let told: Vec<_> = events.iter().map(|event| (&event["name"], &event["start"], &event["host"])).collect();
    let host = json!("pid 1");
    let expected = [
        (&json!("main"), &json!("2026-01-31T12:00:00.000001500Z"), &host),
        (&json!(r"step\.1"), &json!("2026-01-31T12:00:00.000002000Z"), &host),
    ];
    assert_eq!(told, expected, "twice is once");
}

#[test]
fn timings_of_cargo_become_a_timeline() {
    let server = TestServer::start();
    let units = r#"[{"i":0,"name":"leaf","version":"1.0.0","mode":"todo","target":"","features":[],"start":0.5,"duration":1.0,
        "unblocked_units":[],"unblocked_rmeta_units":[],"sections":[["frontend",{"start":0.0,"end":0.5}]]}]"#;
    let page = format!("<td>Build start:</td><td>2026-01-31T12:00:00Z</td> const UNIT_DATA = {units};");
    let answer = import(&server, "format=timings", "text/html", page.as_bytes());
    assert_eq!((answer.status, &answer.json()["imported"]), (201, &json!(2)), "{answer:?}");
    let names: Vec<_> = server.events(TIMELINE).iter().map(|event| event["name"].clone()).collect();
    assert_eq!(names, [json!(r"leaf 1\.0\.0.lib"), json!(r"leaf 1\.0\.0.lib.frontend")]);
}

#[test]
fn what_is_compressed_may_be_larger_than_other_bodies() {
    let server = TestServer::start();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"[").expect("compressed");
    for number in 0..60_000 {
        let padding = "x".repeat(150);
        let event =
            format!(r#"{{"ph":"i","name":"n","ts":{number},"pid":1,"args":{{"padding":"{padding}"}}}},"#);
        encoder.write_all(event.as_bytes()).expect("compressed");
    }
    let body = encoder.finish().expect("compressed");
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}{TIMELINE}/import?format=chrome", server.url));
    let request = request.content_type("application/json").header("content-encoding", "gzip");
    assert_eq!(request.send(&body[..]).expect("an answer").status().as_u16(), 201);
    assert_eq!(server.json(TIMELINE)["events"]["total"], 60_000);
}

#[test]
fn what_is_wrong_with_a_document_is_told_and_nothing_of_it_is_taken() {
    let server = TestServer::start();
    let good = r#"{"ph":"i","name":"n","ts":1}"#;
    let chrome = format!("[{good},{{\"ph\":\"i\",\"name\":\"n\",\"ts\":true}}]");
    for (query, kind, body, status, said) in [
        ("format=chrome", "application/json", &*chrome, 422, "event 2: its ts is no number"),
        ("format=chrome", "application/json", "[x]", 400, "expected value"),
        ("format=json", "application/x-ndjson", r#"{"name":"n"}"#, 422, "missing field"),
        ("format=timings", "text/html", "<html>", 400, "UNIT_DATA"),
        ("format=otlp", "application/json", "{", 400, "EOF"),
        ("format=csv", "application/json", "", 400, "format is"),
        ("format=chrome&start=noon", "application/json", "[]", 400, "start is a time"),
        ("format=chrome", "text/plain", "[]", 415, "content type"),
    ] {
        let detail = import(&server, query, kind, body.as_bytes()).problem(status);
        assert!(detail.contains(said), "{query}: {detail}");
    }
    assert_eq!(server.get(TIMELINE).status, 404, "nothing was taken");
    assert_eq!(server.get(&format!("{TIMELINE}/export?format=chrome")).status, 404);
    server.post(EVENTS);
    let detail = server.get(&format!("{TIMELINE}/export?format=xml")).problem(400);
    assert!(detail.contains("format is"), "{detail}");
}
