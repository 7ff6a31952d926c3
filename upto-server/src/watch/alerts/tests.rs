use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;

use super::*;
use crate::clock::ManualClock;
use crate::store::MemoryStore;
use crate::watch::heartbeat::AlertTarget;
use crate::watch::notice::{Notice, Turn};

const SECOND: Duration = Duration::from_secs(1);

/// Somebody who is told: what came, and how the next requests are answered.
#[derive(Default)]
struct Listener {
    told: Mutex<Vec<(String, Value)>>,
    failures: AtomicUsize,
}

impl Listener {
    async fn start(self: Arc<Self>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let routes = Router::new().route("/", post(hear)).with_state(self);
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}/")
    }

    fn told(&self) -> Vec<(String, Value)> {
        self.told.lock().expect("not poisoned").clone()
    }

    fn titles(&self) -> Vec<String> {
        self.told().iter().map(|(_, body)| body["title"].as_str().expect("a title").to_owned()).collect()
    }
}

async fn hear(State(listener): State<Arc<Listener>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let fails = |left: usize| left.checked_sub(1);
    if listener.failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fails).is_ok() {
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let key = headers["idempotency-key"].to_str().expect("text").to_owned();
    let body = serde_json::from_slice(&body).expect("JSON");
    listener.told.lock().expect("not poisoned").push((key, body));
    StatusCode::OK
}

/// A store, a clock, and somebody who is told of everything.
struct Place {
    store: Arc<MemoryStore>,
    clock: Arc<ManualClock>,
    listener: Arc<Listener>,
    url: String,
}

impl Place {
    async fn new() -> Self {
        let clock = Arc::new(ManualClock::new(1_000_000_000_000));
        let listener = Arc::new(Listener::default());
        let url = listener.clone().start().await;
        Place { store: Arc::new(MemoryStore::new(clock.clone())), clock, listener, url }
    }

    fn settings(&self) -> AlertSettings {
        let webhook = Webhook { url: self.url.clone().into(), headers: Vec::new(), template: None };
        AlertSettings {
            targets: BTreeMap::from([("hook".to_owned(), Destination::Webhook(webhook))]),
            rules: vec![Rule { sources: Vec::new(), subject: "*".into(), targets: vec!["hook".into()] }],
            ..AlertSettings::default()
        }
    }

    fn alerts(&self, settings: AlertSettings) -> Alerts {
        let journal = Arc::new(Journal::new(self.store.clone(), self.clock.clone()));
        Alerts::new(self.store.clone(), self.clock.clone(), journal, Arc::new(settings)).expect("ready")
    }

    async fn standings(&self) -> Vec<Standing> {
        let all = list(self.store.as_ref(), None, 100).await.expect("listed");
        all.into_iter().map(|delivery| delivery.standing).collect()
    }
}

fn notice(incident: &str, turn: Turn) -> Notice {
    let end = match turn {
        Turn::Resolved => "resolved",
        Turn::Closed => "closed",
        _ => "problem",
    };
    let notice = Notice::of_line("web".into(), 3, format!("{incident} {end}"), 1, 1);
    Notice { id: format!("{incident}/{end}"), incident: incident.into(), turn, ..notice }
}

#[tokio::test]
async fn what_is_raised_is_sent_once_however_often_it_is_raised() {
    let place = Place::new().await;
    let alerts = place.alerts(place.settings());
    for _ in 0..3 {
        alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    }
    alerts.round(false).await;
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    alerts.round(false).await;
    let told = place.listener.told();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].0.as_str(), &told[0].1["alerts"][0]["id"]), ("a/problem", &"a/problem".into()));
    assert_eq!(place.standings().await, [Standing::Sent]);
}

#[tokio::test]
async fn two_servers_on_one_store_send_one() {
    let place = Place::new().await;
    let (one, other) = (place.alerts(place.settings()), place.alerts(place.settings()));
    let notice = notice("a", Turn::Problem);
    let (first, second) = tokio::join!(one.raise(&notice), other.raise(&notice));
    first.and(second).expect("raised");
    tokio::join!(one.round(false), other.round(false));
    place.clock.advance(60 * SECOND);
    tokio::join!(one.round(false), other.round(false));
    assert_eq!(place.listener.told().len(), 1);
}

