//! Renaming and deleting contexts and timelines, and what people say of a timeline.

pub(crate) mod cut_store;
mod killed;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use upto_server::Server;
use upto_server::store::{Documents, StoreUrl};

use self::cut_store::CutStore;
use crate::support::{Answer, Client, TestServer};

const MERGE_PATCH: &str = "application/merge-patch+json";
const TIMELINE: &str = "/api/contexts/c/timelines/t";

fn rename(client: &Client, path: &str, name: &str) -> Answer {
    client.request("PATCH", path, MERGE_PATCH, json!({ "name": name }).to_string().as_bytes())
}

fn delete(client: &Client, path: &str) -> u16 {
    client.request("DELETE", path, "", b"").status
}

fn put(client: &Client, path: &str, body: &str) -> Answer {
    client.request("PUT", path, "application/json", body.as_bytes())
}

/// An event with this id, in the timeline of this name; with none, in the active one.
fn send(client: &Client, context: &str, timeline: &str, id: u64) {
    let mut event = json!({"context": context, "name": "n", "type": "event", "id": id, "time": id});
    if !timeline.is_empty() {
        event["timeline"] = json!(timeline);
    }
    client.post(&event.to_string());
}

fn items(client: &Client, path: &str) -> Vec<Value> {
    client.json(path)["_embedded"]["item"].as_array().expect("items").clone()
}

fn names(client: &Client, path: &str) -> Vec<String> {
    items(client, path).iter().map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

fn contexts(client: &Client) -> Vec<String> {
    names(client, "/api/contexts")
}

fn timelines(client: &Client, context: &str) -> Vec<String> {
    names(client, &format!("/api/contexts/{context}/timelines"))
}

fn ids(client: &Client, timeline: &str) -> Vec<u64> {
    client.events(timeline).iter().map(|event| event["id"].as_u64().expect("an id")).collect()
}

/// A server over a store that is shared.
fn server(store: &CutStore) -> TestServer {
    let builder = Server::builder().opened_store(Arc::new(store.clone()));
    TestServer::start_with(builder.sweep_period(Duration::from_millis(5)))
}

fn in_memory() -> TestServer {
    TestServer::start_with(Server::builder().store(StoreUrl::Memory))
}

#[test]
fn a_renamed_timeline_keeps_its_events_and_all_its_names_lead_to_it() {
    let server = in_memory();
    send(&server, "c", "t", 1);
    send(&server, "c", "u", 2);
    let renamed = rename(&server, TIMELINE, "release 1");
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("release 1")));
    assert_eq!(renamed.json()["_links"]["self"]["href"], "/api/contexts/c/timelines/release%201");
    assert_eq!(timelines(&server, "c"), ["u", "release 1"]);
    send(&server, "c", "t", 3);
    send(&server, "c", "release 1", 4);
    for name in ["t", "release%201"] {
        assert_eq!(ids(&server, &format!("/api/contexts/c/timelines/{name}")), [1, 3, 4], "{name}");
    }
    assert_eq!(rename(&server, TIMELINE, "release 1").status, 200, "again");
    assert_eq!(rename(&server, TIMELINE, "t").status, 200, "and back");
    assert_eq!(timelines(&server, "c"), ["u", "t"]);
    // The active one is renamed as well.
    assert_eq!(rename(&server, "/api/contexts/c/timelines/u", "v").status, 200);
    send(&server, "c", "", 5);
    assert_eq!(ids(&server, "/api/contexts/c/timelines/v"), [2, 5]);
}

