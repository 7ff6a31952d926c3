//! The limits: what is just allowed, what is one too many, and that claims cost nothing.

use std::time::{Duration, Instant};

use upto::wire::{Decoder, Reason, limits};

use super::bytes::{array, map, packet, packet_with, record, signed, single, text, unsigned};

fn decoded(datagram: &[u8]) -> Result<usize, Reason> {
    Decoder::new().decode(datagram).map(|batch| batch.messages.len()).map_err(|error| error.reason)
}

fn start(name: Vec<u8>) -> Vec<u8> {
    array(&[unsigned(0), name, unsigned(0), signed(0)])
}

#[test]
fn names_end_at_16_kib() {
    let name = |bytes: usize| text(&"n".repeat(bytes));
    for key in ["context", "name", "host", "timeline"] {
        assert_eq!(decoded(&single(&[(key, name(limits::NAME_BYTES))])), Ok(1), "{key}");
        assert_eq!(
            decoded(&single(&[(key, name(limits::NAME_BYTES + 1))])),
            Err(Reason::NameTooLong),
            "{key}"
        );
    }
    for key in [1, 2, 3] {
        let with = |bytes| packet_with(&[(1, text("c")), (key, name(bytes))], &[record(&[])]);
        assert_eq!(decoded(&with(limits::NAME_BYTES)), Ok(1), "header {key}");
        assert_eq!(decoded(&with(limits::NAME_BYTES + 1)), Err(Reason::NameTooLong), "header {key}");
        let with = |bytes| packet(&[record(&[(key, name(bytes))])]);
        assert_eq!(decoded(&with(limits::NAME_BYTES)), Ok(1), "extra {key}");
        assert_eq!(decoded(&with(limits::NAME_BYTES + 1)), Err(Reason::NameTooLong), "extra {key}");
    }
    assert_eq!(decoded(&packet(&[start(name(limits::NAME_BYTES))])), Ok(1));
    assert_eq!(decoded(&packet(&[start(name(limits::NAME_BYTES + 1))])), Err(Reason::NameTooLong));
}

#[test]
fn a_name_can_t_grow_by_reference() {
    // An attribute's key is numbered before its length is checked; either way it is refused.
    let long = text(&"n".repeat(limits::NAME_BYTES + 1));
    let extras = [(6, map(&[(long, unsigned(0))])), (3, unsigned(1))];
    assert_eq!(decoded(&packet(&[record(&extras)])), Err(Reason::KeyTooLong));
}

#[test]
fn texts_have_no_limit_of_their_own() {
    let long = text(&"t".repeat(60_000));
    assert_eq!(decoded(&single(&[("text", long.clone())])), Ok(1));
    assert_eq!(decoded(&single(&[("attrs", map(&[(text("a"), long.clone())]))])), Ok(1));
    assert_eq!(decoded(&packet(&[record(&[(7, long)])])), Ok(1));
}

#[test]
fn key_too_long() {
    let attributes = |bytes: usize| map(&[(text(&"k".repeat(bytes)), unsigned(0))]);
    assert_eq!(decoded(&single(&[("attrs", attributes(limits::KEY_BYTES))])), Ok(1));
    assert_eq!(decoded(&single(&[("attrs", attributes(limits::KEY_BYTES + 1))])), Err(Reason::KeyTooLong));
    assert_eq!(decoded(&packet(&[record(&[(6, attributes(limits::KEY_BYTES))])])), Ok(1));
    assert_eq!(
        decoded(&packet(&[record(&[(6, attributes(limits::KEY_BYTES + 1))])])),
        Err(Reason::KeyTooLong)
    );
}

#[test]
fn too_many_attributes() {
    let attributes = |count: usize| map(&vec![(text("k"), unsigned(0)); count]);
    assert_eq!(decoded(&single(&[("attrs", attributes(limits::ATTRIBUTES))])), Ok(1));
    let one_more = attributes(limits::ATTRIBUTES + 1);
    assert_eq!(decoded(&single(&[("attrs", one_more.clone())])), Err(Reason::TooManyAttributes));
    assert_eq!(decoded(&packet(&[record(&[(6, one_more)])])), Err(Reason::TooManyAttributes));
}

#[test]
fn too_many_records() {
    let records = |count: usize| packet(&vec![start(text("n")); count.min(4_000)]);
    assert_eq!(decoded(&records(4_000)), Ok(4_000));
    // Each needs five bytes, so that no datagram over UDP can hold them all; a claim is enough.
    let count = u16::try_from(limits::RECORDS + 1).unwrap().to_be_bytes();
    let claimed = [&b"\x95\x01\x00\x00\x80\xdc"[..], &count].concat();
    assert_eq!(decoded(&claimed), Err(Reason::TooManyRecords));
    let all = [start(text("n")), start(unsigned(0)).repeat(limits::RECORDS - 1)].concat();
    let full = [&b"\x95\x01\x00\x00\x81\x01\xa1c\xdc\x40\x00"[..], &all].concat();
    assert_eq!(decoded(&full), Ok(limits::RECORDS));
}

