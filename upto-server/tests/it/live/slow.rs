//! Readers that do not read.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use socket2::{Domain, Socket, Type};
use upto_server::Server;
use upto_server::doors::DoorSettings;
use upto_server::store::StoreUrl;

use crate::support::{Client, PATIENCE, TestServer};

const TIMELINE: &str = "/api/contexts/c/timelines/t";
/// More than systems keep for who does not read.
const ROUNDS: u64 = 30;
const SLOW: &str = "upto_live_readers_slow_total";

/// A connection that asked for a live stream, with little room for what comes.
fn asked(client: &Client) -> TcpStream {
    let address = client.url.strip_prefix("http://").expect("a URL");
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
    socket.set_recv_buffer_size(4 << 10).expect("a smaller buffer");
    let remote: std::net::SocketAddr = address.parse().expect("an address");
    socket.connect(&remote.into()).expect("a connection");
    let mut stream = TcpStream::from(socket);
    write!(stream, "GET {TIMELINE}/live HTTP/1.1\r\nhost: {address}\r\n\r\n").expect("asked");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream
}

/// A megabyte of events.
fn post(client: &Client, round: u64) {
    let name = "x".repeat(10_000);
    let mark = |id: u64| json!({"context": "c", "timeline": "t", "name": name, "id": round * 100 + id + 1, "type": "start"});
    client.post(&Value::from_iter((0..100).map(mark)).to_string());
}

#[test]
fn a_reader_that_does_not_read_is_cut_off_and_counted_and_others_are_not() {
    let mut settings = DoorSettings::default();
    settings.reader_time = Duration::from_millis(500);
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).doors(settings));
    server.post(r#"{"context":"c","timeline":"t","type":"new"}"#);
    let (mut good, mut bad) = (asked(&server), asked(&server));
    server.eventually("both are there", || (server.counter("upto_live_readers") == 2).then_some(()));
    let reads = thread::spawn(move || io::copy(&mut good, &mut io::sink()));
    let mut round = 0;
    server.eventually("it is counted", || {
        if round < ROUNDS {
            post(&server, round);
            round += 1;
        }
        (server.counter(SLOW) > 0).then_some(())
    });
    server.eventually("it is gone", || (server.counter("upto_live_readers") == 1).then_some(()));
    let mut got = Vec::new();
    let ended = bad.read_to_end(&mut got).map_err(|error| error.kind());
    assert!(matches!(ended, Ok(_) | Err(ErrorKind::ConnectionReset)), "{ended:?}");
    assert!(got.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&got[..got.len().min(100)]));
    assert_eq!(server.counter(SLOW), 1, "who reads is not slow");
    drop(server);
    assert!(reads.join().expect("it read").expect("all of it") >= 1_000_000);
}
