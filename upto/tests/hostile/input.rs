//! Values, names, addresses and networks that are not as one would wish.

use std::time::Instant;

use upto::settings::Settings;
use upto::wire::Kind;
use upto::{Client, ClientBuilder, Event, InitError, Value, display, escape};

use super::{DEADLINE, Receiver, turn};

#[test]
fn an_address_that_does_not_parse_is_an_error() {
    let ports = ["host:port", "host:70000", "host:-1", "host:0"];
    let hosts = ["", ":", "http://host:1", "a b:1", "[::1:1", "\0:1", "\0:1:", "::1% x\0", "[::1%]:1"];
    for server in ports.into_iter().chain(hosts) {
        let Err(InitError::Settings(mistakes)) = Client::builder().server(server) else {
            panic!("{server:?} is taken");
        };
        assert_eq!((mistakes[0].name, mistakes[0].value.as_str()), ("server", server));
    }
}

#[test]
fn nor_does_a_client_start_with_one_from_elsewhere() {
    let _turn = turn();
    for (host, port) in [("", 1), ("a b", 1), ("http://x", 1), ("\0", 1), ("::1% x\0", 1), ("host", 0)] {
        let mut settings = Settings::default();
        (settings.server_host, settings.server_port) = (host.to_owned(), port);
        settings.packet_bytes = 0;
        let Err(InitError::Settings(mistakes)) = ClientBuilder::from(settings).init() else {
            panic!("{host:?}, {port} is taken");
        };
        assert_eq!(
            mistakes.iter().map(|mistake| mistake.name).collect::<Vec<_>>(),
            ["server", "packet_bytes"]
        );
    }
}

#[test]
fn long_names_are_sent_and_too_long_ones_are_counted() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().packet_bytes(65_507).init().expect("a client");
    upto::event("n".repeat(10_000)).end();
    upto::event("n".repeat(20_000)).end();
    let outer = upto::event("o".repeat(10_000));
    upto::event("i".repeat(10_000)).end();
    outer.end();
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.dropped_name, stats.dropped_queue_full), (4, 0));
    drop(guard);
    let (_, messages) = receiver.session();
    let lengths: Vec<_> = messages.iter().map(|message| (message.kind, message.name.len())).collect();
    assert_eq!(lengths, [Kind::Start, Kind::End, Kind::Start, Kind::End].map(|kind| (kind, 10_000)));
}

#[test]
fn names_that_fit_no_packet_are_counted() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    upto::event("n".repeat(10_000)).end();
    upto::point("good");
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    drop(guard);
    let (packets, messages) = receiver.session();
    let long = messages.iter().filter(|message| message.name.len() == 10_000).count() as u64;
    assert_eq!((long + stats.dropped_unsent, messages.len() as u64), (2, long + 1));
    assert_eq!(packets.last().map(|(session, _)| session.dropped), Some(stats.dropped_unsent));
}

#[cfg(unix)]
#[test]
fn texts_with_any_characters_and_none_arrive() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let invalid = OsStr::from_bytes(b"broken \xff\xed\xa0\x80 path");
    let event = Event::builder("e\0v%{}<b>")
        .attr("k\0ey", "nul\0byte")
        .attr("path", display(std::path::Path::new(invalid).display()))
        .attr("lossy", invalid.to_string_lossy().into_owned())
        .start();
    event.fail(invalid.to_string_lossy());
    upto::event(escape(&invalid.to_string_lossy()).into_owned()).end();
    event.end();
    drop(guard);
    let (_, messages) = receiver.session();
    let lossy = String::from_utf8_lossy(invalid.as_bytes()).into_owned();
    let expected = [("k\0ey", "nul\0byte"), ("path", &lossy), ("lossy", &lossy)];
    let expected = expected.map(|(key, text)| (key.to_owned(), Value::from(text.to_owned())));
    assert_eq!(messages[0].attributes, expected.into());
    let names: Vec<_> = messages.iter().map(|message| message.name.as_str()).collect();
    let inner = ["e\0v%{}<b>.", &lossy].concat();
    assert_eq!(names, ["e\0v%{}<b>", &inner, &inner, "e\0v%{}<b>"]);
}

#[test]
fn packets_fit_the_least_mtu_of_the_internet() {
    /// 576 bytes, without the headers of IP and UDP.
    const BYTES: usize = 548;
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().packet_bytes(BYTES).init().expect("a client");
    for number in 0..40 {
        let event = Event::builder(format!("event {number}")).attr("text", "t".repeat(300)).start();
        for key in 0..3 {
            event.attr(format!("key {key}"), "v".repeat(100));
        }
        upto::event("inner").end();
    }
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    drop(guard);
    let (packets, messages) = receiver.session();
    let longest = packets.iter().map(|(_, bytes)| *bytes).max();
    assert!(longest.is_some_and(|longest| longest <= BYTES), "{longest:?}");
    assert_eq!(messages.len() as u64 + stats.dropped_unsent, 160);
    // All but what no packet of this size could hold.
    assert!(messages.len() >= 120, "{}", messages.len());
}

/// Run by the test below, as a process of its own: no file or socket can be opened until it says so.
#[cfg(target_os = "linux")]
#[test]
#[ignore = "a process of its own for other tests"]
fn child_without_a_network_at_first() {
    if !super::is_child() {
        return;
    }
    // SAFETY: both calls read or write the limit that is given, which is ours.
    let set = |limit: &libc::rlimit| unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, limit) };
    let mut usual = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: as above.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut usual) }, 0);
    let guard = upto::init().expect("a client");
    assert_eq!(set(&libc::rlimit { rlim_cur: 0, ..usual }), 0);
    upto::point("lost");
    assert!(guard.flush(DEADLINE));
    let stats = Client::stats().expect("a client");
    assert_eq!((stats.sent, stats.dropped_unsent), (0, 1));
    assert_eq!(set(&usual), 0);
    // It is tried again after a while.
    let (began, mut points) = (Instant::now(), 1);
    while Client::stats().expect("a client").sent == 0 {
        assert!(began.elapsed() < DEADLINE, "never tried again");
        upto::point("heard");
        points += 1;
        assert!(guard.flush(DEADLINE));
    }
    let stats = Client::stats().expect("a client");
    assert_eq!(stats.sent + stats.dropped_unsent, points);
    drop(guard);
}

#[cfg(target_os = "linux")]
#[test]
fn a_network_that_comes_later_is_found() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = super::run_child("input::child_without_a_network_at_first", &receiver);
    assert!(output.status.success(), "{output:?}");
    let (packets, messages) = receiver.session();
    assert_eq!(messages.iter().map(|message| message.name.as_str()).collect::<Vec<_>>(), ["heard"]);
    assert!(packets.last().is_some_and(|(session, _)| session.dropped > 0));
}
