//! Single messages come back as they were sent.

use proptest::prelude::*;
use upto::wire::{Batch, Decoder, Kind, Message, Reason, Status, Value, encode_single, limits};

use super::bytes::{single, text, unsigned};
use super::sent::{Data, Sent, message};

proptest! {
    #[test]
    fn any_message_comes_back(sent in message()) {
        let datagram = sent.single();
        let batch = Decoder::new().decode(&datagram).unwrap();
        prop_assert_eq!(batch.session, None);
        prop_assert_eq!(Sent::all_of(&batch), [sent]);
    }

    #[test]
    fn several_come_back_one_after_the_other_or_in_an_array(sent in prop::collection::vec(message(), 0..15)) {
        let sequence: Vec<u8> = sent.iter().flat_map(Sent::single).collect();
        let array = [vec![0x90 | u8::try_from(sent.len()).unwrap()], sequence.clone()].concat();
        for bytes in [sequence, array] {
            let batch = Decoder::new().decode_singles(&bytes, sent.len()).unwrap();
            prop_assert_eq!(&Sent::all_of(&batch), &sent);
        }
    }
}

proptest! {
    #[test]
    fn those_of_several_datagrams_are_put_together(sent in prop::collection::vec(message(), 0..15)) {
        let datagrams: Vec<_> = sent.iter().map(Sent::single).collect();
        let mut batch = Batch::default();
        for datagram in &datagrams {
            prop_assert!(Decoder::is_single(datagram));
            Decoder::append_single(datagram, &mut batch).unwrap();
        }
        prop_assert_eq!(Sent::all_of(&batch), sent);
    }
}

#[test]
fn a_datagram_that_is_refused_leaves_nothing_with_those_before_it() {
    let first = Sent { context: "c".into(), name: "n".into(), ..Sent::default() };
    let whole = Sent { attributes: vec![("k".into(), Data::Int(1))], ..first.clone() }.single();
    let mut batch = Batch::default();
    let datagram = first.single();
    Decoder::append_single(&datagram, &mut batch).unwrap();
    let longer = [whole.clone(), vec![0xc0]].concat();
    let wrong = [&whole[..whole.len() - 1], &longer, &[0x95, 1], &[]];
    let reasons = [Reason::Truncated, Reason::TrailingBytes, Reason::WrongType, Reason::Truncated];
    for (datagram, reason) in wrong.into_iter().zip(reasons) {
        assert_eq!(Decoder::append_single(datagram, &mut batch).unwrap_err().reason, reason);
        assert_eq!((Sent::all_of(&batch), batch.attributes.len()), (vec![first.clone()], 0));
    }
    assert!(![&[0x95][..], &[0xc0], &[]].into_iter().any(Decoder::is_single));
}

#[test]
fn levels_may_have_empty_names() {
    for name in ["a..b", ".a", "a.", "."] {
        let sent = Sent { context: "c".into(), name: name.into(), ..Sent::default() };
        let datagram = sent.single();
        assert_eq!(Decoder::new().decode(&datagram).unwrap().messages[0].name, name);
    }
}

#[test]
fn more_singles_than_the_limit_are_refused() {
    let one = Sent { context: "c".into(), name: "n".into(), ..Sent::default() }.single();
    for bytes in [one.repeat(3), [vec![0x93], one.repeat(3)].concat()] {
        let mut decoder = Decoder::new();
        assert_eq!(decoder.decode_singles(&bytes, 3).unwrap().messages.len(), 3);
        assert_eq!(decoder.decode_singles(&bytes, 2).unwrap_err().reason, Reason::TooManyRecords);
    }
}

#[test]
fn an_array_of_singles_ends_where_it_says() {
    let one = Sent { context: "c".into(), name: "n".into(), ..Sent::default() }.single();
    let mut decoder = Decoder::new();
    let too_short = decoder.decode_singles(&[vec![0x92], one.clone()].concat(), 9).unwrap_err();
    let too_long = decoder.decode_singles(&[vec![0x91], one.repeat(2)].concat(), 9).unwrap_err();
    assert_eq!((too_short.reason, too_long.reason), (Reason::Truncated, Reason::TrailingBytes));
}

