//! The journal over the native API.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::store::StoreUrl;
use upto_server::watch::WatchSettings;

use super::{items, messages, send};
use crate::support::{Client, ServerProcess, TestServer};

fn add(client: &Client, service: &str, level: i32, message: &str) {
    let body = json!({"service": service, "level": level, "message": message});
    let answer = send(client, "POST", "/api/journal", &body);
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[test]
fn lines_are_found_the_newest_first() {
    let server = TestServer::start();
    for (service, level, message) in
        [("web", 0, "up"), ("db", 3, "\"slow\"; very\nslow"), ("web", 1, "down <b>"), ("cache", 2, "full")]
    {
        add(&server, service, level, message);
    }
    assert_eq!(messages(&server, ""), ["full", "down <b>", "\"slow\"; very\nslow", "up"]);
    assert_eq!(messages(&server, "?service=WEB"), ["down <b>", "up"]);
    assert_eq!(messages(&server, "?message=slow$&level=2"), ["\"slow\"; very\nslow"]);
    assert_eq!(messages(&server, "?from=2100-01-01T00:00:00Z"), Vec::<String>::new());
    assert_eq!(messages(&server, "?to=2020-01-01T00:00:00Z"), Vec::<String>::new());
    let (mut seen, mut next) = (0, Some("/api/journal?limit=3&level=0".to_owned()));
    while let Some(path) = next {
        let page = server.json(&path);
        seen += items(&page).len();
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, 4);
}

#[test]
fn what_is_no_line_and_no_question_is_refused() {
    let server = TestServer::start();
    for (body, status) in [
        (r#"{"message":"m"}"#, 422),
        (r#"{"service":"s"}"#, 422),
        (r#"{"service":"s","message":""}"#, 422),
        (r#"{"service":"s","message":"m","level":"3"}"#, 422),
        (r#"{"service":"s","message":"m","level":3.5}"#, 422),
        ("{", 400),
    ] {
        server.request("POST", "/api/journal", "application/json", body.as_bytes()).problem(status);
    }
    for query in ["?service=(", "?message=a{9999}{9999}", "?level=x", "?from=noon", "?limit=0", "?cursor=x"] {
        server.get(&format!("/api/journal{query}")).problem(400);
    }
    assert_eq!(messages(&server, ""), Vec::<String>::new());
}

#[test]
fn presets_are_offered_and_filters_lead_on_to_what_is_told_live() {
    let presets = vec![json!({"name": "grave", "level": 3})];
    let watch = WatchSettings { presets: presets.clone(), ..WatchSettings::default() };
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).watch(watch));
    let page = server.json("/api/journal?service=a%26b&level=2&limit=5");
    assert_eq!(page["presets"], json!(presets));
    assert_eq!(page["_links"]["upto:live"]["href"], "/api/journal/live?service=a%26b&level=2");
    assert_eq!(server.json("/api/journal")["_links"]["upto:live"]["href"], "/api/journal/live");
}

/// The data of the next events with this name.
struct Events(BufReader<ureq::BodyReader<'static>>);

impl Events {
    fn open(client: &Client, query: &str) -> Self {
        let answer = ureq::get(format!("{}/api/journal/live{query}", client.url)).call().expect("a stream");
        let mut events = Events(BufReader::new(answer.into_body().into_reader()));
        // What comes first on every connection: after that, it is followed.
        assert!(events.line().starts_with("retry: "));
        events
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    /// The data of the next event, and the id that it has.
    fn next(&mut self) -> (Value, Option<String>) {
        let mut id = None;
        loop {
            let line = self.line();
            if let Some(given) = line.strip_prefix("id: ") {
                id = Some(given.to_owned());
            }
            if let Some(data) = line.strip_prefix("data: ") {
                return (serde_json::from_str(data).expect("JSON"), id);
            }
        }
    }
}

#[test]
fn who_follows_is_told_what_they_want_and_goes_on_where_they_were() {
    let server = TestServer::start();
    add(&server, "web", 0, "before");
    let mut events = Events::open(&server, "?service=web");
    add(&server, "db", 0, "not wanted");
    add(&server, "web", 5, "wanted");
    let (line, id) = events.next();
    assert_eq!((&line["message"], &line["level"]), (&json!("wanted"), &json!(5)));
    drop(events);
    add(&server, "web", 0, "missed");
    let id = id.expect("an id");
    let mut again = Events::open(&server, &format!("?service=web&last_event_id={id}"));
    assert_eq!(again.next().0["message"], "missed");
}

#[test]
fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = ServerProcess::start(folder.path());
    add(&server.client, "s", 1, "kept");
    server.kill();
    let again = ServerProcess::start(folder.path());
    assert_eq!(messages(&again.client, ""), ["kept"]);
}
