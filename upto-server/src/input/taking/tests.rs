//! Datagrams in any mixture, on a store in memory. Nothing commits: what is taken is seen in the folds.

use std::cell::{Ref, RefCell};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use upto::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter, Pushed, encode_single, limits};

use super::*;
use crate::catalog::Catalog;
use crate::catalog::document::TimelineDocument;
use crate::clock::SystemClock;
use crate::doors::Rate;
use crate::ingest::{Budget, Ingest, Limits};
use crate::input::datagrams::Received;
use crate::metrics::Metrics;
use crate::store::{self, StoreUrl};
use crate::timeline::Event;

struct Doorway {
    catalog: Arc<Catalog>,
    taker: RefCell<Taker>,
    abandon: watch::Sender<bool>,
}

impl Doorway {
    /// One behind which at most so many bytes wait for the store, about.
    async fn open(waiting_bytes: usize) -> Self {
        let clock = Arc::new(SystemClock);
        let store = store::open(&StoreUrl::Memory, clock.clone()).await.expect("a store");
        let catalog = Arc::new(Catalog::open(store, usize::MAX).await.expect("a catalog"));
        let metrics = Arc::new(Metrics::default());
        let limits = Limits { waiting_bytes, patience: Duration::from_secs(1) };
        let (ingest, _committer) = Ingest::new(catalog.clone(), clock, metrics.clone(), limits);
        let (budget, beside) = (Arc::new(Budget::new(0)), Arc::new(Budget::new(16 << 20)));
        let door = Door { ingest: Arc::new(ingest), metrics, budget, beside, rate: None };
        let (abandon, is_abandoned) = watch::channel(false);
        let beside = Beside::new(Handle::current(), Arc::new(|| {}), is_abandoned);
        Doorway { catalog, taker: RefCell::new(Taker::new(door, beside)), abandon }
    }

    /// Takes datagrams of these senders, also those that wait for the store.
    fn take(&self, sent: &[(u8, Vec<u8>)]) {
        self.begin(sent);
        self.finish();
    }

    /// Takes what need not wait for the store.
    fn begin(&self, sent: &[(u8, Vec<u8>)]) {
        let mut datagrams = Datagrams::default();
        for (host, bytes) in sent {
            datagrams.push(Received { bytes, each: None, peer: Ipv4Addr::new(10, 0, 0, *host).into() });
        }
        let before = self.counted();
        self.taker.borrow_mut().take_all(&datagrams);
        assert_eq!(self.counted() - before, sent.len() as u64);
    }

    /// Takes what waits for the store.
    fn finish(&self) {
        self.taker.borrow_mut().take_rest();
    }

    /// Datagrams that were taken or refused, or wait.
    fn counted(&self) -> u64 {
        self.door().metrics.datagrams.get() + self.taker.borrow().beside.count()
    }

    fn door(&self) -> Ref<'_, Door> {
        Ref::map(self.taker.borrow(), |taker| &taker.door)
    }

    fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.door().metrics.refused(Input::Udp)
    }

    /// The events of a context's active timeline, or of the one of this name.
    fn events(&self, context: &str, timeline: &str) -> Vec<Event> {
        let context = self.catalog.context(context).expect("the context");
        let named = if timeline.is_empty() { context.latest() } else { context.timeline(timeline) };
        let timeline = named.expect("the timeline");
        timeline.settle();
        timeline.live().fold.events()
    }
}

fn run(test: impl Future<Output = ()>) {
    // What asks the store runs beside the test, which waits for it as the thread of the door does.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

fn message(kind: Kind, name: &str, time: i64) -> Message<'_> {
    Message { kind, context: "c", name, time: Some(time), ..Message::default() }
}

fn single(message: &Message<'_>) -> Vec<u8> {
    let mut datagram = Vec::new();
    encode_single(message, &[], &mut datagram);
    datagram
}

fn packet(message: &Message<'_>) -> Vec<u8> {
    let defaults = PacketDefaults { context: "c".to_owned(), ..PacketDefaults::default() };
    let mut writer = PacketWriter::new(7, defaults, limits::PACKET_BYTES);
    assert_eq!(writer.push(message, &[]), Pushed::Added);
    let closing =
        Closing { sequence: 0, sent: 1, age: None, dropped: 0, packets: Some(1), messages: Some(0) };
    writer.finish(&closing).to_vec()
}

