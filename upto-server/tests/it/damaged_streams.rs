//! What is in the store of some timelines is damaged: nothing can be added to them, and all others must not suffer.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use upto::wire::{Kind, Message, encode_single};
use upto_server::Server;
use upto_server::clock::SystemClock;
use upto_server::store::{Append, MemoryStore, Result, StoreError, StoreErrorKind};

use crate::support::TestServer;
use crate::wrapped_store::{Call, Rule, Work, Wrapped};

/// Refuses to append where the name of a stream has one of these in it.
#[derive(Default)]
pub(crate) struct Damages(Mutex<BTreeSet<&'static str>>);

impl Damages {
    pub(crate) fn set(&self, damaged: &[&'static str]) {
        *self.0.lock().expect("no panic") = damaged.iter().copied().collect();
    }
}

impl Rule for Damages {
    async fn around<'w, T: Send>(&self, _: Call, work: impl Fn() -> Work<'w, T> + Send + Sync) -> Result<T> {
        work().await
    }

    fn refuses(&self, appends: &[Append]) -> Option<StoreError> {
        let damaged = self.0.lock().expect("no panic");
        let is_damaged = |append: &Append| damaged.iter().any(|part| append.stream.contains(part));
        let kind = StoreErrorKind::Damaged;
        appends.iter().any(is_damaged).then(|| StoreError::new(kind, "append to", "a stream"))
    }
}

type DamagedStore = Wrapped<Damages>;

fn store() -> Arc<DamagedStore> {
    Arc::new(Wrapped { inner: Arc::new(MemoryStore::new(Arc::new(SystemClock))), rule: Damages::default() })
}

fn serve(store: &Arc<DamagedStore>) -> TestServer {
    TestServer::start_with(Server::builder().opened_store(store.clone()))
}

fn event(timeline: &str, name: &str) -> String {
    format!(r#"{{"context":"c","timeline":"{timeline}","type":"event","name":"{name}"}}"#)
}

fn send(server: &TestServer, timeline: &str, name: &str) -> (u16, Value) {
    let answer = server.request("POST", "/api/events", "application/json", event(timeline, name).as_bytes());
    (answer.status, if answer.status == 201 { Value::Null } else { answer.problem(answer.status).into() })
}

fn stored(server: &TestServer, timeline: &str) -> usize {
    server.events(&format!("/api/contexts/c/timelines/{timeline}")).len()
}

#[test]
fn a_damaged_timeline_is_refused_and_all_others_are_stored() {
    let store = store();
    let server = serve(&store);
    for timeline in ["bad-1", "bad-2", "good-1"] {
        server.post(&event(timeline, "n"));
    }
    store.set(&["bad-"]);
    // It is found when it is stored, beside others and alone.
    for (number, timeline) in ["bad-1", "good-1", "bad-2", "good-2", "bad-1"].into_iter().enumerate() {
        let (status, problem) = send(&server, timeline, &format!("m{number}"));
        match timeline.starts_with("bad") {
            true => {
                assert_eq!(status, 500, "{problem}");
                let problem = problem.as_str().expect("a text");
                assert!(problem.contains(timeline) && problem.contains("store check"), "{problem}");
            }
            false => assert_eq!((status, problem), (201, Value::Null)),
        }
    }
    assert_eq!(server.counter("upto_marks_unstorable_total"), 2, "the last one was not even taken");
    assert_eq!(server.get("/readyz").status, 200);
    assert_eq!(server.counter("upto_commit_failures_total"), 0);
    assert_eq!(server.counter("upto_damaged_documents"), 2);
    drop(server);
    let server = serve(&store);
    assert_eq!(["good-1", "good-2", "bad-1"].map(|timeline| stored(&server, timeline)), [2, 1, 1]);
}

#[test]
fn datagrams_for_a_damaged_timeline_are_counted_as_refused() {
    let store = store();
    let server = serve(&store);
    server.post(&event("bad", "n"));
    store.set(&["bad"]);
    assert_eq!(send(&server, "bad", "m").0, 500);
    let message =
        Message { kind: Kind::Point, context: "c", timeline: "bad", name: "o", ..Message::default() };
    let mut datagram = Vec::new();
    encode_single(&message, &[], &mut datagram);
    server.send(&datagram);
    server.eventually("the refusal", || {
        (server.counter(r#"upto_refused_total{input="udp",reason="damaged"}"#) == 1).then_some(())
    });
}

#[test]
fn where_nothing_can_be_appended_nothing_is_given_up() {
    let store = store();
    let server = serve(&store);
    server.post(&event("t", "n"));
    // Everything that there is, and what would be new.
    store.set(&[""]);
    assert_eq!(send(&server, "t", "m").0, 500);
    assert_ne!(server.get("/readyz").status, 200);
    assert_eq!(server.counter("upto_marks_unstorable_total"), 0);
    store.set(&[]);
    server.eventually("that it is ready", || (server.get("/readyz").status == 200).then_some(()));
    assert_eq!(stored(&server, "t"), 2, "what waited was stored");
}
