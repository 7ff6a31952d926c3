use super::*;
use crate::clock::ManualClock;
use crate::store::{Documents, MemoryStore};
use crate::watch::heartbeat::{Change, Pulse, State};
use crate::watch::journal::Filter;
use crate::watch::notice::Turn;

const SECOND: Duration = Duration::from_secs(1);

struct Place {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
}

impl Place {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_000_000_000_000));
        Place { store: Arc::new(MemoryStore::new(clock.clone())), clock }
    }

    async fn open(&self) -> Arc<Watch> {
        let journal = Arc::new(Journal::new(self.store.clone(), self.clock.clone()));
        let alerts = Alerts::new(self.store.clone(), self.clock.clone(), journal, Arc::default());
        let alerts = Arc::new(alerts.expect("ready"));
        Watch::open(self.store.clone(), self.clock.clone(), alerts, Arc::default()).await.expect("opened")
    }
}

fn pulse(seconds: f64) -> Step {
    Step::Change(Change::Pulse(Some(Pulse::new(seconds, None).expect("a pulse"))))
}

fn state(watch: &Watch, service: &str) -> Option<State> {
    watch.get(&Key::new(service, "")).map(|heartbeat| heartbeat.state(watch.now()))
}

#[tokio::test]
async fn who_does_not_pulse_is_dead_and_stays_so_over_a_restart() {
    let place = Place::new();
    let watch = place.open().await;
    for number in 0..100 {
        watch.take(&Key::new(&number.to_string(), ""), pulse(10.0), Haste::Whenever);
    }
    place.clock.advance(9 * SECOND);
    watch.take(&Key::new("7", ""), pulse(10.0), Haste::Whenever);
    watch.round().await;
    assert_eq!(state(&watch, "8"), Some(State::Up));
    place.clock.advance(SECOND);
    watch.round().await;
    assert_eq!((state(&watch, "7"), state(&watch, "8")), (Some(State::Up), Some(State::Dead)));
    let again = place.open().await;
    assert_eq!(
        (again.len(), state(&again, "7"), state(&again, "8")),
        (100, Some(State::Up), Some(State::Dead))
    );
    let dead: usize = (0..SHARDS).map(|number| again.unpublished(number).len()).sum();
    assert_eq!(dead, 99, "what was decided is told by whoever comes next");
}

#[tokio::test]
async fn nobody_dies_of_a_time_in_which_no_server_ran() {
    let place = Place::new();
    let watch = place.open().await;
    let (ticket, _) = watch.take(&Key::new("s", ""), pulse(10.0), Haste::Now);
    watch.round().await;
    watch.stored(ticket).await;
    place.clock.advance(3_600 * SECOND);
    let again = place.open().await;
    again.round().await;
    assert_eq!(state(&again, "s"), Some(State::Up));
    place.clock.advance(9 * SECOND);
    again.round().await;
    assert_eq!(state(&again, "s"), Some(State::Up));
    place.clock.advance(SECOND);
    again.round().await;
    assert_eq!(state(&again, "s"), Some(State::Dead));
    let (stop, stopped) = watch::channel(true);
    again.journal().write(stopped).await;
    drop(stop);
    let page = again.journal().newest(&Filter::default(), None, 10).await.expect("read");
    let lines: Vec<_> = page.entries.iter().map(|(_, entry)| entry.message.as_str()).collect();
    assert_eq!(
        lines,
        ["1 heartbeats came due while this server did not run, and get their time once more: s"]
    );
}

