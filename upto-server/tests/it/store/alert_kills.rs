//! `kill -9`, again and again at random moments, of a server in a storm of deaths and recoveries: every alert is
//! delivered, hardly one twice, and then with the same key.
//!
//! How many kills there are for each back end stands in `store.rs`, unless `UPTO_KILLS` says it: `make kills`.

// The figures are in the output.
#![allow(clippy::print_stdout)]

use std::collections::{BTreeMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::kills::{Keeper, kills_or, seed};
use crate::support::{Client, ServerProcess, command};
use crate::watch::listener::{Listener, Told};

/// Services that die and recover together.
const SERVICES: usize = 45;
/// Seconds after which they die.
const NEXT: f64 = 0.1;
/// One of so many alerts may come twice.
const ALERTS_PER_DUPLICATE: usize = 100;

/// How fast they do.
pub(super) struct Pace {
    /// From one pulse to the next, in which all die.
    between: Duration,
    /// A server is killed within this time.
    life: Duration,
}

impl Pace {
    /// Where one server alone has the store.
    pub(super) const ALONE: Pace =
        Pace { between: Duration::from_millis(200), life: Duration::from_millis(1_200) };
    /// Where several may have it: nobody is declared dead before the others could say that they heard somebody.
    pub(super) const SHARED: Pace =
        Pace { between: Duration::from_millis(800), life: Duration::from_millis(6_000) };
}

macro_rules! alert_kills {
    ($name:ident, $keeper:ty, $pace:ident, $kills:literal) => {
        #[test]
        fn $name() {
            use crate::store::alert_kills::{Pace, every_alert_arrives};
            every_alert_arrives::<$keeper>(&Pace::$pace, $kills);
        }
    };
}

pub(super) fn every_alert_arrives<K: Keeper>(pace: &Pace, kills: u32) {
    let kills = kills_or(kills);
    let mut random = fastrand::Rng::with_seed(seed());
    let (keeper, listener) = (K::start(), Listener::start(&[]));
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("upto.yaml");
    std::fs::write(&config, settings(&listener.url)).expect("written");
    for _ in 0..kills {
        let server = start(&keeper, &config);
        let (client, is_over) = (server.client.clone(), AtomicBool::new(false));
        thread::scope(|scope| {
            scope.spawn(|| storm(&client, pace, &is_over));
            thread::sleep(pace.life.mul_f64(random.f64()));
            is_over.store(true, Ordering::SeqCst);
            server.kill();
        });
    }
    let server = start(&keeper, &config);
    let expected = settle(&server.client);
    assert!(!expected.is_empty(), "somebody died");
    let told = server.client.eventually_within(Duration::from_secs(240), "all alerts", || {
        let told = by_key(listener.told());
        expected.iter().all(|key| told.contains_key(key)).then_some(told)
    });
    judge(kills, &told);
    expect_order(&listener.told());
}

/// Nobody was told last that something is wrong which is over.
fn expect_order(told: &[Told]) {
    let mut begun = HashSet::new();
    for (key, _) in told {
        match key.strip_suffix("/resolved") {
            Some(incident) => assert!(begun.contains(incident), "{incident} was over before it began"),
            None => drop(begun.insert(key.trim_end_matches("/problem"))),
        }
    }
}

/// Hardly an alert came twice, and if one did, it was the same: so that whoever is told can tell.
fn judge(kills: u32, told: &BTreeMap<String, Vec<Told>>) {
    let total: usize = told.values().map(Vec::len).sum();
    let duplicates = total - told.len();
    println!("{kills} kills: {} alerts, of which {duplicates} came once more", told.len());
    for (name, alerts) in told {
        let (first, more) = alerts.split_first().expect("at least one");
        assert!(more.iter().all(|other| other == first), "{name} came as others: {alerts:?}");
    }
    assert!(duplicates * ALERTS_PER_DUPLICATE < total, "{duplicates} of {total}");
}

/// Everything is told, one by one, to who listens.
fn settings(url: &str) -> String {
    let alerts = json!({
        "targets": {"me": {"webhook": url}},
        "rules": [{"targets": ["me"]}],
        "rate": 1_000_000,
        "group-from": 0,
        "gather": "1ms",
        "retry-from": "100ms",
        "timeout": "500ms",
    });
    // What is JSON is YAML.
    json!({"watch": {"alerts": alerts}}).to_string()
}

fn start(keeper: &impl Keeper, config: &Path) -> ServerProcess {
    let url = keeper.url();
    ServerProcess::with(command().env("UPTO_SERVER_STORE", url).env("UPTO_SERVER_CONFIG", config))
}

/// All services pulse, die, and pulse again, until the server is gone.
fn storm(client: &Client, pace: &Pace, is_over: &AtomicBool) {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    while !is_over.load(Ordering::SeqCst) {
        let request =
            agent.post(format!("{}/api/events", client.url)).header("content-type", "application/json");
        if request.send(pulses(NEXT)).is_err() {
            return;
        }
        thread::sleep(pace.between);
    }
}

fn pulses(next: f64) -> String {
    let pulse = |number| json!({"type": "pulse", "name": format!("s{number}"), "attrs": {"next": next}});
    json!((0..SERVICES).map(pulse).collect::<Vec<_>>()).to_string()
}

/// Has everybody alive, and tells the keys of all alerts that there have to be by then.
fn settle(client: &Client) -> Vec<String> {
    client.post(&pulses(3_600.0));
    let list = client.json("/api/heartbeats?limit=1000");
    let all = list["_embedded"]["item"].as_array().expect("items").clone();
    assert_eq!(all.len(), SERVICES);
    assert!(all.iter().all(|each| each["state"] == "up"));
    all.iter().flat_map(alerts_of).collect()
}

fn alerts_of(heartbeat: &Value) -> Vec<String> {
    let service = heartbeat["service"].as_str().expect("a name");
    let deaths = heartbeat["deaths"].as_u64().expect("a number");
    let ends = |number| ["problem", "resolved"].map(|end| format!("{service}/{number}/{end}"));
    (1..=deaths).flat_map(ends).collect()
}

/// What was told of each alert; by the service, the number of the death, and which end of it.
fn by_key(all: Vec<Told>) -> BTreeMap<String, Vec<Told>> {
    let mut told = BTreeMap::<_, Vec<_>>::new();
    for (key, body) in all {
        assert_eq!(body["key"], key.as_str(), "the key is of what is sent");
        // heartbeat/SERVICE/CREATED/NUMBER/END
        let parts: Vec<_> = key.split('/').collect();
        let name = format!("{}/{}/{}", parts[1], parts[3], parts[4]);
        told.entry(name).or_default().push((key, body));
    }
    told
}
