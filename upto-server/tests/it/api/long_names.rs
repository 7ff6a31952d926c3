//! Names whose encoded form would be too long for an address.

use serde_json::{Value, json};

use super::{all, all_backwards, link, names};
use crate::support::TestServer;

/// Every address in an answer.
fn addresses<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("href").and_then(Value::as_str));
            members.values().for_each(|member| addresses(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| addresses(item, found)),
        _ => {}
    }
}

/// Three names as long as names may be, in order.
fn longest_names() -> [String; 3] {
    ["a", "b", "c"].map(|last| format!("{}\u{e9}{last}{last}", "🦀".repeat(4_095)))
}

#[test]
fn the_longest_names_have_short_addresses_that_resolve() {
    let server = TestServer::start();
    let long = longest_names();
    for (context, timeline) in long.iter().flat_map(|one| long.iter().map(move |other| (one, other))) {
        let messages: Vec<_> = long
            .iter()
            .map(|name| json!({"context": context, "timeline": timeline, "name": name, "host": name, "type": 2, "time": 1}))
            .collect();
        server.post(&json!(messages).to_string());
    }
    let mut lists = vec![link(&server.json("/api"), "upto:contexts")];
    for context in all(&server, "/api/contexts?limit=1") {
        let context = server.json(&link(&context, "self"));
        lists.push(link(&context, "upto:timelines"));
        for timeline in all(&server, &format!("{}?limit=1", link(&context, "upto:timelines"))) {
            assert_eq!(timeline, server.json(&link(&timeline, "self")));
            assert_eq!(context, server.json(&link(&timeline, "upto:context")));
            assert_eq!(server.json(&link(&timeline, "upto:tree"))["roots"].as_array().map(Vec::len), Some(3));
            lists.push(format!("{}/events", link(&timeline, "self")));
        }
    }
    assert_eq!(lists.len(), 1 + 3 + 9);
    for list in lists {
        let list = format!("{list}?limit=1");
        let mut forwards = Vec::new();
        let mut next = Some(list.clone());
        while let Some(path) = next {
            let page = server.json(&path);
            let mut hrefs = Vec::new();
            addresses(&page, &mut hrefs);
            assert!(hrefs.iter().all(|href| href.len() < 256), "{hrefs:?}");
            forwards.extend(page["_embedded"]["item"].as_array().expect("items").iter().cloned());
            next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
        }
        let expected: Vec<_> = match forwards[0].get("context") {
            Some(_) => long.iter().rev().map(String::as_str).collect(),
            None => long.iter().map(String::as_str).collect(),
        };
        assert_eq!(names(&forwards), expected);
        assert_eq!(all_backwards(&server, &list), forwards);
    }
}

#[test]
fn a_long_name_is_found_by_its_digest_and_by_itself() {
    let server = TestServer::start();
    let [long, ..] = longest_names();
    server.post(&json!({"context": long, "timeline": "t", "type": "new"}).to_string());
    let open = |context: &str| {
        server.request("POST", &format!("{context}/timelines"), "application/json", b"{\"name\":\"u\"}")
    };
    let by_digest = link(&server.json("/api/contexts")["_embedded"]["item"][0], "self");
    assert_eq!(open(&by_digest).json()["context"], long);
    let spelled: String = long.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(server.json(&format!("/api/contexts/{spelled}")), server.json(&by_digest));
    let unknown = format!("!{}", "0".repeat(32));
    let opened = open(&format!("/api/contexts/{unknown}"));
    assert_eq!((opened.status, &opened.json()["context"]), (201, &json!(unknown)));
    assert_eq!(server.json(&opened.location), opened.json());
    assert!(server.latest(&unknown).starts_with(&format!("/api/contexts/~{unknown}/")));
}
