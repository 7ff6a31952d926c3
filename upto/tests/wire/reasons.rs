//! One test for each reason to refuse a datagram.

use upto::wire::{Decoder, Reason};

use super::bytes::{array, map, nested, packet, packet_with, record, signed, single, text, unsigned};
use super::sent::Sent;

const NIL: u8 = 0xc0;
/// No time given.
const YEAR_ONE: [u8; 15] = [0xc7, 12, 5, 0xff, 0xff, 0xff, 0xf1, 0x88, 0x6e, 9, 0, 0, 0, 0, 0];
const YEAR_9999: [u8; 15] = [0xc7, 12, 5, 0, 0, 0, 0x3a, 0xff, 0xf4, 0x41, 0x7f, 0, 0, 0, 0];

/// Why `datagram` is refused, and in which field.
fn refused(datagram: &[u8]) -> (Reason, &'static str) {
    let error = Decoder::new().decode(datagram).unwrap_err();
    assert!(error.offset <= datagram.len());
    (error.reason, error.field)
}

fn taken(datagram: &[u8]) -> Sent {
    let mut decoder = Decoder::new();
    let batch = decoder.decode(datagram).unwrap();
    Sent::of(&batch, &batch.messages[0])
}

#[test]
fn what_the_tests_build_on_is_good() {
    let expected = Sent { context: "c".into(), name: "n".into(), ..Sent::default() };
    assert_eq!(taken(&single(&[])), expected);
    assert_eq!(taken(&packet(&[record(&[])])), Sent { time: Some(0), ..expected });
}

#[test]
fn empty() {
    assert_eq!(refused(b""), (Reason::Empty, ""));
}

#[test]
fn not_a_message() {
    for garbage in [&b"hello"[..], b"\0", b"\x7f", b"\xc0", b"\xc1", b"\xc4\0", b"\xff", b"{\"type\":0}"] {
        assert_eq!(refused(garbage), (Reason::NotAMessage, ""));
    }
}

#[test]
fn truncated_at_every_byte() {
    let attributes = map(&[(text("a"), text("b")), (text("f"), [vec![0xcb], vec![0; 8]].concat())]);
    let everything = [
        ("time", YEAR_ONE.to_vec()),
        ("id", unsigned(u64::MAX)),
        ("started", signed(-1_000_000)),
        ("text", text(&"t".repeat(300))),
        ("attrs", attributes.clone()),
        ("unknown", array(&[map(&[(vec![NIL], vec![0xc4, 1, 0])]), vec![0xd4, 1, 0]])),
    ];
    let extras = record(&[(0, signed(5)), (1, text("d")), (6, attributes), (7, text("t")), (99, nested(3))]);
    for datagram in [single(&everything), packet(&[record(&[]), extras])] {
        taken(&datagram);
        for end in 1..datagram.len() {
            assert_eq!(refused(&datagram[..end]).0, Reason::Truncated, "after {end} bytes");
        }
    }
}

#[test]
fn truncated_when_elements_are_missing() {
    let elements = [unsigned(1), unsigned(42), unsigned(0), map(&[]), array(&[])];
    assert!(Decoder::new().decode(&array(&elements)).is_ok());
    for count in 0..elements.len() {
        assert_eq!(refused(&array(&elements[..count])).0, Reason::Truncated);
    }
    let elements = [unsigned(0), text("n"), unsigned(0), signed(0)];
    assert!(Decoder::new().decode(&packet(&[array(&elements)])).is_ok());
    for count in 0..elements.len() {
        assert_eq!(refused(&packet(&[array(&elements[..count])])), (Reason::Truncated, "record"));
    }
}

#[test]
fn trailing_bytes() {
    for datagram in [single(&[]), packet(&[record(&[])])] {
        for trailing in [&b"\0"[..], b"\xc1", &datagram] {
            assert_eq!(refused(&[&datagram, trailing].concat()), (Reason::TrailingBytes, ""));
        }
    }
}

