//! Tokens that are for some services only.

use serde_json::{Value, json};

use super::{items, pulse, send};
use crate::support::{Client, TestServer};

/// Asks with a token.
fn ask(client: &Client, token: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("{}{path}", client.url))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {token}"))
        .body(if body.is_null() { String::new() } else { body.to_string() });
    let mut answer = agent.run(request.expect("a request")).expect("an answer");
    let text = answer.body_mut().read_to_string().expect("text");
    (answer.status().as_u16(), serde_json::from_str(&text).unwrap_or_default())
}

#[test]
fn a_token_is_for_the_services_that_it_names() {
    let server = TestServer::start();
    for service in ["web-1", "db"] {
        pulse(&server, service, 60.0);
        send(&server, "POST", "/api/journal", &json!({"service": service, "message": "m"}));
    }
    let order = json!({"name": "admin", "scopes": ["admin"]});
    let admin =
        send(&server, "POST", "/api/tokens", &order).json()["token"].as_str().expect("a token").to_owned();
    let order = json!({"name": "web", "scopes": ["read", "send"], "contexts": ["web*"]});
    let (_, made) = ask(&server, &admin, "POST", "/api/tokens", &order);
    let web = made["token"].as_str().expect("a token");
    let none = Value::Null;
    assert_eq!(ask(&server, web, "GET", "/api/heartbeats/web-1", &none).0, 200);
    assert_eq!(ask(&server, web, "GET", "/api/heartbeats/db", &none).0, 403);
    assert_eq!(ask(&server, web, "DELETE", "/api/heartbeats/db", &none).0, 403);
    assert_eq!(ask(&server, web, "PUT", "/api/heartbeats/web-1/paused", &none).0, 403);
    for path in ["/api/heartbeats", "/api/journal"] {
        let all = items(&ask(&server, web, "GET", path, &none).1);
        assert_eq!(all.iter().map(|each| each["service"].clone()).collect::<Vec<_>>(), ["web-1"], "{path}");
    }
    for (service, status) in [("web-2", 201), ("other", 403)] {
        let order = json!({"service": service, "next": 60});
        assert_eq!(ask(&server, web, "POST", "/api/heartbeats", &order).0, status);
        let line = json!({"service": service, "message": "m"});
        assert_eq!(ask(&server, web, "POST", "/api/journal", &line).0, status);
        let message = json!({"type": "pulse", "name": service, "attrs": {"next": 60}});
        assert_eq!(ask(&server, web, "POST", "/api/events", &message).0, status);
    }
    assert_eq!(server.get("/api/heartbeats").status, 401);
}