#[tokio::test]
async fn a_failure_is_tried_again_later_each_time_and_delivered_once() {
    let place = Place::new().await;
    let alerts = place.alerts(place.settings());
    place.listener.failures.store(3, Ordering::SeqCst);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    let mut tries = Vec::new();
    for second in 0..400 {
        let before = place.listener.failures.load(Ordering::SeqCst) + 1 - place.listener.told().len();
        alerts.round(false).await;
        let after = place.listener.failures.load(Ordering::SeqCst) + 1 - place.listener.told().len();
        if after < before {
            tries.push(second);
        }
        place.clock.advance(SECOND);
    }
    assert_eq!((tries.len(), place.listener.told().len()), (4, 1), "{tries:?}");
    let waits: Vec<_> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] >= 10 && waits[1] >= 20 && waits[2] >= 40, "{waits:?}");
    let journal = place.standings().await;
    assert_eq!(journal, [Standing::Sent]);
}

#[tokio::test]
async fn that_something_is_over_is_told_after_what_it_is_about() {
    let place = Place::new().await;
    let alerts = place.alerts(place.settings());
    place.listener.failures.store(1, Ordering::SeqCst);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    alerts.round(false).await;
    alerts.raise(&notice("a", Turn::Resolved)).await.expect("raised");
    alerts.round(false).await;
    assert_eq!(place.listener.titles(), [] as [String; 0], "the problem is tried again later");
    for _ in 0..60 {
        place.clock.advance(SECOND);
        alerts.round(false).await;
    }
    assert_eq!(place.listener.titles(), ["web: a problem", "web: a resolved"]);
}

#[tokio::test]
async fn what_never_arrives_is_given_up_after_its_time_and_kept() {
    let place = Place::new().await;
    let mut settings = place.settings();
    settings.policy.give_up_after = 100 * SECOND;
    let alerts = place.alerts(settings);
    place.listener.failures.store(usize::MAX, Ordering::SeqCst);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    for _ in 0..50 {
        alerts.round(false).await;
        place.clock.advance(10 * SECOND);
    }
    let all = list(place.store.as_ref(), None, 10).await.expect("listed");
    assert_eq!(
        (all[0].standing, all[0].problem.as_deref()),
        (Standing::GivenUp, Some("the answer was 500 Internal Server Error"))
    );
    let claims =
        crate::store::Queue::claim(place.store.as_ref(), delivery::OUTBOX, 1, SECOND).await.expect("claimed");
    assert!(claims.is_empty());
}

#[tokio::test]
async fn a_storm_is_one_message() {
    let place = Place::new().await;
    let alerts = place.alerts(place.settings());
    for number in 0..100 {
        alerts.raise(&notice(&format!("{number:02}"), Turn::Problem)).await.expect("raised");
    }
    alerts.round(false).await;
    let told = place.listener.told();
    assert_eq!((told.len(), told[0].1["alerts"].as_array().map(Vec::len)), (1, Some(100)));
    assert_eq!(place.listener.titles(), ["100 alerts"]);
    assert!(place.standings().await.iter().all(|standing| *standing == Standing::Sent));
}

#[tokio::test]
async fn a_message_that_was_sent_is_not_sent_again_by_who_comes_after_a_server_that_was_killed() {
    let place = Place::new().await;
    let alerts = place.alerts(place.settings());
    for number in 0..10 {
        alerts.raise(&notice(&number.to_string(), Turn::Problem)).await.expect("raised");
    }
    alerts.round(false).await;
    // As if the server had been killed behind noting the message, and before the deliveries.
    for delivery in list(place.store.as_ref(), None, 100).await.expect("listed") {
        let (_, version) =
            delivery::get(place.store.as_ref(), &delivery.id).await.expect("read").expect("there");
        let waiting = Delivery { standing: Standing::Waiting, done: None, ..delivery };
        delivery::put(place.store.as_ref(), &waiting, Some(version)).await.expect("put");
        let id = waiting.id.into_bytes();
        crate::store::Queue::push(place.store.as_ref(), delivery::OUTBOX, id).await.expect("pushed");
    }
    place.clock.advance(60 * SECOND);
    place.alerts(place.settings()).round(false).await;
    assert_eq!(place.listener.told().len(), 1);
    assert!(place.standings().await.iter().all(|standing| *standing == Standing::Sent));
}

