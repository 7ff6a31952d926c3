//! Messages come back from packets as they were sent, or trimmed and marked.

use std::time::Duration;

use proptest::prelude::*;
use upto::wire::{
    Closing, Decoder, Kind, Message, PacketDefaults, PacketWriter, Pushed, SessionInfo, Value, limits,
};

use super::bytes::{array, map, packet, signed, text, unsigned};
use super::sent::{Sent, defaults, message};

/// Bytes by which a packet may be larger than the messages in it need: header, frame, larger numbers.
const FRAME_BYTES: usize = 120;

/// What left a writer: datagrams in order, and the messages that it did not take.
struct Outgoing<'s> {
    datagrams: Vec<Vec<u8>>,
    refused: Vec<&'s Sent>,
}

fn closing(sequence: usize) -> Closing {
    let sequence = sequence as u64;
    let age = (sequence > 1).then(|| Duration::from_millis(5 * sequence));
    let messages = (sequence > 2).then_some(7 * sequence);
    Closing { sequence, sent: 1_795_229_260_000_000_000, age, dropped: 3 * sequence, packets: None, messages }
}

/// Sends all messages as a client does.
fn send<'s>(sent: &'s [Sent], defaults: &PacketDefaults, max_bytes: usize) -> Outgoing<'s> {
    let mut writer = PacketWriter::new(7, defaults.clone(), max_bytes);
    let (mut datagrams, mut refused): (Vec<Vec<u8>>, _) = (Vec::new(), Vec::new());
    for message in sent {
        let mut pushed = writer.push(&message.message(), &message.attributes());
        if pushed == Pushed::Full {
            datagrams.push(writer.finish(&closing(datagrams.len())).to_vec());
            pushed = writer.push(&message.message(), &message.attributes());
        }
        match pushed {
            Pushed::Added => assert!(!writer.is_empty()),
            Pushed::Unsendable => refused.push(message),
            Pushed::Full => panic!("a new packet has no room"),
        }
    }
    let last = Closing { packets: Some(datagrams.len() as u64 + 1), ..closing(datagrams.len()) };
    datagrams.push(writer.finish(&last).to_vec());
    Outgoing { datagrams, refused }
}

/// Ids are relative to the base, which itself can't be one.
fn without_base(sent: &mut [Sent], base: u64) {
    for message in sent.iter_mut().filter(|message| message.id == base || message.parent == base) {
        (message.id, message.parent) = (0, 0);
    }
}

/// The message without what trimming may take.
fn untrimmed(sent: &Sent) -> Sent {
    Sent { text: String::new(), attributes: Vec::new(), truncated: false, ..sent.clone() }
}

fn name_bytes(sent: &Sent) -> usize {
    sent.name.len() + sent.context.len() + sent.timeline.len() + sent.host.len()
}

fn assert_trimmed_only(received: &Sent, sent: &Sent) {
    assert_eq!(untrimmed(received), untrimmed(sent));
    assert!(sent.attributes.starts_with(&received.attributes), "the last attributes go first");
    assert!(sent.text.starts_with(&received.text));
    if received.text != sent.text {
        assert_eq!(received.attributes, [], "attributes go before text");
    }
    let lost = received.attributes.len() < sent.attributes.len() || received.text.len() < sent.text.len();
    assert_eq!(received.truncated, lost || sent.truncated);
}

proptest! {
    #[test]
    fn any_messages_come_back_from_packets_of_any_size(
        mut sent in prop::collection::vec(message(), 0..25),
        defaults in defaults(),
        max_bytes in prop_oneof![4 => 0..3_000_usize, 1 => Just(limits::PACKET_BYTES), 1 => 3_000..100_000_usize],
    ) {
        without_base(&mut sent, defaults.id_base);
        let outgoing = send(&sent, &defaults, max_bytes);
        let mut decoder = Decoder::new();
        let mut received = Vec::new();
        for datagram in &outgoing.datagrams {
            let batch = decoder.decode(datagram).unwrap();
            let messages = Sent::all_of(&batch);
            decoder.recycle(batch);
            let alone = matches!(&messages[..], [one] if one.attributes.is_empty() && one.text.is_empty());
            let empty_of = messages.is_empty();
            prop_assert!(datagram.len() <= max_bytes || alone || empty_of);
            prop_assert!(datagram.len() <= limits::DATAGRAM_BYTES);
            received.extend(messages);
        }
        let taken: Vec<_> = sent.iter().filter(|one| !outgoing.refused.iter().any(|it| std::ptr::eq(*it, *one))).collect();
        prop_assert_eq!(received.len(), taken.len());
        received.iter().zip(taken).for_each(|(received, sent)| assert_trimmed_only(received, sent));
        for refused in &outgoing.refused {
            let header = defaults.context.len() + defaults.timeline.len() + defaults.host.len();
            prop_assert!(name_bytes(refused) + header + FRAME_BYTES > limits::DATAGRAM_BYTES);
        }
    }

    #[test]
    fn nothing_is_trimmed_that_has_room(sent in message(), max_bytes in 0..3_000_usize) {
        let alone = |max_bytes| send(std::slice::from_ref(&sent), &PacketDefaults::default(), max_bytes).datagrams.remove(0);
        let whole = alone(limits::DATAGRAM_BYTES);
        let datagram = alone(max_bytes);
        if whole.len() + FRAME_BYTES <= max_bytes {
            prop_assert_eq!(datagram, whole);
        }
    }

    #[test]
    fn a_receiver_counts_the_session_s_packets(sent in prop::collection::vec(message(), 0..20), max_bytes in 0..2_000_usize) {
        let datagrams = send(&sent, &PacketDefaults::default(), max_bytes).datagrams;
        let mut decoder = Decoder::new();
        for (index, datagram) in datagrams.iter().enumerate() {
            let sequence = index as u64;
            let packets = (index + 1 == datagrams.len()).then_some(sequence + 1);
            let Closing { age, dropped, messages, .. } = closing(index);
            let expected = SessionInfo { session: 7, sequence, sent: None, age, dropped, packets, messages_before: messages };
            let batch = decoder.decode(datagram).unwrap();
            prop_assert_eq!(batch.session.map(|session| SessionInfo { sent: None, ..session }), Some(expected));
            decoder.recycle(batch);
        }
    }
}

