//! Server-sent events.

mod contexts;
mod many;
mod resume;
mod several_servers;
mod slow;

use std::io::{BufRead, BufReader, Read};

use serde_json::{Value, json};

use crate::support::{Client, TestServer};

/// A stream of server-sent events that is read.
pub(crate) struct Stream {
    lines: std::io::Lines<BufReader<Box<dyn Read + Send>>>,
    /// The id of the last event.
    id: String,
}

impl Stream {
    pub(crate) fn open(client: &Client, timeline: &str) -> Self {
        Self::at(client, &format!("{timeline}/live"))
    }

    /// The stream at this address.
    pub(crate) fn at(client: &Client, path: &str) -> Self {
        Self::with(client, path, &[])
    }

    /// The same, asked for with these headers.
    pub(crate) fn with(client: &Client, path: &str, headers: &[(&str, &str)]) -> Self {
        let request = ureq::get(format!("{}{path}", client.url));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = request.call().expect("a stream");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let reader: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        Stream { lines: BufReader::new(reader).lines(), id: String::new() }
    }

    /// The stream at this address, from where another one was.
    fn resumed(client: &Client, path: &str, id: &str) -> Self {
        Self::with(client, path, &[("last-event-id", id)])
    }

    /// The id of the last event.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The next event, which has an id: its kind and its data. `None` when the stream ends.
    pub(crate) fn next(&mut self) -> Option<(String, Value)> {
        let (mut kind, mut data, mut has_id) = (String::new(), Value::Null, false);
        loop {
            let line = self.lines.next()?.ok()?;
            match line.split_once(": ") {
                Some(("id", value)) => (self.id, has_id) = (value.to_owned(), true),
                Some(("event", value)) => kind = value.to_owned(),
                Some(("data", value)) => data = serde_json::from_str(value).expect("JSON"),
                _ if line.is_empty() && !kind.is_empty() => {
                    assert!(has_id, "{kind}: {data}");
                    return Some((kind, data));
                }
                _ => {}
            }
        }
    }

    /// The next event of this kind.
    pub(crate) fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let (next, data) = self.next().expect("an event");
            if next == kind {
                return data;
            }
        }
    }
}

/// Asks for a change, which has to be made.
fn change(client: &Client, method: &str, path: &str, body: &str) {
    let answer = client.request(method, path, content_type(method), body.as_bytes());
    assert!((200..300).contains(&answer.status), "{answer:?}");
}

/// Of the body of such a request.
fn content_type(method: &str) -> &'static str {
    if method == "PATCH" { "application/merge-patch+json" } else { "application/json" }
}

#[test]
fn a_reader_is_told_at_once_and_then_of_every_change() {
    let server = TestServer::start();
    server.post(r#"{"context":"c","timeline":"t","name":"a","type":"start","time":1}"#);
    let mut stream = Stream::open(&server, "/api/contexts/c/timelines/t");
    let (kind, timeline) = stream.next().expect("the timeline");
    assert_eq!((kind.as_str(), &timeline["events"]["open"]), ("timeline", &json!(1)));
    server.post(
        r#"[{"context":"c","timeline":"t","name":"b\n<b>","type":"start","time":2,"id":5},
        {"context":"c","timeline":"t","name":"a","type":"end","time":3}]"#,
    );
    let events = stream.next_of("events")["events"].clone();
    let mut told: Vec<_> = events
        .as_array()
        .expect("events")
        .iter()
        .map(|event| (event["name"].clone(), event["state"].clone()))
        .collect();
    told.sort_by_key(|(name, _)| name.to_string());
    assert_eq!(told, [(json!("a"), json!("done")), (json!("b\n<b>"), json!("open"))]);
    assert_eq!(stream.next_of("timeline")["events"], json!({"total": 2, "open": 1, "failed": 0}));
}

#[test]
fn a_mark_out_of_order_is_a_reset() {
    let server = TestServer::start();
    server.post(r#"{"context":"c","timeline":"t","name":"a","type":"start","time":9}"#);
    let mut stream = Stream::open(&server, "/api/contexts/c/timelines/t");
    stream.next_of("timeline");
    server.post(r#"{"context":"c","timeline":"t","name":"a","type":"start","time":5}"#);
    assert_eq!(stream.next_of("reset"), json!({}));
}

#[test]
fn a_repeated_mark_is_no_news() {
    let server = TestServer::start();
    let start = r#"{"context":"c","timeline":"t","name":"a","type":"start","time":9}"#;
    server.post(start);
    let mut stream = Stream::open(&server, "/api/contexts/c/timelines/t");
    stream.next_of("timeline");
    server.post(start);
    server.post(r#"{"context":"c","timeline":"t","name":"b","type":"start","time":9}"#);
    let events = stream.next_of("events");
    assert_eq!(events["events"].as_array().map(Vec::len), Some(1));
}

#[test]
fn streams_end_when_the_server_does() {
    let server = TestServer::start();
    server.post(r#"{"context":"c","timeline":"t","type":"new"}"#);
    let mut stream = Stream::open(&server, "/api/contexts/c/timelines/t");
    stream.next_of("timeline");
    drop(server);
    while stream.next().is_some() {}
}

#[test]
fn of_events_without_ids_every_one_is_told() {
    let server = TestServer::start();
    server.post(r#"{"context":"c","timeline":"t","type":"new"}"#);
    let mut stream = Stream::open(&server, "/api/contexts/c/timelines/t");
    stream.next_of("timeline");
    let marks: Vec<_> = [("start", 1), ("end", 2), ("start", 3), ("end", 4), ("event", 5), ("event", 6)]
        .into_iter()
        .map(|(kind, time)| json!({"context": "c", "timeline": "t", "name": "x", "type": kind, "time": time}))
        .collect();
    server.post(&json!(marks).to_string());
    let told = stream.next_of("events")["events"].clone();
    let mut told: Vec<_> = told
        .as_array()
        .expect("events")
        .iter()
        .map(|event| (event["start"].clone(), event["state"].clone()))
        .collect();
    told.sort_by_key(|(start, _)| start.to_string());
    let states: Vec<_> = told.iter().map(|(_, state)| state).collect();
    assert_eq!(states, ["done", "done", "point", "point"]);
}
