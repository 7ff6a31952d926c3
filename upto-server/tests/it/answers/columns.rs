//! All events of a timeline as columns, in each form.

use serde_json::Value;
use upto_server::timeline::columns::{Chunk, ColumnsReader};

use super::{NESTED, send};
use crate::support::{Client, TestServer};

/// The body and its content type.
fn read(client: &Client, accept: Option<&str>) -> (String, Vec<u8>) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = agent.get(format!("{}/api/contexts/c/timelines/t/columns", client.url));
    let request = accept.into_iter().fold(request, |request, accept| request.header("accept", accept));
    let mut answer = request.call().expect("an answer");
    let kind =
        answer.headers().get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or("").to_owned();
    (kind, answer.body_mut().read_to_vec().expect("a body"))
}

#[test]
fn all_events_come_as_lines_an_array_or_message_pack() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    let (kind, lines) = read(&server, Some("*/*"));
    assert_eq!(kind, "application/x-ndjson");
    let chunk: Chunk = serde_json::from_slice(&lines).expect("one chunk");
    let (kind, array) = read(&server, Some("text/html, application/json;q=0.9"));
    assert_eq!(kind, "application/json");
    assert_eq!(serde_json::from_slice::<Vec<Chunk>>(&array).expect("chunks"), std::slice::from_ref(&chunk));
    let (kind, packed) = read(&server, Some("application/msgpack"));
    assert_eq!(kind, "application/msgpack");
    assert_eq!(rmp_serde::from_slice::<Chunk>(&packed).expect("a chunk"), chunk);
    let mut reader = ColumnsReader::default();
    reader.push(&chunk).expect("events");
    assert_eq!(reader.finish().len(), NESTED.len());
    let (kind, problem) = read(&server, Some("text/csv"));
    assert_eq!(kind, "application/problem+json");
    assert_eq!(serde_json::from_slice::<Value>(&problem).expect("a problem")["status"], 406);
}

#[test]
fn the_form_is_the_one_that_is_liked_most_and_never_one_that_is_not_taken() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    for (accept, kind) in [
        ("*/*;q=0.1, application/json", "application/json"),
        ("application/json, application/msgpack", "application/json"),
        ("application/json;q=0, application/msgpack;q=0.2", "application/msgpack"),
        ("application/json; charset=utf-8; q=0.3, application/x-ndjson;q=0.5", "application/x-ndjson"),
        ("application/json;q=0", "application/problem+json"),
        ("*/*;q=0.0", "application/problem+json"),
    ] {
        assert_eq!(read(&server, Some(accept)).0, kind, "{accept}");
    }
}

#[test]
fn times_are_rounded_where_somebody_asks_for_it() {
    let server = TestServer::start();
    send(&server, "c", "t", &NESTED, "ok");
    let get =
        |query: &str| server.request("GET", &format!("/api/contexts/c/timelines/t/columns{query}"), "", b"");
    let exact: Chunk = serde_json::from_slice(&get("").body).expect("a chunk");
    let rounded: Chunk = serde_json::from_slice(&get("?grain=1000").body).expect("a chunk");
    assert_eq!((exact.grain, rounded.grain), (1, 1000));
    assert_eq!(rounded.from, exact.from.div_euclid(1000) * 1000);
    for grain in ["0", "1000000001", "-1", "x"] {
        assert_eq!(get(&format!("?grain={grain}")).status, 400, "{grain}");
    }
}

#[test]
fn a_timeline_without_events_has_no_chunks() {
    let server = TestServer::start();
    let opened = server.request("POST", "/api/contexts/c/timelines", "application/json", br#"{"name":"t"}"#);
    assert_eq!(opened.status, 201);
    assert_eq!(read(&server, Some("application/json")).1, b"[]\n");
    assert_eq!(read(&server, Some("application/x-ndjson")).1, b"");
}
