//! What is said of services: pulses while a heartbeat is held, and lines for the journal.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use upto::wire::Kind;
use upto::{Client, Value};

use super::{DEADLINE, Received, Receiver, turn};

const LONG: Duration = Duration::from_secs(3_600);

fn said(messages: &[Received]) -> Vec<(Kind, &str, &str)> {
    messages.iter().map(|message| (message.kind, message.name.as_str(), message.text.as_str())).collect()
}

#[test]
fn a_heartbeat_pulses_says_what_it_has_to_and_is_cancelled() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let grace = Duration::from_secs(90);
    let heartbeat =
        upto::heartbeat("backup").run("7").grace(grace).alert("mail", "ops@example.org").every(LONG);
    let (_, _, first) = receiver.packet();
    assert_eq!(said(&first), [(Kind::Pulse, "backup", "")]);
    let attributes: Vec<(&str, Value)> =
        first[0].attributes.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
    let expected = [
        ("alert_target", Value::from("ops@example.org")),
        ("alert_type", Value::from("mail")),
        ("grace", Value::from(90.0)),
        ("next", Value::from(3_600.0)),
        ("run", Value::from("7")),
    ];
    assert_eq!(attributes, expected);

    heartbeat.say("t".repeat(2_000));
    let (_, _, second) = receiver.packet();
    assert_eq!((second[0].kind, second[0].text.len()), (Kind::Pulse, 1_024));

    drop(heartbeat);
    drop(guard);
    let (_, last) = receiver.session();
    assert_eq!(said(&last), [(Kind::Cancel, "backup", "")]);
    assert_eq!(last[0].attributes.get("run"), Some(&Value::from("7")));
}

#[test]
fn a_heartbeat_goes_on_pulsing_while_nothing_else_happens() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    // A third of this is what lies between two pulses: by then, the client's thread sleeps.
    let _heartbeat = upto::heartbeat("idle").every(Duration::from_millis(1_200));
    for sequence in 0..3 {
        let (session, _, messages) = receiver.packet();
        assert_eq!((session.sequence, said(&messages)), (sequence, vec![(Kind::Pulse, "idle", "")]));
    }
    assert!(guard.flush(DEADLINE));
}

#[test]
fn who_panics_or_abandons_its_heartbeat_does_not_cancel_it() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _heartbeat = upto::heartbeat("panics").every(LONG);
        assert!(guard.flush(DEADLINE));
        panic!("as services do");
    }));
    assert!(unwound.is_err());
    upto::heartbeat("left alone").every(LONG).abandon();
    drop(upto::heartbeat("done").every(LONG));
    drop(guard);
    let (_, messages) = receiver.session();
    assert_eq!(said(&messages), [(Kind::Pulse, "panics", ""), (Kind::Cancel, "done", "")]);
}

#[test]
fn lines_go_to_the_journal_with_their_level() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    upto::journal("backup", format_args!("disk {} is full", 2)).level(3).alert();
    upto::journal("backup", "t".repeat(5_000));
    drop(guard);
    let (_, messages) = receiver.session();
    assert_eq!(said(&messages[..1]), [(Kind::Log, "backup", "disk 2 is full")]);
    let attributes = [messages[0].attributes.get("level"), messages[0].attributes.get("alert")];
    assert_eq!(attributes, [Some(&Value::from(3)), Some(&Value::from(true))]);
    assert_eq!((messages[1].text.len(), messages[1].attributes.len()), (1_024, 0));
}

#[test]
fn reports_over_the_limit_are_dropped_and_counted() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let reading = std::thread::spawn(move || receiver.session());
    let beating: Vec<_> = (0..1_025).map(|_| upto::heartbeat("many").every(LONG)).collect();
    let dropped = Client::stats().map(|stats| stats.dropped_queue_full);
    assert_eq!(dropped, Some(1));
    beating.into_iter().for_each(upto::Heartbeat::abandon);
    drop(guard);
    assert!(reading.join().is_ok());
}

#[test]
fn without_a_client_nothing_is_said_and_a_heartbeat_of_one_that_ended_does_nothing() {
    let _turn = turn();
    upto::journal("nobody", "hears this").level(1);
    let unheard = upto::heartbeat("nobody").every(LONG);
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let outliving = upto::heartbeat("outlives its client").every(LONG);
    assert!(guard.flush(DEADLINE));
    drop(guard);
    let (_, first) = receiver.session();
    assert_eq!(first.len(), 1);

    let guard = receiver.builder().init().expect("a client");
    unheard.say("still not heard");
    outliving.say("nor this");
    drop((unheard, outliving));
    upto::point("something");
    drop(guard);
    let (_, second) = receiver.session();
    assert_eq!(said(&second), [(Kind::Point, "something", "")]);
}
