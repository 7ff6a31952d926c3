//! Marks in are marks out, and nothing but blocks is read as one.

mod clocks;
mod hostile;
mod told;

use proptest::prelude::*;

use self::told::{Told, told, tolds};
use super::reader::Marks;
use super::{Block, BlockWriter};
use crate::timeline::{Event, Fold, MarkKind, Received, Sent, SessionCount, Summary};
use upto::wire::{Status, Value};

/// A block written by this version, which every later one has to read.
const FIXTURE: &[u8] = include_bytes!("fixtures/version_2.block");

/// Writes marks as a timeline does.
fn written(marks: &[Told], fold: &mut Fold) -> BlockWriter {
    let mut writer = BlockWriter::default();
    for told in marks {
        let attributes = told.attributes();
        let mark = told.mark(&attributes);
        fold.with_placed(&mark, |fold, placed| {
            let applied = fold.apply_placed(placed);
            writer.push(&mark, placed, &applied);
        });
    }
    writer
}

fn block_of(marks: &[Told]) -> Vec<u8> {
    written(marks, &mut Fold::default()).finish().unwrap_or_default()
}

/// All marks of a body, in order.
fn read(body: &[u8]) -> Vec<Told> {
    let mut marks = Marks::of(body).expect("a body");
    let mut all = Vec::new();
    while let Some(entry) = marks.next().expect("a mark") {
        let text = |number: usize| marks.dictionary[number];
        let attributes = marks.attributes.iter().map(|(key, value)| (text(*key), *value));
        all.push(Told::of(&entry, text(entry.name), text(entry.host), attributes));
    }
    all
}

fn summary_of(fold: &mut Fold) -> (Vec<Event>, Summary) {
    fold.settle();
    (fold.events(), fold.summary())
}

proptest! {
    #[test]
    fn marks_come_back_as_they_were_and_in_order(marks in tolds()) {
        let body = written(&marks, &mut Fold::default()).body().bytes;
        let expected: Vec<_> = marks.into_iter().map(Told::normal).collect();
        prop_assert_eq!(read(&body), expected);
    }

    #[test]
    fn blocks_fold_to_what_their_marks_fold_to(marks in tolds(), cut in any::<prop::sample::Index>()) {
        let (first, second) = marks.split_at(cut.index(marks.len() + 1));
        let mut direct = Fold::default();
        let blocks = [first, second].map(|marks| written(marks, &mut direct).finish());
        let mut read = Fold::default();
        for block in blocks.iter().flatten() {
            Block::open(block).expect("a block").apply(&mut read).expect("marks");
        }
        prop_assert_eq!(summary_of(&mut read), summary_of(&mut direct));
    }

    #[test]
    fn merged_blocks_fold_to_what_they_fold_to(marks in tolds(), cuts in any::<[prop::sample::Index; 2]>()) {
        let mut cuts = cuts.map(|cut| cut.index(marks.len() + 1));
        cuts.sort_unstable();
        let parts = [&marks[..cuts[0]], &marks[cuts[0]..cuts[1]], &marks[cuts[1]..]];
        // As several servers would write them, who do not know of one another's.
        let blocks = parts.map(|marks| written(marks, &mut Fold::default()).finish());
        let (mut merged, mut known, mut expected) = (BlockWriter::default(), Fold::default(), Fold::default());
        for block in blocks.iter().flatten() {
            let block = Block::open(block).expect("a block");
            block.copy_to(&mut merged, &mut known).expect("marks");
            block.apply(&mut expected).expect("marks");
        }
        let mut read = Fold::default();
        if let Some(merged) = merged.finish() {
            Block::open(&merged).expect("a block").apply(&mut read).expect("marks");
        }
        prop_assert_eq!(summary_of(&mut read), summary_of(&mut expected));
    }

    /// Somebody else may have added events to the fold meanwhile: the reader who completes it.
    #[test]
    fn a_fold_that_is_completed_meanwhile_changes_nothing(marks in tolds(), other in told(), many in 0_u64..20_000) {
        let mut fold = Fold::default();
        let mut writer = BlockWriter::default();
        for (number, told) in marks.iter().enumerate() {
            let attributes = told.attributes();
            let mark = told.mark(&attributes);
            fold.with_placed(&mark, |fold, placed| {
                let applied = fold.apply_placed(placed);
                writer.push(&mark, placed, &applied);
            });
            if number == marks.len() / 2 {
                let others = (0..many).map(|id| Told { id: id + 100, ..other.clone() });
                others.for_each(|told| drop(fold.apply(&told.mark(&told.attributes()))));
            }
        }
        let expected: Vec<_> = marks.into_iter().map(Told::normal).collect();
        prop_assert_eq!(read(&writer.body().bytes), expected);
    }
}

