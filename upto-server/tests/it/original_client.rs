//! The original client's datagrams, byte for byte as it sends them.

use serde_json::{Value, json};
use upto_server::{Server, store::StoreUrl};

use crate::support::{TestServer, brief};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let text = |pair: &[u8]| String::from_utf8_lossy(pair).into_owned();
    digits.chunks(2).map(|pair| u8::from_str_radix(&text(pair), 16).expect("hex")).collect()
}

fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a short text");
    match length {
        0..32 => [&[0xa0 | length], text.as_bytes()].concat(),
        _ => [&[0xd9, length], text.as_bytes()].concat(),
    }
}

/// What the original client sends: its six keys in its order, the time as extension type 5.
fn datagram(context: &str, name: &str, kind: u8, seconds: i64, host: &str, auto_ip: bool) -> Vec<u8> {
    let time = [&[0xc7, 0x0c, 0x05], &seconds.to_be_bytes()[..], &7_i32.to_be_bytes()].concat();
    let auto_ip = if auto_ip { 0xc3 } else { 0xc2 };
    let pairs = [
        [text("context"), text(context)].concat(),
        [text("name"), text(name)].concat(),
        [text("type"), vec![kind]].concat(),
        [text("time"), time].concat(),
        [text("host"), text(host)].concat(),
        [text("autoIP"), vec![auto_ip]].concat(),
    ];
    [vec![0x86], pairs.concat()].concat()
}

/// The recorded `new ctx`.
const NEW: &str = "86a7636f6e74657874a3637478a46e616d65a0a47479706503a474696d65c70c05fffffff1886e090000000000a4686f7374a0a66175746f4950c2";

#[test]
fn the_recorded_new_is_what_this_test_sends() {
    let mut sent = datagram("ctx", "", 3, -62_135_596_800, "", false);
    // The zero time has no nanoseconds, unlike the others here.
    let nanoseconds = sent.iter().rposition(|byte| *byte == 7).expect("the seven");
    sent[nanoseconds] = 0;
    assert_eq!(sent, bytes(NEW));
    assert_eq!(sent.len(), 59);
}

#[test]
fn new_start_end_and_event_give_a_timeline() {
    let server = TestServer::start();
    server.send(&bytes(NEW));
    let timeline = server.latest("ctx");
    server.send(&datagram("ctx", "build.compile", 0, 1_500_000_000, "ci-01", false));
    server.send(&datagram("ctx", "build.compile", 1, 1_500_000_010, "ci-01", false));
    server.send(&datagram("ctx", "build.released", 2, 1_500_000_020, "ci-01", false));
    let events = server.eventually_events("ctx", 2);
    let time = |seconds: &str| json!(format!("2017-07-14T02:40:{seconds}.000000007Z"));
    assert_eq!(
        brief(&events),
        [
            ("build.compile".into(), "done".into(), time("00"), time("10")),
            ("build.released".into(), "point".into(), time("20"), time("20")),
        ]
    );
    assert!(events.iter().all(|event| event["host"] == "ci-01" && event["id"] == 0));
    assert_eq!(server.latest("ctx"), timeline);
}

#[test]
fn a_new_without_a_time_is_named_by_the_server_s_clock() {
    let clock = std::sync::Arc::new(upto_server::clock::ManualClock::new(1_500_000_000_000_000_001));
    let server = TestServer::start_with(Server::builder().store(StoreUrl::Memory).clock(clock));
    server.send(&bytes(NEW));
    server.latest("ctx");
    server.send(&bytes(NEW));
    let names = server.eventually("two timelines", || {
        let timelines = server.json("/api/contexts/ctx/timelines");
        let items = timelines["_embedded"]["item"].as_array()?.clone();
        (items.len() == 2).then(|| items.iter().map(|item| item["name"].clone()).collect::<Vec<Value>>())
    });
    assert_eq!(names, ["2017-07-14T02:40:00.000000002Z", "2017-07-14T02:40:00.000000001Z"]);
}

