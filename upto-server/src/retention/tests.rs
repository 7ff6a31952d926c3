//! Rounds on a store in memory, with a clock that stands still until it is moved.

use std::sync::Arc;
use std::time::Duration;

use upto::wire::Status;

use super::{Retention, Sweeper};
use crate::catalog::block::BlockWriter;
use crate::catalog::document::{TimelineDocument, timeline_key};
use crate::catalog::{Catalog, Wanted};
use crate::clock::{Clock, ManualClock};
use crate::metrics::Metrics;
use crate::store::{Append, Cursor, MemoryStore, Store};
use crate::timeline::{Fold, Mark, MarkKind};

const DAY: Duration = Duration::from_secs(86_400);

/// A store, and the time.
struct Place {
    store: Arc<dyn Store>,
    clock: Arc<ManualClock>,
}

/// A server on it, as far as retention is concerned.
struct Server {
    catalog: Arc<Catalog>,
    sweeper: Sweeper,
}

impl Place {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(0));
        Place { store: Arc::new(MemoryStore::new(clock.clone())), clock }
    }

    async fn server(&self, retention: Retention) -> Server {
        let catalog = Arc::new(Catalog::open(self.store.clone(), 1 << 20).await.expect("a catalog"));
        let (clock, metrics) = (self.clock.clone(), Arc::new(Metrics::default()));
        let sweeper = Sweeper::new(catalog.clone(), clock, metrics, retention, DAY);
        Server { catalog, sweeper }
    }

    /// The names of the timelines that have a document, with how many blocks their streams have.
    async fn stored(&self) -> Vec<(String, usize)> {
        let mut stored = Vec::new();
        for (key, document) in self.store.list("timeline/", None, 1_000).await.expect("a list") {
            let timeline = TimelineDocument::decode(&key, &document.value).expect("a timeline");
            stored.push((timeline.name.clone(), self.blocks(&timeline).await));
        }
        stored
    }

    async fn blocks(&self, timeline: &TimelineDocument) -> usize {
        self.store.read(&timeline.stream(), Cursor::START, 100).await.expect("a read").len()
    }

    async fn document(&self, name: &str) -> (u64, TimelineDocument) {
        let key = timeline_key("c", name);
        let stored = self.store.get(&key).await.expect("a get").expect("a document");
        (stored.version, TimelineDocument::decode(&key, &stored.value).expect("a timeline"))
    }
}

impl Server {
    /// Opens timelines now, each with a mark of this moment.
    async fn open(&self, place: &Place, names: &[&str]) {
        let context = self.catalog.context_or_new("c");
        for name in names {
            let now = place.clock.now();
            let opened =
                self.catalog.open_timeline(&context, Wanted::Named(name), now).await.expect("opened");
            let timeline = context.admit(&opened.timeline);
            let key = timeline.document().key();
            let value = timeline.document().encode().expect("bytes");
            // The one before was stored when this one was opened.
            drop(place.store.put(&key, None, value).await);
            timeline.set_documented();
            self.mark(place, name).await;
        }
    }

    /// Something happens in a timeline now.
    async fn mark(&self, place: &Place, name: &str) {
        let timeline =
            self.catalog.context("c").and_then(|context| context.timeline(name)).expect("a timeline");
        let mut writer = BlockWriter::default();
        let mark = Mark {
            kind: MarkKind::Point,
            name: "n",
            host: "",
            id: 0,
            parent: 0,
            time: place.clock.now(),
            started: None,
            status: Status::Ok,
            text: "",
            attributes: &[],
            truncated: false,
        };
        writer.fold_and_push(&mark, &mut Fold::default());
        let block = writer.finish().expect("a block");
        place
            .store
            .append(vec![Append { stream: timeline.stream().to_owned(), block }])
            .await
            .expect("an append");
    }

    async fn pin(&self, name: &str, is_pinned: bool) -> bool {
        let timeline =
            self.catalog.context("c").and_then(|context| context.timeline(name)).expect("a timeline");
        self.catalog.pin(&timeline, is_pinned).await.expect("an answer")
    }

    async fn round(&mut self) -> usize {
        self.sweeper.round().await.expect("a round")
    }

    /// The names that the server knows, newest first.
    fn names(&self) -> Vec<String> {
        let timelines = self.catalog.context("c").map(|context| context.older(None, usize::MAX));
        timelines.into_iter().flatten().map(|timeline| timeline.name().to_string()).collect()
    }
}

fn count(count: u64) -> Retention {
    Retention { count: Some(count), ..Retention::default() }
}

fn days(days: u32) -> Retention {
    Retention { age: Some(DAY * days), ..Retention::default() }
}

/// What `stored` gives for timelines of a block each.
fn each_one(names: &[&str]) -> Vec<(String, usize)> {
    names.iter().map(|name| ((*name).to_owned(), 1)).collect()
}

