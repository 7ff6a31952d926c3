//! What is answered over parts is what is answered over the whole.

use std::collections::BTreeSet;

use proptest::prelude::*;
use upto::wire::{Status, Value};

use super::*;
use crate::timeline::tree::tree;
use crate::timeline::{Carry, ClockReading, Event, Mark, MarkKind, Part, Stamp, Times};

const HOSTS: [&str; 3] = ["", "h", "off"];
const HOUR: i64 = 3_600_000_000_000;

/// A mark, with everything owned.
#[derive(Clone, Debug)]
struct Told {
    kind: MarkKind,
    name: &'static str,
    host: &'static str,
    id: u64,
    time: i64,
    started: Option<i64>,
    status: Status,
    attribute: Option<i64>,
    stamp: Stamp,
}

impl Told {
    fn apply(&self, take: impl FnOnce(&Mark<'_>, Stamp)) {
        let Told { kind, name, host, id, time, started, status, attribute, stamp } = *self;
        let attribute = attribute.map(|value| ("k", Value::Int(value)));
        let (attributes, text, parent, truncated) = (attribute.as_slice(), "", id / 2, false);
        take(
            &Mark { kind, name, host, id, parent, time, started, status, text, attributes, truncated },
            stamp,
        );
    }

    fn apply_to(&self, fold: &mut Fold) {
        self.apply(|mark, stamp| {
            fold.with_stamped(mark, stamp, Fold::apply_placed);
        });
    }
}

/// Few names, hosts, ids and instants, so that marks meet.
fn told() -> impl Strategy<Value = Told> {
    use MarkKind::{End, Point, Start};
    let kind = prop_oneof![3 => Just(Start), 3 => Just(End), 1 => Just(Point)];
    let name = prop_oneof![Just("a"), Just("a.b"), Just("a.b.c"), Just("d")];
    let host = prop::sample::select(&HOSTS[..]);
    let id = prop_oneof![1 => Just(0_u64), 2 => 1_u64..6];
    let status = prop_oneof![4 => Just(Status::Ok), 1 => Just(Status::Cancelled), 1 => Just(Status::Failed)];
    let stamp = prop_oneof![Just(Stamp::Unknown), Just(Stamp::Session)];
    let times = (0_i64..14, prop::option::of(0_i64..14));
    (kind, (name, host, id), times, status, prop::option::of(0_i64..3), stamp).prop_map(
        |(kind, (name, host, id), (time, started), status, attribute, stamp)| Told {
            kind,
            name,
            host,
            id,
            time,
            started,
            status,
            attribute,
            stamp,
        },
    )
}

/// A timeline, and how it is divided.
#[derive(Clone, Debug)]
struct Divided {
    marks: Vec<Told>,
    /// Of one host's clock: once right, once off by hours, or with a jump.
    epochs: u8,
    parts: u64,
    /// Instants at which parts are divided once more, as far as they can be.
    cuts: Vec<i64>,
}

fn divided() -> impl Strategy<Value = Divided> {
    let marks = prop::collection::vec(told(), 0..60);
    (marks, 0_u8..3, 1_u64..5, prop::collection::vec(0_i64..16, 0..3))
        .prop_map(|(marks, epochs, parts, cuts)| Divided { marks, epochs, parts, cuts })
}

impl Divided {
    fn readings(&self) -> impl Iterator<Item = ClockReading> {
        (0..self.epochs).flat_map(|epoch| {
            let offset = HOUR * (1 + 2 * i64::from(epoch));
            (0..4).map(move |second| {
                let sent = 1_000_000_000 * (second + 10 * i64::from(epoch));
                let (host, received) = ("off".to_owned(), sent + offset);
                ClockReading { host, session: 1, epoch: 1 + i64::from(epoch), sent, received }
            })
        })
    }

    fn whole(&self) -> Fold {
        let mut fold = Fold::default();
        for mark in &self.marks {
            mark.apply_to(&mut fold);
        }
        self.readings().for_each(|reading| assert!(fold.apply_reading(&reading)));
        fold.settle();
        fold
    }

    fn head(&self) -> Fold {
        let mut fold = Fold::default();
        for mark in &self.marks {
            mark.apply(|mark, stamp| fold.with_stamped(mark, stamp, Fold::widen));
        }
        self.readings().for_each(|reading| assert!(fold.apply_reading(&reading)));
        fold
    }

    /// The parts, in the order in which they are to be folded.
    fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Part::all(self.parts).collect();
        for cut in &self.cuts {
            let is_cut = |part: &Part| part.slice().is_none_or(|slice| slice.has(*cut) && slice.from < *cut);
            let divide = |part: Part| if is_cut(&part) { part.slices(*cut) } else { vec![part] };
            parts = parts.into_iter().flat_map(divide).collect();
        }
        parts
    }

    fn ask<Q: Question>(&self, mut question: Q) -> Q::Answer {
        question.begin(&self.head());
        let mut carry = Carry::default();
        for part in self.parts() {
            let mut fold = Fold::of_part(&part, &carry);
            for mark in
                self.marks.iter().filter(|mark| part.has(part.hash(mark.name), part.hash(mark.host), mark.id))
            {
                mark.apply_to(&mut fold);
            }
            fold.settle();
            carry = fold.carry(&part);
            question.look_at(&fold);
        }
        question.answer()
    }
}

