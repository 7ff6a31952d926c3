//! The API as a client sees it that follows links.

mod damage;
mod long_names;
mod retention;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Client, TestServer, brief};

fn link(resource: &Value, relation: &str) -> String {
    let href = resource["_links"][relation]["href"].as_str();
    href.unwrap_or_else(|| panic!("no link {relation:?} in {resource}")).to_owned()
}

/// The items of a list, page by page; each page's items are its links and its embedded ones.
fn all(client: &Client, first: &str) -> Vec<Value> {
    let (mut items, mut next) = (Vec::new(), Some(first.to_owned()));
    while let Some(path) = next {
        let page = client.json(&path);
        let embedded = page["_embedded"]["item"].as_array().expect("items");
        let linked = page["_links"]["item"].as_array().expect("links");
        let selves: Vec<_> = embedded.iter().map(|item| &item["_links"]["self"]["href"]).collect();
        assert_eq!(selves, linked.iter().map(|link| &link["href"]).collect::<Vec<_>>());
        items.extend(embedded.iter().cloned());
        next = page["_links"]["next"]["href"].as_str().map(str::to_owned);
    }
    items
}

fn names(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["name"].as_str().expect("a name")).collect()
}

#[test]
fn following_links_from_the_root_finds_everything() {
    let server = TestServer::start();
    server.post(r#"[{"context":"c","timeline":"t","name":"a.b","type":"start","time":1000000000,"host":"h","id":7},
        {"context":"c","timeline":"t","name":"a.b","type":"end","time":3500000000,"host":"h","id":7,"attrs":{"n":1}},
        {"context":"c","timeline":"t","name":"a.c","type":"start","time":2000000000}]"#);
    let contexts = server.json(&link(&server.json("/api"), "upto:contexts"));
    let context = server.json(contexts["_links"]["item"][0]["href"].as_str().expect("a link"));
    assert_eq!(
        (&context["name"], &context["latest"], &context["state"]),
        (&json!("c"), &json!("t"), &json!("running"))
    );
    let timelines = server.json(&link(&context, "upto:timelines"));
    let timeline = server.json(timelines["_links"]["item"][0]["href"].as_str().expect("a link"));
    assert_eq!(timeline, server.json(&link(&context, "upto:latest")));
    assert_eq!(timeline["events"], json!({"total": 2, "open": 1, "failed": 0}));
    assert_eq!(
        (&timeline["first"], &timeline["last"]),
        (&json!("1970-01-01T00:00:01.000000000Z"), &json!("1970-01-01T00:00:03.500000000Z"))
    );
    assert_eq!(
        (&timeline["duration_seconds"], &timeline["loss"]),
        (&json!(2.5), &json!({"packets": 0, "messages": 0, "dropped": 0, "at_least": false}))
    );
    // They came over HTTP, which is no session.
    assert_eq!(timeline["received"], json!({"packets": 0, "messages": 0, "late": 0, "duplicate": 0}));
    let events = server.json(&link(&timeline, "upto:events"));
    assert_eq!(
        events["_embedded"]["item"][0],
        json!({"name": "a.b", "host": "h", "id": 7,
        "start": "1970-01-01T00:00:01.000000000Z", "end": "1970-01-01T00:00:03.500000000Z",
        "duration_seconds": 2.5, "state": "done", "attributes": {"n": 1}})
    );
    let tree = server.json(&link(&timeline, "upto:tree"));
    assert_eq!((&tree["roots"][0]["name"], &tree["roots"][0]["occurrences"]), (&json!("a"), &json!(0)));
    let durations = ["/duration_seconds", "/children/0/duration_seconds", "/children/1/duration_seconds"];
    let durations = durations.map(|pointer| tree["roots"][0].pointer(pointer));
    assert_eq!(durations, [Some(&Value::Null), Some(&json!(2.5)), Some(&Value::Null)], "a.c is open");
    assert_eq!(names(tree["roots"][0]["children"].as_array().expect("children")), ["a.b", "a.c"]);
    assert_eq!(server.json(&link(&timeline, "upto:context")), context);
}

#[test]
fn every_name_is_stored_and_its_links_resolve() {
    let long = "é☃".repeat(2_048);
    let hostile = [
        "plain",
        "a b",
        "a/b/../c",
        "..",
        ".",
        "~",
        "%2F",
        "?#&=+",
        "<script>alert(1)</script>",
        "\"quoted\"",
        "\u{202e}rtl",
        "🦀",
        "line\nbreak",
        "nul\0nul",
        "back\\slash",
        "dot.dot",
        &long,
    ];
    let server = TestServer::start();
    for name in hostile {
        server.post(
            &json!({"context": name, "timeline": name, "name": name, "host": name, "type": "event"})
                .to_string(),
        );
    }
    let contexts = all(&server, "/api/contexts?limit=3");
    assert_eq!(names(&contexts).into_iter().collect::<BTreeSet<_>>(), hostile.into_iter().collect());
    for context in &contexts {
        let timeline = server.json(&link(&server.json(&link(context, "self")), "upto:latest"));
        let event = &server.json(&link(&timeline, "upto:events"))["_embedded"]["item"][0];
        for name in [&timeline["name"], &timeline["context"], &event["name"], &event["host"]] {
            assert_eq!(name, &context["name"]);
        }
        assert_eq!(server.get(&link(&timeline, "upto:tree")).status, 200);
    }
}

