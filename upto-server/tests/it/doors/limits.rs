//! Limits on everything that a stranger can send.

use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;

use upto_server::Server;
use upto_server::doors::DoorSettings;
use upto_server::store::StoreUrl;

use super::{address, ask, make, raw, read_rest, server, status, with};
use crate::support::{PATIENCE, TestServer};

/// So short that a test need not wait for it.
const SHORT: Duration = Duration::from_millis(100);

#[test]
fn ten_thousand_headers_and_long_ones_are_refused() {
    let server = server(DoorSettings::default());
    let many: String = (0..10_000).map(|number| format!("x-{number}: 1\r\n")).collect();
    let long = format!("x-long: {}\r\n", "x".repeat(1 << 20));
    for headers in [many, long] {
        let answer =
            raw(&server, format!("GET /api HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n").as_bytes());
        assert_eq!(status(&answer), "431", "{answer:.200}");
    }
    let long_address = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(1 << 20));
    assert!(["414", "431"].contains(&status(&raw(&server, long_address.as_bytes()))));
    assert_eq!(server.get("/api").status, 200);
}

#[test]
fn a_header_that_does_not_come_in_time_ends_the_connection() {
    let mut settings = DoorSettings::default();
    settings.header_time = SHORT;
    let server = server(settings);
    for begun in ["", "G", "PRI * HTTP/2.0\r\n", "GET /api HTTP/1.1\r\nhost: loc"] {
        let answer = raw(&server, begun.as_bytes());
        assert!(answer.is_empty() || status(&answer) == "408", "{begun:?}: {answer}");
    }
    // Neither is one kept for long that has had its answer.
    let answer = raw(&server, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n");
    assert_eq!(status(&answer), "200", "{answer}");
}

#[test]
fn a_chunked_body_that_never_ends_is_cut_off() {
    let mut settings = DoorSettings::default();
    settings.body_time = SHORT;
    let server = server(settings);
    for (path, method) in [("/api/events", "POST"), ("/api/contexts/c/timelines", "POST"), ("/login", "POST")]
    {
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
             transfer-encoding: chunked\r\n\r\n1\r\n[\r\n"
        );
        let answer = raw(&server, head.as_bytes());
        assert_eq!(status(&answer), "408", "{path}: {answer}");
        assert!(answer.contains("application/problem+json"), "{answer}");
    }
    assert!(server.counter("upto_refused_total{input=\"http\",reason=\"body_time\"}") >= 3);
}

#[test]
fn a_chunked_body_that_is_too_long_is_refused() {
    let server = server(DoorSettings::default());
    let mut stream = TcpStream::connect(address(&server)).expect("connected");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let head = "POST /api/events HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("sent");
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 20, " ".repeat(1 << 20));
    // Until it is cut off.
    (0..64).all(|_| stream.write_all(chunk.as_bytes()).is_ok());
    assert_eq!(status(&read_rest(&mut stream)), "413");
}

#[test]
fn a_body_that_says_one_thing_is_short() {
    let server = server(DoorSettings::default());
    let long = format!(r#"{{"token":"{}"}}"#, "x".repeat(128 << 10));
    for path in ["/login", "/api/tokens", "/api/heartbeats", "/api/journal", "/api/contexts/c/timelines"] {
        let answer = server.request("POST", path, "application/json", long.as_bytes());
        assert!(answer.problem(413).contains("at most 128 KiB"), "{path}");
    }
}

#[test]
fn bodies_of_those_who_show_no_token_count_with_all_others() {
    let builder = Server::builder().store(StoreUrl::Memory).memory_bytes(1 << 20);
    let server = TestServer::start_with(builder);
    let begin = |path: &str, length: usize| {
        let mut stream = TcpStream::connect(address(&server)).expect("connected");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\n\
             content-length: {length}\r\n\r\n{}",
            " ".repeat(60_000)
        );
        stream.write_all(head.as_bytes()).expect("sent");
        stream
    };
    let body =
        r#"{"context":"c","name":"n","type":"event","text":""#.to_owned() + &"x".repeat(20_000) + "\"}";
    let send = || server.request("POST", "/api/events", "application/json", body.as_bytes());
    // One that does not come to its end holds what has come of it, unless it comes while one of the others has the room.
    let mut held = server.eventually("that there is no room", || {
        let held = begin("/login", 70_000);
        (0..20).any(|_| send().status == 503).then_some(held)
    });
    held.write_all(&[b' '; 10_000]).expect("sent");
    assert_eq!(status(&read_rest(&mut held)), "400");
    server.eventually("that there is room again", || (send().status == 201).then_some(()));
}

#[test]
fn there_are_so_many_connections_at_once() {
    let mut settings = DoorSettings::default();
    settings.connections = 4;
    let server = server(settings);
    let connect = || TcpStream::connect(address(&server)).expect("connected");
    // Half of them are for one address.
    let kept: Vec<_> = (0..2).map(|_| connect()).collect();
    let refused = raw(&server, b"");
    assert_eq!(status(&refused), "503", "{refused}");
    assert!(refused.contains("retry-after: 1") && refused.contains("too many connections"), "{refused}");
    drop(kept);
    let asked = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    server.eventually("a free place", || (status(&raw(&server, asked)) == "200").then_some(()));
}

#[test]
fn one_address_may_ask_so_often() {
    let mut settings = DoorSettings::default();
    settings.address_rate = Some(5);
    let server = server(settings);
    let answers: Vec<_> = (0..50).map(|_| ask(&server, "GET", "/healthz", &[], "")).collect();
    let refused = answers.iter().find(|answer| answer.status == 429).expect("one too many");
    assert_eq!(
        (refused.header("retry-after"), refused.header("content-type")),
        ("1", "application/problem+json")
    );
    assert!(answers.iter().filter(|answer| answer.status == 200).count() >= 5);
}

#[test]
fn one_token_may_ask_so_often() {
    let mut settings = DoorSettings::default();
    settings.token_rate = 5;
    let server = server(settings);
    let first = make(&server, None, &["admin"], &["*"]);
    let second = make(&server, Some(&first), &["read"], &["*"]);
    let refused =
        (0..50).map(|_| with(&server, &second, "GET", "/api", "")).find(|answer| answer.status != 200);
    assert_eq!(refused.map(|answer| answer.status), Some(429));
    assert_eq!(with(&server, &first, "GET", "/api", "").status, 200, "others are not concerned");
}