#[tokio::test]
async fn without_limits_nothing_is_removed_and_no_lease_taken() {
    let place = Place::new();
    let mut server = place.server(Retention::default()).await;
    server.open(&place, &["a", "b"]).await;
    place.clock.advance(DAY * 10_000);
    assert_eq!(server.round().await, 0);
    assert!(place.store.acquire("retention", "somebody", DAY).await.expect("an answer").is_some());
    assert_eq!(place.stored().await, each_one(&["a", "b"]));
}

#[tokio::test]
async fn the_oldest_over_a_count_are_removed_with_their_marks() {
    let place = Place::new();
    let mut server = place.server(count(2)).await;
    server.open(&place, &["a", "b", "c", "d"]).await;
    let (_, gone) = place.document("a").await;
    assert_eq!(server.round().await, 2);
    assert_eq!((place.stored().await, place.blocks(&gone).await), (each_one(&["c", "d"]), 0));
    assert_eq!(server.names(), ["d", "c"]);
    assert_eq!(place.server(count(2)).await.names(), ["d", "c"], "a server that starts sees the same");
    assert_eq!(server.round().await, 0);
    let notes = place.store.list("removal/", None, 10).await.expect("a list");
    assert_eq!(notes, []);
}

#[tokio::test]
async fn a_timeline_is_as_old_as_what_happened_last_in_it() {
    let place = Place::new();
    let mut server = place.server(days(30)).await;
    server.open(&place, &["old", "awake", "active"]).await;
    place.clock.advance(DAY * 29);
    server.mark(&place, "awake").await;
    assert_eq!(server.round().await, 0);
    place.clock.advance(DAY * 2);
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["active", "awake"], "the active one stays however old it is");
    // It was measured before; what came since counts all the same.
    server.mark(&place, "awake").await;
    place.clock.advance(DAY * 29);
    assert_eq!(server.round().await, 0);
    place.clock.advance(DAY * 2);
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["active"]);
}

#[tokio::test]
async fn the_oldest_go_until_the_bytes_fit() {
    let place = Place::new();
    let server = place.server(Retention::default()).await;
    server.open(&place, &["a", "b", "c", "d"]).await;
    let (_, timeline) = place.document("a").await;
    let block = place.store.read(&timeline.stream(), Cursor::START, 1).await.expect("a read").remove(0);
    let bytes = Some(block.bytes.len() as u64 * 5 / 2);
    let mut server = place.server(Retention { bytes, ..Retention::default() }).await;
    assert_eq!(server.round().await, 2);
    assert_eq!(server.names(), ["d", "c"]);
    server.mark(&place, "d").await;
    server.mark(&place, "d").await;
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["d"], "what came since it was measured counts");
}

#[tokio::test]
async fn a_pinned_timeline_is_kept_beside_the_others() {
    let place = Place::new();
    let mut server = place.server(count(2)).await;
    server.open(&place, &["a", "b", "c", "d"]).await;
    assert!(server.pin("a", true).await);
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["d", "c", "a"]);
    assert!(server.pin("a", false).await);
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["d", "c"]);
}

#[tokio::test]
async fn one_that_another_server_pinned_is_kept_though_this_one_does_not_know_yet() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    server.open(&place, &["a", "b"]).await;
    let other = place.server(count(1)).await;
    assert!(other.pin("a", true).await);
    assert_eq!(server.round().await, 0);
    assert_eq!(place.stored().await, each_one(&["a", "b"]));
}

#[tokio::test]
async fn the_active_timeline_stays_also_where_it_is_pinned() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    server.open(&place, &["a", "b", "c"]).await;
    assert!(server.pin("c", true).await);
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["c", "b"]);
}

#[tokio::test]
async fn limits_of_a_context_stand_for_those_of_the_server() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    server.open(&place, &["a", "b", "c"]).await;
    super::set(place.store.as_ref(), "c", &count(2)).await.expect("set");
    assert_eq!(server.round().await, 1);
    super::set(place.store.as_ref(), "c", &Retention::default()).await.expect("set again");
    assert_eq!(server.round().await, 0);
    super::reset(place.store.as_ref(), "c").await.expect("reset");
    assert_eq!(server.round().await, 1);
    assert_eq!(server.names(), ["c"]);
}

#[tokio::test]
async fn of_two_servers_the_one_with_the_lease_sweeps() {
    let place = Place::new();
    let mut one = place.server(count(1)).await;
    one.open(&place, &["a", "b"]).await;
    let mut other = place.server(count(1)).await;
    assert_eq!(one.round().await, 1);
    one.open(&place, &["c"]).await;
    let mut third = place.server(count(1)).await;
    assert_eq!((other.round().await, third.round().await), (0, 0));
    assert_eq!(third.names(), ["c", "b"]);
    // The first one is gone.
    drop(one);
    place.clock.advance(Duration::from_secs(301));
    assert_eq!(third.round().await, 1);
    assert_eq!(third.names(), ["c"]);
}

