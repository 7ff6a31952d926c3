//! The dashboard and the alert rules, over the metrics that a server tells.

use std::collections::BTreeSet;

use serde_json::Value;

use super::text;
use crate::reader::Reader;

/// The names of the samples that a server may have: counters end in `_total`.
fn known() -> BTreeSet<String> {
    let reader = Reader::new();
    // What has labels is told from the first time on.
    let refused =
        ureq::post(format!("{}/api/events", reader.url())).content_type("application/json").send("{");
    assert!(refused.is_err(), "it is no message");
    let metrics = ureq::get(format!("{}/metrics", reader.url())).call().expect("an answer");
    let metrics = metrics.into_body().read_to_string().expect("text");
    let types = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let name = |line: &str| {
        let (name, kind) = line.split_once(' ').expect("a name and a kind");
        if kind == "counter" { format!("{name}_total") } else { name.to_owned() }
    };
    types.map(name).collect()
}

/// The metrics of ours that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character| !is_part(character));
    words.filter(|word| word.starts_with("upto_")).map(str::to_owned).collect()
}

#[test]
fn every_metric_that_is_named_is_told() {
    let known = known();
    for file in [
        "packaging/grafana/upto.json",
        "packaging/prometheus/upto.rules.yml",
        "docs/api.md",
        "docs/stores.md",
    ] {
        let text = text(file).replace("`upto_`", "");
        let named = named(&text);
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(named.len() >= 2 && unknown.is_empty(), "{file}: {unknown:?}");
    }
}

#[test]
fn panels_have_places_and_questions() {
    let dashboard: Value = serde_json::from_str(&text("packaging/grafana/upto.json")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut ids = BTreeSet::new();
    for panel in panels {
        assert!(ids.insert(panel["id"].as_u64().expect("an id")), "{panel}");
        let (x, width) =
            (panel["gridPos"]["x"].as_u64().expect("x"), panel["gridPos"]["w"].as_u64().expect("w"));
        assert!(x + width <= 24 && !panel["title"].as_str().expect("a title").is_empty(), "{panel}");
        let targets = panel["targets"].as_array().expect("questions");
        let is_asked = |target: &Value| balanced(target["expr"].as_str().expect("an expression"));
        assert!(!targets.is_empty() && targets.iter().all(is_asked), "{panel}");
    }
}

#[test]
fn rules_say_what_is_wrong_and_how_grave_that_is() {
    let rules = text("packaging/prometheus/upto.rules.yml");
    let alerts: Vec<&str> = rules.split("- alert: ").skip(1).collect();
    assert!(alerts.len() >= 5);
    for alert in alerts {
        assert!(
            ["warning", "critical"].iter().any(|word| alert.contains(&format!("severity: {word}"))),
            "{alert}"
        );
        assert!(alert.contains("summary: "), "{alert}");
        let expression =
            alert.lines().find_map(|line| line.trim().strip_prefix("expr: ")).expect("an expression");
        assert!(balanced(expression), "{expression}");
    }
}

/// Whether each bracket of an expression is closed.
fn balanced(expression: &str) -> bool {
    let mut open = Vec::new();
    for character in expression.chars() {
        match character {
            '(' => open.push(')'),
            '{' => open.push('}'),
            '[' => open.push(']'),
            ')' | '}' | ']' if open.pop() != Some(character) => return false,
            _ => {}
        }
    }
    open.is_empty() && !expression.is_empty()
}
