//! What is refused: with a clear error, counted, and nothing else happens.

use serde_json::json;

use crate::support::TestServer;

#[test]
fn garbage_datagrams_are_counted_by_reason_and_change_nothing() {
    let server = TestServer::start();
    let nested = [&[0x81, 0xa1, b'x'][..], &[0x91; 40], &[0xc0]].concat();
    for (datagram, reason) in [
        (&b""[..], "empty"),
        (b"hello", "not_a_message"),
        (&[0x86, 0xa7, b'c'], "truncated"),
        (&[0x80], "missing_type"),
        (&[0x81, 0xa4, b't', b'y', b'p', b'e', 0xc3], "wrong_type"),
        (&[0xdf, 0xff, 0xff, 0xff, 0xff], "truncated"),
        (&nested, "too_deep"),
        (&[0x95, 9, 1, 0, 0x80, 0x90], "unknown_version"),
    ] {
        let counter = format!("upto_refused_total{{input=\"udp\",reason=\"{reason}\"}}");
        let before = server.counter(&counter);
        server.send(datagram);
        server.eventually(reason, || (server.counter(&counter) == before + 1).then_some(()));
    }
    assert_eq!(server.json("/api/contexts")["_embedded"]["item"], json!([]));
}

#[test]
fn the_largest_datagram_is_read_whole() {
    let server = TestServer::start();
    let text = "x".repeat(60_000);
    let message =
        upto::wire::Message { context: "c", name: "n", text: &text, time: Some(1), ..Default::default() };
    let mut datagram = Vec::new();
    upto::wire::encode_single(&message, &[], &mut datagram);
    server.send(&datagram);
    let event = server.eventually_events("c", 1).remove(0);
    assert_eq!(event["message"].as_str().map(str::len), Some(60_000));
}

#[test]
fn requests_that_are_no_messages_are_told_why() {
    let server = TestServer::start();
    let post = |content_type: &str, body: &[u8]| server.request("POST", "/api/events", content_type, body);
    let json = "application/json";
    assert!(post("text/plain", b"{}").problem(415).contains("application/json"));
    assert!(post("", b"{}").problem(415).contains("application/msgpack"));
    assert!(post(json, b"{\"context\":").problem(400).contains("line 1"));
    assert!(post(json, b"").problem(400).contains("no message"));
    assert!(post(json, b"[1]").problem(422).contains("expected a message: an object with `context`"));
    for list in [&b"[[\"c\"]]"[..], b"[[]]"] {
        assert!(post(json, list).problem(422).contains("expected a message: an object with `context`"));
    }
    assert!(post(json, br#"{"context":"c","type":"start"}"#).problem(422).contains("`name` is missing"));
    assert!(post("application/msgpack", b"\x86").problem(400).contains("ends in the middle"));
    for body in [&b"\xc1"[..], b"\xa1x", b"\x05", b"{}"] {
        assert!(post("application/msgpack", body).problem(400).contains("maps"), "{body:?}");
    }
    assert!(post("application/msgpack", b"\x80").problem(422).contains("no message type"));
    let long = json!({"context": "c", "type": 2, "name": "n".repeat(16_385)}).to_string();
    assert!(post(json, long.as_bytes()).problem(422).contains("over 16 KiB"));
    let wordy = json!({"context": "c", "type": 2, "name": "n", "text": "x".repeat(40_000), "attrs": {"k": "y".repeat(30_000)}});
    assert!(post(json, wordy.to_string().as_bytes()).problem(422).contains("over 65536 bytes"));
    let many = "{\"context\":\"c\",\"name\":\"n\",\"type\":2}\n".repeat(65_537);
    assert!(post(json, many.as_bytes()).problem(413).contains("65536 messages"));
    assert_eq!(server.json("/api/contexts")["_embedded"]["item"], json!([]));
}

#[test]
fn of_a_request_with_one_bad_message_none_is_taken() {
    let server = TestServer::start();
    let body = r#"[{"context":"c","name":"good","type":"event"},{"context":"c","type":"event"}]"#;
    let answer = server.request("POST", "/api/events", "application/json", body.as_bytes());
    assert!(answer.problem(422).starts_with("message 2:"));
    assert_eq!(server.get("/api/contexts/c").status, 404);
    assert_eq!(server.counter(r#"upto_refused_total{input="http",reason="meaning"}"#), 1);
}

#[test]
fn a_body_over_the_limit_is_413() {
    let server = TestServer::start();
    let answer = server.request("POST", "/api/events", "application/json", &vec![b' '; (8 << 20) + 1]);
    assert!(answer.problem(413).contains("at most 8 MiB"));
}

#[test]
fn what_is_not_there_is_404_and_a_wrong_method_405() {
    let server = TestServer::start();
    assert!(server.get("/api/contexts/buidl").problem(404).contains("\"buidl\""));
    server.post(r#"{"context":"c","type":"new"}"#);
    assert!(server.get("/api/contexts/c/timelines/nope/events").problem(404).contains("\"nope\""));
    assert!(server.get("/nowhere").problem(404).contains("/api"));
    for (method, path) in [("DELETE", "/api"), ("GET", "/api/events"), ("PUT", "/api/contexts/c/timelines")] {
        assert!(server.request(method, path, "", b"").problem(405).contains(method));
    }
}

#[test]
fn pages_that_can_not_be_are_400() {
    let server = TestServer::start();
    server.post(r#"{"context":"c","timeline":"t","name":"n","type":"event"}"#);
    for list in ["/api/contexts", "/api/contexts/c/timelines", "/api/contexts/c/timelines/t/events"] {
        for query in ["limit=0", "limit=10001", "limit=many", "cursor=7", "cursor=", "cursor=bx"] {
            server.get(&format!("{list}?{query}")).problem(400);
        }
    }
    let unknown = format!("/api/contexts?cursor=n!{}", "0".repeat(32));
    for path in
        ["/api/contexts/c/timelines?cursor=nx", "/api/contexts/c/timelines/t/events?cursor=n5", &unknown]
    {
        assert!(server.get(path).problem(400).contains("another list"));
    }
}

#[test]
fn every_error_is_a_problem() {
    let server = TestServer::start();
    for path in ["/api/contexts/%ff", "/api/contexts/c/timelines/%ff/events", "/api/contexts/%ff/timelines"] {
        assert!(server.get(path).problem(400).contains("UTF-8"), "{path}");
    }
    let opening = server.request("POST", "/api/contexts/%ff/timelines", "application/json", b"{}");
    assert!(opening.problem(400).contains("UTF-8"));
    for path in ["/ui/nope.js", "/ui/../Cargo.toml", "/ui/"] {
        assert!(!server.get(path).problem(404).is_empty(), "{path}");
    }
    assert_eq!(server.get("/ui/nope.js").problem(404), "the page has no such file");
}

#[test]
fn a_timeline_is_opened_by_json_only_which_no_foreign_page_can_send() {
    let server = TestServer::start();
    let open = |content_type: &str, body: &[u8]| {
        server.request("POST", "/api/contexts/c/timelines", content_type, body)
    };
    for content_type in
        ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    {
        for body in [&b"{}"[..], b""] {
            assert!(open(content_type, body).problem(415).contains("application/json"), "{content_type}");
        }
    }
    assert_eq!(server.get("/api/contexts/c").status, 404);
    assert_eq!(open("Application/JSON; charset=utf-8", b"").status, 201);
}