#[tokio::test]
async fn no_more_is_sent_to_a_target_in_a_minute_than_it_may_get() {
    let place = Place::new().await;
    let mut settings = place.settings();
    (settings.policy.rate, settings.policy.group_from) = (3, 0);
    let alerts = place.alerts(settings);
    for number in 0..8 {
        alerts.raise(&notice(&number.to_string(), Turn::Problem)).await.expect("raised");
    }
    let mut sent = Vec::new();
    for _ in 0..3 {
        alerts.round(false).await;
        sent.push(place.listener.told().len());
        place.clock.advance(60 * SECOND);
    }
    assert_eq!(sent, [3, 6, 8]);
}

#[tokio::test]
async fn nobody_is_told_in_a_maintenance_window_nor_that_it_is_over() {
    let place = Place::new().await;
    let mut settings = place.settings();
    let now = place.clock.now();
    settings.maintenance = vec![Window { from: now, to: now + 60_000_000_000, subject: "w*".into() }];
    let alerts = place.alerts(settings);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    place.clock.advance(60 * SECOND);
    alerts.raise(&notice("a", Turn::Resolved)).await.expect("raised");
    alerts.raise(&notice("b", Turn::Problem)).await.expect("raised");
    alerts.round(false).await;
    assert_eq!(place.listener.titles(), ["web: b problem"]);
}

#[tokio::test]
async fn what_is_still_wrong_after_maintenance_is_told_then_and_its_end_to_who_was_told() {
    let place = Place::new().await;
    let mut settings = place.settings();
    let now = place.clock.now();
    let window = |from: i64, to: i64| Window {
        from: now + from * 1_000_000_000,
        to: now + to * 1_000_000_000,
        subject: "w*".into(),
    };
    settings.maintenance = vec![window(10, 60), window(60, 90)];
    settings.policy.give_up_after = 80 * SECOND;
    let alerts = place.alerts(settings);
    alerts.raise(&notice("before", Turn::Problem)).await.expect("raised");
    alerts.round(false).await;
    place.clock.advance(20 * SECOND);
    alerts.raise(&notice("before", Turn::Resolved)).await.expect("raised");
    alerts.raise(&notice("within", Turn::Problem)).await.expect("raised");
    alerts.raise(&notice("still", Turn::Problem)).await.expect("raised");
    place.clock.advance(50 * SECOND);
    alerts.raise(&notice("within", Turn::Resolved)).await.expect("raised");
    alerts.round(false).await;
    assert_eq!(place.listener.titles(), ["web: before problem"]);
    place.clock.advance(20 * SECOND);
    alerts.round(false).await;
    let mut titles = place.listener.titles();
    titles.sort();
    assert_eq!(titles, ["web: before problem", "web: before resolved", "web: still problem"]);
    alerts.raise(&notice("still", Turn::Resolved)).await.expect("raised");
    alerts.round(false).await;
    assert_eq!(place.listener.titles().last().map(String::as_str), Some("web: still resolved"));
}

#[tokio::test]
async fn nobody_is_reminded_of_what_nobody_watches_any_more() {
    let place = Place::new().await;
    let mut settings = place.settings();
    settings.policy.remind_every = Some(600 * SECOND);
    let alerts = place.alerts(settings);
    for incident in ["closed", "gone"] {
        alerts.raise(&notice(incident, Turn::Problem)).await.expect("raised");
    }
    alerts.round(true).await;
    alerts.raise(&notice("closed", Turn::Closed)).await.expect("raised");
    alerts.forget_incidents(|notice| notice.incident == "gone").await.expect("forgotten");
    for _ in 0..25 {
        place.clock.advance(60 * SECOND);
        alerts.round(true).await;
    }
    let mut titles = place.listener.titles();
    titles.sort();
    assert_eq!(titles, ["web: closed problem", "web: gone problem"]);
}