fn start(name: &str) -> Message<'_> {
    Message { kind: Kind::Start, context: "c", name, time: Some(1_000), ..Message::default() }
}

fn received(datagram: &[u8]) -> Vec<Sent> {
    Sent::all_of(&Decoder::new().decode(datagram).unwrap())
}

#[test]
fn sent_is_the_time_of_closing() {
    let sent = |message: Option<&Message<'_>>, sent: i64| {
        let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::PACKET_BYTES);
        message.map(|message| writer.push(message, &[]));
        let datagram = writer.finish(&Closing { sent, ..Closing::default() }).to_vec();
        Decoder::new().decode(&datagram).unwrap().session.unwrap().sent.unwrap()
    };
    assert_eq!(sent(None, 5), 5);
    assert_eq!(sent(Some(&start("n")), 5_000), 5_000);
    assert_eq!(sent(Some(&Message { time: None, ..start("n") }), 5_000), 5_000);
    // Clamped where the difference to the messages' time has no room.
    assert_eq!(sent(Some(&Message { time: Some(i64::MIN), ..start("n") }), 5), -1);
}

#[test]
fn a_name_used_twice_is_sent_once() {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::PACKET_BYTES);
    for _ in 0..10 {
        let message = Message { host: "a-host-name", timeline: "a-timeline", ..start("an-event-name") };
        assert_eq!(writer.push(&message, &[("an-attribute", Value::Int(1))]), Pushed::Added);
    }
    let datagram = writer.finish(&Closing::default()).to_vec();
    for name in ["an-event-name", "a-host-name", "a-timeline", "an-attribute"] {
        let times = datagram.windows(name.len()).filter(|window| *window == name.as_bytes()).count();
        assert_eq!(times, 1, "{name}");
    }
    assert_eq!(received(&datagram).len(), 10);
}

#[test]
fn a_message_that_did_not_fit_leaves_the_packet_as_it_was() {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), 300);
    assert_eq!(writer.push(&start("first"), &[]), Pushed::Added);
    let long = "n".repeat(250);
    assert_eq!(writer.push(&start(&long), &[]), Pushed::Full);
    // Its name got no number, so that the next one is right.
    assert_eq!(writer.push(&start("second"), &[]), Pushed::Added);
    assert_eq!(writer.push(&start("second"), &[]), Pushed::Added);
    let names: Vec<_> =
        received(writer.finish(&Closing::default())).into_iter().map(|sent| sent.name).collect();
    assert_eq!(names, ["first", "second", "second"]);
}

#[test]
fn times_too_far_apart_go_in_different_packets() {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::PACKET_BYTES);
    assert_eq!(writer.push(&Message { time: Some(i64::MAX), ..start("n") }, &[]), Pushed::Added);
    assert_eq!(writer.push(&Message { time: Some(-2), ..start("n") }, &[]), Pushed::Full);
    assert_eq!(writer.push(&Message { time: Some(0), ..start("n") }, &[]), Pushed::Added);
}

#[test]
fn a_long_name_goes_alone_in_a_larger_packet_and_is_not_marked() {
    let name = "n".repeat(limits::NAME_BYTES);
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::PACKET_BYTES);
    assert_eq!(writer.push(&start(&name), &[]), Pushed::Added);
    assert_eq!(writer.push(&start("n"), &[]), Pushed::Full);
    let received = received(writer.finish(&Closing::default()));
    assert_eq!((received[0].name.as_str(), received[0].truncated), (name.as_str(), false));
}

#[test]
fn what_every_decoder_refuses_is_not_added() {
    let long = "n".repeat(limits::NAME_BYTES + 1);
    let faulty = [
        Message { context: "", ..start("n") },
        start(""),
        start(&long),
        Message { context: &long, ..start("n") },
        Message { timeline: &long, ..start("n") },
        Message { host: &long, ..start("n") },
    ];
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::PACKET_BYTES);
    assert_eq!(writer.push(&start("good"), &[]), Pushed::Added);
    for message in &faulty {
        assert_eq!(writer.push(message, &[]), Pushed::Unsendable, "{message:?}");
    }
    assert_eq!(received(writer.finish(&Closing::default())).len(), 1);
}