#[test]
fn too_many_strings() {
    let records = |count: usize| packet(&vec![start(text("n")); count]);
    assert_eq!(decoded(&records(limits::STRINGS)), Ok(limits::STRINGS));
    assert_eq!(decoded(&records(limits::STRINGS + 1)), Err(Reason::TooManyStrings));
    let referring: Vec<_> =
        std::iter::repeat_n(start(text("n")), limits::STRINGS).chain([start(unsigned(4_095))]).collect();
    assert_eq!(decoded(&packet(&referring)), Ok(limits::STRINGS + 1));
}

#[test]
fn ids_wrap_around_their_base() {
    let with = |base: u64, id: u64| {
        let record =
            array(&[unsigned(0), text("n"), unsigned(id), signed(0), map(&[(unsigned(4), unsigned(id))])]);
        let datagram = packet_with(&[(1, text("c")), (4, unsigned(base))], &[record]);
        let mut decoder = Decoder::new();
        let batch = decoder.decode(&datagram).unwrap();
        (batch.messages[0].id, batch.messages[0].parent)
    };
    assert_eq!(with(100, 0), (0, 0));
    assert_eq!(with(100, 1), (101, 101));
    assert_eq!(with(u64::MAX, 2), (1, 1));
}

#[test]
fn what_is_unknown_is_ignored() {
    let elements =
        [unsigned(0), text("n"), unsigned(0), signed(0), map(&[]), text("n"), map(&[(text("a"), text("b"))])];
    let records = array(&[array(&elements), start(unsigned(0))]);
    let header =
        map(&[(unsigned(99), text("x")), (unsigned(1), text("c")), (unsigned(u64::MAX), vec![0xc1 - 1])]);
    let datagram =
        array(&[unsigned(1), unsigned(42), unsigned(0), header, records, text("more"), vec![0xd5, 1, 2, 3]]);
    assert_eq!(decoded(&datagram), Ok(2));
    let values = [
        &b"\xc4\x01\x00"[..],
        b"\xc5\0\x01\0",
        b"\xc6\0\0\0\x01\0",
        b"\xd8\x070123456789abcdef",
        b"\xc8\0\x01\x07\0",
    ];
    for value in values.into_iter().chain([
        &b"\xc9\0\0\0\x01\x07\0"[..],
        b"\xdd\0\0\0\0",
        b"\xde\0\x01\xc0\xc3",
        b"\xdb\0\0\0\0",
    ]) {
        assert_eq!(decoded(&single(&[("unknown", value.to_vec())])), Ok(1), "{value:?}");
    }
}

/// Claims of nearly 2^32 elements or bytes, wherever a length stands.
fn claims() -> Vec<Vec<u8>> {
    const LENGTH: &[u8] = b"\xff\xff\xff\xff";
    let claim = |start: &[u8], marker: u8| [start, &[marker], LENGTH].concat();
    let attributes = b"\x84\xa4type\0\xa7context\xa1c\xa4name\xa1n\xa5attrs";
    let unknown = b"\x81\xa1x";
    let mut claims = vec![claim(b"", 0xdf), claim(b"", 0xdd), claim(attributes, 0xdf)];
    claims.extend([0xc6, 0xc9, 0xdb, 0xdd, 0xdf].map(|marker| claim(unknown, marker)));
    claims.push(claim(b"\x81\xa4name", 0xdb));
    claims.push(claim(b"\x81\xa4time", 0xc9));
    claims.push(claim(b"\x81", 0xdb));
    claims.push(claim(b"\x95\x01\x00\x00", 0xdf));
    claims.push(claim(b"\x95\x01\x00\x00\x80", 0xdd));
    claims.push(claim(b"\x95\x01\x00\x00\x80\x91", 0xdd));
    claims.push(claim(b"\x95\x01\x00\x00\x80\x91\x95\x00\xa1n\x00\x00", 0xdf));
    claims.push(claim(b"\x95\x01\x00\x00\x80\x91\x95\x00\xa1n\x00\x00\x81\x06", 0xdf));
    claims
}

#[test]
fn claimed_lengths_end_with_the_datagram() {
    for claim in claims() {
        let long = [claim.clone(), vec![0x90; limits::DATAGRAM_BYTES - claim.len()]].concat();
        for datagram in [claim, long] {
            let began = Instant::now();
            decoded(&datagram).unwrap_err();
            // 2^32 steps would take longer by far; the datagram's bytes take less than a millisecond.
            assert!(began.elapsed() < Duration::from_secs(10), "{:x?}", &datagram[..16.min(datagram.len())]);
        }
    }
}
