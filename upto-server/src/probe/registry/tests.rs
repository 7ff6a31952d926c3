use std::time::Duration;

use super::super::model::{Origin, Probe, Record};
use super::super::settings::Kept;
use super::*;
use crate::clock::ManualClock;
use crate::store::{Append, Documents, Log, MemoryStore};

const SECOND: i64 = 1_000_000_000;

struct Case {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    registry: Registry,
}

impl Case {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_000 * SECOND));
        let store = Arc::new(MemoryStore::new(clock.clone()));
        let registry =
            Registry::new(store.clone(), clock.clone(), Arc::default(), Arc::new(Damages::unheard()));
        Case { store, clock, registry }
    }

    /// As after a restart.
    fn again(&self) -> Registry {
        Registry::new(self.store.clone(), self.clock.clone(), Arc::default(), Arc::new(Damages::unheard()))
    }
}

fn about(count: u64, age: u64) -> About {
    About {
        kind: "custom".into(),
        period: Duration::from_secs(1),
        kept: Kept { count, age: Duration::from_secs(age) },
        collector: None,
        connector: None,
    }
}

async fn registered(registry: &Registry, about: About) -> Arc<Cluster> {
    registry.register("a/b", about).await.expect("the store answers").expect("room")
}

fn record(time: i64, origin: Option<u64>) -> Record {
    let origin = origin.map(|number| Origin { collector: "run".into(), number });
    Record { number: 0, time, round_trip: 0, probe: Probe::up(), origin }
}

/// Stores so many probes, one commit each.
async fn probe(case: &Case, registry: &Registry, cluster: &Arc<Cluster>, count: usize) {
    for _ in 0..count {
        case.clock.advance(Duration::from_secs(1));
        registry.add(vec![(cluster.clone(), record(case.clock.now(), None))]).expect("room");
        registry.store_waiting().await.expect("stored");
    }
}

async fn numbers(registry: &Registry, cluster: &Cluster, after: u64) -> (Vec<u64>, u64) {
    let limits = Limits { count: usize::MAX, bytes: usize::MAX };
    let read = registry.read(cluster, after, limits).await.expect("read");
    (read.records.iter().map(|record| record.number).collect(), read.missed)
}

#[tokio::test]
async fn what_is_stored_has_numbers_without_holes_also_after_a_restart() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(1_000, 1_000)).await;
    assert_eq!(numbers(&case.registry, &cluster, 0).await, (vec![], 0));
    probe(&case, &case.registry, &cluster, 3).await;
    let registry = case.again();
    let cluster = registered(&registry, about(1_000, 1_000)).await;
    assert_eq!(cluster.latest_number(), 3);
    probe(&case, &registry, &cluster, 2).await;
    assert_eq!(numbers(&registry, &cluster, 0).await, ((1..=5).collect(), 0));
    assert_eq!(numbers(&registry, &cluster, 4).await, (vec![5], 0));
    let future = registry.read(&cluster, 6, Limits { count: 1, bytes: 1 }).await;
    assert!(matches!(future, Err(Unread::Future { cursor: 6, latest: 5 })), "{future:?}");
}

#[tokio::test]
async fn no_more_is_kept_than_was_said_and_what_is_missing_is_told() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(80, 100_000)).await;
    probe(&case, &case.registry, &cluster, 300).await;
    let (kept, missed) = numbers(&case.registry, &cluster, 100).await;
    assert_eq!((kept.len(), kept[0], missed), (80, 221, 120));
    // A tenth is a segment: so much more may be there.
    let streams = case.store.streams().await.expect("listed");
    assert!(streams.len() <= 10, "{streams:?}");
    let cluster = registered(&case.again(), about(80, 100_000)).await;
    assert_eq!(cluster.latest_number(), 300);
}

#[tokio::test]
async fn what_is_too_old_is_removed_but_for_the_last_and_in_the_end_all_of_it() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(100_000, 80)).await;
    probe(&case, &case.registry, &cluster, 300).await;
    case.registry.sweep().await.expect("swept");
    let (kept, _) = numbers(&case.registry, &cluster, 0).await;
    assert!((80..=110).contains(&kept.len()), "{kept:?}");
    case.clock.advance(Duration::from_secs(10_000));
    case.registry.sweep().await.expect("swept");
    assert!(cluster.standing(case.clock.now()).latest.is_some());
    case.registry.unregister("a/b");
    case.registry.sweep().await.expect("swept");
    assert_eq!(case.store.streams().await.expect("listed"), Vec::<String>::new());
    // Its numbers go on, since somebody may have the old ones.
    let registry = case.again();
    registry.load().await.expect("loaded");
    assert_eq!(registered(&registry, about(100_000, 80)).await.latest_number(), 300);
    case.clock.advance(Duration::from_secs(366 * 86_400));
    case.registry.sweep().await.expect("swept");
    assert_eq!(case.store.list("probes/", None, 9).await.expect("listed"), vec![]);
}