#[tokio::test]
async fn a_round_removes_no_more_than_it_may_and_the_next_one_goes_on() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    let names: Vec<_> = (0..300).map(|number| format!("{number}")).collect();
    server.open(&place, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(server.round().await, 256);
    assert_eq!(server.round().await, 43);
    assert_eq!(server.names(), ["299"]);
}

/// Leaves a removal as a server that is killed in the middle does.
async fn begin_removal(place: &Place, name: &str, steps: usize) -> TimelineDocument {
    let (version, timeline) = place.document(name).await;
    let note = format!("removal/{}", timeline.key());
    place.store.put(&note, None, timeline.encode().expect("bytes")).await.expect("a put");
    if steps > 0 {
        let marked = TimelineDocument { removing: true, ..timeline.clone() };
        let value = marked.encode().expect("bytes");
        place.store.put(&marked.key(), Some(version), value).await.expect("a put");
    }
    if steps > 1 {
        place.store.drop_stream(&timeline.stream()).await.expect("a drop");
    }
    if steps > 2 {
        place.store.delete(&timeline.key(), version + 1).await.expect("a delete");
    }
    timeline
}

#[tokio::test]
async fn what_a_killed_server_left_is_finished() {
    for steps in 1..=3 {
        let place = Place::new();
        place.server(Retention::default()).await.open(&place, &["a", "b"]).await;
        let timeline = begin_removal(&place, "a", steps).await;
        // A server that starts now does not show it, and whoever names it has to wait.
        let mut server = place.server(Retention::default()).await;
        assert_eq!(server.names(), ["b"], "{steps}");
        server.round().await;
        assert_eq!((place.stored().await, place.blocks(&timeline).await), (each_one(&["b"]), 0), "{steps}");
        assert_eq!(place.store.list("removal/", None, 1).await.expect("a list"), [], "{steps}");
    }
}

#[tokio::test]
async fn what_was_only_noted_is_left_alone() {
    let place = Place::new();
    let mut server = place.server(Retention::default()).await;
    server.open(&place, &["a", "b"]).await;
    begin_removal(&place, "a", 0).await;
    assert!(server.pin("a", true).await);
    server.round().await;
    assert_eq!(place.stored().await, each_one(&["a", "b"]));
    assert_eq!(place.store.list("removal/", None, 1).await.expect("a list"), []);
}

#[tokio::test]
async fn what_is_being_removed_can_be_neither_pinned_nor_opened() {
    let place = Place::new();
    let server = place.server(Retention::default()).await;
    server.open(&place, &["a", "b"]).await;
    begin_removal(&place, "a", 1).await;
    assert!(!server.pin("a", true).await);
    let other = place.server(Retention::default()).await;
    let context = other.catalog.context("c").expect("the context");
    let refused = other.catalog.open_timeline(&context, Wanted::Named("a"), 0).await;
    assert!(refused.is_err_and(|error| error.is_temporary()));
}

#[tokio::test]
async fn a_removed_name_can_be_used_again_and_begins_anew() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    server.open(&place, &["a", "b"]).await;
    let (_, first) = place.document("a").await;
    assert_eq!(server.round().await, 1);
    server.open(&place, &["a"]).await;
    let (_, again) = place.document("a").await;
    assert!(again.ordinal > first.ordinal && again.stream() != first.stream());
    assert_eq!(server.names(), ["a", "b"]);
    assert_eq!(place.stored().await, each_one(&["a", "b"]));
}

/// Puts this document, whatever is there.
async fn put(place: &Place, key: &str, value: &[u8]) {
    let version = place.store.get(key).await.expect("a get").map(|stored| stored.version);
    place.store.put(key, version, value.to_vec()).await.expect("a put");
}

#[tokio::test]
async fn where_limits_can_t_be_read_nothing_is_removed_and_that_is_told() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    server.open(&place, &["a", "b"]).await;
    put(&place, "retention/c", b"?").await;
    assert_eq!(server.round().await, 0);
    assert_eq!(server.catalog.damages().count(), 1);
    assert_eq!(place.stored().await, each_one(&["a", "b"]));
    super::set(place.store.as_ref(), "c", &count(1)).await.expect("set");
    assert_eq!(server.round().await, 1);
    assert_eq!(server.catalog.damages().count(), 0);
}

#[tokio::test]
async fn notes_that_can_t_be_read_keep_nothing_else_from_being_removed() {
    let place = Place::new();
    let mut server = place.server(count(1)).await;
    server.open(&place, &["a", "b", "c"]).await;
    put(&place, "removal/timeline/a/a", b"?").await;
    begin_removal(&place, "a", 1).await;
    assert_eq!(server.round().await, 1, "the one that was begun is finished before, and not counted");
    assert_eq!(server.catalog.damages().count(), 1);
    assert_eq!(place.stored().await, each_one(&["c"]));
    let notes = place.store.list("removal/", None, 10).await.expect("a list");
    assert_eq!(notes.len(), 1, "what nobody can read stays for whoever mends it");
}
