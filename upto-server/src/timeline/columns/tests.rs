//! What is written comes back, and takes as few bytes as promised.

use std::num::NonZeroU32;
use std::sync::Arc;

use proptest::prelude::*;

use super::super::made::{done, table, tables};
use super::super::table::{Row, Table};
use super::*;

fn read(chunks: impl IntoIterator<Item = Chunk>) -> Result<Table, ColumnsError> {
    let mut reader = ColumnsReader::default();
    chunks.into_iter().try_for_each(|chunk| reader.push(&chunk))?;
    Ok(reader.finish())
}

fn through_json(chunk: &Chunk) -> Chunk {
    serde_json::from_str(&serde_json::to_string(chunk).unwrap()).unwrap()
}

fn through_message_pack(chunk: &Chunk) -> Chunk {
    rmp_serde::from_slice(&rmp_serde::to_vec_named(chunk).unwrap()).unwrap()
}

#[test]
fn a_chunk_as_json_is_as_documented() {
    let told = table(&[
        ("a", "h", 8193, 0, Some(1_795_229_259_000_000_000), Some(1_795_229_259_000_000_400)),
        ("a.b", "h", 8194, 8193, Some(1_795_229_259_000_000_100), None),
    ]);
    let chunk = chunks(&told, CHUNK).next().unwrap();
    let documented =
        include_str!("COLUMNS.md").split("```json\n").nth(1).and_then(|text| text.split("```").next());
    let documented: serde_json::Value = serde_json::from_str(documented.unwrap()).unwrap();
    assert_eq!(serde_json::to_value(&chunk).unwrap(), documented);
}

#[test]
fn numbers_take_as_many_bytes_as_the_longest() {
    let written = |numbers: &[i64]| rmp_serde::to_vec(&Numbers(numbers.to_vec())).unwrap();
    assert_eq!(written(&[0, -1, 200]), [0xc4, 7, 2, 0, 1, 144, 0, 0, 1]);
    assert_eq!(written(&[]), [0xc4, 1, 1]);
}

