//! MessagePack put together by hand, wrong things included.

use rmp::encode::{write_array_len, write_map_len, write_sint, write_str, write_uint};

pub(crate) fn text(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_str(&mut bytes, text).unwrap();
    bytes
}

pub(crate) fn unsigned(number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_uint(&mut bytes, number).unwrap();
    bytes
}

pub(crate) fn signed(number: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_sint(&mut bytes, number).unwrap();
    bytes
}

pub(crate) fn array(elements: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_array_len(&mut bytes, u32::try_from(elements.len()).unwrap()).unwrap();
    [bytes, elements.concat()].concat()
}

/// A map of keys and values that are encoded already.
pub(crate) fn map(entries: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_map_len(&mut bytes, u32::try_from(entries.len()).unwrap()).unwrap();
    entries.iter().for_each(|(key, value)| {
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(value);
    });
    bytes
}

/// `depth` arrays in one another.
pub(crate) fn nested(depth: usize) -> Vec<u8> {
    [vec![0x91; depth - 1], vec![0x90]].concat()
}

/// A start with context `c` and name `n`, in which `changes` replace or add values.
pub(crate) fn single(changes: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut entries = vec![("type", unsigned(0)), ("context", text("c")), ("name", text("n"))];
    for (key, value) in changes {
        entries.retain(|(present, _)| present != key);
        entries.push((key, value.clone()));
    }
    let entries: Vec<_> = entries.into_iter().map(|(key, value)| (text(key), value)).collect();
    map(&entries)
}

/// A packet in context `c` with these records.
pub(crate) fn packet(records: &[Vec<u8>]) -> Vec<u8> {
    packet_with(&[(1, text("c"))], records)
}

pub(crate) fn packet_with(header: &[(u64, Vec<u8>)], records: &[Vec<u8>]) -> Vec<u8> {
    array(&[unsigned(1), unsigned(42), unsigned(0), numbered(header), array(records)])
}

/// A start named `n` without id at the header's time, with these extras.
pub(crate) fn record(extras: &[(u64, Vec<u8>)]) -> Vec<u8> {
    array(&[unsigned(0), text("n"), unsigned(0), signed(0), numbered(extras)])
}

fn numbered(entries: &[(u64, Vec<u8>)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|(key, value)| (unsigned(*key), value.clone())).collect();
    map(&entries)
}
