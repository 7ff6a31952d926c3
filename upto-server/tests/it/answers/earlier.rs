//! Questions about the earlier timelines of a context, by a clock that the test sets.

use std::sync::Arc;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::store::StoreUrl;

use super::{nanoseconds, send, steps};
use crate::support::TestServer;

/// A server whose clock is at so many seconds.
fn server_at(seconds: f64) -> TestServer {
    let clock = Arc::new(ManualClock::new(nanoseconds(seconds)));
    TestServer::start_with(Server::builder().store(StoreUrl::Memory).clock(clock))
}

/// Runs of these lengths, a hundred seconds apart, called 1, 2 and so on.
fn runs(server: &TestServer, lengths: &[f64]) {
    for (run, length) in (1_u32..).zip(lengths) {
        let begin = 100.0 * f64::from(run);
        steps(server, &run.to_string(), begin, &[("build.compile", *length), ("test", 1.0)], "ok");
    }
}

const USUAL: [f64; 10] = [9.5, 10.3, 9.7, 10.0, 10.4, 9.9, 10.1, 9.6, 10.2, 9.8];

#[test]
fn a_history_says_what_changed_and_since_when() {
    let server = TestServer::start();
    runs(&server, &[&USUAL[..], &[15.0, 15.2, 15.1, 14.9, 15.3, 15.0, 15.4]].concat());
    let base = "/api/contexts/c/timelines";
    let usual = server.json(&format!("{base}/10/history"));
    assert_eq!(
        (&usual["judged"]["verdict"], usual["runs"].as_array().map(Vec::len)),
        (&json!("usual"), Some(10))
    );
    let note = server.json(&format!("{base}/11/history?event=build.compile"));
    assert_eq!((&note["judged"]["verdict"], &note["judged"]["timeline"]), (&json!("note"), &json!("11")));
    assert_eq!(
        (&note["judged"]["median_seconds"], &note["judged"]["compared_with"]),
        (&json!(9.9), &json!(10))
    );
    let history = server.json("/api/contexts/c/history?event=build.compile");
    assert_eq!(
        (&history["judged"]["verdict"], &history["judged"]["timeline"]),
        (&json!("regression"), &json!("17"))
    );
    let reason = server.json(&format!("{base}/12/history"))["judged"]["reason"].clone();
    assert!(reason.as_str().is_some_and(|reason| reason.contains("two of the last three")), "{reason}");
    assert_eq!(
        (&history["changes"][0]["timeline"], history["changes"].as_array().map(Vec::len)),
        (&json!("11"), Some(1))
    );
    let since = history["changes"][0]["_links"]["upto:timeline"]["href"].as_str().expect("a link");
    assert_eq!(server.json(since)["name"], "11");
    let short = server.json(&format!("{base}/16/history?limit=3"));
    let names: Vec<_> =
        short["runs"].as_array().expect("runs").iter().filter_map(|run| run["timeline"].as_str()).collect();
    assert_eq!((names, &short["judged"]["verdict"]), (vec!["13", "14", "15", "16"], &json!("unknown")));
    let unheard = server.json(&format!("{base}/16/history?event=nothing"));
    assert_eq!((&unheard["judged"], &unheard["runs"][0]["duration_seconds"]), (&Value::Null, &Value::Null));
}

#[test]
fn what_failed_is_compared_with_what_failed() {
    let server = TestServer::start();
    runs(&server, &USUAL);
    steps(&server, "11", 2_000.0, &[("build.compile", 2.0)], "failed");
    let judged = server.json("/api/contexts/c/history")["judged"].clone();
    assert_eq!(
        (&judged["timeline"], &judged["verdict"], &judged["compared_with"]),
        (&json!("11"), &json!("unknown"), &json!(0))
    );
}

#[test]
fn a_digest_is_made_again_when_marks_come_and_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || TestServer::start_with(Server::builder().data(folder.path()));
    let durations = |server: &TestServer| -> Vec<Value> {
        let history = server.json("/api/contexts/c/history");
        history["runs"].as_array().expect("runs").iter().map(|run| run["duration_seconds"].clone()).collect()
    };
    let server = start();
    runs(&server, &[4.0, 5.0, 6.0]);
    assert_eq!(
        (durations(&server), durations(&server)),
        (vec![json!(5.0), json!(6.0), json!(7.0)], vec![json!(5.0), json!(6.0), json!(7.0)])
    );
    send(&server, "c", "1", &[("late", 100.0, Some(109.0), "")], "ok");
    assert_eq!(durations(&server), [9.0, 6.0, 7.0]);
    drop(server);
    let server = start();
    assert_eq!(durations(&server), [9.0, 6.0, 7.0]);
    send(&server, "c", "2", &[("late", 200.0, Some(208.0), "")], "ok");
    assert_eq!(durations(&server), [9.0, 8.0, 7.0]);
}

