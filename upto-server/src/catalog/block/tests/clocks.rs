//! Whose clock a mark is by, and what was read of the clocks.

use super::*;
use crate::timeline::{ClockReading, Stamp, Times};

const HOUR: i64 = 3_600_000_000_000;

/// Writes marks, each with its stamp.
fn written_by(marks: &[(Told, Stamp)], fold: &mut Fold) -> BlockWriter {
    let mut writer = BlockWriter::default();
    for (told, stamp) in marks {
        let attributes = told.attributes();
        writer.fold_and_push_stamped(&told.mark(&attributes), *stamp, fold);
    }
    writer
}

fn reading(session: u64) -> ClockReading {
    ClockReading { host: "h".to_owned(), session, epoch: 1, sent: 1_000, received: 1_000 + HOUR }
}

fn stamps_of(body: &[u8]) -> Vec<Stamp> {
    let mut marks = Marks::of(body).expect("a body");
    std::iter::from_fn(|| marks.next().expect("a mark").map(|entry| entry.stamp)).collect()
}

fn both(fold: &mut Fold) -> (Vec<Event>, Vec<Event>, Option<(i64, i64)>) {
    fold.settle();
    (fold.events_in(Times::Raw), fold.events_in(Times::Corrected), fold.summary_in(Times::Corrected).extent)
}

proptest! {
    #[test]
    fn stamps_and_readings_come_back_and_survive_merging(
        marks in prop::collection::vec((told(), prop_oneof![Just(Stamp::Unknown), Just(Stamp::Session)]), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let (first, second) = marks.split_at(cut.index(marks.len() + 1));
        let mut direct = Fold::default();
        let (mut merged, mut known, mut read) = (BlockWriter::default(), Fold::default(), Fold::default());
        for (part, session) in [(first, 1), (second, 2)] {
            let mut writer = written_by(part, &mut direct);
            prop_assert!(direct.apply_reading(&reading(session)));
            writer.push_reading(reading(session));
            let block = writer.finish().expect("a reading at least");
            let block = Block::open(&block).expect("a block");
            block.apply(&mut read).expect("marks");
            block.copy_to(&mut merged, &mut known).expect("marks");
        }
        let mut again = Fold::default();
        let merged = merged.finish().expect("a block");
        Block::open(&merged).expect("a block").apply(&mut again).expect("marks");
        let expected = both(&mut direct);
        prop_assert_eq!(&both(&mut read), &expected);
        prop_assert_eq!(&both(&mut again), &expected);
    }
}

#[test]
fn each_mark_keeps_its_stamp() {
    use Stamp::{Session, Unknown};
    for stamps in [&[][..], &[Unknown; 3], &[Session; 3], &[Unknown, Session, Session, Unknown, Session]] {
        let told = |id| Told { id, ..Told::default() };
        let marks: Vec<_> = (1..).map(told).zip(stamps.iter().copied()).collect();
        assert_eq!(stamps_of(&written_by(&marks, &mut Fold::default()).body().bytes), stamps);
    }
}

#[test]
fn a_block_without_stamps_is_as_those_that_had_none() {
    let told = Told::default();
    let plain = written(std::slice::from_ref(&told), &mut Fold::default()).body().bytes;
    let unknown = written_by(&[(told, Stamp::Unknown)], &mut Fold::default()).body().bytes;
    assert_eq!(unknown, plain);
}

#[test]
fn more_stamps_than_marks_are_refused() {
    let mut body = written(&[Told::default()], &mut Fold::default()).body().bytes;
    let readings: [ClockReading; 0] = [];
    rmp_serde::encode::write(&mut body, &([0, u32::MAX, u32::MAX], readings)).expect("written");
    assert!(Marks::of(&body).is_err());
    body.truncate(body.len() - 1);
    assert!(Marks::of(&body).is_err(), "it ends too early");
}