/// The pages of a list, from the first one on, or from the last one back.
fn pages(ask: impl Fn(PageFrom) -> EventPage, from: PageFrom) -> Vec<EventPage> {
    let mut pages = vec![ask(from)];
    while let Some(page) = pages.last() {
        let next = match from {
            PageFrom::Before(_) => page.previous.map(PageFrom::Before),
            _ => page.next.map(PageFrom::After),
        };
        let Some(next) = next else { break };
        pages.push(ask(next));
        assert!(pages.len() < 1_000, "the pages have an end");
    }
    pages
}

fn events_of(pages: &[EventPage]) -> Vec<Event> {
    pages.iter().flat_map(|page| page.events.clone()).collect()
}

proptest! {
    #[test]
    fn two_folds_become_one(divided in divided(), split in prop::collection::vec(any::<bool>(), 60)) {
        let (mut one, mut other) = (Fold::default(), Fold::default());
        for (mark, is_first) in divided.marks.iter().zip(&split) {
            mark.apply_to(if *is_first { &mut one } else { &mut other });
        }
        for (number, reading) in divided.readings().enumerate() {
            if number % 2 == 0 { &mut one } else { &mut other }.apply_reading(&reading);
        }
        other.settle();
        one.merge(&other);
        let whole = divided.whole();
        prop_assert_eq!((one.events(), one.summary()), (whole.events(), whole.summary()));
        prop_assert_eq!(one.events_in(Times::Corrected), whole.events_in(Times::Corrected));
        prop_assert_eq!(one.summary_in(Times::Corrected), whole.summary_in(Times::Corrected));
        prop_assert_eq!(one.open().count(), whole.open().count());
        // What it has, it finds.
        for mark in &divided.marks {
            mark.apply_to(&mut one);
        }
        one.settle();
        prop_assert_eq!((one.events(), one.summary()), (whole.events(), whole.summary()));
    }

    #[test]
    fn numbers_of_parts_are_those_of_the_whole(divided in divided()) {
        let (whole, numbers) = (divided.whole(), divided.ask(NumbersQuestion::default()));
        prop_assert_eq!(numbers.summary(Times::Raw), &whole.summary());
        prop_assert_eq!(numbers.summary(Times::Corrected), &whole.summary_in(Times::Corrected));
        let skew = whole.skew();
        prop_assert_eq!(numbers.skew.hosts(), skew.hosts());
        let asked = NumbersQuestion::default().ask_whole(&whole).answer();
        prop_assert_eq!(asked.summary(Times::Corrected), numbers.summary(Times::Corrected));
        prop_assert_eq!(asked.summary(Times::Raw), numbers.summary(Times::Raw));
    }

    #[test]
    fn trees_and_tables_of_parts_are_those_of_the_whole(divided in divided()) {
        let whole = divided.whole();
        for times in [Times::Raw, Times::Corrected] {
            let expected = tree(&whole.events_in(times));
            prop_assert_eq!(&divided.ask(TreeQuestion::new(times)), &expected);
            prop_assert_eq!(&TreeQuestion::new(times).ask_whole(&whole).answer(), &expected);
            let expected = whole.table(times);
            prop_assert_eq!(&divided.ask(TableQuestion::new(times)), &expected);
            prop_assert_eq!(&TableQuestion::new(times).ask_whole(&whole).answer(), &expected);
        }
    }

    #[test]
    fn open_events_of_parts_are_those_of_the_whole(divided in divided(), most in 0_usize..40) {
        let whole = divided.whole();
        let key = |name: &str, host: &str, id| (name.to_owned(), host.to_owned(), id);
        let expected: BTreeSet<_> = whole.open().map(|(name, host, id)| key(name, host, id)).collect();
        let all = divided.ask(OpenQuestion::new(usize::MAX, key));
        prop_assert_eq!((all.keys.into_iter().collect::<BTreeSet<_>>(), all.others), (expected.clone(), 0));
        let some = divided.ask(OpenQuestion::new(most, key));
        prop_assert_eq!(some.keys.len(), expected.len().min(most));
        prop_assert_eq!(some.keys.len() + usize::try_from(some.others).expect("few"), expected.len());
    }

    #[test]
    fn pages_of_parts_are_the_list_of_the_whole_in_both_directions(divided in divided(), limit in 1_usize..12) {
        let whole = divided.whole();
        for times in [Times::Raw, Times::Corrected] {
            let events = whole.events_in(times);
            for is_divided in [false, true] {
                let ask = |from| {
                    let question = PageQuestion::new(from, limit, times);
                    if is_divided { divided.ask(question) } else { question.ask_whole(&whole).answer() }
                };
                let forward = pages(ask, PageFrom::Beginning);
                prop_assert_eq!(&events_of(&forward), &events);
                prop_assert!(forward[..forward.len() - 1].iter().all(|page| page.events.len() == limit));
                prop_assert_eq!(forward[0].previous, None);
                let middle = events.get(events.len() / 2).map_or(0, Event::first);
                let from = events.partition_point(|event| event.first() < middle);
                prop_assert_eq!(&events_of(&pages(ask, PageFrom::At(middle))), &events[from..]);
                // The last page's beginning leads back to the first one.
                let Some(last) = forward.last().and_then(|page| page.previous) else { continue };
                let mut back = pages(ask, PageFrom::Before(last));
                back.reverse();
                let before = events.len() - forward[forward.len() - 1].events.len();
                prop_assert_eq!(&events_of(&back), &events[..before]);
                prop_assert_eq!(back[0].previous, None);
                prop_assert!(back.iter().all(|page| page.next.is_some()));
            }
        }
    }
}
