//! What waits for the store, as it is estimated.

use upto::wire::Status;

use super::*;
use crate::block::BlockWriter;
use crate::timeline::{Fold, MarkKind};

#[test]
fn what_waits_is_about_what_it_takes_in_memory() {
    for text in ["", "some words of a program about what it did"] {
        let (mut fold, mut writer, mut estimated) = (Fold::default(), BlockWriter::default(), 0);
        for number in 0..20_000_u64 {
            let (kind, id) = (if number % 2 == 0 { MarkKind::Start } else { MarkKind::End }, 1 + number / 2);
            let mark = Mark {
                kind,
                name: "a.b.c",
                host: "",
                id,
                parent: 0,
                time: i64::try_from(number).expect("a time"),
                started: None,
                status: Status::Ok,
                text,
                attributes: &[],
                truncated: false,
            };
            let before = writer.bytes();
            writer.fold_and_push(&mark, &mut fold);
            estimated += waiting_bytes(writer.bytes() - before);
        }
        let taken = fold.bytes() + writer.bytes();
        assert!((taken * 2 / 3..taken * 3 / 2).contains(&estimated), "{estimated} for {taken}, {text:?}");
    }
}
