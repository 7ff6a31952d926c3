//! Many readers of one timeline.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;

use crate::support::{PATIENCE, TestServer};

const READERS: usize = 300;
const LIVE: &str = "/api/contexts/c/timelines/t/live";

/// Reads until this is there; everything up to then.
fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut got = Vec::new();
    let mut piece = [0; 16 << 10];
    while !String::from_utf8_lossy(&got).contains(end) {
        let read = stream.read(&mut piece).expect("more");
        assert!(read > 0, "the end of {:?}", String::from_utf8_lossy(&got));
        got.extend_from_slice(&piece[..read]);
    }
    String::from_utf8(got).expect("text")
}

#[test]
fn all_readers_are_told_the_same() {
    let server = TestServer::start();
    server.post(r#"{"context":"c","timeline":"t","name":"first","type":"start","time":1}"#);
    let address = server.url.strip_prefix("http://").expect("a URL");
    let mut readers: Vec<_> = (0..READERS)
        .map(|_| {
            let mut stream = TcpStream::connect(address).expect("a connection");
            // Of an older protocol, so that a body is not in chunks.
            write!(stream, "GET {LIVE} HTTP/1.0\r\nhost: {address}\r\n\r\n").expect("asked");
            stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
            stream
        })
        .collect();
    for reader in &mut readers {
        assert!(read_until(reader, "event: timeline\n").starts_with("HTTP/1.0 200"));
        // What was told first may not be whole yet, so a mark tells where the rest begins.
    }
    for name in ["second", "third"] {
        let mark = json!({"context": "c", "timeline": "t", "name": name, "type": "start", "time": 2});
        server.post(&mark.to_string());
    }
    let after_second = |told: String| {
        let second = told.split_once(r#"{"events":[{"name":"second""#);
        second.unwrap_or_else(|| panic!("second in {told}")).1.to_owned()
    };
    let told: Vec<_> = readers
        .iter_mut()
        .map(|reader| after_second(read_until(reader, r#""events":{"total":3,"#)))
        .collect();
    let of_all = |told: &str| told[..told.find(r#""total":3,"#).expect("it is there")].to_owned();
    let first = of_all(&told[0]);
    assert!(first.contains("third") && first.contains("\nid: "), "{first}");
    assert!(told.iter().all(|each| of_all(each) == first));
}