#[test]
fn wrong_type_of_each_key_of_a_single_message() {
    let (number, word, truth, float) = (unsigned(1), text("1"), vec![0xc3], vec![0xca, 0, 0, 0, 0]);
    let (list, object, binary, negative) = (array(&[]), map(&[]), vec![0xc4, 1, 0x31], signed(-1));
    let wrong_for = |key| match key {
        "context" | "name" | "host" | "timeline" | "text" => vec![&number, &truth, &float, &negative],
        "type" | "status" => vec![&truth, &float, &negative],
        "id" | "parent" => vec![&word, &truth, &float, &negative],
        "time" | "started" => vec![&word, &truth, &float],
        "autoIP" | "truncated" => vec![&number, &word, &float, &negative],
        _ => vec![&number, &word, &truth, &float, &negative],
    };
    const KEYS: [&str; 14] = [
        "context",
        "name",
        "type",
        "time",
        "host",
        "autoIP",
        "timeline",
        "id",
        "started",
        "parent",
        "status",
        "text",
        "attrs",
        "truncated",
    ];
    for key in KEYS {
        for wrong in wrong_for(key).into_iter().chain([&list, &binary]) {
            assert_eq!(refused(&single(&[(key, wrong.clone())])), (Reason::WrongType, key), "{wrong:?}");
        }
        if key != "attrs" {
            assert_eq!(refused(&single(&[(key, object.clone())])), (Reason::WrongType, key));
        }
        if !["time", "started"].contains(&key) {
            assert_eq!(refused(&single(&[(key, vec![NIL])])), (Reason::WrongType, key));
        }
    }
}

#[test]
fn wrong_type_of_keys_and_attributes() {
    assert_eq!(refused(&map(&[(unsigned(1), text("c"))])), (Reason::WrongType, ""));
    let attributes = |key: &[u8], value: &[u8]| single(&[("attrs", map(&[(key.to_vec(), value.to_vec())]))]);
    assert_eq!(refused(&attributes(&unsigned(0), &unsigned(0))), (Reason::WrongType, "attrs"));
    for value in [array(&[]), map(&[]), vec![0xc4, 0], vec![0xd4, 5, 0], vec![0xc1]] {
        assert_eq!(refused(&attributes(&text("a"), &value)), (Reason::WrongType, "attrs"));
    }
}

#[test]
fn wrong_type_of_extensions() {
    // The number is another one, or the length does not go with it.
    for time in [
        vec![0xd6, 5, 0, 0, 0, 0],
        vec![0xd4, 0xff, 0],
        [vec![0xd8, 5], vec![0; 16]].concat(),
        vec![0xc7, 0, 5],
    ] {
        assert_eq!(refused(&single(&[("time", time)])), (Reason::WrongType, "time"));
    }
}

#[test]
fn wrong_type_in_packets() {
    let elements = [unsigned(1), unsigned(42), unsigned(0), map(&[]), array(&[])];
    for (index, field) in ["version", "session", "sequence", "header", "records"].into_iter().enumerate() {
        let mut elements = elements.clone();
        elements[index] = text("1");
        assert_eq!(refused(&array(&elements)), (Reason::WrongType, field));
    }
    for key in 0..=9 {
        assert_eq!(refused(&packet_with(&[(key, array(&[]))], &[])), (Reason::WrongType, "header"));
    }
    for key in 0..=10 {
        assert_eq!(refused(&packet(&[record(&[(key, array(&[]))])])), (Reason::WrongType, "extras"));
    }
    let text_key =
        array(&[unsigned(1), unsigned(42), unsigned(0), map(&[(text("0"), unsigned(0))]), array(&[])]);
    assert_eq!(refused(&text_key), (Reason::WrongType, "header"));
}

#[test]
fn wrong_type_in_records() {
    let elements = [unsigned(0), text("n"), unsigned(0), signed(0), map(&[])];
    for (index, field) in ["type", "name", "id", "time", "extras"].into_iter().enumerate() {
        let mut elements = elements.clone();
        elements[index] = vec![0xc3];
        assert_eq!(refused(&packet(&[array(&elements)])), (Reason::WrongType, field));
    }
    assert_eq!(refused(&packet(&[map(&[])])), (Reason::WrongType, "record"));
}