#[test]
fn a_forecast_goes_by_earlier_timelines() {
    let server = server_at(1_004.0);
    runs(&server, &[9.0, 9.0, 9.0]);
    send(&server, "c", "now", &[("build.compile", 1_000.0, None, "")], "ok");
    let forecast = server.json("/api/contexts/c/timelines/now/forecast");
    assert_eq!(
        (&forecast["state"], &forecast["runs"], &forecast["elapsed_seconds"]),
        (&json!("running"), &json!(3), &json!(4.0))
    );
    assert_eq!((&forecast["left_p50_seconds"], &forecast["percent"]), (&json!(6.0), &json!(40.0)));
    assert_eq!(forecast["end_p50"], "1970-01-01T00:16:50.000000000Z");
    let stages: Vec<_> = forecast["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|step| (&step["name"], &step["stage"]))
        .collect();
    assert_eq!(stages, [(&json!("build.compile"), &json!("running")), (&json!("test"), &json!("to_come"))]);
    let done = server.json("/api/contexts/c/timelines/3/forecast");
    assert_eq!((&done["state"], &done["left_p50_seconds"]), (&json!("done"), &Value::Null));
    send(&server, "d", "first", &[("x", 1_000.0, None, "")], "ok");
    let first = server.json("/api/contexts/d/timelines/first/forecast");
    assert!(first["reason"].as_str().is_some_and(|reason| reason.contains("fewer than 3")), "{first}");
}

#[test]
fn what_takes_longer_than_ever_has_no_forecast_and_is_stuck() {
    let server = server_at(2_050.0);
    runs(&server, &USUAL);
    send(&server, "c", "now", &[("build.compile", 2_000.0, None, "h")], "ok");
    send(&server, "d", "now", &[("x", 2_040.0, None, "")], "ok");
    let forecast = server.json("/api/contexts/c/timelines/now/forecast");
    assert_eq!((&forecast["left_p50_seconds"], &forecast["percent"]), (&Value::Null, &Value::Null));
    assert!(
        forecast["reason"].as_str().is_some_and(|reason| reason.contains("longer than ever")),
        "{forecast}"
    );
    for path in ["/api/contexts/c/timelines/now/stuck", "/api/contexts/c/stuck", "/api/stuck"] {
        let stuck = server.json(path);
        assert_eq!(stuck["timelines"].as_array().map(Vec::len), Some(1), "{path}: {stuck}");
        let (timeline, event) = (&stuck["timelines"][0], &stuck["timelines"][0]["events"][0]);
        assert_eq!(
            (&timeline["context"], &timeline["total"], &timeline["learned_from"]),
            (&json!("c"), &json!(1), &json!(10))
        );
        assert_eq!(
            (&event["event"]["name"], &event["event"]["host"]),
            (&json!("build.compile"), &json!("h"))
        );
        assert_eq!(
            (&event["open_seconds"], &event["limit_seconds"], &event["by_history"]),
            (&json!(50.0), &json!(10.4), &json!(true))
        );
    }
    let all = server.json("/api/stuck?limit=5");
    let contexts: Vec<_> = all["timelines"]
        .as_array()
        .expect("timelines")
        .iter()
        .filter_map(|each| each["context"].as_str())
        .collect();
    assert_eq!((contexts, &all["limit_seconds"]), (vec!["c", "d"], &json!(5.0)));
    assert_eq!(server.json("/api/contexts/d/stuck")["timelines"], json!([]));
}

#[test]
fn all_contexts_are_gone_through_page_by_page() {
    let server = server_at(100.0);
    let messages: Vec<Value> = (0..150)
        .map(|context| json!({"context": format!("context {context:03}"), "timeline": "t", "name": "n", "type": "start", "time": 1}))
        .collect();
    server.post(&json!(messages).to_string());
    let first = server.json("/api/stuck?limit=50");
    let next = first["_links"]["next"]["href"].as_str().expect("a link");
    let second = server.json(next);
    let count = |page: &Value| page["timelines"].as_array().map(Vec::len);
    assert_eq!((count(&first), count(&second)), (Some(100), Some(50)));
    assert_eq!((&second["limit_seconds"], &second["_links"]["next"]), (&json!(50.0), &Value::Null));
}