#[tokio::test]
async fn what_is_said_of_a_cluster_is_stored_with_its_next_probe() {
    let case = Case::new();
    let remote = |count, age| About { collector: Some("far".into()), ..about(count, age) };
    let cluster = registered(&case.registry, remote(1_000, 5)).await;
    probe(&case, &case.registry, &cluster, 3).await;
    registered(&case.registry, remote(7, 100_000)).await;
    probe(&case, &case.registry, &cluster, 1).await;
    // A server that begins a while later knows for how long it is kept.
    case.clock.advance(Duration::from_secs(60));
    let registry = case.again();
    registry.load().await.expect("loaded");
    registry.sweep().await.expect("swept");
    let cluster = registry.find("a/b").expect("it is kept");
    assert_eq!((cluster.about().kept.count, cluster.latest_number()), (7, 4));
    assert_eq!(numbers(&registry, &cluster, 0).await.0.len(), 4);
}

#[tokio::test]
async fn who_reads_back_is_told_all_before_a_number_over_what_is_damaged() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(10_000, 100_000)).await;
    probe(&case, &case.registry, &cluster, 100).await;
    damage(&case, FIRST).await;
    let registry = case.again();
    let cluster = registered(&registry, about(10_000, 100_000)).await;
    probe(&case, &registry, &cluster, 100).await;
    let (mut told, mut before) = (Vec::new(), u64::MAX);
    loop {
        let limits = Limits { count: 30, bytes: usize::MAX };
        let (records, has_more) = registry.read_before(&cluster, before, limits).await.expect("read");
        told.extend(records.iter().map(|record| record.number));
        before = told.last().copied().expect("some");
        if !has_more {
            break;
        }
        assert_eq!(records.len(), 30);
    }
    let expected: Vec<u64> = (1..=100).chain(108..=207).rev().collect();
    assert_eq!(told, expected);
}

#[tokio::test]
async fn times_that_nobody_has_are_no_trouble() {
    let case = Case::new();
    let cluster = registered(&case.registry, About { period: Duration::MAX, ..about(10, 10) }).await;
    case.registry.add(vec![(cluster.clone(), record(i64::MAX, None))]).expect("room");
    case.registry.store_waiting().await.expect("stored");
    assert!(!cluster.standing(case.clock.now()).is_stale);
}

#[tokio::test]
async fn more_than_a_store_takes_in_one_block_is_stored_in_several() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(1_000, 1_000)).await;
    let detail = format!("\"{}\"", "x".repeat(900_000));
    let large = |time: i64| Record { probe: Probe::up().with_detail(detail.clone()), ..record(time, None) };
    // Over 16 MiB, as after the store was away.
    let records = (0..20).map(|time| (cluster.clone(), large(time))).collect();
    let number = case.registry.add(records).expect("room");
    case.registry.store_waiting().await.expect("stored");
    case.registry.stored(number).await;
    assert_eq!(numbers(&case.registry, &cluster, 0).await.0, (1..=20).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_collector_brings_again_is_there_once_also_after_a_restart() {
    let case = Case::new();
    let remote = || About { collector: Some("far".into()), ..about(8, 1_000) };
    let cluster = registered(&case.registry, remote()).await;
    let bring = async |registry: &Registry, cluster: &Arc<Cluster>, numbers: &[u64]| {
        let records = numbers.iter().map(|number| (cluster.clone(), record(case.clock.now(), Some(*number))));
        registry.add(records.collect()).expect("room");
        registry.store_waiting().await.expect("stored");
    };
    bring(&case.registry, &cluster, &[1, 2]).await;
    bring(&case.registry, &cluster, &[1, 2, 3]).await;
    assert_eq!(cluster.latest_number(), 3);
    let registry = case.again();
    registry.load().await.expect("loaded");
    let cluster = registry.find("a/b").expect("what collectors brought is known again");
    bring(&registry, &cluster, &[2, 3, 4]).await;
    assert_eq!(numbers(&registry, &cluster, 0).await.0, [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_reading_is_limited_and_says_that_there_is_more() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(1_000, 100_000)).await;
    probe(&case, &case.registry, &cluster, 200).await;
    for (after, count, expected) in [(0, 10, (1..=10)), (150, 5, (151..=155))] {
        let read =
            case.registry.read(&cluster, after, Limits { count, bytes: usize::MAX }).await.expect("read");
        let numbers: Vec<_> = read.records.iter().map(|record| record.number).collect();
        assert_eq!((numbers, read.has_more), (expected.collect(), true));
    }
    let read = case.registry.read(&cluster, 0, Limits { count: 10, bytes: 1 }).await.expect("read");
    assert_eq!((read.records.len(), read.has_more), (1, true));
}

#[tokio::test]
async fn a_cluster_without_news_is_stale() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(1_000, 100_000)).await;
    assert!(!cluster.standing(case.clock.now()).is_stale);
    probe(&case, &case.registry, &cluster, 1).await;
    assert!(!cluster.standing(case.clock.now() + 5 * SECOND).is_stale);
    assert!(cluster.standing(case.clock.now() + 6 * SECOND).is_stale);
}

