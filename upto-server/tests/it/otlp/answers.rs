//! What is answered, in the encoding of the request, and what makes spans events.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use serde_json::{Value, json};
use upto_server::Server;
use upto_server::config::{OtlpRules, OtlpTimeline};
use upto_server::store::StoreUrl;

use super::{request, span};
use crate::gated_store::GatedStore;
use crate::support::{Answer, Client, TestServer};

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

fn post(client: &Client, body: &Value) -> Answer {
    client.request("POST", "/v1/traces", "application/json; charset=utf-8", body.to_string().as_bytes())
}

#[test]
fn what_was_taken_is_answered_in_the_encoding_of_the_request() {
    let server = TestServer::start();
    let answer = post(&server, &request("shop", &[span(1, 0), span(2, 1)]));
    assert_eq!((answer.status, &*answer.content_type, answer.json()), (200, "application/json", json!({})));
    assert_eq!(server.events(&server.latest("shop")).len(), 2);
    let answer = server.request("POST", "/v1/traces", "application/x-protobuf", b"");
    assert_eq!(
        (answer.status, &*answer.content_type, &answer.body[..]),
        (200, "application/x-protobuf", &b""[..])
    );
}

#[test]
fn what_was_not_taken_of_a_request_is_told() {
    let server = TestServer::start();
    let mut bad = span(2, 0);
    bad["traceId"] = json!("");
    let answer = post(&server, &request("shop", &[span(1, 0), bad]));
    let reason = "the trace id of a span is not 16 bytes long";
    let expected = json!({"partialSuccess": {"rejectedSpans": "1", "errorMessage": reason}});
    assert_eq!((answer.status, answer.json()), (200, expected));
    // ResourceSpans { scope_spans: [ScopeSpans { spans: [Span {}] }] }
    let answer = server.request("POST", "/v1/traces", "application/x-protobuf", b"\x0a\x04\x12\x02\x12\x00");
    let partial = ExportTraceServiceResponse::decode(&answer.body[..]).expect("an answer").partial_success;
    let partial = partial.expect("not all was taken");
    assert_eq!((partial.rejected_spans, &*partial.error_message), (1, reason));
    assert_eq!(server.counter("upto_refused_total{input=\"http\",reason=\"span\"}"), 2);
    assert_eq!(server.events(&server.latest("shop")).len(), 1);
}

#[test]
fn a_request_that_is_none_is_refused_with_a_status() {
    let server = TestServer::start();
    let json = |body: &[u8]| server.request("POST", "/v1/traces", "application/json", body);
    let answer = json(b"{");
    assert_eq!((answer.status, &*answer.content_type), (400, "application/json"));
    assert_eq!(answer.json()["code"], 3);
    let answer = server.request("POST", "/v1/traces", "application/x-protobuf", b"\x0a\x05\x01");
    assert_eq!((answer.status, &*answer.content_type), (400, "application/x-protobuf"));
    let status = Status::decode(&answer.body[..]).expect("a status");
    assert_eq!((status.code, &*status.message), (3, "protobuf: a field ends behind the message"));
    for kind in ["text/plain", "", "application/x-www-form-urlencoded"] {
        let answer = server.request("POST", "/v1/traces", kind, b"{}");
        assert_eq!((answer.status, answer.json()["code"].as_u64()), (415, Some(3)), "{kind}");
    }
    let answer = json(&vec![b' '; (8 << 20) + 1]);
    assert_eq!((answer.status, answer.json()["code"].as_u64()), (413, Some(8)));
    assert_eq!(server.get("/v1/traces").problem(405), "\"/v1/traces\" does not take GET");
}

#[test]
fn a_store_that_does_not_confirm_is_told_with_a_time_to_try_again() {
    let store = Arc::new(GatedStore::new());
    let builder = Server::builder().opened_store(store.clone()).patience(Duration::from_millis(1));
    let server = TestServer::start_with(builder);
    store.appends.close();
    let answer = post(&server, &request("shop", &[span(1, 0)]));
    assert_eq!((answer.status, &*answer.retry_after, answer.json()["code"].as_u64()), (503, "1", Some(14)));
    store.appends.open();
}

#[test]
fn rules_say_where_spans_go() {
    let rules =
        OtlpRules { timeline: OtlpTimeline::Active, context: "default".into(), dots_are_levels: true };
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).otlp(rules));
    server.post(r#"{"context":"default","timeline":"t","name":"before","type":"event"}"#);
    let mut dotted = span(1, 0);
    dotted["name"] = json!("a.b");
    let mut body = request("", &[dotted]);
    body["resourceSpans"][0]["resource"] = Value::Null;
    assert_eq!(post(&server, &body).status, 200);
    let timeline = server.latest("default");
    assert_eq!(server.json(&timeline)["name"], "t");
    let event = &server.events(&timeline)[0];
    assert_eq!(
        (&event["name"], &event["attributes"]["trace_id"]),
        (&json!("a.b"), &json!("0102030405060708090a0b0c0d0e0f10"))
    );
}
