//! The description for programs: it is whole, and it is true.

mod fuzz;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::TestServer;

const PATH: &str = "/api/openapi.json";

fn description(server: &TestServer) -> Value {
    let answer = server.get(PATH);
    assert_eq!((answer.status, answer.content_type.as_str()), (200, "application/json"));
    answer.json()
}

/// Path, method and operation, of all.
fn operations(description: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = description["paths"].as_object().expect("paths").iter();
    paths.flat_map(|(path, item)| {
        let methods = item.as_object().expect("operations").iter();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// All values of this key, at any depth.
fn values_of<'v>(value: &'v Value, key: &str, found: &mut Vec<&'v Value>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| values_of(value, key, found)),
        Value::Object(entries) => {
            found.extend(entries.get(key));
            entries.values().for_each(|value| values_of(value, key, found));
        }
        _ => {}
    }
}

#[test]
fn the_description_is_complete_in_itself() {
    let server = TestServer::start();
    let description = description(&server);
    assert!(description["openapi"].as_str().expect("a version").starts_with("3.1."));
    assert_eq!(description["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut references = Vec::new();
    values_of(&description, "$ref", &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer =
            reference.as_str().and_then(|reference| reference.strip_prefix('#')).expect("one of its own");
        assert!(description.pointer(pointer).is_some(), "{pointer}");
    }
    let mut ids = BTreeSet::new();
    for (path, method, operation) in operations(&description) {
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().expect("an id")), "{method} {path}");
        assert!(operation["responses"]["500"].is_object(), "{method} {path}");
    }
}

/// The methods that an address takes, as the answer to one that none takes says.
fn taken(server: &TestServer, path: &str) -> BTreeSet<String> {
    let request = ureq::http::Request::builder().method("TRACE").uri(format!("{}{path}", server.url));
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let answer = agent.run(request.body("").expect("a request")).expect("an answer");
    assert_eq!(answer.status(), 405, "{path}");
    let allowed = answer.headers()["allow"].to_str().expect("text");
    allowed.split(',').map(|method| method.trim().to_lowercase()).collect()
}

#[test]
fn the_server_takes_what_is_described_and_no_other_method() {
    let server = TestServer::start();
    let description = description(&server);
    let mut described = BTreeMap::<&str, BTreeSet<String>>::new();
    for (path, method, _) in operations(&description) {
        described.entry(path).or_default().insert(method.to_owned());
    }
    assert!(described.len() > 30, "{described:?}");
    for (path, mut methods) in described {
        if methods.contains("get") {
            methods.insert("head".to_owned());
        }
        let address = path.replace(['{', '}'], "");
        assert_eq!(taken(&server, &address), methods, "{path}");
    }
}

#[test]
fn it_says_what_the_doors_ask_for() {
    let server = TestServer::start();
    let description = description(&server);
    for (path, method, scope) in [
        ("/api/contexts", "get", Some("read")),
        ("/api/events", "post", Some("send")),
        ("/v1/traces", "post", Some("send")),
        ("/api/contexts/{context}", "delete", Some("admin")),
        ("/api/tokens", "get", Some("admin")),
        (PATH, "get", Some("read")),
        ("/healthz", "get", None),
        ("/login", "post", None),
    ] {
        let asked = &description["paths"][path][method]["security"][0]["token"][0];
        assert_eq!(asked.as_str(), scope, "{method} {path}");
    }
    let order = r#"{"name":"s","scopes":["send"]}"#;
    let made = server.request("POST", "/api/tokens", "application/json", order.as_bytes());
    assert_eq!((made.status, server.get(PATH).status), (201, 401));
}

#[test]
fn it_is_linked_and_asked_for_again_by_its_tag() {
    let server = TestServer::start();
    assert_eq!(server.json("/api")["_links"]["service-desc"]["href"], PATH);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let first = agent.get(format!("{}{PATH}", server.url)).call().expect("an answer");
    let tag = first.headers()["etag"].clone();
    let again = agent.get(format!("{}{PATH}", server.url)).header("if-none-match", tag).call();
    assert_eq!(again.expect("an answer").status(), 304);
}
