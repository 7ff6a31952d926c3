//! Datagrams in any mixture, on a store in memory. Nothing commits: what is taken is seen in the folds.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    door: Door,
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
        let door = Door { ingest: Arc::new(ingest), metrics, budget: Arc::new(Budget::new(0)), rate: None };
        Doorway { catalog, door }
    }

    /// Takes datagrams of these senders.
    async fn take(&self, sent: &[(u8, Vec<u8>)]) {
        let mut datagrams = Datagrams::default();
        for (host, bytes) in sent {
            datagrams.push(Received { bytes, each: None, peer: Ipv4Addr::new(10, 0, 0, *host).into() });
        }
        take_all(&self.door, &datagrams, &mut Decoder::new()).await;
        assert_eq!(self.door.metrics.datagrams.get(), sent.len() as u64);
    }

    fn refused(&self) -> BTreeMap<&'static str, u64> {
        self.door.metrics.refused(Input::Udp)
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
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(test);
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
        doorway.take(&sent.map(|datagram| (1, datagram))).await;
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
        doorway.take(&sent.map(|(host, name, auto_ip)| from(host, name, auto_ip))).await;
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
        doorway.take(&sent).await;
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
        doorway.take(&sent).await;
        assert_eq!(doorway.refused(), BTreeMap::from([("store", 2)]));
        assert_eq!([doorway.events("c", "here").len(), doorway.events("c", "there").len()], [2, 1]);
    });
}

#[test]
fn what_comes_while_too_much_waits_for_the_store_is_refused_one_by_one() {
    run(async {
        let doorway = Doorway::open(0).await;
        let mark = |time| (1, single(&message(Kind::Point, "n", time)));
        doorway.take(&[mark(1)]).await;
        assert_eq!(doorway.refused(), BTreeMap::new(), "nothing waited");
        let doorway = Doorway::open(0).await;
        let sent: Vec<_> = (0..1_000).map(mark).collect();
        doorway.take(&sent).await;
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
        doorway.door.rate = Some(Arc::new(rate));
        let point = |host, name| (host, single(&message(Kind::Point, name, 1)));
        doorway.take(&[point(1, "a"), point(2, "b"), point(1, "c")]).await;
        assert_eq!(doorway.refused(), BTreeMap::from([("rate", 2)]));
        let names: Vec<_> = doorway.events("c", "").iter().map(|event| event.name.to_string()).collect();
        assert_eq!(names, ["b"]);
        assert!(admits(doorway.door.rate.as_deref(), Ipv4Addr::LOCALHOST.into()));
    });
}
