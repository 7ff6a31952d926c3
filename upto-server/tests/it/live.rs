//! Server-sent events.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Value, json};

use crate::support::{Client, TestServer};

/// A stream of server-sent events that is read.
pub(crate) struct Stream(std::io::Lines<BufReader<Box<dyn Read + Send>>>);

impl Stream {
    pub(crate) fn open(client: &Client, timeline: &str) -> Self {
        Self::at(client, &format!("{timeline}/live"))
    }

    /// The stream at this address.
    pub(crate) fn at(client: &Client, path: &str) -> Self {
        let response = ureq::get(format!("{}{path}", client.url)).call().expect("a stream");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let reader: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        Stream(BufReader::new(reader).lines())
    }

    /// The next event: its kind and its data. `None` when the stream ends.
    fn next(&mut self) -> Option<(String, Value)> {
        let (mut kind, mut data) = (String::new(), Value::Null);
        loop {
            let line = self.0.next()?.ok()?;
            match line.split_once(": ") {
                Some(("event", value)) => kind = value.to_owned(),
                Some(("data", value)) => data = serde_json::from_str(value).expect("JSON"),
                _ if line.is_empty() && !kind.is_empty() => return Some((kind, data)),
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
