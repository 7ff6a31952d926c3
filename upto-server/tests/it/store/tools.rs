//! The tools for stores, on every back end: what a server stored comes through them as it was.

mod command;
mod damage;
#[cfg(feature = "postgres")]
mod interrupted;
mod resume;

use std::sync::Arc;

use indicatif::ProgressBar;
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::maintenance::{check, compact, export, import};
use upto_server::store::{MemoryStore, Store};

use super::backend::Backend;
use crate::support::TestServer;
use crate::watch::listener::{Listener, Manner};
use crate::watch::{items, send};

/// Messages that come one by one, and so in a block each.
const MESSAGES: u64 = 120;

macro_rules! tools {
    ($name:ident, $backend:ty) => {
        mod $name {
            use crate::store::backend::Backend;

            #[test]
            fn everything_comes_back_by_way_of_this_back_end() {
                crate::store::tools::everything_comes_back_by_way_of(&<$backend>::fresh());
            }

            #[test]
            fn compacting_merges_blocks_and_changes_nothing() {
                crate::store::tools::compacting_merges_blocks_and_changes_nothing(&<$backend>::fresh());
            }
        }
    };
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::new(Arc::new(SystemClock)))
}

fn server_on(store: &Arc<dyn Store>) -> TestServer {
    TestServer::start_with(Server::builder().opened_store(Arc::clone(store)))
}

