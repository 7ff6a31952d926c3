//! A client that knows nothing but links finds every resource.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{NESTED, send, steps};
use crate::support::TestServer;

/// All addresses in the links of a resource and of those within it. Variables of templates may be left out.
fn links(resource: &Value, found: &mut Vec<(String, String)>) {
    match resource {
        Value::Object(properties) => {
            for (relation, links) in properties.get("_links").and_then(Value::as_object).into_iter().flatten()
            {
                let links = links.as_array().cloned().unwrap_or_else(|| vec![links.clone()]);
                for link in links {
                    let href = link["href"].as_str().expect("an address");
                    assert_eq!(link["templated"] == true, href.contains('{'), "{href}");
                    found.push((relation.clone(), href.split('{').next().expect("an address").to_owned()));
                }
            }
            properties.values().for_each(|value| links_within(value, found));
        }
        other => links_within(other, found),
    }
}

fn links_within(value: &Value, found: &mut Vec<(String, String)>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| links(value, found)),
        Value::Object(_) => links(value, found),
        _ => {}
    }
}

#[test]
fn every_link_leads_somewhere() {
    let server = TestServer::start();
    steps(&server, "1", 0.0, &[("build.compile", 3.0)], "ok");
    steps(&server, "2", 10.0, &[("build.compile", 3.0), ("test", 1.0)], "ok");
    send(&server, "d", "t", &NESTED, "ok");
    server.post(r#"{"type":"pulse","name":"backup","attrs":{"next":3600}}"#);
    let (mut waiting, mut seen) = (vec!["/api".to_owned()], BTreeSet::from(["/api".to_owned()]));
    let mut relations = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        // A stream has no end; what only takes other methods says so.
        if path.contains("/live") || path == "/api/relations/" {
            continue;
        }
        let answer = server.get(&path);
        let is_there =
            matches!(answer.status, 200 | 405) || answer.status == 404 && path.contains("/compare");
        assert!(is_there, "{path}: {answer:?}");
        if answer.content_type != "application/hal+json" {
            continue;
        }
        let mut found = Vec::new();
        links(&answer.json(), &mut found);
        for (relation, href) in found {
            relations.insert(relation);
            if seen.insert(href.clone()) {
                waiting.push(href);
            }
        }
    }
    for relation in relations.iter().filter_map(|relation| relation.strip_prefix("upto:")) {
        let described = server.json(&curie(&server, relation));
        assert!(described["description"].as_str().is_some_and(|text| text.ends_with('.')), "{described}");
    }
    assert_eq!(server.get(&curie(&server, "unknown")).status, 404);
    for relation in [
        "view",
        "columns",
        "critical-path",
        "compare",
        "history",
        "forecast",
        "stuck",
        "blame",
        "tree",
        "events",
        "export",
        "import",
        "with",
    ] {
        assert!(relations.contains(&format!("upto:{relation}")), "{relation} is not among {relations:?}");
    }
    let registered: Vec<_> = relations.iter().filter(|relation| !relation.contains(':')).collect();
    assert_eq!(registered, ["collection", "curies", "item", "search", "self", "service-desc"]);
}

/// Where a relation of the API's own is described.
fn curie(server: &TestServer, relation: &str) -> String {
    let curie = &server.json("/api")["_links"]["curies"][0];
    assert_eq!((&curie["name"], &curie["templated"]), (&json!("upto"), &json!(true)));
    curie["href"].as_str().expect("a template").replace("{rel}", relation)
}