#[tokio::test]
async fn every_reader_is_told_everything_or_that_it_is_behind() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(1_000, 100_000)).await;
    let mut reader = case.registry.feed().subscribe();
    probe(&case, &case.registry, &cluster, 1).await;
    let News::Stored(told) = reader.next().await else { panic!("it is in time") };
    assert_eq!((told.len(), told[0].record.number), (1, 1));
    probe(&case, &case.registry, &cluster, 100).await;
    assert!(matches!(reader.next().await, News::Behind));
}

/// Writes something into a stream that is no block of probes.
async fn damage(case: &Case, stream: &str) {
    let garbage = Append { stream: stream.to_owned(), block: b"garbage".to_vec() };
    case.store.append(vec![garbage]).await.expect("appended");
}

const FIRST: &str = "probes/a%2Fb/00000000000000000001";

#[tokio::test]
async fn a_damaged_block_costs_itself_and_its_numbers_are_given_to_nothing_else() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(1_000, 1_000)).await;
    probe(&case, &case.registry, &cluster, 3).await;
    damage(&case, FIRST).await;
    let registry = case.again();
    let cluster = registered(&registry, about(1_000, 1_000)).await;
    assert_eq!((cluster.latest_number(), registry.damages().count()), (3, 1));
    probe(&case, &registry, &cluster, 2).await;
    // Seven bytes are seven probes at most.
    assert_eq!(numbers(&registry, &cluster, 0).await, (vec![1, 2, 3, 11, 12], 7));
    assert_eq!(numbers(&case.again(), &cluster, 2).await, (vec![3, 11, 12], 7));
    // One that good ones follow is missed, and no more.
    damage(&case, FIRST).await;
    let registry = case.again();
    let cluster = registered(&registry, about(1_000, 1_000)).await;
    assert_eq!(numbers(&registry, &cluster, 11).await, (vec![12], 0));
}

#[tokio::test]
async fn a_damaged_document_is_written_anew_from_what_there_is() {
    let case = Case::new();
    let cluster = registered(&case.registry, about(80, 1_000)).await;
    probe(&case, &case.registry, &cluster, 25).await;
    let streams = case.store.streams().await.expect("listed");
    let version = case.store.get("probes/a%2Fb").await.expect("got").expect("there").version;
    case.store.put("probes/a%2Fb", Some(version), b"garbage".to_vec()).await.expect("put");
    let registry = case.again();
    registry.load().await.expect("loaded without it");
    let cluster = registered(&registry, about(80, 1_000)).await;
    assert_eq!(numbers(&registry, &cluster, 0).await, ((1..=25).collect(), 0));
    probe(&case, &registry, &cluster, 1).await;
    assert_eq!(numbers(&registry, &cluster, 23).await, (vec![24, 25, 26], 0));
    assert_eq!(case.store.streams().await.expect("listed").len(), streams.len() + 1);
    let cluster = registered(&case.again(), about(80, 1_000)).await;
    assert_eq!(cluster.latest_number(), 26);
    assert_eq!(super::streams(case.store.as_ref()).await.expect("listed").len(), streams.len() + 1);
}