#[test]
fn a_block_in_memory_that_was_used_is_as_one_in_new_memory() {
    let mark = |number: u64| Told {
        kind: if number.is_multiple_of(3) { MarkKind::End } else { MarkKind::Start },
        id: 1 + number / 3,
        ..Told::default()
    };
    let fill = |writer: &mut BlockWriter, fold: &mut Fold| {
        for told in (1..9_000).map(mark) {
            let attributes = told.attributes();
            writer.fold_and_push(&told.mark(&attributes), fold);
        }
    };
    let mut writer = BlockWriter::default();
    fill(&mut writer, &mut Fold::default());
    let expected = writer.finish();
    for _ in 0..3 {
        let (mut writer, mut fold) = (BlockWriter::in_spare_memory(), Fold::default());
        assert!(writer.is_empty() && writer.bytes() == 0);
        // Its events are elsewhere than those of the block before.
        (0..100_u64).for_each(|id| {
            let told = Told { id: 1_000_000 + id, ..Told::default() };
            fold.apply(&told.mark(&told.attributes()));
        });
        fill(&mut writer, &mut fold);
        assert!(writer.finish() == expected, "it is another one");
    }
}

#[test]
fn an_end_whose_start_is_in_the_block_costs_two_bytes_and_its_time() {
    let start = Told { kind: MarkKind::Start, id: 77, time: 1_000, name: "a.b.c".into(), ..Told::default() };
    let end = Told { kind: MarkKind::End, time: 1_050, started: Some(1_000), ..start.clone() };
    let bytes = |marks: &[Told]| written(marks, &mut Fold::default()).body().bytes.len();
    let both = bytes(&[start.clone(), end]);
    assert_eq!(both - bytes(&[start]), 4);
}

/// So many that columns are compressed by themselves.
#[test]
fn many_marks_come_back() {
    let told = |number: u64| Told {
        kind: if number.is_multiple_of(2) { MarkKind::Start } else { MarkKind::End },
        name: format!("a.{}", number / 2 % 50),
        id: number / 2 + 1,
        time: i64::try_from(number * number).unwrap_or(0),
        attributes: vec![("k".into(), Value::from(number % 7).into())],
        ..Told::default()
    };
    let marks: Vec<_> = (0..20_000).map(told).collect();
    let block = block_of(&marks);
    assert!(block.len() < 4 * marks.len(), "{} bytes", block.len());
    assert_eq!(read(Block::open(&block).expect("a block").body()), marks);
}

#[test]
fn session_counts_come_back_the_latest_of_each() {
    let count = |packets| SessionCount {
        session: 7,
        server: 9,
        sent: Sent { packets, messages: 2 * packets, dropped: 1 },
        ..SessionCount::default()
    };
    let mut writer = BlockWriter::default();
    assert!(writer.is_empty());
    writer.set_session(count(4));
    writer.set_session(count(5));
    let block = writer.finish().expect("a block");
    assert_eq!(Block::open(&block).expect("a block").sessions(), Ok(vec![count(5)]));
}

#[test]
fn nothing_is_no_block() {
    assert_eq!(BlockWriter::default().finish(), None);
}

#[test]
fn a_writer_is_full_before_its_block_is_too_large_to_be_stored() {
    let large = |id| Told {
        id,
        kind: MarkKind::Start,
        name: "n".repeat(16_000),
        text: format!("{id}{}", "x".repeat(60_000)),
        ..Told::default()
    };
    let (mut fold, mut writer, mut id) = (Fold::default(), BlockWriter::default(), 0);
    while !writer.is_full() {
        id += 1;
        let told = large(id);
        fold.with_placed(&told.mark(&[]), |fold, placed| {
            let applied = fold.apply_placed(placed);
            writer.push(&told.mark(&[]), placed, &applied);
        });
    }
    assert!(id > 10);
    assert!(writer.body().bytes.len() < crate::store::MAX_VALUE_LENGTH / 2);
}

/// One mark of each form, and one attribute of each type.
fn fixture() -> Vec<Told> {
    let start = Told {
        kind: MarkKind::Start,
        name: "build.compile".into(),
        host: "ci-01".into(),
        id: 41,
        parent: 40,
        time: 1_795_229_259_000_000_000,
        ..Told::default()
    };
    let end = |after: i64| Told { kind: MarkKind::End, time: start.time + after, ..start.clone() };
    let elsewhere = |after| Told { id: 12, parent: 0, ..end(after) };
    let values =
        [Value::Bool(true), Value::Int(-5), Value::Uint(u64::MAX), Value::Float(0.5), Value::Text("ä")];
    let keys = ["bool", "int", "uint", "float", "text"];
    let attributes = keys.into_iter().zip(values).map(|(key, value)| (key.to_owned(), value.into()));
    vec![
        start.clone(),
        Told { kind: MarkKind::Point, name: "loose".into(), id: 0, parent: 0, ..start.clone() },
        end(100),
        Told { started: Some(start.time), ..end(200) },
        Told { started: Some(start.time - 1), status: Status::Cancelled, parent: 39, ..end(300) },
        elsewhere(150),
        Told {
            started: Some(start.time - 9),
            status: Status::Failed,
            text: "no space".into(),
            ..elsewhere(400)
        },
        Told { truncated: true, attributes: attributes.collect(), ..end(500) },
    ]
}

fn fixture_count() -> SessionCount {
    SessionCount {
        session: 7,
        server: 9,
        sent: Sent { packets: 3, messages: 8, dropped: 1 },
        received: Received { packets: 2, messages: 7, ..Received::default() },
        ..SessionCount::default()
    }
}

#[test]
fn what_the_first_release_wrote_is_read() {
    let block = Block::open(FIXTURE).expect("a block");
    assert_eq!(read(block.body()), fixture());
    assert_eq!(block.sessions(), Ok(vec![fixture_count()]));
}
