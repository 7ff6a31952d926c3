//! Tokens and what they allow.

use std::time::Duration;

use serde_json::json;
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::doors::DoorSettings;
use upto_server::store::StoreUrl;

use super::{JSON, ask, make, memory, post, server, with};
use crate::live::Stream;
use crate::naming::cut_store::CutStore;
use crate::support::TestServer;

const EVENT: &str = r#"{"context": "build", "timeline": "t", "name": "n", "type": "event"}"#;

#[test]
fn without_any_token_loopback_needs_none_and_with_one_nobody_gets_in_without() {
    let server = server(DoorSettings::default());
    assert_eq!(post(&server, "build").status, 201);
    let admin = make(&server, None, &["admin"], &["*"]);
    for (method, path) in [
        ("GET", "/api"),
        ("GET", "/api/contexts"),
        ("POST", "/api/events"),
        ("GET", "/metrics"),
        ("DELETE", "/x"),
    ] {
        let refused = ask(&server, method, path, &[JSON], EVENT);
        assert_eq!(
            (refused.status, refused.header("content-type")),
            (401, "application/problem+json"),
            "{path}"
        );
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"upto\"");
    }
    for wrong in ["", "x", "upto_0123456789abcdef_0", &admin.replace("upto_", "upto-"), &format!("{admin}0")]
    {
        let refused = with(&server, wrong, "GET", "/api", "");
        assert_eq!(refused.status, 401, "{wrong}");
    }
    assert_eq!(with(&server, &admin, "GET", "/api", "").status, 200);
    for free in ["/healthz", "/readyz", "/login", "/ui/main.css"] {
        assert_ne!(server.get(free).status, 401, "{free}");
    }
}

#[test]
fn a_stream_ends_with_the_token_that_it_was_opened_with() {
    let server = server(DoorSettings::default());
    let admin = make(&server, None, &["admin"], &["*"]);
    let read = make(&server, Some(&admin), &["read"], &["*"]);
    let send = |name: &str| {
        let event = json!({"context": "build", "timeline": "t", "name": name, "type": "event"});
        assert_eq!(with(&server, &admin, "POST", "/api/events", &event.to_string()).status, 201);
    };
    send("before");
    let path = "/api/contexts/build/timelines/t/live";
    let mut stream = Stream::with(&server, path, &[("authorization", &format!("Bearer {read}"))]);
    assert!(stream.next().is_some(), "how it stands");
    let own = format!("/api/tokens/{}", &read[5..21]);
    assert_eq!(with(&server, &admin, "DELETE", &own, "").status, 200);
    send("after");
    while let Some((_, told)) = stream.next() {
        assert!(!told.to_string().contains("after"), "{told}");
    }
}

#[test]
fn each_scope_allows_what_it_is_for() {
    let server = server(DoorSettings::default());
    assert_eq!(post(&server, "build").status, 201);
    let admin = make(&server, None, &["admin"], &["*"]);
    let send = make(&server, Some(&admin), &["send"], &["*"]);
    let read = make(&server, Some(&admin), &["read"], &["*"]);
    let limits = r#"{"count": 5}"#;
    for (method, path, body, expected) in [
        ("POST", "/api/events", EVENT, [201, 201, 403]),
        ("POST", "/api/contexts/build/timelines", "", [200, 201, 403]),
        ("GET", "/api/contexts", "", [200, 403, 200]),
        ("GET", "/api/contexts/build/timelines/t/events", "", [200, 403, 200]),
        ("PUT", "/api/contexts/build/retention", limits, [200, 403, 403]),
        ("GET", "/api/tokens", "", [200, 403, 403]),
        ("GET", "/api/audit", "", [200, 403, 403]),
    ] {
        let statuses = [&admin, &send, &read].map(|token| with(&server, token, method, path, body).status);
        let expected = if path.ends_with("/timelines") { [201, 201, 403] } else { expected };
        assert_eq!(statuses, expected, "{method} {path}");
    }
    let refused = with(&server, &read, "DELETE", "/api/contexts/build", "");
    let challenge = "Bearer realm=\"upto\", error=\"insufficient_scope\", scope=\"admin\"";
    assert_eq!((refused.status, refused.header("www-authenticate")), (403, challenge));
}

