//! What is told of a timeline whose stored marks can't be read.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::store::{Append, Documents, Log, RedbStore};

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

/// Makes documents of a stopped server's folder unreadable.
fn spoil(folder: &Path, keys: &[&str]) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = RedbStore::open(folder, Arc::new(SystemClock)).await.expect("a store");
        for key in keys {
            let version = store.get(key).await.expect("a get").map(|present| present.version);
            store.put(key, version, b"\xff?".to_vec()).await.expect("a put");
        }
    });
}

#[test]
fn damaged_documents_keep_no_server_from_starting_and_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = TestServer::start_with(Server::builder().data(folder.path()));
    let send = |server: &TestServer, context: &str, timeline: &str| {
        let message = json!({"context": context, "timeline": timeline, "name": "n", "type": "event"});
        server.request("POST", "/api/events", "application/json", message.to_string().as_bytes())
    };
    for (context, timeline) in [("a", "t"), ("b", "one"), ("b", "two"), ("c", "one"), ("c", "two")] {
        assert_eq!(send(&server, context, timeline).status, 201);
    }
    drop(server);
    spoil(folder.path(), &["context/b", "timeline/c/one", "timeline/c/two", "retention/a"]);
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let heard = told.clone();
    let builder = Server::builder().data(folder.path());
    let server = TestServer::start_with(
        builder.notices(move |line| heard.lock().expect("lines").push(line.to_owned())),
    );
    server.eventually("that all are known", || (server.counter("upto_damaged_documents") == 4).then_some(()));
    let told = told.lock().expect("lines").join("\n");
    for key in ["context/b", "timeline/c/one", "timeline/c/two", "retention/a"] {
        assert!(told.contains(&format!("{key:?}")), "{told}");
    }
    let ready = server.get("/readyz");
    assert_eq!(ready.status, 200);
    assert!(String::from_utf8(ready.body).expect("text").contains("upto-server store check"));
    // What the document of a context says of its active timeline stands for that one's own.
    assert_eq!(names(&all(&server, "/api/contexts")), ["a", "b", "c"]);
    assert_eq!(names(&all(&server, "/api/contexts/b/timelines")), ["two", "one"]);
    assert_eq!(names(&all(&server, "/api/contexts/c/timelines")), ["two"]);
    for timeline in ["a/timelines/t", "b/timelines/one", "b/timelines/two", "c/timelines/two"] {
        assert_eq!(server.events(&format!("/api/contexts/{timeline}")).len(), 1, "{timeline}");
    }
    for (context, timeline) in [("a", "t"), ("a", "new"), ("b", "two"), ("c", "two"), ("d", "t")] {
        assert_eq!(send(&server, context, timeline).status, 201, "{context} {timeline}");
    }
    // Nobody knows which timeline is active, so none can be opened.
    assert!(send(&server, "b", "new").problem(500).contains("damaged"));
}