#[test]
fn singles_and_packets_are_taken_in_the_order_in_which_they_came() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        // Each goes to the timeline that is the active one when it comes.
        let new = |timeline| Message { timeline, ..message(Kind::New, "", 1) };
        let point = |name| message(Kind::Point, name, 2);
        let sent = [
            single(&new("one")),
            single(&point("a")),
            packet(&new("two")),
            single(&point("b")),
            b"garbage".to_vec(),
            packet(&point("c")),
            single(&point("d")),
            single(&new("three")),
            vec![0x80],
            packet(&point("e")),
            Vec::new(),
            single(&point("f")),
        ];
        doorway.take(&sent.map(|datagram| (1, datagram)));
        let names = |timeline| {
            doorway.events("c", timeline).iter().map(|event| event.name.to_string()).collect::<String>()
        };
        assert_eq!(["one", "two", "three"].map(names), ["a", "bcd", "ef"]);
        let reasons = [("empty", 1), ("missing_type", 1), ("not_a_message", 1)];
        assert_eq!(doorway.refused(), BTreeMap::from(reasons));
    });
}

#[test]
fn each_single_has_the_host_that_sent_it() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        let from = |host: u8, name, auto_ip| {
            (host, single(&Message { auto_ip, host: "given", ..message(Kind::Point, name, 1) }))
        };
        let sent = [(9, "a", true), (9, "b", false), (8, "c", true), (8, "d", true), (9, "e", true)];
        doorway.take(&sent.map(|(host, name, auto_ip)| from(host, name, auto_ip)));
        let mut hosts: Vec<_> =
            doorway.events("c", "").into_iter().map(|event| (event.name, event.host)).collect();
        hosts.sort_unstable();
        let hosts: Vec<&str> = hosts.iter().map(|(_, host)| &**host).collect();
        assert_eq!(hosts, ["10.0.0.9", "given", "10.0.0.8", "10.0.0.8", "10.0.0.9"]);
    });
}

#[test]
fn more_singles_than_are_taken_together_are_all_taken_once() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        let names: Vec<_> = (0..1_000).map(|number| format!("n{number}")).collect();
        let long = "x".repeat(2 * SINGLES_BYTES);
        let mut sent: Vec<_> = names
            .iter()
            .map(|name| (1, single(&Message { id: 5, ..message(Kind::Start, name, 3) })))
            .collect();
        sent.insert(500, (1, single(&Message { text: &long, ..message(Kind::Point, "long", 3) })));
        doorway.take(&sent);
        let events = doorway.events("c", "");
        assert_eq!(events.len(), 1_001);
        assert_eq!(events.iter().filter(|event| event.text.len() == long.len()).count(), 1);
        assert_eq!(doorway.refused(), BTreeMap::new());
    });
}

#[test]
fn what_can_t_be_taken_does_not_keep_what_came_with_it_from_being_taken() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        let (context, name) = ("c".to_owned(), "gone".to_owned());
        let removed =
            TimelineDocument { context, name, ordinal: 1, opened: 1, removing: true, ..Default::default() };
        let bytes = removed.encode().expect("a document");
        doorway.catalog.store().put(&removed.key(), None, bytes).await.expect("stored");
        let to = |timeline, name| (1, single(&Message { timeline, ..message(Kind::Point, name, 3) }));
        let sent = [("here", "a"), ("gone", "b"), ("here", "c"), ("there", "d"), ("gone", "e")];
        let sent = sent.map(|(timeline, name)| to(timeline, name));
        doorway.take(&sent);
        assert_eq!(doorway.refused(), BTreeMap::from([("store", 2)]));
        assert_eq!([doorway.events("c", "here").len(), doorway.events("c", "there").len()], [2, 1]);
    });
}

#[test]
fn what_comes_while_too_much_waits_for_the_store_is_refused_one_by_one() {
    run(async {
        let doorway = Doorway::open(0).await;
        let mark = |time| (1, single(&message(Kind::Point, "n", time)));
        doorway.take(&[mark(1)]);
        assert_eq!(doorway.refused(), BTreeMap::new(), "nothing waited");
        let doorway = Doorway::open(0).await;
        let sent: Vec<_> = (0..1_000).map(mark).collect();
        doorway.take(&sent);
        let taken = doorway.events("c", "").len() as u64;
        assert!((1..100).contains(&taken), "those that were taken together: {taken}");
        assert_eq!(doorway.refused(), BTreeMap::from([("behind", 1_000 - taken)]));
    });
}

#[test]
fn one_address_may_send_so_many_and_others_are_not_concerned() {
    run(async {
        let mut doorway = Doorway::open(1 << 20).await;
        let rate = Rate::per_second(1);
        // As if it had sent much: it may send again in an hour.
        let later = Instant::now() + Duration::from_secs(3_600);
        rate.admit(Ipv4Addr::new(10, 0, 0, 1).into(), later).expect("the first one");
        doorway.taker.get_mut().door.rate = Some(Arc::new(rate));
        let point = |host, name| (host, single(&message(Kind::Point, name, 1)));
        doorway.take(&[point(1, "a"), point(2, "b"), point(1, "c")]);
        assert_eq!(doorway.refused(), BTreeMap::from([("rate", 2)]));
        let names: Vec<_> = doorway.events("c", "").iter().map(|event| event.name.to_string()).collect();
        assert_eq!(names, ["b"]);
        assert!(admits(doorway.door().rate.as_deref(), Ipv4Addr::LOCALHOST.into()));
    });
}

