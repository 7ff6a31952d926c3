//! What is told of a timeline whose stored marks can't be read.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::store::{Append, Log, RedbStore};

use super::{all, names};
use crate::support::TestServer;

/// Appends what is no block to the marks of a timeline in a stopped server's folder.
fn damage(folder: &Path, stream: &str) {
    let append = Append { stream: stream.to_owned(), block: b"\xffthis is no block".to_vec() };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = RedbStore::open(folder, Arc::new(SystemClock)).await.expect("a store");
        store.append(vec![append]).await.expect("appended");
    });
}

#[test]
fn a_damaged_timeline_is_a_problem_of_its_own_and_hides_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || TestServer::start_with(Server::builder().data(folder.path()));
    let server = start();
    for (context, timeline) in [("a", "t"), ("c", "before"), ("c", "t")] {
        let message = json!({"context": context, "timeline": timeline, "name": "n", "type": "event"});
        server.post(&message.to_string());
    }
    drop(server);
    damage(folder.path(), "marks/c/t/2");
    let server = start();
    let contexts = all(&server, "/api/contexts");
    let states: Vec<_> =
        contexts.iter().map(|each| (&each["name"], &each["latest"], &each["state"])).collect();
    let (done, null) = (json!("done"), Value::Null);
    assert_eq!(states, [(&json!("a"), &json!("t"), &done), (&json!("c"), &json!("t"), &null)]);
    let timelines = all(&server, "/api/contexts/c/timelines");
    assert_eq!((names(&timelines), &timelines[1]["state"]), (vec!["t", "before"], &done));
    for unknown in ["state", "first", "last", "duration_seconds", "events", "loss", "received"] {
        assert_eq!(timelines[0][unknown], null, "{unknown}");
    }
    assert_eq!(server.json("/api/contexts/c")["_embedded"]["item"], json!(timelines));
    for resource in ["", "/events", "/tree", "/live"] {
        let path = format!("/api/contexts/c/timelines/t{resource}");
        assert!(server.get(&path).problem(500).contains("damaged"), "{path}");
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let answer = agent.get(format!("{}{path}", server.url)).call().expect("an answer");
        assert_eq!(answer.headers().get("retry-after"), None);
    }
    // And it keeps nobody from sending.
    server.post(r#"{"context":"c","timeline":"after","name":"n","type":"end"}"#);
}