#[test]
fn a_token_is_for_its_contexts_only() {
    let server = server(DoorSettings::default());
    for context in ["build", "build/x", "deploy"] {
        assert_eq!(post(&server, context).status, 201);
    }
    let admin = make(&server, None, &["admin"], &["*"]);
    let some = make(&server, Some(&admin), &["send", "read"], &["build*"]);
    let event = |context: &str| json!({"context": context, "name": "n", "type": "event"});
    let send = |messages| with(&server, &some, "POST", "/api/events", &json!(messages).to_string()).status;
    assert_eq!(send(vec![event("build"), event("build-new")]), 201);
    assert_eq!(send(vec![event("build"), event("deploy")]), 403, "one of them is not for it");
    for (path, expected) in [
        ("/api/contexts/build", 200),
        ("/api/contexts/build%2Fx/timelines", 200),
        ("/api/contexts/deploy", 403),
        ("/api/contexts/deploy/timelines", 403),
        ("/api/contexts/%64eploy", 403),
        ("/api/contexts/nobody", 403),
        ("/api/tokens", 403),
    ] {
        assert_eq!(with(&server, &some, "GET", path, "").status, expected, "{path}");
    }
    let list = with(&server, &some, "GET", "/api/contexts?limit=2", "").json();
    let names = |list: &serde_json::Value| {
        let items = list["_embedded"]["item"].as_array().expect("items").clone();
        items.iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&list), ["build", "build-new"]);
    let next = list["_links"]["next"]["href"].as_str().expect("there is more");
    let rest = with(&server, &some, "GET", next, "").json();
    assert_eq!((names(&rest), rest["_links"].get("next")), (vec!["build/x".to_owned()], None));
    let back = rest["_links"]["prev"]["href"].as_str().expect("there was more");
    assert_eq!(names(&with(&server, &some, "GET", back, "").json()), ["build", "build-new"]);
}

#[test]
fn a_token_that_expired_or_was_revoked_is_worth_nothing() {
    let clock = std::sync::Arc::new(ManualClock::new(1_000_000_000_000_000_000));
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).clock(clock.clone()));
    let admin = make(&server, None, &["admin"], &["*"]);
    let order = json!({"name": "short", "scopes": ["read"], "expires": "2001-09-09T01:47:40Z"}).to_string();
    let short = with(&server, &admin, "POST", "/api/tokens", &order).json();
    let token = short["token"].as_str().expect("a token");
    assert_eq!(with(&server, token, "GET", "/api", "").status, 200);
    clock.advance(Duration::from_secs(60));
    assert_eq!(with(&server, token, "GET", "/api", "").status, 401);
    let other = make(&server, Some(&admin), &["read"], &["*"]);
    let (_, id) = other.split_once('_').expect("an id");
    let path = format!("/api/tokens/{}", &id[..16]);
    assert_eq!(with(&server, &other, "GET", "/api", "").status, 200);
    let revoked = with(&server, &admin, "DELETE", &path, "");
    assert!(revoked.status == 200 && revoked.json()["revoked"].is_string(), "{revoked:?}");
    assert_eq!(with(&server, &other, "GET", "/api", "").status, 401);
    assert_eq!(with(&server, &admin, "DELETE", "/api/tokens/0123456789abcdef", "").status, 404);
    let list = with(&server, &admin, "GET", "/api/tokens", "");
    assert_eq!(list.json()["_embedded"]["item"].as_array().map(Vec::len), Some(3));
    assert!(!list.body.contains(&other[22..]) && !list.body.contains("hash"), "{list:?}");
}