#[test]
fn invalid_text() {
    let invalid = vec![0xa2, 0xc3, 0x28];
    for key in ["context", "name", "host", "timeline", "text"] {
        assert_eq!(refused(&single(&[(key, invalid.clone())])), (Reason::InvalidText, key));
    }
    assert_eq!(refused(&map(&[(invalid.clone(), unsigned(0))])), (Reason::InvalidText, ""));
    assert_eq!(refused(&single(&[("unknown", invalid.clone())])), (Reason::InvalidText, ""));
    assert_eq!(refused(&packet(&[record(&[(7, invalid.clone())])])), (Reason::InvalidText, "extras"));
    assert_eq!(refused(&packet_with(&[(1, invalid)], &[])), (Reason::InvalidText, "header"));
}

#[test]
fn unknown_version() {
    for version in [0, 2, u64::MAX] {
        let datagram = array(&[unsigned(version), unsigned(42), unsigned(0), map(&[]), array(&[])]);
        assert_eq!(refused(&datagram), (Reason::UnknownVersion, "version"));
    }
}

#[test]
fn unknown_type() {
    for number in [7, 8, 9, u64::MAX] {
        assert_eq!(refused(&single(&[("type", unsigned(number))])), (Reason::UnknownType, "type"));
    }
    for word in ["", "Start", "point", "begin", "0", "beat"] {
        assert_eq!(refused(&single(&[("type", text(word))])), (Reason::UnknownType, "type"));
    }
    let record = array(&[text("start"), text("n"), unsigned(0), signed(0)]);
    assert_eq!(refused(&packet(&[record])), (Reason::WrongType, "type"));
}

#[test]
fn unknown_status() {
    for status in [unsigned(3), text(""), text("OK"), text("good")] {
        assert_eq!(refused(&single(&[("status", status)])), (Reason::UnknownStatus, "status"));
    }
    assert_eq!(refused(&packet(&[record(&[(5, text("ok"))])])), (Reason::WrongType, "extras"));
    assert_eq!(refused(&packet(&[record(&[(5, unsigned(3))])])), (Reason::UnknownStatus, "extras"));
}

#[test]
fn time_out_of_range_in_single_messages() {
    let nanoseconds =
        |nanoseconds: u32| [&[0xc7, 12, 0xff][..], &nanoseconds.to_be_bytes(), &[0; 8]].concat();
    assert_eq!(taken(&single(&[("time", nanoseconds(999_999_999))])).time, Some(999_999_999));
    for time in [YEAR_9999.to_vec(), unsigned(1 << 63), nanoseconds(1_000_000_000), nanoseconds(u32::MAX)] {
        for key in ["time", "started"] {
            assert_eq!(refused(&single(&[(key, time.clone())])), (Reason::TimeOutOfRange, key));
        }
    }
}

#[test]
fn time_out_of_range_in_packets() {
    let end =
        |after: i64, extras: Vec<u8>| array(&[unsigned(1), text("n"), unsigned(0), signed(after), extras]);
    let at = |time: i64, record: Vec<u8>| packet_with(&[(0, signed(time)), (1, text("c"))], &[record]);
    let duration = |duration: i64| map(&[(unsigned(0), signed(duration))]);
    assert_eq!(refused(&at(i64::MAX, end(1, map(&[])))), (Reason::TimeOutOfRange, "time"));
    assert_eq!(refused(&at(i64::MIN, end(-1, map(&[])))), (Reason::TimeOutOfRange, "time"));
    assert_eq!(refused(&at(i64::MIN, end(0, duration(1)))), (Reason::TimeOutOfRange, "extras"));
    assert_eq!(
        refused(&at(0, end(0, map(&[(unsigned(0), unsigned(u64::MAX))])))),
        (Reason::TimeOutOfRange, "extras")
    );
    assert_eq!(refused(&packet_with(&[(0, unsigned(u64::MAX))], &[])), (Reason::TimeOutOfRange, "header"));
}

#[test]
fn unknown_reference() {
    let start = |name: Vec<u8>| array(&[unsigned(0), name, unsigned(0), signed(0)]);
    let two = [start(text("n")), start(unsigned(0))];
    assert_eq!(Decoder::new().decode(&packet(&two)).unwrap().messages[1].name, "n");
    for number in [signed(1), signed(-1), unsigned(u64::MAX)] {
        assert_eq!(refused(&packet(&[start(text("n")), start(number)])), (Reason::UnknownReference, "name"));
    }
    // The header's texts have no numbers, nor have values of attributes and unknown keys.
    assert_eq!(refused(&packet(&[start(unsigned(0))])), (Reason::UnknownReference, "name"));
    let unnumbered =
        [(6, map(&[(text("key"), text("value"))])), (7, text("t")), (99, text("x")), (3, unsigned(2))];
    assert_eq!(refused(&packet(&[record(&unnumbered)])), (Reason::UnknownReference, "extras"));
}

