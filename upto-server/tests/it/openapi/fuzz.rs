//! Requests that schemathesis makes of the description, well-formed and not, against a server that has something to tell.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use upto_server::doors::DoorSettings;
use upto_server::watch::{PingSettings, WatchSettings};

use crate::fleet::{builder, host, memory};
use crate::probe::counting_beside;
use crate::support::TestServer;

/// Where `make tools` installs it.
const SCHEMATHESIS: &str = "../target/schemathesis/bin/schemathesis";
const SETTINGS: &str = "tests/it/openapi/schemathesis.toml";

/// Nobody needs a token: else the first one that is made would be the last request that is answered.
fn server() -> TestServer {
    let mut settings = DoorSettings::default();
    settings.no_auth = true;
    let pings = vec![PingSettings::new("kept", "http://127.0.0.1:1/")];
    let watch = WatchSettings { pings, ..WatchSettings::default() };
    let server = counting_beside(builder(memory()), "counted").doors(settings).watch(watch);
    let server = TestServer::start_with(server);
    for service in ["kept", "gone"] {
        server.post(&json!({"type": "pulse", "name": service, "attrs": {"next": 3600}}).to_string());
    }
    for context in ["build", "doomed", "pruned", "renamed"] {
        let timelines = (1..=12).map(|number| timeline(context, number));
        server.post(&json!(timelines.flatten().collect::<Vec<_>>()).to_string());
    }
    introduce_agents(&server);
    host(&server);
    let group = json!({"tasks": {"one": {"check": "seven"}}}).to_string();
    let made = server.request("PUT", "/api/fleet/groups/made", "application/json", group.as_bytes());
    assert!(made.status < 300, "{made:?}");
    server
}

/// Agents that have nothing to hand over.
fn introduce_agents(server: &TestServer) {
    for id in [0x0123_4567_89ab_cdef_u64, 0xfedc_ba98_7654_3210] {
        let agent = json!({"id": id, "name": "a", "software": ""});
        let delivery = json!({"version": 1, "agent": agent, "now": 1, "backlog": {}, "blocks": []});
        let body = rmp_serde::to_vec_named(&delivery).expect("bytes");
        let answer = server.request("POST", "/api/deliveries", "application/msgpack", &body);
        assert_eq!(answer.status, 200, "{answer:?}");
    }
}

/// The messages of a timeline that ends, but for the last one.
fn timeline(context: &str, number: u64) -> Vec<Value> {
    let begin = number * 100_000_000_000;
    let message = |name: &str, id: u64, kind: &str, seconds: u64| {
        json!({"context": context, "timeline": number.to_string(), "name": name, "host": "ci", "id": id, "type": kind,
            "time": begin + seconds * 1_000_000_000, "attrs": {"n": 1.5, "text": "t"}})
    };
    let mut messages = vec![
        message("compile", 1, "start", 0),
        message("compile.a", 2, "start", 0),
        message("compile.a", 2, "end", 3),
        message("compile.b", 3, "start", 1),
        message("compile.b", 3, "end", 5 + number),
        message("compile", 1, "end", 6 + number),
        message("noted", 4, "event", 7),
        message("test", 5, "end", 20),
        message("link", 6, "start", 8),
    ];
    if number < 12 {
        messages.push(message("link", 6, "end", 19));
    }
    messages
}

#[test]
fn no_request_makes_the_server_contradict_its_description() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let schemathesis = folder.join(SCHEMATHESIS);
    assert!(schemathesis.exists(), "this test needs schemathesis: run `make tools`");
    let server = server();
    let place = tempfile::tempdir().expect("a folder");
    let report = place.path().join("report.json");
    let mut command = Command::new(schemathesis);
    command.arg("--config-file").arg(folder.join(SETTINGS)).args(["run", "--no-color", "--report-json-path"]);
    command.arg(&report).arg(format!("{}/api/openapi.json", server.url)).current_dir(place.path());
    let output = command.output().expect("schemathesis runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    // It was about something, until its end.
    assert_eq!(unanswered(&report), Vec::<String>::new());
    let view = server.json("/api/contexts/build/timelines/3/view");
    assert!(view["row_count"].as_u64().is_some_and(|count| count >= 4), "{view}");
}

/// Operations that took no request at all; but for imports, of which it is luck if a document and a format go together,
/// pulses by a random number, which nobody guesses, hosts of a fleet, of which only those are removed that are gone, and groups of
/// tasks, which name checks in texts of their own.
fn unanswered(report: &Path) -> Vec<String> {
    let report: Value = serde_json::from_slice(&std::fs::read(report).expect("a report")).expect("JSON");
    let rates = report["valid_rates"].as_object().expect("rates");
    assert!(rates.len() >= 45, "{report}");
    let accepted = |phases: &Value| {
        let phases = phases.as_object().expect("phases").values();
        phases.filter_map(|rate| rate["accepted"].as_u64()).sum::<u64>()
    };
    const LUCK: [&str; 4] =
        ["/import", "/ping/{ping}", "DELETE /api/fleet/hosts/{host}", "PUT /api/fleet/groups/{group}"];
    let is_luck = |name: &str| LUCK.iter().any(|luck| name.ends_with(luck));
    let unanswered = rates.iter().filter(|(name, phases)| accepted(phases) == 0 && !is_luck(name));
    unanswered.map(|(name, _)| name.clone()).collect()
}
