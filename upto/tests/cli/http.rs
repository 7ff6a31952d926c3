//! Delivery that is confirmed.

use std::net::TcpListener;

use upto::wire::Kind;

use crate::support::http::{Listener, respond};
use crate::support::udp::{Receiver, decoded};
use crate::support::{output, refusal, said, upto};

const STORED: &str =
    r#"{"stored":1,"timelines":[{"context":"c","name":"2026-11-21T00:00:00.000000001Z","_links":{}}]}"#;

fn storing() -> Listener {
    Listener::answering(|_| (201, STORED.to_owned()))
}

#[test]
fn new_prints_the_timeline_s_name() {
    let server = storing();
    let url = format!("{}/", server.url);
    assert_eq!(said(&output(["new", "c", "--http", &url])), "2026-11-21T00:00:00.000000001Z\n");
    let request = server.request();
    assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/api/events"));
    assert_eq!(request.content_type, "application/msgpack");
    let message = &decoded(&request.body)[0];
    assert_eq!((message.kind, message.context.as_str(), message.time), (Kind::New, "c", None));
}

#[test]
fn events_are_posted_where_the_variable_says() {
    let server = storing();
    let mut command = upto(["start", "c", "a.b", "--id", "3"]);
    assert_eq!(said(&command.env("UPTO_URL", &server.url).output().expect("the command")), "");
    let message = &decoded(&server.request().body)[0];
    assert_eq!((message.kind, message.name.as_str(), message.id), (Kind::Start, "a.b", 3));
}

#[test]
fn a_token_is_shown_to_the_server_and_to_nobody_else() {
    let server = Listener::answering(|_| (401, r#"{"detail":"no such token"}"#.to_owned()));
    let asked = |arguments: &[&str]| {
        let output = upto(arguments).env("UPTO_TOKEN", "upto_1_2").output().expect("the command");
        let line = refusal(&output, 1);
        assert!(line.contains("401: no such token") && !line.contains("upto_1_2"), "{line}");
        server.request().authorization
    };
    assert_eq!(asked(&["start", "c", "a", "--http", &server.url]), "Bearer upto_1_2");
    assert_eq!(asked(&["contexts", "--url", &server.url]), "Bearer upto_1_2");
    let broken = upto(["contexts"]).env("UPTO_TOKEN", "se\ncret").output().expect("the command");
    let line = refusal(&broken, 1);
    assert!(line.contains("UPTO_TOKEN") && !line.contains("cret"), "{line}");
}

#[test]
fn a_datagram_that_is_asked_for_goes_before_the_variable() {
    let receiver = Receiver::new();
    let mut command = upto(["start", "c", "a", "--rp", &receiver.port()]);
    let output = command.env("UPTO_URL", "http://127.0.0.1:1").output().expect("the command");
    assert_eq!(said(&output), "");
    assert_eq!(receiver.message().name, "a");
}

#[test]
fn refusals_are_one_line_with_the_server_s_reason() {
    let server = Listener::answering(|_| {
        (503, r#"{"title":"Service Unavailable","detail":"behind\u001b[2J; try later"}"#.to_owned())
    });
    let line = refusal(&output(["start", "c", "a", "--http", &server.url]), 1);
    assert!(line.contains("answered 503: behind\u{fffd}[2J; try later"), "{line}");
}

#[test]
fn other_answers_are_no_confirmation() {
    for (status, body, expected) in [
        (200, "hello", "did not answer as upto-server does"),
        (404, "<html>", "answered 404: Not Found"),
        (302, "", "answered 302"),
    ] {
        let server = Listener::answering(move |_| (status, body.to_owned()));
        let line = refusal(&output(["start", "c", "a", "--http", &server.url]), 1);
        assert!(line.contains(expected), "{line}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_without_secrets() {
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a socket");
        listener.local_addr().expect("its address")
    };
    let line = refusal(&output(["start", "c", "a", "--http", &format!("http://me:secret@{address}")]), 1);
    assert!(line.contains("does not answer") && !line.contains("secret"), "{line}");
}

#[test]
fn a_connection_that_is_closed_is_no_confirmation() {
    let server = Listener::new(|_, _| ());
    let line = refusal(&output(["start", "c", "a", "--http", &server.url]), 1);
    assert!(line.contains("does not answer"), "{line}");
    let server = Listener::new(|_, stream| respond(stream, 201, "{}"));
    let line = refusal(&output(["start", "c", "a", "--http", &server.url]), 1);
    assert!(line.contains("did not answer as upto-server does"), "{line}");
}