/// A store with several contexts, hostile names, and a timeline of many small blocks.
fn filled() -> Arc<dyn Store> {
    let store = memory();
    let server = server_on(&store);
    for id in 1..=MESSAGES {
        let start = json!({"context": "c", "timeline": "many", "name": format!("a.{}", id % 7), "type": "start",
            "id": id, "time": 1_000 + id, "attributes": {"number": id}});
        server.post(&start.to_string());
        if id % 2 == 0 {
            let end = json!({"context": "c", "timeline": "many", "name": format!("a.{}", id % 7), "type": "end",
                "id": id, "time": 5_000 + id, "status": "failed", "text": "why"});
            server.post(&end.to_string());
        }
    }
    for name in ["../..", "a/b%2F", "<script>", "\u{202e}\n"] {
        let point = json!({"context": name, "timeline": name, "name": name, "type": "event", "time": 7});
        server.post(&point.to_string());
    }
    server.post(r#"{"context":"c","timeline":"later","name":"n","type":"start","time":9}"#);
    drop(server);
    store
}

/// Everything that a server on this store answers.
fn answers(store: &Arc<dyn Store>) -> Vec<(Value, Vec<Value>)> {
    let server = server_on(store);
    let contexts = server.json("/api/contexts");
    let mut answers = Vec::new();
    for context in contexts["_embedded"]["item"].as_array().expect("contexts") {
        let path = context["_links"]["upto:timelines"]["href"].as_str().expect("a link");
        let timelines = server.json(path);
        for timeline in timelines["_embedded"]["item"].as_array().expect("timelines") {
            let path = timeline["_links"]["self"]["href"].as_str().expect("a link");
            answers.push((timeline.clone(), server.events(path)));
        }
    }
    answers
}

async fn exported(store: &dyn Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    export(store, &mut bytes, &ProgressBar::hidden()).await.expect("an export");
    bytes
}

async fn import_all(store: &dyn Store, bytes: &[u8]) {
    import(store, &mut &*bytes, &ProgressBar::hidden()).await.expect("an import");
}

/// The store, copied to memory.
async fn copied_to_memory(store: &dyn Store) -> Arc<dyn Store> {
    let memory = memory();
    import_all(memory.as_ref(), &exported(store).await).await;
    memory
}

async fn open(backend: &impl Backend) -> Arc<dyn Store> {
    backend.open(Arc::new(upto_server::clock::ManualClock::new(0))).await
}

#[test]
fn the_audit_log_is_exported_with_all_else() {
    let (runtime, store) = (Runtime::new().expect("a runtime"), memory());
    let server = server_on(&store);
    server.post(r#"{"context":"c","name":"n","type":"event"}"#);
    assert_eq!(server.request("PUT", &format!("{}/pinned", server.latest("c")), "", b"").status, 200);
    let log = |server: &TestServer| {
        let months = server.json("/api/audit");
        let month = months["_links"]["upto:month"][0]["href"].as_str().expect("a month").to_owned();
        server.json(&month)
    };
    let expected = log(&server);
    assert_eq!(expected["_embedded"]["item"].as_array().map(Vec::len), Some(2));
    drop(server);
    let copy = runtime.block_on(copied_to_memory(store.as_ref()));
    assert_eq!(log(&server_on(&copy)), expected);
}

#[test]
fn an_alert_that_waits_is_delivered_from_the_copy() {
    let (runtime, store) = (Runtime::new().expect("a runtime"), memory());
    // Two of them: the last try of the one server may come to it when the other one begins.
    let (failing, listener) = (Listener::start(&[Manner::Fail; 100_000]), Listener::start(&[]));
    let watching = |store: &Arc<dyn Store>, listener: &Listener| {
        let builder = Server::builder().opened_store(Arc::clone(store));
        TestServer::start_with(builder.watch(listener.settings()))
    };
    let server = watching(&store, &failing);
    let line = json!({"service": "disk", "message": "full", "level": 5, "alert": true});
    assert_eq!(send(&server, "POST", "/api/journal", &line).status, 201);
    server.eventually("a try", || {
        let alerts = items(&server.json("/api/alerts"));
        alerts.iter().any(|alert| alert["attempts"].as_u64() > Some(0)).then_some(())
    });
    drop(server);
    assert_eq!(failing.titles(), [] as [String; 0]);
    let copy = runtime.block_on(copied_to_memory(store.as_ref()));
    let server = watching(&copy, &listener);
    server.eventually("the alert is sent", || {
        let alerts = items(&server.json("/api/alerts"));
        (alerts.len() == 1 && alerts[0]["state"] == "sent").then_some(())
    });
    drop(server);
    assert_eq!(listener.titles(), ["disk: full"]);
}

#[test]
fn a_server_leaves_a_store_alone_that_is_imported_in_part() {
    let (runtime, store) = (Runtime::new().expect("a runtime"), memory());
    let whole = runtime.block_on(exported(filled().as_ref()));
    let cut = &whole[..whole.len() / 2];
    let imported = runtime.block_on(import(store.as_ref(), &mut &*cut, &ProgressBar::hidden()));
    assert!(imported.is_err(), "it has no end");
    let start = || runtime.block_on(Server::builder().opened_store(Arc::clone(&store)).any_port().start());
    let refusal = start().expect_err("it has only a part").to_string();
    assert!(refusal.contains("store import once more"), "{refusal}");
    runtime.block_on(import_all(store.as_ref(), &whole));
    let server = start().expect("it has everything");
    runtime.block_on(server.shutdown()).expect("nothing waits");
}

pub(super) fn everything_comes_back_by_way_of(backend: &impl Backend) {
    let (runtime, original) = (Runtime::new().expect("a runtime"), filled());
    let expected = answers(&original);
    assert!(expected.len() == 6, "{expected:?}");
    let copy = runtime.block_on(async {
        let store = open(backend).await;
        import_all(store.as_ref(), &exported(original.as_ref()).await).await;
        let report = check(store.as_ref(), &ProgressBar::hidden()).await.expect("a report");
        assert_eq!((report.timelines, report.damaged, &*report.damages), (6, 0, &[][..]));
        copied_to_memory(store.as_ref()).await
    });
    assert_eq!(answers(&copy), expected);
}

pub(super) fn compacting_merges_blocks_and_changes_nothing(backend: &impl Backend) {
    let (runtime, original) = (Runtime::new().expect("a runtime"), filled());
    let expected = answers(&original);
    let copy = runtime.block_on(async {
        let store = open(backend).await;
        import_all(store.as_ref(), &exported(original.as_ref()).await).await;
        let hidden = ProgressBar::hidden();
        let first = compact(store.as_ref(), &hidden).await.expect("a report");
        assert_eq!((first.timelines, first.damaged), (6, 0));
        assert!(first.blocks_before > MESSAGES, "{first:?}");
        assert_eq!(first.blocks_after, 6, "one for each timeline: {first:?}");
        assert!(first.bytes_after < first.bytes_before / 4, "{first:?}");
        let again = compact(store.as_ref(), &hidden).await.expect("a report");
        assert_eq!((again.blocks_before, again.blocks_after), (6, 6));
        assert_eq!(check(store.as_ref(), &hidden).await.expect("a report").damaged, 0);
        copied_to_memory(store.as_ref()).await
    });
    assert_eq!(answers(&copy), expected);
}

#[test]
fn blocks_are_merged_while_a_server_stores_more() {
    let (runtime, store) = (Runtime::new().expect("a runtime"), filled());
    let server = server_on(&store);
    std::thread::scope(|scope| {
        let sender = scope.spawn(|| {
            for id in 1_000..1_100 {
                let start =
                    json!({"context": "c", "timeline": "many", "name": "n", "type": "start", "id": id});
                server.post(&start.to_string());
            }
        });
        while !sender.is_finished() {
            runtime.block_on(compact(store.as_ref(), &ProgressBar::hidden())).expect("a report");
        }
    });
    let many = "/api/contexts/c/timelines/many";
    let known = server.events(many);
    assert_eq!(known.len(), usize::try_from(MESSAGES).expect("few") + 100);
    drop(server);
    assert_eq!(server_on(&store).events(many), known);
}