#[test]
fn bytes_that_are_no_column_are_refused() {
    for bytes in [&[0xc4, 0][..], &[0xc4, 1, 0], &[0xc4, 2, 9, 9], &[0xc4, 2, 2, 7], &[0xc0]] {
        assert!(rmp_serde::from_slice::<Numbers>(bytes).is_err(), "{bytes:?}");
    }
    for text in ["[1,\"x\"]", "[1.5]", "{}", "[18446744073709551615]"] {
        assert!(serde_json::from_str::<Numbers>(text).is_err(), "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_chunk_is_said() {
    let told = table(&[("a", "", 1, 7, Some(1), Some(2)), ("b", "", 2, 0, Some(2), None)]);
    let refused = |change: fn(&mut Chunk)| {
        let mut chunk = chunks(&told, CHUNK).next().unwrap();
        change(&mut chunk);
        read([chunk]).unwrap_err()
    };
    let number = |column, number| ColumnsError::Number { column, number };
    assert_eq!(refused(|chunk| chunk.version = 2), ColumnsError::Version(2));
    assert_eq!(refused(|chunk| chunk.place = 5), ColumnsError::Place { expected: 0, found: 5 });
    assert_eq!(refused(|chunk| chunk.grain = 0), number("grain", 0));
    assert_eq!(refused(|chunk| chunk.count = 0), ColumnsError::Count(0));
    assert_eq!(refused(|chunk| chunk.count = u32::MAX), ColumnsError::Count(u32::MAX));
    assert_eq!(refused(|chunk| chunk.start.0.truncate(1)), ColumnsError::Length("start"));
    assert_eq!(refused(|chunk| chunk.id.0.truncate(1)), ColumnsError::Length("id"));
    assert_eq!(refused(|chunk| chunk.id.0.push(1)), ColumnsError::Length("id"));
    assert_eq!(refused(|chunk| chunk.parent.0.clear()), ColumnsError::Length("parent"));
    assert_eq!(refused(|chunk| chunk.parent.0.push(1)), ColumnsError::Length("parent"));
    assert_eq!(refused(|chunk| chunk.name.0[0] = 2), number("name", 2));
    assert_eq!(refused(|chunk| chunk.host.0[0] = -1), number("host", -1));
    assert_eq!(refused(|chunk| chunk.state.0[0] = 7), number("state", 7));
    assert_eq!(refused(|chunk| chunk.state.0[0] = 65), number("state", 65));
    assert_eq!(refused(|chunk| chunk.lane.0[0] = 3), number("lane", 3));
    assert_eq!(refused(|chunk| chunk.lane.0[0] = -1), number("lane", -1));
    assert_eq!(refused(|chunk| chunk.names[1] = "a".to_owned()), ColumnsError::Repeated("names"));
}

#[test]
fn the_ends_of_time_and_of_ids_come_back() {
    let told = table(&[
        ("a", "", u64::MAX, 1, Some(i64::MIN), Some(i64::MAX)),
        ("a", "", 1, u64::MAX, Some(i64::MAX), Some(i64::MIN)),
    ]);
    for through in [through_json, through_message_pack] {
        assert_eq!(read(chunks(&told, CHUNK).map(|chunk| through(&chunk))).unwrap(), *told);
    }
    assert_eq!(chunks(&Table::default(), 0).count(), 0);
}

#[test]
fn chunks_are_of_the_size_that_was_asked_for_and_name_texts_once() {
    let told = done(&[("a", 0, 1), ("b", 1, 2), ("a", 2, 3), ("c", 3, 4), ("a", 5, 6)]);
    let chunks: Vec<Chunk> = chunks(&told, 2).collect();
    let shapes: Vec<_> =
        chunks.iter().map(|chunk| (chunk.place, chunk.count, chunk.names.concat())).collect();
    assert_eq!(shapes, [(0, 2, "ab".to_owned()), (2, 2, "c".to_owned()), (4, 1, String::new())]);
}

#[test]
fn times_are_rounded_down_to_the_grain_that_was_asked_for() {
    let told = done(&[("a", -1, 999), ("b", 1000, 2999), ("c", 3000, 3001)]);
    let rounded = done(&[("a", -1000, 0), ("b", 1000, 2000), ("c", 3000, 3000)]);
    let grain = NonZeroU32::new(1000).unwrap();
    for through in [through_json, through_message_pack] {
        let chunks: Vec<Chunk> = chunks(&told, CHUNK).rounded(grain).map(|chunk| through(&chunk)).collect();
        assert_eq!((chunks[0].grain, chunks[0].from), (1000, -1000));
        assert_eq!((&*chunks[0].start.0, &*chunks[0].duration.0), (&[0, 2, 2][..], &[1, 1, 0][..]));
        assert_eq!(read(chunks).unwrap(), *rounded);
    }
}

/// Events of 64 workers, each with one after the other: 400 us and 100 us of pause at the mean, of 50 names, with
/// ids as clients give them.
fn busy(events: usize) -> Table {
    let mut random = fastrand::Rng::with_seed(7);
    let mut workers: Vec<(i64, u64)> =
        (0..64).map(|worker| (1_795_229_259_000_000_000, (worker + 128) << 13)).collect();
    let mut names: Vec<Arc<str>> =
        (0..50).map(|name| format!("service.request.step_{name}").into()).collect();
    names.sort();
    let mut rows = Vec::new();
    while rows.len() < events {
        let (at, id) = &mut workers[rows.len() % 64];
        let mut about = |mean: i64| random.i64(1..mean) + random.i64(1..mean);
        let start = *at + about(100_000);
        let end = start + about(400_000);
        (*at, *id) = (end, *id + 1);
        let name = random.u32(0..50);
        rows.push(Row {
            name,
            host: 0,
            id: *id,
            parent: 0,
            start: Some(start),
            end: Some(end),
            state: State::Done,
        });
    }
    Table::new(names, vec!["ci-01".into()], rows)
}

#[test]
fn compressed_an_event_takes_at_most_seven_bytes() {
    let told = busy(100_000);
    let packed: Vec<u8> =
        chunks(&told, CHUNK).flat_map(|chunk| rmp_serde::to_vec_named(&chunk).unwrap()).collect();
    let bytes = zstd::bulk::compress(&packed, 3).unwrap().len() as f64 / 100_000.0;
    assert!(bytes <= 7.0, "{bytes} bytes an event");
}

proptest! {
    #[test]
    fn every_table_comes_back(told in tables(60), size in 1_usize..70) {
        let written: Vec<Chunk> = chunks(&told, size).collect();
        prop_assert_eq!(&read(written.iter().map(through_json)).unwrap(), told.as_ref());
        prop_assert_eq!(&read(written.iter().map(through_message_pack)).unwrap(), told.as_ref());
    }

    #[test]
    fn numbers_come_back(numbers in prop::collection::vec(any::<i64>(), 0..40), shift in 0_u32..64) {
        let numbers: Numbers = numbers.into_iter().map(|number| number >> shift).collect();
        let json = serde_json::to_string(&numbers).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Numbers>(&json).unwrap(), &numbers);
        prop_assert_eq!(&rmp_serde::from_slice::<Numbers>(&rmp_serde::to_vec(&numbers).unwrap()).unwrap(), &numbers);
    }
}