#[test]
fn start_and_end_before_any_new_open_the_first_timeline() {
    let server = TestServer::start();
    server.send(&datagram("ctx", "a", 0, 100, "", false));
    server.send(&datagram("ctx", "a", 1, 101, "", false));
    let events = server.eventually("the end", || {
        let events = server.eventually_events("ctx", 1);
        (events[0]["state"] == "done").then_some(events)
    });
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].get("host"), None);
}

#[test]
fn the_next_timeline_does_not_inherit_an_old_start() {
    let server = TestServer::start();
    for (name, kind, time) in [("a", 0, 100), ("a", 1, 101), ("", 3, 200), ("a", 1, 300)] {
        server.send(&datagram("ctx", name, kind, time, "", false));
    }
    let events = server.eventually("the second timeline", || {
        let events = server.eventually_events("ctx", 1);
        (events[0]["end"] == "1970-01-01T00:05:00.000000007Z").then_some(events)
    });
    assert_eq!((&events[0]["state"], &events[0]["start"]), (&json!("unknown_start"), &Value::Null));
}

#[test]
fn an_end_goes_to_the_timeline_in_which_its_event_is_open() {
    let server = TestServer::start();
    server.send(&datagram("ctx", "long", 0, 100, "", false));
    let first = server.latest("ctx");
    for (name, kind, time) in [("", 3, 200), ("short", 0, 210), ("long", 1, 300), ("short", 1, 310)] {
        server.send(&datagram("ctx", name, kind, time, "", false));
    }
    let short = server.eventually("the last end", || {
        let events = server.eventually_events("ctx", 1);
        (events[0]["name"] == "short" && events[0]["state"] == "done").then_some(events)
    });
    assert_eq!(short.len(), 1);
    let long = server.events(&first);
    assert_eq!((long.len(), &long[0]["state"]), (1, &json!("done")));
}

#[test]
fn a_lost_end_does_not_draw_the_next_run_into_the_old_timeline() {
    let server = TestServer::start();
    for (name, kind, time) in [("a", 0, 100), ("", 3, 200), ("a", 0, 300), ("a", 1, 301)] {
        server.send(&datagram("ctx", name, kind, time, "", false));
    }
    let events = server.eventually("the second run", || {
        let events = server.eventually_events("ctx", 1);
        (events[0]["state"] == "done").then_some(events)
    });
    assert_eq!(events[0]["start"], "1970-01-01T00:05:00.000000007Z");
}

#[test]
fn auto_ip_replaces_the_host_by_the_peer_s_address_on_both_families() {
    let v6 = ["[::1]:0".parse().expect("an address")];
    for (addresses, expected) in
        [(vec!["127.0.0.1:0".parse().expect("an address")], "127.0.0.1"), (v6.to_vec(), "::1")]
    {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        let builder = Server::builder().store(StoreUrl::Memory).any_port().udp(addresses);
        let handle = runtime.block_on(builder.start()).expect("a server");
        let client = crate::support::Client {
            udp: handle.udp_addresses()[0],
            url: handle.http_urls().next().expect("a URL"),
        };
        client.send(&datagram("ctx", "a", 2, 100, "sent", true));
        assert_eq!(client.eventually_events("ctx", 1)[0]["host"], expected);
        runtime.block_on(handle.shutdown()).expect("everything is stored");
    }
}

#[test]
fn a_name_of_eleven_hundred_bytes_is_kept() {
    let server = TestServer::start();
    let name = "n".repeat(1_100);
    let mut datagram = datagram("ctx", "?", 2, 100, "", false);
    let place = datagram.windows(2).position(|pair| pair == [0xa1, b'?']).expect("the name");
    let long = [&[0xda, 0x04, 0x4c], name.as_bytes()].concat();
    datagram.splice(place..place + 2, long);
    server.send(&datagram);
    assert_eq!(server.eventually_events("ctx", 1)[0]["name"], name);
}