#[test]
fn defaults_over_the_limit_do_no_harm() {
    let long = || "n".repeat(limits::NAME_BYTES + 1);
    let defaults =
        PacketDefaults { context: long(), timeline: long(), host: long(), ..PacketDefaults::default() };
    let mut writer = PacketWriter::new(1, defaults, limits::PACKET_BYTES);
    assert_eq!(writer.push(&start("n"), &[]), Pushed::Added);
    assert_eq!(received(writer.finish(&Closing::default())).len(), 1);
}

#[test]
fn names_that_fill_no_datagram_together_are_refused() {
    let long = "n".repeat(limits::NAME_BYTES);
    let message = Message { context: &long, timeline: &long, host: &long, ..start("n") };
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::PACKET_BYTES);
    // The same name four times is sent once, and fits.
    assert_eq!(writer.push(&Message { name: &long, ..message.clone() }, &[]), Pushed::Added);
    assert_eq!(received(writer.finish(&Closing::default())).len(), 1);
    let [context, timeline, name] = ["c", "t", "e"].map(|letter| letter.repeat(limits::NAME_BYTES));
    let message = Message { context: &context, timeline: &timeline, name: &name, ..message };
    assert_eq!(writer.push(&message, &[]), Pushed::Unsendable);
    assert!(writer.is_empty());
}

#[test]
fn attributes_beyond_the_limits_are_left_out_and_marked() {
    let long = "k".repeat(limits::KEY_BYTES + 1);
    let keys: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let mut attributes: Vec<_> = keys.iter().map(|key| (key.as_str(), Value::Bool(true))).collect();
    attributes.insert(0, (&long, Value::Bool(true)));
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), limits::DATAGRAM_BYTES);
    assert_eq!(writer.push(&start("n"), &attributes), Pushed::Added);
    let received = received(writer.finish(&Closing::default()));
    assert_eq!((received[0].attributes.len(), received[0].truncated), (limits::ATTRIBUTES, true));
}

#[test]
fn a_full_datagram_of_small_messages_comes_back() {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), usize::MAX);
    let names: Vec<String> = (0..limits::RECORDS).map(|number| format!("{number}")).collect();
    let added = names.iter().take_while(|name| writer.push(&start(name), &[]) == Pushed::Added).count();
    // Not the bytes are the limit here but the numbered strings, the context being one.
    assert_eq!(added, limits::STRINGS - 1);
    assert_eq!(received(writer.finish(&Closing::default())).len(), added);
}

#[test]
fn records_of_unknown_types_are_left_out_and_counted() {
    let record = |kind: u64, name: Vec<u8>, extras: &[(u64, Vec<u8>)]| {
        let extras: Vec<_> = extras.iter().map(|(key, value)| (unsigned(*key), value.clone())).collect();
        array(&[unsigned(kind), name, unsigned(0), signed(0), map(&extras)])
    };
    let attributes = |key: Vec<u8>| (6, map(&[(key, unsigned(7))]));
    let datagram = packet(&[
        record(0, text("known"), &[attributes(text("a"))]),
        record(7, text("later"), &[attributes(text("b")), (3, text("host"))]),
        record(u64::MAX, text(""), &[(1, text(""))]),
        // The texts 0 to 6 are known, a, later, b, host and the two empty ones.
        record(1, unsigned(2), &[attributes(unsigned(3)), (3, unsigned(4))]),
    ]);
    let mut decoder = Decoder::new();
    let batch = decoder.decode(&datagram).unwrap();
    assert_eq!(batch.unknown, 2);
    let names: Vec<_> =
        batch.messages.iter().map(|message| (message.kind, message.name, message.host)).collect();
    assert_eq!(names, [(Kind::Start, "known", ""), (Kind::End, "later", "host")]);
    assert_eq!(batch.attributes_of(&batch.messages[0]), [("a", Value::Int(7))]);
    assert_eq!(batch.attributes_of(&batch.messages[1]), [("b", Value::Int(7))]);
    assert_eq!(batch.attributes.len(), 2);
    decoder.recycle(batch);
    assert_eq!(decoder.decode(&packet(&[])).unwrap().unknown, 0);
}

#[test]
fn a_packet_without_records_is_told_from_others_by_its_looks() {
    let mut writer = PacketWriter::new(1, PacketDefaults::default(), 1_400);
    assert!(Decoder::is_bare_packet(writer.finish(&Closing { packets: Some(1), ..Closing::default() })));
    assert!(Decoder::is_bare_packet(writer.finish_padded(&Closing::default())));
    assert_eq!(writer.push(&start("name"), &[]), Pushed::Added);
    assert!(!Decoder::is_bare_packet(writer.finish(&Closing::default())));
    assert!(![&b""[..], &[0x90], &[0x81, 0x90]].into_iter().any(Decoder::is_bare_packet));
}
