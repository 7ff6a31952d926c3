//! `gate`, by a server that is none: what it waits for.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::http::Listener;
use crate::support::upto;

/// A server whose only timeline runs until it has been looked at so often.
fn running_for(looks: usize) -> Listener {
    let seen = AtomicUsize::new(0);
    Listener::answering(move |request| {
        let body = match request.target.as_str() {
            "/api" => json!({"_links": {"contexts": {"href": "/contexts"}}}),
            "/contexts" => json!({"_embedded": {"item": [context()]}, "_links": {}}),
            "/t" => timeline(seen.fetch_add(1, Ordering::SeqCst) < looks),
            "/t/history" => json!({"runs": [{"timeline": "0", "state": "done", "duration_seconds": 9.0}]}),
            _ => return (404, json!({"detail": "nothing here"}).to_string()),
        };
        (200, body.to_string())
    })
}

fn context() -> Value {
    json!({"name": "ci", "_links": {"latest": {"href": "/t"}}})
}

fn timeline(is_running: bool) -> Value {
    let state = if is_running { "running" } else { "done" };
    let links =
        json!({"self": {"href": "/t"}, "history": {"href": "/t/history{?event,limit}", "templated": true}});
    json!({"context": "ci", "name": "1", "state": state, "duration_seconds": 9.0, "_links": links})
}

fn code(server: &Listener, more: &[&str]) -> Option<i32> {
    let arguments = ["gate", "ci", "--max-regression", "20%", "--least-runs", "1", "--url", &server.url];
    upto(arguments.iter().chain(more)).output().expect("the command").status.code()
}

#[test]
fn a_timeline_that_runs_is_waited_for_if_that_is_wanted() {
    assert_eq!(code(&running_for(2), &["--wait", "60"]), Some(0));
    assert_eq!(code(&running_for(2), &[]), Some(1));
}