#[tokio::test]
async fn who_wants_it_is_reminded_until_it_is_over() {
    let place = Place::new().await;
    let mut settings = place.settings();
    settings.policy.remind_every = Some(600 * SECOND);
    let alerts = place.alerts(settings);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    for _ in 0..25 {
        alerts.round(true).await;
        place.clock.advance(60 * SECOND);
    }
    alerts.raise(&notice("a", Turn::Resolved)).await.expect("raised");
    for _ in 0..25 {
        alerts.round(true).await;
        place.clock.advance(60 * SECOND);
    }
    let still = "Still: web: a problem";
    assert_eq!(place.listener.titles(), ["web: a problem", still, still, "web: a resolved"]);
}

#[tokio::test]
async fn who_could_not_be_told_is_told_once_and_in_order_and_not_reminded_of_what_is_over() {
    let place = Place::new().await;
    let mut settings = place.settings();
    settings.policy.remind_every = Some(600 * SECOND);
    let alerts = place.alerts(settings);
    let wait = async |minutes: usize| {
        for _ in 0..minutes {
            alerts.round(true).await;
            place.clock.advance(60 * SECOND);
        }
    };
    place.listener.failures.store(usize::MAX, Ordering::SeqCst);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    wait(60).await;
    assert_eq!(
        place.standings().await,
        [Standing::Waiting],
        "an hour, and no reminders of what was not told"
    );
    place.listener.failures.store(0, Ordering::SeqCst);
    wait(21).await;
    let still = "Still: web: a problem";
    assert_eq!(place.listener.titles()[..2], ["web: a problem", still]);
    // One reminder waits when it is over.
    place.listener.failures.store(usize::MAX, Ordering::SeqCst);
    wait(60).await;
    let before = place.listener.titles().len();
    alerts.raise(&notice("a", Turn::Resolved)).await.expect("raised");
    place.listener.failures.store(0, Ordering::SeqCst);
    wait(30).await;
    assert_eq!(place.listener.titles()[before..], ["web: a resolved"]);
    assert!(!place.standings().await.contains(&Standing::Waiting));
}

#[tokio::test]
async fn who_does_not_want_to_know_that_it_is_over_is_not_told() {
    let place = Place::new().await;
    let mut settings = place.settings();
    settings.policy.send_resolved = false;
    let alerts = place.alerts(settings);
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    alerts.raise(&notice("a", Turn::Resolved)).await.expect("raised");
    alerts.round(false).await;
    assert_eq!(place.listener.titles(), ["web: a problem"]);
}

#[tokio::test]
async fn a_target_that_there_is_not_stops_no_other() {
    let place = Place::new().await;
    let alerts = place.alerts(AlertSettings { addresses: vec!["*@example.org".into()], ..place.settings() });
    for (kind, address) in [("pigeon", "a@example.org"), ("target", "nobody"), ("mail", "a@elsewhere.org")] {
        let target = AlertTarget { kind: kind.into(), address: address.into() };
        assert!(alerts.fault(&target).is_some(), "{kind}");
        let target = Some(target);
        alerts.raise(&Notice { target, ..notice(kind, Turn::Problem) }).await.expect("raised");
    }
    alerts.round(false).await;
    assert_eq!(place.listener.titles().len(), 3);
    let given_up =
        place.standings().await.into_iter().filter(|standing| *standing == Standing::GivenUp).count();
    assert_eq!(given_up, 3);
}

#[tokio::test]
async fn what_was_done_long_ago_is_forgotten() {
    let place = Place::new().await;
    let alerts = place.alerts(place.settings());
    alerts.raise(&notice("a", Turn::Problem)).await.expect("raised");
    alerts.round(true).await;
    place.clock.advance(8 * 86_400 * SECOND);
    alerts.round(true).await;
    assert_eq!(place.standings().await, []);
}
