//! Where messages go, and what waits for the store, as it is estimated.

use std::net::Ipv4Addr;

use upto::wire::{Kind, Message, Status};

use super::take::waiting_bytes;
use super::*;
use crate::block::BlockWriter;
use crate::clock::SystemClock;
use crate::store::{self, StoreUrl};
use crate::timeline::{Fold, Mark, MarkKind};

/// A door on a store in memory. Nothing commits.
async fn door() -> Ingest {
    let clock = Arc::new(SystemClock);
    let store = store::open(&StoreUrl::Memory, clock.clone()).await.expect("a store");
    let catalog = Arc::new(Catalog::open(store, usize::MAX).await.expect("a catalog"));
    let limits = Limits { waiting_bytes: 1 << 20, patience: Duration::from_secs(1) };
    Ingest::new(catalog, clock, Arc::default(), limits).0
}

async fn taken(door: &Ingest, messages: Vec<Message<'_>>) -> Receipt {
    let batch = Batch { messages, ..Batch::default() };
    door.take(&batch, Ipv4Addr::LOCALHOST.into()).await.expect("room")
}

fn message<'m>(kind: Kind, timeline: &'m str, name: &'m str, id: u64) -> Message<'m> {
    Message { kind, context: "c", timeline, name, id, time: Some(1), ..Message::default() }
}

fn names(timelines: &[Arc<Timeline>]) -> Vec<&str> {
    timelines.iter().map(|timeline| &**timeline.name()).collect()
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test);
}

#[test]
fn a_receipt_has_each_timeline_once_in_the_order_of_the_messages() {
    run(async {
        let door = door().await;
        let of: Vec<_> = (0..20).map(|number| format!("t{number}")).collect();
        let messages = || {
            let each = of.iter().chain(of.iter().rev()).chain(&of);
            each.map(|timeline| message(Kind::Point, timeline, timeline, 0)).collect()
        };
        let first = taken(&door, messages()).await;
        assert_eq!(names(&first.timelines), of);
        assert_eq!((first.changed().count(), first.opened), (20, vec![true; 20]));
        let again = taken(&door, messages()).await;
        assert_eq!(names(&again.timelines), of);
        assert_eq!((again.changed().count(), again.opened), (0, vec![false; 20]), "nothing of it was news");
    });
}

#[test]
fn of_messages_that_name_no_timeline_each_goes_where_its_event_is_open() {
    run(async {
        let door = door().await;
        let (start, end, point) = (Kind::Start, Kind::End, Kind::Point);
        let opened = vec![
            message(start, "one", "a", 5),
            message(start, "one", "b", 0),
            message(Kind::New, "two", "", 0),
        ];
        assert_eq!(names(&taken(&door, opened).await.timelines), ["one", "two"]);
        let messages = vec![
            message(point, "", "p", 0),
            message(end, "", "a", 5),
            message(start, "", "b", 0),
            message(end, "", "b", 0),
            message(start, "", "a", 6),
            message(end, "", "a", 6),
            message(end, "one", "b", 0),
        ];
        let receipt = taken(&door, messages).await;
        assert_eq!(names(&receipt.timelines), ["two", "one"]);
        let events = |timeline: &Timeline| {
            timeline.settle();
            let events = timeline.live().fold.events();
            let brief =
                events.iter().map(|event| format!("{}{} {}", event.name, event.id, event.state.as_str()));
            brief.collect::<Vec<_>>()
        };
        let [two, one] = [0, 1].map(|place| events(&receipt.timelines[place]));
        assert_eq!(one, ["a5 done", "b0 done"]);
        assert_eq!(two, ["a6 done", "b0 done", "p0 point"]);
    });
}

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
