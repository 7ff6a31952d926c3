//! The fleet over HTTP: how hosts are, what tasks came to, and what is refused.

mod requests;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upto_server::clock::SystemClock;
use upto_server::fleet::{FleetSettings, How, OwnCheck};
use upto_server::store::{MemoryStore, Store};
use upto_server::{Server, ServerBuilder};

use crate::live::Stream;
use crate::support::{Client, TestServer};

/// A server that asks itself, on this store.
pub(crate) fn builder(store: Arc<dyn Store>) -> ServerBuilder {
    let fleet = FleetSettings { enabled: true, name: Some("here".into()), ..FleetSettings::default() };
    let steady = seven("steady", Duration::from_secs(4));
    Server::builder().opened_store(store).fleet(fleet).check(seven("seven", PERIOD)).check(steady)
}

/// How often there is a result of the check `seven`. A host has half of it to answer.
const PERIOD: Duration = Duration::from_millis(500);

/// A check that always comes to 7.
fn seven(name: &str, period: Duration) -> OwnCheck {
    let how = How::Call(Arc::new(|| Ok(7.0)));
    OwnCheck { name: name.into(), unit: "dwarfs".into(), period, how }
}

pub(crate) fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(Arc::new(SystemClock)))
}

fn start() -> TestServer {
    TestServer::start_with(builder(memory()))
}

fn items(answer: &Value) -> Vec<Value> {
    answer["_embedded"]["item"].as_array().expect("items").clone()
}

/// The host, once all its checks came to something.
pub(crate) fn host(client: &Client) -> Value {
    client.eventually("all checks are done", || {
        let host = items(&client.json("/api/fleet/hosts?recent=5")).into_iter().next()?;
        let checks = host["checks"].as_object()?;
        let are_done = checks.len() == 10 && checks.values().all(|standing| standing["state"] == "ok");
        are_done.then_some(host)
    })
}

#[test]
fn a_host_is_measured_and_shown_with_what_it_measured_before() {
    let server = start();
    let host = host(&server);
    assert_eq!((&host["name"], &host["there"]), (&json!("here"), &json!(true)));
    let checks = &host["checks"];
    assert_eq!((&checks["healthy"]["value"], &checks["seven"]["value"]), (&json!(1.0), &json!(7.0)));
    for check in ["memory_used", "disk_used", "procs_running"] {
        assert!(checks[check]["value"].as_f64() > Some(0.0), "{check}: {checks}");
        assert!(checks[check]["time"].is_string());
    }
    let recent = server.eventually("five of them", || {
        let host = items(&server.json("/api/fleet/hosts?recent=5")).remove(0);
        let own = server.json(host["_links"]["self"]["href"].as_str().expect("a link"));
        assert_eq!(own["name"], host["name"]);
        host["checks"]["seven"]["recent"].as_array().filter(|recent| recent.len() == 5).cloned()
    });
    assert!(recent.iter().all(|value| *value == json!(7.0) || value.is_null()), "{recent:?}");
}

#[test]
fn checks_are_told_with_their_units_and_what_they_came_to() {
    let server = start();
    host(&server);
    let checks = items(&server.json("/api/fleet/checks"));
    let names: Vec<_> = checks.iter().map(|check| check["name"].as_str().expect("a name")).collect();
    let expected = [
        "healthy",
        "ready",
        "memory_used",
        "cpu_used",
        "disk_used",
        "procs_running",
        "disk_io",
        "network_traffic",
        "seven",
        "steady",
    ];
    assert_eq!(names, expected);
    let seven = &checks[8];
    assert_eq!((&seven["unit"], &seven["period_seconds"]), (&json!("dwarfs"), &json!(0.5)));
    let chart = server.json(seven["_links"]["self"]["href"].as_str().expect("a link"))["chart"].clone();
    let length = chart["times"].as_array().expect("times").len();
    assert!(length > 0 && chart["max"].as_array().map(Vec::len) == Some(length), "{chart}");
}

#[test]
fn results_go_back_page_by_page() {
    let server = start();
    let path = "/api/fleet/checks/seven/results";
    server.eventually("five results", || {
        (items(&server.json(&format!("{path}?limit=5"))).len() == 5).then_some(())
    });
    let first = server.json(&format!("{path}?limit=2"));
    let second = server.json(first["_links"]["next"]["href"].as_str().expect("a next one"));
    let id = |result: &Value| {
        result["id"].as_str().expect("an id")["seven-".len()..].parse::<u64>().expect("a number")
    };
    let ids: Vec<_> = items(&first).iter().chain(&items(&second)).map(id).collect();
    let latest = ids[0];
    assert_eq!(ids, (0..4).map(|back| latest - back).collect::<Vec<_>>());
    let result = &items(&first)[0];
    assert_eq!((&result["ending"], &result["spread"]["max"]), (&json!("answered"), &json!(7.0)));
    assert_eq!(result["counts"], json!({"ok": 1, "failed": 0, "timeout": 0, "stale": 0}));
    assert_eq!(result["answers"][0]["host"], "here");
}

