//! What a server tells of its store, and comparing it with what one told before.

use serde_json::{Value, json};

use crate::support::Client;

/// All contexts with their timelines and events, all limits and tokens, and what was noted of people's doings.
pub(super) fn of(client: &Client) -> Value {
    let contexts = items(client, "/api/contexts?limit=1000").into_iter();
    let contexts: Vec<_> = contexts.map(|context| context_of(client, &context)).collect();
    let months = client.json("/api/audit");
    let months = months["_links"]["upto:month"].as_array().expect("months").iter();
    let audit: Vec<_> =
        months.flat_map(|month| items(client, month["href"].as_str().expect("a link"))).collect();
    json!({
        "contexts": contexts,
        "tokens": without(&items(client, "/api/tokens"), &["id"]),
        "audit": without(&audit, &["action_id", "address", "target"]),
    })
}

fn context_of(client: &Client, context: &Value) -> Value {
    let timelines = items(client, link(context, "upto:timelines")).into_iter();
    let timelines: Vec<_> = timelines.map(|timeline| timeline_of(client, link(&timeline, "self"))).collect();
    let retention = client.json(link(&client.json(link(context, "self")), "upto:retention"));
    json!({"context": plain(context), "retention": plain(&retention), "timelines": timelines})
}

fn timeline_of(client: &Client, path: &str) -> Value {
    let timeline = client.json(path);
    let events: Vec<_> = client.events(path).iter().map(plain).collect();
    json!({"timeline": plain(&timeline), "events": events})
}

fn items(client: &Client, path: &str) -> Vec<Value> {
    client.json(path)["_embedded"]["item"].as_array().expect("items").clone()
}

fn link<'a>(resource: &'a Value, name: &str) -> &'a str {
    resource["_links"][name]["href"].as_str().unwrap_or_else(|| panic!("no link {name}: {resource}"))
}

/// Without links, which belong to the API and not to what is stored.
fn plain(resource: &Value) -> Value {
    let mut plain = resource.clone();
    let fields = plain.as_object_mut().expect("an object");
    fields.retain(|name, _| name != "_links" && name != "_embedded");
    plain
}

/// Without what is another value in each store.
fn without(items: &[Value], names: &[&str]) -> Vec<Value> {
    let mut items: Vec<_> = items.iter().map(plain).collect();
    for item in items.iter_mut().filter_map(Value::as_object_mut) {
        item.retain(|name, _| !names.contains(&name.as_str()));
    }
    items
}

/// What was told before is told again; a later release may tell more of it.
pub(super) fn assert_includes(told: &Value, before: &Value, place: &str) {
    match (told, before) {
        (Value::Object(told), Value::Object(before)) => {
            for (name, value) in before {
                assert_includes(told.get(name).unwrap_or(&Value::Null), value, &format!("{place}.{name}"));
            }
        }
        (Value::Array(told), Value::Array(before)) => {
            assert_eq!(told.len(), before.len(), "{place}: {told:?} was {before:?}");
            for (number, (told, before)) in told.iter().zip(before).enumerate() {
                assert_includes(told, before, &format!("{place}[{number}]"));
            }
        }
        _ => assert_eq!(told, before, "{place}"),
    }
}

#[test]
#[should_panic(expected = "fixture.a[1].b")]
fn what_is_told_otherwise_is_found() {
    let before = json!({"a": [{"b": 1}, {"b": 2}]});
    assert_includes(&json!({"a": [{"b": 1, "new": 0}, {"b": 3}]}), &before, "fixture");
}