/// A point in the active timeline of this context, which is another one each time.
fn point(context: &str) -> (u8, Vec<u8>) {
    static TIME: AtomicI64 = AtomicI64::new(1);
    let time = TIME.fetch_add(1, Ordering::Relaxed);
    (1, single(&Message { context, ..message(Kind::Point, "p", time) }))
}

#[test]
fn what_waits_for_the_store_does_not_hold_up_what_is_known() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        doorway.take(&[point("known")]);
        doorway.begin(&[point("new"), point("known"), point("other"), point("known")]);
        assert_eq!(doorway.events("known", "").len(), 3);
        let is_empty = |name| doorway.catalog.context(name).is_none_or(|context| context.latest().is_none());
        assert!(is_empty("new") && is_empty("other"), "they are admitted when their marks are taken");
        doorway.finish();
        assert_eq!([doorway.events("new", "").len(), doorway.events("other", "").len()], [1, 1]);
        assert_eq!((doorway.refused(), doorway.door().beside.held()), (BTreeMap::new(), 0));
    });
}

#[test]
fn what_comes_behind_one_that_waits_stays_behind_it() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        doorway.take(&[point("c"), point("d")]);
        let new = (1, single(&Message { timeline: "next", ..message(Kind::New, "", 2) }));
        let both = {
            let mut writer = PacketWriter::new(8, PacketDefaults::default(), limits::PACKET_BYTES);
            for context in ["c", "d"] {
                let message = Message { context, ..message(Kind::Point, "both", 3) };
                assert_eq!(writer.push(&message, &[]), Pushed::Added);
            }
            (1, writer.finish(&Closing::default()).to_vec())
        };
        doorway.begin(&[new.clone(), point("c"), both, point("d"), point("c")]);
        assert_eq!(doorway.events("c", "").len(), 1, "the active one is still the first");
        assert_eq!(doorway.events("d", "").len(), 1);
        doorway.finish();
        assert_eq!(doorway.catalog.context("c").expect("it is known").count(), 2);
        assert_eq!([doorway.events("c", "next").len(), doorway.events("d", "").len()], [3, 3]);
        doorway.begin(&[point("c")]);
        assert_eq!(doorway.events("c", "next").len(), 4, "nothing waits any more");
    });
}

#[test]
fn packets_of_one_session_stay_in_their_order_whatever_they_say() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        let mut writer = PacketWriter::new(9, PacketDefaults::default(), limits::PACKET_BYTES);
        assert_eq!(writer.push(&message(Kind::Point, "p", 1), &[]), Pushed::Added);
        let first = (1, writer.finish(&Closing { messages: Some(0), ..Closing::default() }).to_vec());
        let closing = Closing { sequence: 2, packets: Some(3), messages: Some(3), ..Closing::default() };
        doorway.begin(&[first, (1, writer.finish(&closing).to_vec())]);
        assert_eq!(doorway.door().metrics.datagrams.get(), 0, "both wait");
        doorway.finish();
        assert_eq!(doorway.door().metrics.datagrams.get(), 2);
        let timeline = doorway.catalog.context("c").and_then(|context| context.latest()).expect("opened");
        let summary = timeline.live().fold.summary();
        assert_eq!((summary.loss.packets, summary.loss.messages), (1, 2), "of the one between");
    });
}

#[test]
fn no_more_wait_than_there_is_room_for() {
    run(async {
        let mut doorway = Doorway::open(1 << 20).await;
        doorway.taker.get_mut().door.beside = Arc::new(Budget::new(4 << 10));
        doorway.take(&[point("a"), point("b"), point("c")]);
        assert_eq!(doorway.refused(), BTreeMap::from([("queue_full", 2)]));
        doorway.take(&[point("b"), point("a")]);
        assert_eq!([doorway.events("a", "").len(), doorway.events("b", "").len()], [2, 1]);
    });
}

#[test]
fn what_waits_is_given_up_when_it_is_told_so() {
    run(async {
        let doorway = Doorway::open(1 << 20).await;
        doorway.abandon.send_replace(true);
        doorway.begin(&[point("a"), point("a"), point("b")]);
        assert!(doorway.door().beside.held() > 0);
        doorway.finish();
        assert_eq!(doorway.door().beside.held(), 0);
    });
}
