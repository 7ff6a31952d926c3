//! Events whose attributes take more than one packet.

use std::collections::BTreeMap;

use upto::testing::{CapturedMark, capture};
use upto::wire::{Kind, limits};
use upto::{Event, EventBuilder, Value};

use crate::alone::in_own_process;
use crate::receiver::{Received, Receiver};

/// As many attributes, keys and texts as an event may have; each attribute is another one.
fn attributes(count: usize, key_bytes: usize, text_bytes: usize) -> BTreeMap<String, Value> {
    let long =
        |start: String, bytes: usize| format!("{start:é<bytes$}").chars().take(bytes / 2).collect::<String>();
    let attribute = |number| {
        let text = long(format!("{number:03}"), text_bytes);
        (long(format!("{number:03}"), key_bytes), Value::from(text))
    };
    (0..count).map(attribute).collect()
}

/// The attributes of an event's marks of this kind, united as a server unites them; all else is the same in each.
fn united(messages: &[Received], kind: Kind) -> BTreeMap<String, Value> {
    let marks: Vec<_> = messages.iter().filter(|mark| mark.kind == kind).collect();
    for mark in &marks {
        let others = Received { attributes: marks[0].attributes.clone(), ..(*mark).clone() };
        assert_eq!(&others, marks[0]);
    }
    let all: BTreeMap<_, _> = marks.iter().flat_map(|mark| mark.attributes.clone()).collect();
    assert_eq!(all.len(), marks.iter().map(|mark| mark.attributes.len()).sum::<usize>());
    all
}

/// Says the attributes in a mark of this kind.
fn say(name: String, kind: Kind, attributes: &BTreeMap<String, Value>) {
    match kind {
        Kind::Start => {
            let add =
                |builder: EventBuilder, (key, value): (&String, &Value)| builder.attr(key.clone(), value);
            attributes.iter().fold(Event::builder(name), add).start().end();
        }
        Kind::End => {
            let event = upto::event(name);
            attributes.iter().for_each(|(key, value)| _ = event.attr(key.clone(), value));
            event.fail("for a reason");
        }
        _ => {
            let point = upto::point(name);
            attributes.iter().for_each(|(key, value)| _ = point.attr(key.clone(), value));
        }
    }
}

/// The lengths of the packets in which the attributes arrive. A receiver's buffer has room for those of one mark.
fn arrive(name: &str, kind: Kind, attributes: &BTreeMap<String, Value>) -> Vec<usize> {
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().unwrap();
    say(name.to_owned(), kind, attributes);
    drop(guard);
    let (packets, messages) = receiver.session();
    assert!(messages.iter().all(|message| message.name == name && !message.truncated));
    assert!(united(&messages, kind) == *attributes, "{} of {}", messages.len(), packets.len());
    packets.into_iter().map(|(_, bytes)| bytes).collect()
}

const KINDS: [Kind; 3] = [Kind::Start, Kind::End, Kind::Point];

#[test]
fn all_attributes_arrive_in_packets_of_the_usual_length() {
    in_own_process("parts::all_attributes_arrive_in_packets_of_the_usual_length", || {
        for attributes in [
            attributes(20, 10, 250),
            attributes(limits::ATTRIBUTES, 10, 256),
            attributes(limits::ATTRIBUTES, limits::KEY_BYTES, 256),
        ] {
            let said: usize = attributes.keys().map(|key| key.len() + 256).sum();
            for packets in KINDS.map(|kind| arrive("event", kind, &attributes)) {
                assert!(packets.iter().all(|bytes| *bytes <= limits::PACKET_BYTES), "{packets:?}");
                let bytes: usize = packets.iter().sum();
                assert!(bytes < said * 2, "{bytes} of {said}");
            }
        }
    });
}

#[test]
fn where_names_leave_no_room_the_attributes_go_with_them() {
    in_own_process("parts::where_names_leave_no_room_the_attributes_go_with_them", || {
        let attributes = attributes(limits::ATTRIBUTES, 10, 256);
        for packets in KINDS.map(|kind| arrive(&"n".repeat(2_000), kind, &attributes)) {
            assert!(packets.len() <= 3 && packets.iter().any(|bytes| *bytes > 128 * 256), "{packets:?}");
        }
    });
}

/// An event with names of the greatest length but the context's, and 100 attributes.
fn with_names(context_bytes: usize) {
    let long = |letter: &str| letter.repeat(limits::NAME_BYTES);
    let builder = Event::builder(long("n")).timeline(long("t")).host(long("h"));
    let builder = builder.context("c".repeat(context_bytes));
    let text = "x".repeat(250);
    let add = |builder: EventBuilder, number| builder.attr(format!("key {number:03}"), &text);
    (0..100).fold(builder, add).start().end();
}

#[test]
fn names_as_long_as_a_datagram_leave_no_room_and_that_is_told() {
    in_own_process("parts::names_as_long_as_a_datagram_leave_no_room_and_that_is_told", || {
        let capture = capture();
        let mut seen = 0;
        let mut sent = |context_bytes| {
            with_names(context_bytes);
            let marks = capture.marks().split_off(seen);
            seen += marks.len();
            let attributes: usize = marks.iter().map(|mark| mark.attributes.len()).sum();
            let is_marked = marks.iter().any(|mark| mark.truncated);
            (marks.len(), attributes, is_marked, capture.missed())
        };
        assert_eq!(sent(1), (3, 100, false, 0));
        assert_eq!(sent(16_100), (2, 0, true, 0));
        assert_eq!(sent(limits::NAME_BYTES), (0, 0, false, 2));
    });
}

/// What is sent, as a receiver decodes it, and as a capture shows it.
#[test]
fn a_capture_shows_what_is_sent() {
    in_own_process("parts::a_capture_shows_what_is_sent", || {
        let receiver = Receiver::new("127.0.0.1:0");
        let guard = receiver.builder().init().unwrap();
        let capture = capture();
        for key_bytes in [limits::KEY_BYTES, limits::KEY_BYTES + 1] {
            let key = "k".repeat(key_bytes);
            upto::scope!("at its start", key = 1).attr(key.clone(), 1);
            Event::builder("built").attr(key.clone(), 1).attr("other", 2).start().end();
            upto::point("point").attr(key, "x".repeat(300));
        }
        for count in [128, 129] {
            let event = upto::event("many");
            (0..count).for_each(|number| _ = event.attr(format!("key {number}"), "x".repeat(257)));
        }
        // Whatever the text of the process's trace or a link adds comes on top.
        let full = attributes(limits::ATTRIBUTES, 10, 10);
        let builder = full
            .iter()
            .fold(Event::builder("full"), |builder, (key, value)| builder.attr(key.clone(), value));
        builder.follows(upto::event("cause").scope().unwrap()).start().end();
        let (marks, missed) = (capture.marks(), capture.missed());
        drop(guard);
        let (_, messages) = receiver.session();
        let shown = |mark: &CapturedMark| {
            (
                mark.kind,
                mark.path.clone(),
                mark.id,
                mark.text.clone(),
                mark.truncated,
                mark.attributes.clone(),
            )
        };
        let sent = |message: &Received| {
            let Received { kind, name, id, text, truncated, attributes, .. } = message.clone();
            (kind, name, id, text, truncated, attributes)
        };
        let sent: Vec<_> = messages.iter().map(sent).collect();
        assert!(sent.iter().any(|mark| mark.4) && sent.iter().all(|mark| mark.5.len() <= limits::ATTRIBUTES));
        assert_eq!((marks.iter().map(shown).collect::<Vec<_>>(), missed), (sent, 0));
    });
}
