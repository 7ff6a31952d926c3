//! What no exporter would send: an error, or an answer that is bounded.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::{request, span};
use crate::support::{Client, TestServer};

fn send(client: &Client, spans: &[Value]) -> u16 {
    let body = request("shop", spans).to_string();
    client.request("POST", "/v1/traces", "application/json", body.as_bytes()).status
}

/// The status of a request with an encoded body.
fn send_encoded(client: &Client, encoding: &str, body: &[u8]) -> u16 {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.post(format!("{}/v1/traces", client.url));
    let request = request.content_type("application/x-protobuf").header("content-encoding", encoding);
    request.send(body).expect("an answer").status().as_u16()
}

fn gzip(bytes: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    bytes.for_each(|some| encoder.write_all(&some).expect("compressed"));
    encoder.finish().expect("compressed")
}

#[test]
fn cycles_of_parents_are_drawn_without_them() {
    let server = TestServer::start();
    assert_eq!(send(&server, &[span(1, 2), span(2, 3), span(3, 1), span(4, 4), span(5, 1)]), 200);
    let timeline = server.latest("shop");
    assert_eq!(server.events(&timeline).len(), 5);
    for answer in ["tree", "export?format=chrome", "export?format=otlp"] {
        assert_eq!(server.get(&format!("{timeline}/{answer}")).status, 200, "{answer}");
    }
}

#[test]
fn a_span_with_a_million_attributes_is_cut() {
    let server = TestServer::start();
    // KeyValue { key: "", value: true } a million times, in a span, in a scope, in a resource.
    let attributes = b"\x4a\x06\x0a\x00\x12\x02\x10\x01".repeat(1_000_000);
    let mut bytes = [
        &b"\x0a\x10"[..],
        &[1; 16],
        b"\x12\x08",
        &[2; 8],
        b"\x2a\x04many\x41\x01\x00\x00\x00\x00\x00\x00\x00",
    ]
    .concat();
    bytes.extend(attributes);
    for tag in [0x12, 0x12, 0x0a] {
        let mut outer = vec![tag];
        prost::encode_length_delimiter(bytes.len(), &mut outer).expect("room");
        outer.extend(&bytes);
        bytes = outer;
    }
    let answer = server.request("POST", "/v1/traces", "application/x-protobuf", &bytes);
    assert_eq!(answer.status, 200, "{answer:?}");
    let events = server.events(&server.latest("unknown_service"));
    assert_eq!((&events[0]["name"], &events[0]["truncated"]), (&json!("many"), &json!(true)));
}

#[test]
fn times_beyond_what_is_kept_are_refused() {
    let server = TestServer::start();
    let at = |time: &str| {
        let mut span = span(1, 0);
        span["endTimeUnixNano"] = json!(time);
        request("shop", &[span]).to_string()
    };
    for (time, status, said) in [
        ("-62135596800000000000", 400, "not the number it should be"),
        ("253402300799000000000", 400, "not the number it should be"),
        ("18446744073709551615", 200, "after the year 2262"),
    ] {
        let answer = server.request("POST", "/v1/traces", "application/json", at(time).as_bytes());
        let text = String::from_utf8(answer.body).expect("text");
        assert!(answer.status == status && text.contains(said), "{time}: {text}");
    }
}

#[test]
fn bombs_do_not_go_off() {
    let server = TestServer::start();
    let bomb = gzip((0..1_024).map(|_| vec![0; 1 << 20]));
    assert!(bomb.len() < 2 << 20);
    assert_eq!(send_encoded(&server, "gzip", &bomb), 413);
    assert_eq!(send_encoded(&server, "gzip", b"no gzip"), 400);
    assert_eq!(send_encoded(&server, "br", b""), 415);
    assert_eq!(send_encoded(&server, "gzip", &gzip(std::iter::empty())), 200);
    let deep = format!("{}{}", "[".repeat(4 << 20), "]".repeat((4 << 20) - 100));
    let answer = server.request("POST", "/v1/traces", "application/json", deep.as_bytes());
    assert_eq!(answer.status, 400);
    // What nobody knows is passed over, however deep it is.
    let unknown = format!(r#"{{"x":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    assert_eq!(server.request("POST", "/v1/traces", "application/json", unknown.as_bytes()).status, 200);
    assert_eq!(send(&server, &[span(1, 0)]), 200, "it is alive");
}

#[test]
fn what_is_no_grpc_is_refused() {
    let server = TestServer::start();
    let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    assert_eq!(server.request("POST", path, "application/json", b"{}").status, 415);
    assert_eq!(server.get(path).status, 405);
    // A frame that says it is longer than anything, over HTTP/1.1: the status is in the head.
    let answer = server.request("POST", path, "application/grpc", b"\x00\xff\xff\xff\xff");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}