/// The items of a list in its order, found from the last page backwards.
fn all_backwards(client: &Client, first: &str) -> Vec<Value> {
    let mut page = client.json(first);
    while let Some(next) = page["_links"]["next"]["href"].as_str() {
        page = client.json(next);
    }
    let mut items = Vec::new();
    loop {
        items.splice(0..0, page["_embedded"]["item"].as_array().expect("items").iter().cloned());
        let Some(previous) = page["_links"]["prev"]["href"].as_str() else { return items };
        page = client.json(previous);
    }
}

#[test]
fn lists_page_forward_and_back() {
    let server = TestServer::start();
    let expected: Vec<String> = (0..7).map(|number| format!("c{number}")).collect();
    for name in &expected {
        server.post(&json!({"context": name, "type": "new"}).to_string());
    }
    assert_eq!(names(&all(&server, "/api/contexts?limit=3")), expected);
    let second = server.json(&link(&server.json("/api/contexts?limit=3"), "next"));
    assert_eq!(names(second["_embedded"]["item"].as_array().expect("items")), ["c3", "c4", "c5"]);
    let back = server.json(&link(&second, "prev"));
    assert_eq!(names(back["_embedded"]["item"].as_array().expect("items")), ["c0", "c1", "c2"]);
    assert_eq!(back["_links"].get("prev"), None);
}