#[test]
fn a_renamed_context_keeps_its_timelines_and_limits_and_all_its_names_lead_to_it() {
    let server = in_memory();
    send(&server, "buidl", "t", 1);
    assert_eq!(put(&server, "/api/contexts/buidl/retention", r#"{"count": 7}"#).status, 200);
    let renamed = rename(&server, "/api/contexts/buidl", "build");
    assert_eq!((renamed.status, &renamed.json()["name"]), (200, &json!("build")));
    assert_eq!(contexts(&server), ["build"]);
    send(&server, "buidl", "t", 2);
    send(&server, "build", "t", 3);
    assert_eq!(contexts(&server), ["build"]);
    assert_eq!(server.json("/api/contexts/build/timelines/t")["context"], "build");
    assert_eq!(ids(&server, "/api/contexts/buidl/timelines/t"), [1, 2, 3]);
    assert_eq!(server.json("/api/contexts/build/retention")["count"], 7);
}

#[test]
fn a_name_that_is_taken_is_refused_and_leaves_nothing() {
    let server = in_memory();
    for (context, timeline) in [("c", "t"), ("c", "u"), ("c", "v"), ("d", "t")] {
        send(&server, context, timeline, 1);
    }
    assert_eq!(rename(&server, TIMELINE, "w").status, 200);
    for taken in ["u", "v"] {
        assert!(rename(&server, TIMELINE, taken).problem(409).contains("another one"), "{taken}");
    }
    for taken in ["t", "w"] {
        rename(&server, "/api/contexts/c/timelines/u", taken).problem(409);
    }
    rename(&server, "/api/contexts/c", "d").problem(409);
    assert_eq!(timelines(&server, "c"), ["v", "u", "w"]);
    assert_eq!(contexts(&server), ["c", "d"]);
    for number in 0..15 {
        assert_eq!(rename(&server, TIMELINE, &number.to_string()).status, 200);
    }
    assert!(rename(&server, TIMELINE, "more").problem(409).contains("16"));
    assert_eq!(rename(&server, TIMELINE, "w").status, 200, "it was one already");
}

#[test]
fn patches_that_are_none_are_refused() {
    let server = in_memory();
    send(&server, "c", "t", 1);
    for (body, status) in [
        ("", 400),
        ("{", 400),
        ("{}", 422),
        ("[\"x\"]", 422),
        (r#"{"name": ""}"#, 422),
        (r#"{"name": null}"#, 422),
        (r#"{"name": 1}"#, 422),
        (r#"{"name": "x", "pinned": true}"#, 422),
    ] {
        for path in [TIMELINE, "/api/contexts/c"] {
            let answer = server.request("PATCH", path, MERGE_PATCH, body.as_bytes());
            assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        }
    }
    assert_eq!(server.request("PATCH", TIMELINE, "application/json", b"{}").status, 415);
    assert_eq!(rename(&server, TIMELINE, &"x".repeat(16_385)).status, 422);
    assert_eq!(rename(&server, "/api/contexts/none", "x").status, 404);
    assert_eq!(rename(&server, "/api/contexts/c/timelines/none", "x").status, 404);
}

#[test]
fn a_deleted_timeline_is_gone_and_its_names_are_free() {
    let server = in_memory();
    for timeline in ["t", "u"] {
        send(&server, "c", timeline, 1);
    }
    assert_eq!(rename(&server, TIMELINE, "w").status, 200);
    assert_eq!(put(&server, &format!("{TIMELINE}/pinned"), "").status, 200);
    assert_eq!(delete(&server, TIMELINE), 409, "it is pinned");
    assert_eq!(server.request("DELETE", &format!("{TIMELINE}/pinned"), "", b"").status, 200);
    assert_eq!(delete(&server, "/api/contexts/c/timelines/u"), 409, "it is active");
    assert_eq!(delete(&server, "/api/contexts/c/timelines/w"), 204);
    assert_eq!(delete(&server, TIMELINE), 404);
    assert_eq!(timelines(&server, "c"), ["u"]);
    assert_eq!(rename(&server, "/api/contexts/c/timelines/u", "w").status, 200);
    send(&server, "c", "t", 9);
    assert_eq!(ids(&server, TIMELINE), [9], "it begins anew");
}

#[test]
fn a_deleted_context_is_gone_with_all_its_timelines_and_begins_anew() {
    let store = CutStore::new();
    let server = server(&store);
    for timeline in ["t", "u"] {
        send(&server, "c", timeline, 1);
    }
    assert_eq!(put(&server, &format!("{TIMELINE}/pinned"), "").status, 200);
    assert_eq!(put(&server, "/api/contexts/c/retention", r#"{"count": 7}"#).status, 200);
    assert_eq!(rename(&server, "/api/contexts/c", "d").status, 200);
    assert_eq!(delete(&server, "/api/contexts/d"), 204);
    assert_eq!(delete(&server, "/api/contexts/d"), 404);
    assert_eq!(contexts(&server), [""; 0]);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let left = runtime.block_on(store.list("", None, 100)).expect("listed");
    let left: Vec<_> =
        left.iter().map(|(key, _)| key.as_str()).filter(|key| !key.starts_with("change")).collect();
    assert_eq!(left, ["context/c"], "nothing else is left");
    for name in ["c", "d"] {
        send(&server, name, "t", 7);
        assert_eq!(ids(&server, &format!("/api/contexts/{name}/timelines/t")), [7]);
    }
    assert_eq!(contexts(&server), ["c", "d"]);
    assert_eq!(server.json("/api/contexts/c/retention")["own"], false);
}

#[test]
fn what_people_say_of_a_timeline_is_shown_and_outlives_a_restart() {
    let store = CutStore::new();
    let first = server(&store);
    send(&first, "c", "t", 1);
    let link = first.json(TIMELINE)["_links"]["upto:metadata"]["href"].as_str().expect("a link").to_owned();
    assert_eq!(first.json(&link)["metadata"], json!({}));
    let said = json!({"git.revision": "0123abc", "note": "<b>slow</b>\nagain"});
    assert_eq!(put(&first, &link, &said.to_string()).status, 200);
    for client in [&first.client, &server(&store).client.clone()] {
        client.eventually("what was said", || (client.json(TIMELINE)["metadata"] == said).then_some(()));
    }
    drop(first);
    let again = server(&store);
    assert_eq!(again.json(&link)["metadata"], said);
    let many: serde_json::Map<_, _> = (0..65).map(|number| (number.to_string(), json!("x"))).collect();
    for (body, status) in [
        ("", 400),
        ("[]", 422),
        (r#"{"a": 1}"#, 422),
        (r#"{"a": {"b": "c"}}"#, 422),
        (r#"{"": "a"}"#, 422),
        (&json!({"a": "x".repeat(17 << 10)}).to_string(), 422),
        (&json!({"x".repeat(257): "a"}).to_string(), 422),
        (&json!(many).to_string(), 422),
    ] {
        assert_eq!(put(&again, &link, body).status, status, "{body:.50}");
    }
    assert_eq!(again.request("PUT", &link, "text/plain", b"{}").status, 415);
    assert_eq!(again.json(&link)["metadata"], said);
    assert_eq!(put(&again, &link, "{}").status, 200);
    assert_eq!(again.json(TIMELINE)["metadata"], json!({}));
}

#[test]
fn several_servers_agree_on_names_and_on_what_is_gone() {
    let store = CutStore::new();
    let servers = [server(&store), server(&store)];
    let [one, other] = [&servers[0].client, &servers[1].client];
    for (context, timeline) in [("c", "t"), ("c", "u"), ("gone", "t")] {
        send(one, context, timeline, 1);
    }
    other.eventually("the contexts", || (contexts(other) == ["c", "gone"]).then_some(()));
    assert_eq!(rename(one, TIMELINE, "w").status, 200);
    assert_eq!(rename(one, "/api/contexts/c", "d").status, 200);
    assert_eq!(delete(one, "/api/contexts/gone"), 204);
    other.eventually("the names", || {
        (contexts(other) == ["d"] && timelines(other, "d") == ["u", "w"]).then_some(())
    });
    send(other, "c", "t", 2);
    send(other, "d", "w", 3);
    one.eventually("the events", || (ids(one, "/api/contexts/d/timelines/w") == [1, 2, 3]).then_some(()));
    assert_eq!(rename(other, "/api/contexts/d/timelines/u", "t").status, 409);
    assert_eq!(contexts(one), ["d"]);
}

#[test]
fn of_a_new_name_and_one_that_is_given_at_the_same_time_there_is_one() {
    let store = CutStore::new();
    let servers = [server(&store), server(&store)];
    let [one, other] = [&servers[0].client, &servers[1].client];
    let post = |client: &Client, event: Value| {
        let event = event.to_string();
        client.eventually("an end of it", || {
            let sent = client.request("POST", "/api/events", "application/json", event.as_bytes()).status;
            (sent == 201).then_some(())
        });
    };
    for round in 0..20 {
        let (old, new) = (format!("old-{round}"), format!("new-{round}"));
        send(one, "c", &old, 1);
        send(one, &old, "t", 1);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let event = json!({"context": "c", "timeline": new, "name": "n", "type": "event", "id": 2});
                post(other, event);
                post(other, json!({"context": new, "timeline": "t", "name": "n", "type": "event", "id": 2}));
            });
            for path in [format!("/api/contexts/c/timelines/{old}"), format!("/api/contexts/{old}")] {
                let renamed = rename(one, &path, &new).status;
                assert!([200, 409, 503].contains(&renamed), "{path}: {renamed}");
            }
        });
    }
    for client in [one, other] {
        client.eventually("as many as there are", || {
            let count = |names: Vec<String>| names.iter().filter(|name| name.starts_with("new-")).count();
            (count(timelines(client, "c")) == 20 && count(contexts(client)) == 20).then_some(())
        });
        for round in 0..20 {
            for place in ["c/timelines/NAME", "NAME/timelines/t"] {
                let timeline = |name: &str| {
                    format!("/api/contexts/{}", place.replace("NAME", &format!("{name}-{round}")))
                };
                client.eventually("what was sent", || {
                    let all = [ids(client, &timeline("new")), ids(client, &timeline("old"))];
                    let (is_one, are_two) = (all == [vec![1, 2], vec![1, 2]], all == [vec![2], vec![1]]);
                    (is_one || are_two).then_some(())
                });
            }
        }
    }
}

#[test]
fn a_context_whose_first_timeline_could_not_be_opened_is_told_to_nobody() {
    let store = CutStore::new();
    let server = server(&store);
    send(&server, "c", "t", 1);
    store.cut_after(0);
    for message in [
        json!({"context": "ghost", "name": "n", "type": "event"}),
        json!({"context": "ghost", "timeline": "t", "name": "n", "type": "event"}),
    ] {
        let refused =
            server.request("POST", "/api/events", "application/json", message.to_string().as_bytes());
        assert_eq!(refused.status, 503, "{refused:?}");
    }
    assert_eq!(contexts(&server), ["c"]);
    for path in ["/api/contexts/ghost", "/api/contexts/ghost/timelines", "/api/contexts/ghost/timelines/t"] {
        assert_eq!(server.get(path).status, 404, "{path}");
    }
    store.cut_after(usize::MAX);
    server.eventually("that it takes messages", || (server.get("/readyz").status == 200).then_some(()));
    send(&server, "ghost", "t", 2);
    assert_eq!(contexts(&server), ["c", "ghost"]);
    assert_eq!(ids(&server, "/api/contexts/ghost/timelines/t"), [2]);
}