#[test]
fn results_are_told_as_they_come_and_from_where_somebody_was() {
    let server = start();
    let mut stream = Stream::at(&server, "/api/fleet/live");
    let (kind, first) = stream.next().expect("a result");
    assert_eq!(kind, "result");
    assert!(first["id"].is_string() && first["answers"].is_array(), "{first}");
    let mut again = Stream::with(&server, "/api/fleet/live", &[("last-event-id", stream.id())]);
    let (next, same) = (stream.next().expect("the next"), again.next().expect("the same"));
    assert_eq!(next, same);
    let mut lost = Stream::with(&server, "/api/fleet/live", &[("last-event-id", "1-1")]);
    assert_eq!(lost.next().expect("a reset").0, "reset");
}

#[test]
fn a_group_is_read_as_one_when_all_its_tasks_have_ended() {
    let server = start();
    let body = json!({"tasks": {
        "first": {"check": "steady"},
        "second": {"check": "steady", "after": ["first"]},
    }});
    let put = |body: &Value| {
        server.request("PUT", "/api/fleet/groups/g%2F1", "application/json", body.to_string().as_bytes())
    };
    let made = put(&body);
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!(made.json()["tasks"]["second"]["state"], "waiting");
    let group = server.eventually("it is complete", || {
        let group = server.json("/api/fleet/groups/g%2F1");
        (group["complete"] == true).then_some(group)
    });
    assert_eq!((&group["spread"]["min"], &group["spread"]["max"]), (&json!(7.0), &json!(7.0)));
    assert_eq!(group["counts"]["ok"], 2);
    let ended = |task: &str| group["tasks"][task]["result"]["ended"].as_str().expect("a time").to_owned();
    assert!(ended("first") <= ended("second"), "{group}");
    assert_eq!(put(&body).status, 200, "the same once more");
    put(&json!({"tasks": {"first": {"check": "steady"}}})).problem(409);
}

#[test]
fn the_dashboard_of_forge_status_reads_it() {
    let server = start();
    host(&server);
    for method in ["GET", "POST", "PUT"] {
        let answer = server.request(method, "/api/status", "", b"");
        assert_eq!(answer.status, 200, "{method}: {answer:?}");
        let status = answer.json();
        let scheduled: u64 = status["tasksScheduled"].as_str().expect("a text").parse().expect("a number");
        assert!(scheduled >= 8);
        assert_eq!(status["tasksProcessed"].as_array().map(Vec::len), Some(1));
        let memory = &status["memoryUsed"][0];
        assert_eq!(memory["type"], "GetMemoryUsed");
        assert!(memory["data"][0].as_str().expect("a text").parse::<f64>().expect("a number") > 0.0);
    }
    for (path, expected) in [("/status/healthy", "healthy"), ("/status/ready", "ready")] {
        let answer = server.get(path);
        assert_eq!((answer.status, answer.body.as_slice()), (200, expected.as_bytes()), "{path}");
    }
}

#[test]
fn prometheus_is_told_the_latest_values() {
    let server = start();
    host(&server);
    let line = r#"upto_fleet_value{host="here",check="seven",unit="dwarfs"} 7.0"#;
    let text = String::from_utf8(server.get("/metrics").body).expect("text");
    assert!(text.contains(line), "{text}");
    assert!(text.contains(r#"upto_fleet_host_there{host="here"} 1"#), "{text}");
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn where_the_fleet_is_off_nothing_is_asked_and_all_of_it_says_so() {
    let server = TestServer::start();
    assert_eq!(server.json("/api/fleet")["enabled"], false);
    assert_eq!(items(&server.json("/api/fleet/hosts")), Vec::<Value>::new());
    assert_eq!(items(&server.json("/api/fleet/checks")), Vec::<Value>::new());
    let body = json!({"tasks": {"a": {"check": "ready"}}}).to_string();
    server.request("PUT", "/api/fleet/groups/g", "application/json", body.as_bytes()).problem(409);
    assert_eq!(server.get("/api/status").json()["healthy"], json!([]));
    assert!(!String::from_utf8(server.get("/metrics").body).expect("text").contains("upto_fleet"));
    server.get("/api/fleet/measurements/ready").problem(404);
}