#[test]
fn timelines_are_listed_newest_first_and_the_newest_is_active() {
    let server = TestServer::start();
    for name in ["1", "3", "2"] {
        server.post(&json!({"context": "c", "timeline": name, "type": "new"}).to_string());
    }
    server.post(r#"{"context":"c","name":"joins the active one","type":"event"}"#);
    server.post(r#"{"context":"c","timeline":"1","name":"late","type":"event"}"#);
    assert_eq!(names(&all(&server, "/api/contexts/c/timelines?limit=2")), ["2", "3", "1"]);
    assert_eq!(names(&server.events(&server.latest("c"))), ["joins the active one"]);
    let middle = server.json(&link(&server.json("/api/contexts/c/timelines?limit=1"), "next"));
    assert_eq!(middle["_embedded"]["item"][0]["name"], "3");
    let newest = server.json(&link(&middle, "prev"));
    assert_eq!(newest["_embedded"]["item"][0]["name"], "2");
}

#[test]
fn events_page_by_their_start_and_stay_in_place_while_others_come() {
    let server = TestServer::start();
    let send = |number: u32| {
        json!({"context": "c", "name": "n", "id": number, "type": "start", "time": number}).to_string()
    };
    (1..=6).for_each(|number| drop(server.post(&send(2 * number))));
    let timeline = server.latest("c");
    let first = server.json(&format!("{timeline}/events?limit=2"));
    server.post(&send(1));
    let second = server.json(&link(&first, "next"));
    let ids = |page: &Value| {
        page["_embedded"]["item"]
            .as_array()
            .expect("items")
            .iter()
            .map(|each| each["id"].as_u64())
            .collect::<Vec<_>>()
    };
    assert_eq!((ids(&first), ids(&second)), (vec![Some(2), Some(4)], vec![Some(6), Some(8)]));
    let back = server.json(&link(&second, "prev"));
    assert_eq!(ids(&back), [Some(2), Some(4)]);
    assert_eq!(ids(&server.json(&link(&back, "prev"))), [Some(1)]);
}

#[test]
fn events_from_an_instant_on_begin_with_the_first_that_begins_then_or_later() {
    let server = TestServer::start();
    let send = |number: u32| {
        json!({"context": "c", "name": "n", "id": number, "type": "start", "time": number}).to_string()
    };
    (1..=4).for_each(|number| drop(server.post(&send(10 * number))));
    let events = format!("{}/events", server.latest("c"));
    let ids = |path: &str| {
        let page = server.json(path);
        let items = page["_embedded"]["item"].as_array().expect("items");
        (items.iter().map(|each| each["id"].as_u64().expect("an id")).collect::<Vec<_>>(), page)
    };
    for (from, expected) in [("9", vec![10, 20]), ("20", vec![20, 30]), ("31", vec![40]), ("41", vec![])] {
        let (found, page) = ids(&format!("{events}?limit=2&from={from}"));
        assert_eq!(found, expected, "{from}");
        assert_eq!(ids(&link(&page, "self")).0, expected);
    }
    let (found, page) = ids(&format!("{events}?limit=2&from=1970-01-01T00:00:00.000000020Z"));
    assert_eq!(found, [20, 30]);
    assert_eq!(ids(&link(&page, "next")).0, [40]);
    assert_eq!(ids(&link(&page, "prev")).0, [10]);
    server.get(&format!("{events}?from=soon")).problem(400);
}

#[test]
fn opening_a_timeline_gives_its_address_and_opening_it_again_finds_it() {
    let server = TestServer::start();
    let open = |body: &str| {
        server.request("POST", "/api/contexts/new%2Fcontext/timelines", "application/json", body.as_bytes())
    };
    let opened = open(r#"{"name":"1234"}"#);
    assert_eq!((opened.status, opened.json()["name"].as_str()), (201, Some("1234")));
    assert_eq!(server.json(&opened.location), opened.json());
    let again = open(r#"{"name":"1234"}"#);
    assert_eq!((again.status, again.location), (200, opened.location));
    for body in ["{}", ""] {
        let generated = open(body);
        assert_eq!((generated.status, server.latest("new/context")), (201, generated.location));
    }
}

#[test]
fn all_states_are_told_apart() {
    let server = TestServer::start();
    server.post(
        r#"[{"context":"c","name":"done","type":0,"time":1},{"context":"c","name":"done","type":1,"time":2},
        {"context":"c","name":"open","type":0,"time":3},
        {"context":"c","name":"unknown","type":1,"time":4},
        {"context":"c","name":"failed","type":1,"time":5,"status":"failed","text":"why"},
        {"context":"c","name":"cancelled","type":1,"time":7,"started":6,"status":"cancelled"},
        {"context":"c","name":"point","type":2,"time":8}]"#,
    );
    let events = server.events(&server.latest("c"));
    let states: Vec<_> = brief(&events).into_iter().map(|(name, state, ..)| (name, state)).collect();
    let expected = [
        ("done", "done"),
        ("open", "open"),
        ("unknown", "unknown_start"),
        ("failed", "failed"),
        ("cancelled", "cancelled"),
        ("point", "point"),
    ];
    assert_eq!(states, expected.map(|(name, state)| (name.to_owned(), state.to_owned())));
    assert_eq!((&events[3]["message"], &events[3]["start"]), (&json!("why"), &Value::Null));
    let timeline = server.json(&server.latest("c"));
    assert_eq!(
        (&timeline["state"], &timeline["events"]),
        (&json!("running"), &json!({"total": 6, "open": 1, "failed": 1}))
    );
}

#[test]
fn messagepack_lines_and_arrays_are_taken_like_json() {
    let server = TestServer::start();
    let line = r#"{"context":"c","name":"line","type":"event","time":1}"#;
    let lines = server.request(
        "POST",
        "/api/events",
        "application/x-ndjson; charset=utf-8",
        format!("{line}\n{line}\n").as_bytes(),
    );
    assert_eq!((lines.status, &lines.json()["stored"]), (201, &json!(2)));
    let mut packed = Vec::new();
    let message = upto::wire::Message {
        context: "c",
        name: "packed",
        kind: upto::wire::Kind::Point,
        time: Some(2),
        ..Default::default()
    };
    upto::wire::encode_single(&message, &[("n", upto::wire::Value::Int(1))], &mut packed);
    for body in [packed.clone(), [&[0x91], &packed[..]].concat(), [&packed[..], &packed[..]].concat()] {
        assert_eq!(server.request("POST", "/api/events", "application/msgpack", &body).status, 201);
    }
    let events = server.events(&server.latest("c"));
    assert_eq!((names(&events), &events[1]["attributes"]), (vec!["line", "packed"], &json!({"n": 1})));
}

#[test]
fn health_readiness_and_metrics_answer() {
    let server = TestServer::start();
    assert_eq!((server.get("/healthz").status, server.get("/readyz").status), (200, 200));
    server.post(r#"{"context":"c","name":"n","type":"event"}"#);
    assert_eq!(server.counter(r#"upto_messages_total{kind="point"}"#), 1);
    assert_eq!(server.counter("upto_contexts"), 1);
}

#[test]
fn long_answers_are_compressed_for_clients_that_say_so() {
    let server = TestServer::start();
    let many: Vec<_> = (1..1_000)
        .map(|id| json!({"context": "c", "timeline": "t", "name": "n", "id": id, "type": 0, "time": id}))
        .collect();
    server.post(&serde_json::to_string(&many).expect("JSON"));
    let url = format!("{}/api/contexts/c/timelines/t/events?limit=1000", server.url);
    let mut raw =
        std::net::TcpStream::connect(url.trim_start_matches("http://").split('/').next().expect("a host"))
            .expect("connected");
    let path = url.split_once("/api").expect("a path").1;
    let request = format!("GET /api{path} HTTP/1.0\r\nhost: localhost\r\naccept-encoding: gzip\r\n\r\n");
    std::io::Write::write_all(&mut raw, request.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut raw, &mut answer).expect("an answer");
    assert!(
        answer.windows(22).any(|part| part == b"content-encoding: gzip"),
        "{}",
        String::from_utf8_lossy(&answer[..300])
    );
    assert!(answer.len() * 4 < server.get(&format!("/api{path}")).body.len());
}