#[test]
fn numbers_of_one_packet_mean_nothing_in_the_next() {
    let start = |name: Vec<u8>| packet(&[array(&[unsigned(0), name, unsigned(0), signed(0)])]);
    let mut decoder = Decoder::new();
    assert!(decoder.decode(&start(text("n"))).is_ok());
    assert_eq!(decoder.decode(&start(unsigned(0))).unwrap_err().reason, Reason::UnknownReference);
}

#[test]
fn missing_context() {
    assert_eq!(refused(&map(&[(text("type"), unsigned(3))])), (Reason::MissingContext, "context"));
    assert_eq!(refused(&single(&[("context", text(""))])), (Reason::MissingContext, "context"));
    assert_eq!(refused(&packet_with(&[], &[record(&[])])), (Reason::MissingContext, "context"));
    assert_eq!(refused(&packet(&[record(&[(1, text(""))])])), (Reason::MissingContext, "context"));
}

#[test]
fn missing_name() {
    for number in 0..=2 {
        let changes = [("name", text("")), ("type", unsigned(number))];
        assert_eq!(refused(&single(&changes)), (Reason::MissingName, "name"));
    }
    taken(&single(&[("name", text("")), ("type", unsigned(3))]));
    let record = array(&[unsigned(1), text(""), unsigned(0), signed(0)]);
    assert_eq!(refused(&packet(&[record])), (Reason::MissingName, "name"));
}

#[test]
fn missing_type() {
    assert_eq!(refused(&map(&[])), (Reason::MissingType, "type"));
    assert_eq!(refused(&map(&[(text("context"), text("c"))])), (Reason::MissingType, "type"));
}

#[test]
fn too_deep() {
    for depth in 1..=8 {
        taken(&single(&[("unknown", nested(depth))]));
        taken(&packet(&[record(&[(99, nested(depth))])]));
        taken(&packet_with(&[(1, text("c")), (99, nested(depth))], &[record(&[])]));
    }
    assert_eq!(refused(&single(&[("unknown", nested(9))])), (Reason::TooDeep, ""));
    assert_eq!(refused(&packet(&[record(&[(99, nested(9))])])), (Reason::TooDeep, "extras"));
    assert_eq!(refused(&packet_with(&[(99, nested(9))], &[])), (Reason::TooDeep, "header"));
    // Maps count as well, and the whole of a datagram may be nothing else.
    let maps = [[0x81, NIL].repeat(60_000), vec![NIL]].concat();
    assert_eq!(refused(&single(&[("unknown", maps)])), (Reason::TooDeep, ""));
}

#[test]
fn labels_are_words_and_differ() {
    const ALL: [Reason; 20] = [
        Reason::Empty,
        Reason::NotAMessage,
        Reason::Truncated,
        Reason::TrailingBytes,
        Reason::WrongType,
        Reason::InvalidText,
        Reason::UnknownVersion,
        Reason::UnknownType,
        Reason::UnknownStatus,
        Reason::TimeOutOfRange,
        Reason::UnknownReference,
        Reason::MissingContext,
        Reason::MissingName,
        Reason::MissingType,
        Reason::NameTooLong,
        Reason::KeyTooLong,
        Reason::TooManyAttributes,
        Reason::TooManyRecords,
        Reason::TooManyStrings,
        Reason::TooDeep,
    ];
    let labels: std::collections::BTreeSet<_> = ALL.iter().map(|reason| reason.label()).collect();
    assert_eq!(labels.len(), ALL.len());
    assert!(
        labels.iter().all(|label| label.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_'))
    );
}

#[test]
fn an_error_says_what_and_where() {
    let error = Decoder::new().decode(&single(&[("type", unsigned(9))])).unwrap_err();
    assert_eq!(error.to_string(), "an unknown message type in `type` at byte 24");
    let error = Decoder::new().decode(b"").unwrap_err();
    assert_eq!(error.to_string(), "no bytes at byte 0");
}