#[test]
fn attributes_beyond_the_limits_are_left_out_and_marked() {
    let long_key = "k".repeat(limits::KEY_BYTES + 1);
    let keys: Vec<String> = (0..200).map(|number| number.to_string()).collect();
    let mut attributes: Vec<_> = keys.iter().map(|key| (key.as_str(), Value::Bool(true))).collect();
    attributes.insert(0, (&long_key, Value::Bool(true)));
    let message = Message { kind: Kind::Start, context: "c", name: "n", ..Message::default() };
    let mut datagram = Vec::new();
    encode_single(&message, &attributes, &mut datagram);
    let batch = Decoder::new().decode(&datagram).unwrap();
    let received = Sent::of(&batch, &batch.messages[0]);
    assert!(received.truncated);
    let expected: Vec<_> =
        keys[..limits::ATTRIBUTES].iter().map(|key| (key.clone(), Data::Bool(true))).collect();
    assert_eq!(received.attributes, expected);
}

#[test]
fn of_a_repeated_key_the_last_value_counts() {
    let datagram = b"\x85\xa4type\0\xa7context\xa1a\xa7context\xa1b\xa4name\xa1m\xa4name\xa1n";
    let batch = Decoder::new().decode(datagram).unwrap();
    assert_eq!((batch.messages[0].context, batch.messages[0].name), ("b", "n"));
}

#[test]
fn a_nil_attribute_is_none() {
    let datagram = b"\x84\xa4type\0\xa7context\xa1c\xa4name\xa1n\xa5attrs\x82\xa1a\xc0\xa1b\x01";
    let batch = Decoder::new().decode(datagram).unwrap();
    assert_eq!(batch.attributes_of(&batch.messages[0]), [("b", Value::Int(1))]);
}

#[test]
fn floats_of_32_bits_are_read() {
    let datagram = b"\x84\xa4type\0\xa7context\xa1c\xa4name\xa1n\xa5attrs\x81\xa1a\xca\x3f\0\0\0";
    let batch = Decoder::new().decode(datagram).unwrap();
    assert_eq!(batch.attributes_of(&batch.messages[0]), [("a", Value::Float(0.5))]);
}

#[test]
fn reports_need_no_context_and_stand_beside_the_messages() {
    for (kind, word) in [(Kind::Pulse, "pulse"), (Kind::Cancel, "cancel"), (Kind::Log, "log")] {
        assert_eq!((kind.word(), Kind::from_word(word), kind.is_report()), (word, Some(kind), true));
        for value in [text(word), unsigned(u64::from(kind.number()))] {
            let datagram = single(&[("type", value), ("context", text(""))]);
            let batch = Decoder::new().decode(&datagram).unwrap();
            assert_eq!((batch.messages.len(), batch.reports.len()), (0, 1));
            assert_eq!(batch.reports[0].kind, kind);
        }
    }
    let mut batch = Batch::default();
    let nameless = single(&[("type", text("pulse")), ("name", text(""))]);
    assert!(Decoder::append_single(&nameless, &mut batch).is_err() && batch.reports.is_empty());
}

#[test]
fn words_are_as_good_as_numbers() {
    for (kind, word) in
        [(Kind::Start, "start"), (Kind::End, "end"), (Kind::Point, "event"), (Kind::New, "new")]
    {
        assert_eq!((kind.word(), Kind::from_word(word)), (word, Some(kind)));
        for value in [text(word), unsigned(u64::from(kind.number()))] {
            let datagram = single(&[("type", value)]);
            assert_eq!(Decoder::new().decode(&datagram).unwrap().messages[0].kind, kind);
        }
    }
    for (status, word) in [(Status::Ok, "ok"), (Status::Cancelled, "cancelled"), (Status::Failed, "failed")] {
        assert_eq!((status.word(), Status::from_word(word)), (word, Some(status)));
        for value in [text(word), unsigned(u64::from(status.number()))] {
            let datagram = single(&[("status", value)]);
            assert_eq!(Decoder::new().decode(&datagram).unwrap().messages[0].status, status);
        }
    }
}

#[test]
fn a_start_may_carry_when_it_started() {
    let message = Message { context: "c", name: "n", started: Some(7), ..Message::default() };
    let mut datagram = Vec::new();
    encode_single(&message, &[], &mut datagram);
    let batch = Decoder::new().decode(&datagram).unwrap();
    assert_eq!((batch.messages[0].kind, batch.messages[0].started), (Kind::Start, Some(7)));
}