#[tokio::test]
async fn pulses_that_say_what_is_known_are_stored_together() {
    let place = Place::new();
    let watch = place.open().await;
    let key = Key::new("s", "");
    watch.take(&key, pulse(60.0), Haste::Whenever);
    let version = async || {
        let documents = place.store.list("heartbeats/", None, SHARDS).await.expect("listed");
        documents.first().map(|(_, document)| document.version)
    };
    place.clock.advance(SECOND);
    watch.round().await;
    assert_eq!(version().await, Some(1));
    for _ in 0..4 {
        watch.take(&key, pulse(60.0), Haste::Whenever);
        place.clock.advance(SECOND);
        watch.round().await;
    }
    assert_eq!(version().await, Some(1));
    place.clock.advance(SECOND);
    watch.round().await;
    assert_eq!(version().await, Some(2));
}

#[tokio::test]
async fn a_heartbeat_is_found_by_what_stands_for_it() {
    let place = Place::new();
    let watch = place.open().await;
    watch.take(&Key::new("s", ""), pulse(1.0), Haste::Now);
    watch.take(&Key::new("s", "run"), pulse(1.0), Haste::Now);
    let ping = watch.get(&Key::new("s", "")).expect("a heartbeat").ping.to_string();
    assert_eq!((ping.len(), ping.as_bytes()[14]), (36, b'4'), "{ping}");
    assert_eq!(watch.pinged(&ping), Some(Key::new("s", "")));
    assert_eq!(watch.pinged("00000000-0000-4000-8000-000000000000"), None);
}

#[tokio::test]
async fn all_are_listed_in_the_order_of_their_names() {
    let place = Place::new();
    let watch = place.open().await;
    for number in 0..30 {
        watch.take(&Key::new(&format!("{number:02}"), ""), pulse(1.0), Haste::Whenever);
    }
    let names = |after: Option<&Key>, limit| {
        let found = watch.after(after, limit, |heartbeat| &*heartbeat.service != "05");
        found.into_iter().map(|heartbeat| heartbeat.service.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(Some(&Key::new("03", "")), 3), ["04", "06", "07"]);
    assert_eq!(names(None, 100).len(), 29);
}

#[tokio::test]
async fn who_is_dead_and_then_cancelled_paused_or_forgotten_is_waited_for_by_nobody() {
    let place = Place::new();
    let watch = place.open().await;
    let ends = [
        ("cancelled", Step::Change(Change::Cancel)),
        ("paused", Step::Change(Change::Pause)),
        ("forgotten", Step::Forget),
    ];
    for (name, _) in &ends {
        watch.take(&Key::new(name, ""), pulse(1.0), Haste::Now);
    }
    watch.take(&Key::new("living", ""), pulse(100.0), Haste::Now);
    place.clock.advance(SECOND);
    watch.round().await;
    for (name, end) in ends {
        watch.take(&Key::new(name, ""), end.clone(), Haste::Now);
        // Once is enough.
        watch.take(&Key::new(name, ""), end.clone(), Haste::Now);
        watch.take(&Key::new("living", ""), end, Haste::Now);
        watch.take(&Key::new("living", ""), pulse(100.0), Haste::Now);
    }
    watch.round().await;
    let notices = (0..SHARDS).flat_map(|number| watch.unpublished(number));
    let closed = notices.filter(|notice| notice.turn == Turn::Closed);
    let mut titles: Vec<_> = closed.map(|notice| notice.title).collect();
    titles.sort();
    assert_eq!(
        titles,
        ["Service cancelled was cancelled", "Service forgotten was forgotten", "Service paused was paused"]
    );
}

#[tokio::test]
async fn who_came_due_while_the_process_stood_still_gets_its_time_once_more() {
    let place = Place::new();
    let watch = place.open().await;
    watch.take(&Key::new("a", ""), pulse(10.0), Haste::Whenever);
    place.clock.advance(60 * SECOND);
    watch.rearm_all();
    watch.round().await;
    assert_ne!(state(&watch, "a"), Some(State::Dead));
    place.clock.advance(9 * SECOND);
    watch.round().await;
    assert_ne!(state(&watch, "a"), Some(State::Dead));
    place.clock.advance(2 * SECOND);
    watch.round().await;
    assert_eq!(state(&watch, "a"), Some(State::Dead));
}