#[test]
fn tokens_that_are_none_are_not_made() {
    let server = server(DoorSettings::default());
    for (order, status) in [
        ("", 400),
        ("{", 400),
        ("{}", 422),
        (r#"{"name": "n", "scopes": []}"#, 422),
        (r#"{"name": "n", "scopes": ["root"]}"#, 422),
        (r#"{"name": "", "scopes": ["read"]}"#, 422),
        (r#"{"name": "n", "scopes": ["read"], "contexts": []}"#, 422),
        (r#"{"name": "n", "scopes": ["read"], "expires": "soon"}"#, 422),
        (r#"{"name": "n", "scopes": ["read"], "expires": "2001-01-01T00:00:00Z"}"#, 422),
        (r#"{"name": "n", "scopes": ["read"], "hash": "x"}"#, 422),
    ] {
        assert_eq!(ask(&server, "POST", "/api/tokens", &[JSON], order).status, status, "{order}");
    }
    assert_eq!(server.get("/api").status, 200, "there is still none");
}

#[test]
fn what_admins_do_is_written_down_before_it_is_done() {
    let store = memory();
    let server = TestServer::start_with(Server::builder().opened_store(store.clone()));
    assert_eq!(post(&server, "build").status, 201);
    let admin = make(&server, None, &["admin"], &["*"]);
    let limits = "/api/contexts/build/retention";
    assert_eq!(with(&server, &admin, "PUT", limits, r#"{"count": 0}"#).status, 422);
    assert_eq!(with(&server, &admin, "GET", limits, "").status, 200);
    let months = with(&server, &admin, "GET", "/api/audit", "").json();
    let latest = months["_links"]["upto:latest"]["href"].as_str().expect("a month");
    let list = with(&server, &admin, "GET", latest, "");
    assert!(!list.body.contains(&admin[22..]), "{list:?}");
    let list = list.json();
    let lines = list["_embedded"]["item"].as_array().expect("lines");
    let brief: Vec<_> = lines.iter().map(|line| (&line["action"], &line["name"], &line["status"])).collect();
    let (make_token, put) = (json!("POST /api/tokens"), json!("PUT /api/contexts/build/retention"));
    let (nobody, name) = (json!(null), json!("admin"));
    let expected = [
        (&make_token, &nobody, &json!(null)),
        (&make_token, &nobody, &json!(201)),
        (&put, &name, &json!(null)),
        (&put, &name, &json!(422)),
    ];
    assert_eq!(brief, expected);
    assert_eq!((&lines[2]["address"], &lines[2]["action_id"]), (&json!("127.0.0.1"), &lines[3]["action_id"]));
    let page = with(&server, &admin, "GET", &format!("{latest}?limit=3"), "").json();
    let next = page["_links"]["next"]["href"].as_str().expect("there is more");
    let rest = with(&server, &admin, "GET", next, "").json();
    assert_eq!(rest["_embedded"]["item"].as_array().map(Vec::len), Some(1));
    assert_eq!(with(&server, &admin, "GET", "/api/audit/2026-13", "").status, 404);
}

#[test]
fn several_servers_agree_on_tokens_and_sessions() {
    let store = CutStore::new();
    let start = || TestServer::start_with(Server::builder().opened_store(std::sync::Arc::new(store.clone())));
    let servers = [start(), start()];
    let [one, other] = [&servers[0].client, &servers[1].client];
    assert_eq!(other.get("/api").status, 200);
    let admin = make(one, None, &["admin"], &["*"]);
    other.eventually("the token", || (other.get("/api").status == 401).then_some(()));
    assert_eq!(with(other, &admin, "GET", "/api", "").status, 200);
    let login = ask(one, "POST", "/login", &[JSON], &format!("{{\"token\": \"{admin}\"}}"));
    let cookie = login.header("set-cookie").split(';').next().expect("a cookie").to_owned();
    let cookie = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin")];
    assert_eq!(ask(other, "GET", "/api", &cookie, "").status, 200);
    assert_eq!(ask(one, "POST", "/logout", &cookie, "").status, 204);
    assert_eq!(ask(other, "GET", "/api", &cookie, "").status, 401);
    assert_eq!(with(other, &admin, "DELETE", &format!("/api/tokens/{}", &admin[5..21]), "").status, 200);
    one.eventually("the end of the token", || {
        (with(one, &admin, "GET", "/api", "").status == 401).then_some(())
    });
}

#[test]
fn what_can_not_be_written_down_is_not_done() {
    let store = CutStore::new();
    let builder = Server::builder().opened_store(std::sync::Arc::new(store.clone()));
    let server = TestServer::start_with(builder);
    assert_eq!(post(&server, "build").status, 201);
    store.cut_after(0);
    let limits = "/api/contexts/build/retention";
    assert_eq!(ask(&server, "PUT", limits, &[JSON], r#"{"count": 5}"#).status, 503);
    store.cut_after(usize::MAX);
    assert_eq!(server.json(limits)["own"], false);
}
