//! Servers on one store see what the others do, and ask little for it.

use std::sync::Arc;

use serde_json::json;
use upto_server::Server;

use crate::gated_store::GatedStore;
use crate::support::{Client, TestServer};

/// Documents that two servers read in some two seconds if each looks for contexts and for tokens four times a second.
const GETS: u64 = 32;
/// Lists that they may make meanwhile: one of contexts and one of tokens each, of two pages, of which the second is empty.
/// Were contexts listed each time, there would be as many as reads.
const LISTS: u64 = 8;

fn open_timeline(client: &Client, context: &str, name: &str) {
    let path = format!("/api/contexts/{context}/timelines");
    let body = json!({ "name": name }).to_string();
    assert_eq!(client.request("POST", &path, "application/json", body.as_bytes()).status, 201);
}

fn await_active(client: &Client, context: &str, name: &str) {
    let expected = format!("/api/contexts/{context}/timelines/{name}");
    client.eventually("the active timeline", || (client.latest(context) == expected).then_some(()));
}

#[test]
fn what_one_opens_all_see_and_while_nothing_changes_nothing_is_listed() {
    let store = Arc::new(GatedStore::shared());
    let start = || TestServer::start_with(Server::builder().opened_store(store.clone()));
    let (one, other) = (start(), start());
    for number in 0..20 {
        open_timeline(&one, &format!("c{number}"), "first");
    }
    (0..20).for_each(|number| await_active(&other, &format!("c{number}"), "first"));
    // What was seen by that is listed by both, at last.
    let rounds = |gets: u64| {
        let (before, _) = store.gets_and_lists();
        one.eventually("rounds", || (store.gets_and_lists().0 >= before + gets).then_some(()));
    };
    rounds(GETS);
    let (_, before) = store.gets_and_lists();
    rounds(GETS);
    let (_, after) = store.gets_and_lists();
    assert!(after - before <= LISTS, "{before} to {after} lists");
    open_timeline(&other, "c7", "second");
    await_active(&one, "c7", "second");
    open_timeline(&one, "c7", "third");
    await_active(&other, "c7", "third");
}
