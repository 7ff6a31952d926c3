//! Timelines in a store, and what is told of them.

use upto::wire::Status;

use super::*;
use crate::catalog::Wanted;
use crate::clock::ManualClock;
use crate::store::{Append, MemoryStore};
use crate::timeline::{Mark, MarkKind, Stamp};
use crate::watch::WatchSettings;
use crate::watch::alerts::Alerts;
use crate::watch::journal::Journal;
use crate::watch::keeper::SHARDS;
use crate::watch::notice::Turn;

const SECOND: i64 = 1_000_000_000;

struct Place {
    clock: Arc<ManualClock>,
    catalog: Arc<Catalog>,
    watch: Arc<Watch>,
    /// What runs ends with it.
    _stop: watch::Sender<bool>,
}

impl Place {
    async fn new(rules: Vec<TimelineRule>) -> Self {
        let clock = Arc::new(ManualClock::new(0));
        let store: Arc<MemoryStore> = Arc::new(MemoryStore::new(clock.clone()));
        let journal = Arc::new(Journal::new(store.clone(), clock.clone()));
        let alerts = Alerts::new(store.clone(), clock.clone(), journal, Arc::default()).expect("ready");
        let settings = Arc::new(WatchSettings { timelines: rules, ..WatchSettings::default() });
        let opened = Watch::open(store.clone(), clock.clone(), Arc::new(alerts), settings).await;
        let watch = opened.expect("opened");
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(watch.clone().run(stopped));
        let catalog = Arc::new(Catalog::open(store, 64 << 20).await.expect("a catalog"));
        Place { clock, catalog, watch, _stop: stop }
    }

    fn looking(&self) -> Timelines {
        Timelines::new(self.watch.clone(), self.catalog.clone())
    }

    async fn open(&self, name: &str) -> Arc<Timeline> {
        let context = self.catalog.context_or_new("nightly");
        context.warm(self.catalog.store().as_ref()).await.expect("warm");
        let opened = self.catalog.open_timeline(&context, Wanted::Named(name), 0).await.expect("opened");
        document::create(self.catalog.store().as_ref(), opened.timeline.document()).await.expect("stored");
        context.admit(&opened.timeline)
    }

    /// Stores the start of an event at this second, or its end.
    async fn mark(&self, timeline: &Timeline, kind: MarkKind, second: i64) {
        let mark = Mark {
            kind,
            name: "copy",
            host: "",
            id: 1,
            parent: 0,
            time: second * SECOND,
            started: None,
            status: Status::Ok,
            text: "",
            attributes: &[],
            truncated: false,
        };
        timeline.take(&mark, Stamp::Unknown);
        let append = |block| Append { stream: timeline.stream().to_owned(), block };
        let appends = timeline.take_pending().finish().into_iter().map(append).collect();
        self.catalog.store().append(appends).await.expect("stored");
        timeline.set_stored();
        timeline.settle();
    }

    /// A timeline of one event.
    async fn run(&self, name: &str, from: i64, to: i64) {
        let timeline = self.open(name).await;
        self.mark(&timeline, MarkKind::Start, from).await;
        self.mark(&timeline, MarkKind::End, to).await;
    }

    /// Looks at this second.
    async fn look(&self, timelines: &mut Timelines, second: i64) {
        let second = Duration::from_secs(second.unsigned_abs());
        self.clock.advance(second - Duration::from_nanos(self.watch.now().unsigned_abs()));
        timelines.round().await.expect("looked at");
    }

    /// All that is to be told, by the time.
    fn told(&self) -> Vec<(Turn, String)> {
        let mut notices: Vec<Notice> =
            (0..SHARDS).flat_map(|number| self.watch.unpublished(number)).collect();
        notices.sort_by_key(|notice| notice.time);
        notices.into_iter().map(|notice| (notice.turn, notice.title)).collect()
    }
}

fn told(titles: &[(Turn, &str)]) -> Vec<(Turn, String)> {
    titles.iter().map(|(turn, title)| (*turn, (*title).to_owned())).collect()
}

const LONG: (Turn, &str) = (Turn::Problem, "nightly: copy runs too long");
const OVER: (Turn, &str) = (Turn::Resolved, "nightly: copy no longer runs too long");

#[tokio::test]
async fn what_runs_longer_than_the_limit_is_told_once_over_restarts_too() {
    let stuck_after = Some(Duration::from_secs(60));
    let place = Place::new(vec![TimelineRule { stuck_after, ..TimelineRule::new("night*") }]).await;
    let timeline = place.open("1").await;
    place.mark(&timeline, MarkKind::Start, 0).await;
    let mut looking = place.looking();
    place.look(&mut looking, 60).await;
    assert_eq!(place.told(), []);
    place.look(&mut looking, 61).await;
    assert_eq!(place.told(), told(&[LONG]));
    place.look(&mut place.looking(), 70).await;
    assert_eq!(place.told(), told(&[LONG]), "it was told before");
    place.mark(&timeline, MarkKind::End, 75).await;
    place.look(&mut looking, 76).await;
    assert_eq!(place.told(), told(&[LONG, OVER]));
}

#[tokio::test]
async fn what_runs_longer_than_it_used_to_is_told() {
    let place = Place::new(vec![TimelineRule::new("*")]).await;
    for run in 0..10 {
        place.run(&run.to_string(), 100 * run, 100 * run + 10).await;
    }
    let timeline = place.open("newest").await;
    place.mark(&timeline, MarkKind::Start, 2_000).await;
    let mut looking = place.looking();
    place.look(&mut looking, 2_009).await;
    assert_eq!(place.told(), []);
    place.look(&mut looking, 2_011).await;
    assert_eq!(place.told(), told(&[LONG]));
}

#[tokio::test]
async fn timelines_that_take_longer_are_told_when_they_have_settled() {
    let place = Place::new(vec![TimelineRule { by_history: false, ..TimelineRule::new("*") }]).await;
    for run in 0..10 {
        place.run(&run.to_string(), 100 * run, 100 * run + 10).await;
    }
    let mut looking = place.looking();
    place.look(&mut looking, 1_000).await;
    place.run("slow", 1_000, 1_020).await;
    place.run("slower", 1_100, 1_120).await;
    place.look(&mut looking, 1_149).await;
    assert_eq!(place.told(), [], "the newest one may go on");
    place.look(&mut looking, 1_151).await;
    let slower = (Turn::Problem, "nightly: timelines take longer");
    assert_eq!(place.told(), told(&[slower]));
    place.run("fast", 1_200, 1_210).await;
    place.run("as fast", 1_300, 1_310).await;
    place.run("and again", 1_400, 1_410).await;
    place.look(&mut looking, 1_500).await;
    let again = (Turn::Resolved, "nightly: timelines take as long as they used to");
    assert_eq!(place.told(), told(&[slower, again]));
}

#[tokio::test]
async fn other_contexts_are_nobody_s_business() {
    let stuck_after = Some(Duration::from_secs(1));
    let place = Place::new(vec![TimelineRule { stuck_after, ..TimelineRule::new("weekly") }]).await;
    let timeline = place.open("1").await;
    place.mark(&timeline, MarkKind::Start, 0).await;
    place.look(&mut place.looking(), 1_000).await;
    assert_eq!(place.told(), []);
}
