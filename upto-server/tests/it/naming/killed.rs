//! A server that is killed while something gets another name or is deleted.

use serde_json::json;

use super::cut_store::CutStore;
use super::{TIMELINE, contexts, delete, ids, put, rename, send, server, timelines};
use crate::support::Client;

/// More changes of the store than anything here takes.
const ENOUGH: usize = 100;

/// Does `change` with a store that is cut off after each number of changes, until it is not; what is left is checked by a
/// server that starts then.
fn killed_anywhere(change: impl Fn(&Client) -> u16, check: impl Fn(&Client, usize)) {
    for changes in 0..ENOUGH {
        let store = CutStore::new();
        let first = server(&store);
        for timeline in ["t", "u"] {
            send(&first, "c", timeline, 1);
        }
        assert_eq!(put(&first, &format!("{TIMELINE}/metadata"), r#"{"a": "b"}"#).status, 200);
        store.cut_after(changes);
        let status = change(&first);
        let is_cut = store.is_cut();
        drop(first);
        let next = server(&store.whole());
        check(&next, changes);
        let again = change(&next);
        assert!([200, 204, 404].contains(&again), "{changes}: {again}");
        if !is_cut {
            assert!(changes > 2 && status < 300, "{changes}: {status}");
            return;
        }
    }
    panic!("it is never done");
}

#[test]
fn a_server_may_be_killed_anywhere_while_a_timeline_is_renamed() {
    let change = |client: &Client| rename(client, TIMELINE, "w").status;
    killed_anywhere(change, |client, changes| {
        let names = timelines(client, "c");
        assert!(names == ["u", "t"] || names == ["u", "w"], "{changes}: {names:?}");
        send(client, "c", "t", 2);
        assert_eq!(ids(client, TIMELINE), [1, 2], "{changes}");
        assert_eq!(rename(client, TIMELINE, "w").status, 200);
        assert_eq!(ids(client, "/api/contexts/c/timelines/w"), [1, 2], "{changes}");
        assert_eq!(timelines(client, "c"), ["u", "w"], "{changes}");
    });
}

#[test]
fn a_server_may_be_killed_anywhere_while_a_context_is_renamed() {
    let change = |client: &Client| rename(client, "/api/contexts/c", "d").status;
    killed_anywhere(change, |client, changes| {
        let names = contexts(client);
        assert!(names == ["c"] || names == ["d"], "{changes}: {names:?}");
        send(client, "c", "t", 2);
        assert_eq!(ids(client, TIMELINE), [1, 2], "{changes}");
        assert_eq!(rename(client, "/api/contexts/c", "d").status, 200);
        assert_eq!(contexts(client), ["d"], "{changes}");
        assert_eq!(timelines(client, "d"), ["u", "t"], "{changes}");
    });
}

#[test]
fn a_server_may_be_killed_anywhere_while_a_context_is_deleted() {
    let change = |client: &Client| delete(client, "/api/contexts/c");
    killed_anywhere(change, |client, changes| {
        let names = contexts(client);
        assert!(names == ["c"] || names.is_empty(), "{changes}: {names:?}");
        if names == ["c"] {
            assert_eq!(ids(client, TIMELINE), [1], "{changes}: it was not begun");
            assert_eq!(delete(client, "/api/contexts/c"), 204);
        }
        let event =
            json!({"context": "c", "timeline": "t", "name": "n", "type": "event", "id": 5}).to_string();
        client.eventually("an end of it", || {
            let sent = client.request("POST", "/api/events", "application/json", event.as_bytes()).status;
            assert!([201, 503].contains(&sent), "{changes}: {sent}");
            (sent == 201).then_some(())
        });
        assert_eq!(
            (timelines(client, "c"), ids(client, TIMELINE)),
            (vec!["t".to_owned()], vec![5]),
            "{changes}"
        );
    });
}

#[test]
fn a_server_may_be_killed_anywhere_while_a_renamed_timeline_is_deleted() {
    let change = |client: &Client| {
        let renamed = rename(client, TIMELINE, "w").status;
        if renamed == 200 { delete(client, "/api/contexts/c/timelines/w") } else { renamed }
    };
    killed_anywhere(change, |client, changes| {
        let names = timelines(client, "c");
        assert!(["t", "w"].iter().any(|name| names == ["u", name]) || names == ["u"], "{changes}: {names:?}");
        if names.len() > 1 {
            assert_eq!(ids(client, TIMELINE), [1], "{changes}: it was not begun");
        }
    });
}
