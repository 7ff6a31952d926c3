//! `new`, `start`, `end` and `event` by datagrams, as the original client sends them.

use upto::Value;
use upto::wire::{Kind, Status};

use crate::support::udp::Receiver;
use crate::support::{output, refusal, said, upto};

/// The original client's `new ctx`, as it was recorded.
const NEW: &[u8] = b"\x86\xa7context\xa3ctx\xa4name\xa0\xa4type\x03\xa4time\xc7\x0c\x05\
    \xff\xff\xff\xf1\x88\x6e\x09\x00\x00\x00\x00\x00\xa4host\xa0\xa6autoIP\xc2";

/// Sends, which has to succeed silently.
fn send(receiver: &Receiver, line: &str) -> Vec<u8> {
    let destination = ["--rh", "127.0.0.1", "--rp", &receiver.port()].map(str::to_owned);
    let arguments = destination.into_iter().chain(line.split(' ').map(str::to_owned));
    assert_eq!(said(&output(arguments)), "");
    receiver.datagram()
}

/// What the original client sends of an event; the time is that of `datagram`.
fn original(kind: u8, name: &str, host: &str, auto_ip: u8, datagram: &[u8]) -> Vec<u8> {
    let text = |text: &str| [&[0xa0 | u8::try_from(text.len()).expect("short")], text.as_bytes()].concat();
    let mark = b"\xa4time\xc7\x0c\x05";
    let at = datagram.windows(mark.len()).position(|bytes| bytes == mark).expect("a time") + mark.len();
    [
        b"\x86\xa7context\xa3ctx\xa4name",
        text(name).as_slice(),
        b"\xa4type",
        &[kind],
        mark,
        &datagram[at..at + 12],
        b"\xa4host",
        &text(host),
        b"\xa6autoIP",
        &[auto_ip],
    ]
    .concat()
}

#[test]
fn new_is_the_recorded_datagram() {
    let receiver = Receiver::new();
    for line in ["new ctx", "n ctx", "-a -n host -i new ctx"] {
        assert_eq!(send(&receiver, line), NEW, "{line}");
    }
}

#[test]
fn events_are_what_the_original_client_sends() {
    let receiver = Receiver::new();
    for (line, kind, name, host, auto_ip) in [
        ("start ctx a.b", 0, "a.b", "", 0xc2),
        ("s ctx a.b", 0, "a.b", "", 0xc2),
        ("-n h end ctx a.b", 1, "a.b", "h", 0xc2),
        ("e ctx a.b --hostname h", 1, "a.b", "h", 0xc2),
        ("-i event ctx p", 2, "p", "", 0xc3),
        ("v ctx p --autoip", 2, "p", "", 0xc3),
    ] {
        let datagram = send(&receiver, line);
        assert_eq!(datagram, original(kind, name, host, auto_ip, &datagram), "{line}");
    }
}

#[test]
fn the_time_is_now_and_the_host_this_machine() {
    let receiver = Receiver::new();
    let now =
        || i64::try_from(std::time::UNIX_EPOCH.elapsed().expect("after it").as_nanos()).expect("a time");
    let before = now();
    assert!(output(["-a", "-n", "other", "start", "c", "e", "--rp", &receiver.port()]).status.success());
    let message = receiver.message();
    assert!((before..=now()).contains(&message.time.expect("a time")));
    let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
    assert_eq!(message.host, machine);
}

#[test]
fn what_the_original_client_does_not_know_is_added() {
    let receiver = Receiver::new();
    let mut command = upto(["end", "c", "a.b", "--id", "7", "--timeline", "1234", "--status", "failed"]);
    command.args(["--message", "no \u{e4}ther", "--attr", "n=3", "--attr", "version=1.10"]);
    assert!(command.env("UPTO_SERVER", receiver.address()).output().expect("the command").status.success());
    let message = receiver.message();
    assert_eq!((message.kind, message.id, message.timeline.as_str()), (Kind::End, 7, "1234"));
    assert_eq!(
        (message.status, message.text.as_str(), message.started),
        (Status::Failed, "no \u{e4}ther", None)
    );
    let attributes = [("n".to_owned(), Value::Int(3)), ("version".to_owned(), Value::Text("1.10".into()))];
    assert_eq!(message.attributes, attributes.into());
}

#[test]
fn a_script_s_events_join_the_timeline_that_it_runs_in() {
    let receiver = Receiver::new();
    let timeline = |arguments: &[&str]| {
        let mut command = upto(arguments);
        command.env("UPTO_SERVER", receiver.address()).env("UPTO_CONTEXT", "ci").env("UPTO_TIMELINE", "77");
        assert!(command.output().expect("the command").status.success());
        receiver.message().timeline
    };
    assert_eq!(timeline(&["start", "ci", "a"]), "77");
    assert_eq!(timeline(&["start", "other", "a"]), "");
    assert_eq!(timeline(&["start", "ci", "a", "--timeline", "9"]), "9");
}

#[test]
fn switched_off_nothing_is_sent() {
    let receiver = Receiver::new();
    let mut command = upto(["start", "c", "off"]);
    command.env("UPTO_SERVER", receiver.address());
    assert!(command.env("UPTO", "off").output().expect("the command").status.success());
    assert!(command.env("UPTO", "on").output().expect("the command").status.success());
    receiver.message();
    assert!(output(["start", "c", "last", "--rp", &receiver.port()]).status.success());
    // The first of them would still have been here.
    assert_eq!(receiver.message().name, "last");
}

#[test]
fn nobody_who_listens_is_no_mistake() {
    let port = Receiver::new().port();
    assert_eq!(said(&output(["start", "c", "e", "--rp", &port])), "");
}

#[test]
fn mistakes_are_one_clear_line_and_exit_code_1() {
    let long = "n".repeat(16_385);
    for (arguments, expected) in [
        (&["start", "c", "e", "--rh", "no..name"][..], "\"no..name\" can't be resolved"),
        (&["start", "", "e"], "context: missing context"),
        (&["start", "c", ""], "name: missing name"),
        (&["start", "c", &long], "name: name too long"),
        (&["start", "c", "e", "--message", &"t".repeat(66_000)], "at most 65507"),
        (&["start", "c", "e", "--http", "ftp://h"], "\"ftp://h\" is not the URL"),
    ] {
        let line = refusal(&output(arguments), 1);
        assert!(line.contains(expected), "{line}");
    }
    let broken = upto(["start", "c", "e"]).env("UPTO_SERVER", "h:port").output().expect("the command");
    assert!(refusal(&broken, 1).contains("UPTO_SERVER=\"h:port\""));
}

#[test]
fn usage_is_told_and_exit_code_1() {
    for arguments in
        [&[][..], &["start"], &["start", "c"], &["new"], &["begin", "c", "e"], &["start", "c", "e", "f"]]
    {
        let output = output(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{output:?}");
    }
}

#[test]
fn an_event_that_new_ignores_is_told_of() {
    let receiver = Receiver::new();
    let output = output(["new", "ctx", "1234", "--rp", &receiver.port()]);
    assert!(
        output.status.success() && String::from_utf8_lossy(&output.stderr).contains("--timeline"),
        "{output:?}"
    );
    assert_eq!(receiver.datagram(), NEW);
}
