//! OTLP: official exporters of two languages, and what they would never send.

mod answers;
mod hostile;
mod python;
mod rust;

use serde_json::{Value, json};

pub(crate) use self::rust::send_over_grpc;
use crate::support::Client;

/// That the trace is there that every exporter sends.
pub(crate) fn expect_trace(client: &Client) {
    let timeline = client.latest("shop");
    let name = client.json(&timeline)["name"].as_str().expect("a name").to_owned();
    assert!(name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
    let events = client.events(&timeline);
    let find = |name: &str| {
        events.iter().find(|event| event["name"] == name).unwrap_or_else(|| panic!("{events:?}"))
    };
    let (checkout, pay, paid) = (find(r"checkout v1\.2"), find("pay"), find("paid"));
    assert_eq!(events.len(), 3);
    assert_eq!((&checkout["state"], &checkout["host"]), (&json!("done"), &json!("web-1")));
    let attributes = &checkout["attributes"];
    assert_eq!((&attributes["items"], &attributes["tags"]), (&json!(3), &json!(r#"["a","b"]"#)));
    assert_eq!((&attributes["span.kind"], &attributes["region"]), (&json!("server"), &json!("north")));
    assert_eq!(
        (&attributes["otel.scope.name"], &attributes["otel.scope.version"]),
        (&json!("lib"), &json!("1.2"))
    );
    assert_eq!(
        (&pay["state"], &pay["message"], &pay["parent"]),
        (&json!("failed"), &json!("no money"), &checkout["id"])
    );
    assert_eq!(pay["attributes"]["follows"], json!(checkout["id"].to_string()));
    assert_eq!((&paid["state"], &paid["parent"]), (&json!("point"), &checkout["id"]));
    assert_eq!(paid["attributes"]["euros"], json!(1.5));
    assert!(checkout["duration_seconds"].as_f64() >= pay["duration_seconds"].as_f64());
}

/// A request in JSON with these spans of a service.
fn request(service: &str, spans: &[Value]) -> Value {
    let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": service}}]});
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]})
}

/// A span of a second in one trace, with this id and parent.
fn span(id: u64, parent: u64) -> Value {
    json!({
        "traceId": "0102030405060708090a0b0c0d0e0f10", "spanId": format!("{id:016x}"),
        "parentSpanId": format!("{parent:016x}"), "name": format!("span {id}"),
        "startTimeUnixNano": "1000000000", "endTimeUnixNano": "2000000000",
    })
}
