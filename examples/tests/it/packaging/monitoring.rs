//! The dashboard and the alert rules, over the metrics that a server tells.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

use super::{file, text};
use crate::reader::Reader;

const DASHBOARD: &str = "packaging/grafana/upto.json";
const RULES: &str = "packaging/prometheus/upto.rules.yml";

/// The names of the samples that a server may have, each with its type: counters end in `_total`.
fn known() -> BTreeMap<String, String> {
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
        let sample = if kind == "counter" { format!("{name}_total") } else { name.to_owned() };
        (sample, kind.to_owned())
    };
    // What is known of clusters and pings begins with the first answer of one, and here none is asked.
    let of_labels = ["upto_probes_total", "upto_pings_total"];
    types.map(name).chain(of_labels.map(|name| (name.to_owned(), "counter".to_owned()))).collect()
}

/// The metrics of ours that a text names.
fn named(text: &str) -> BTreeSet<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let words = text.split(|character| !is_part(character));
    words.filter(|word| word.starts_with("upto_")).map(str::to_owned).collect()
}

#[test]
fn every_metric_that_is_named_is_told() {
    let known: BTreeSet<String> = known().into_keys().collect();
    for file in [DASHBOARD, RULES, "docs/api.md", "docs/stores.md"] {
        let text = text(file).replace("`upto_`", "");
        let named = named(&text);
        let unknown: Vec<_> = named.difference(&known).collect();
        assert!(named.len() >= 2 && unknown.is_empty(), "{file}: {unknown:?}");
    }
}

/// Whoever sees a number knows where to read what it is.
#[test]
fn every_metric_that_is_told_is_described() {
    let described = named(&text("docs/api.md"));
    let silent: Vec<String> = known().into_keys().filter(|name| !described.contains(name)).collect();
    assert!(silent.is_empty(), "docs/api.md does not say what these are: {silent:?}");
}

/// `rate` and `increase` take each fall for a restart, so they are for what only grows; `delta` is for the others.
#[test]
fn rates_are_of_counters() {
    let known = known();
    for file in [DASHBOARD, RULES] {
        let text = text(file);
        for (function, is_of_counters) in [("rate(", true), ("increase(", true), ("delta(", false)] {
            for rest in text.split(function).skip(1) {
                let name = rest.split(['{', '[', ' ']).next().unwrap_or_default();
                let kind = known.get(name).unwrap_or_else(|| panic!("{file}: {function}{name}"));
                assert_eq!(kind == "counter", is_of_counters, "{file}: {function}{name}: {kind}");
            }
        }
    }
}

/// Prometheus' own tool reads the rules, and the questions of the dashboard as rules.
#[test]
fn prometheus_takes_the_rules_and_the_questions() {
    let folder = tempfile::tempdir().expect("a folder");
    let dashboard: Value = serde_json::from_str(&text(DASHBOARD)).expect("JSON");
    let targets = dashboard["panels"].as_array().expect("panels").iter().flat_map(|panel| {
        panel["targets"].as_array().into_iter().flatten().filter_map(|target| target["expr"].as_str())
    });
    // What Grafana puts in the place of its variables.
    let asked = targets.map(|target| target.replace("$__rate_interval", "5m").replace("$instance", "all"));
    let rules: Vec<Value> = asked
        .enumerate()
        .map(|(number, target)| serde_json::json!({"record": format!("panel:{number}"), "expr": target}))
        .collect();
    let questions = folder.path().join("dashboard.yml");
    // JSON is YAML as well.
    let group = serde_json::json!({"groups": [{"name": "dashboard", "rules": rules}]});
    std::fs::write(&questions, group.to_string()).expect("a file");
    for file in [file(RULES), questions] {
        let checked = Command::new("promtool").args(["check", "rules"]).arg(&file).output();
        let checked = checked.expect("promtool, which is part of Prometheus: make tools installs it");
        assert!(checked.status.success(), "{}: {checked:?}", file.display());
    }
}

#[test]
fn panels_have_places_and_questions() {
    let dashboard: Value = serde_json::from_str(&text(DASHBOARD)).expect("JSON");
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
    let rules = text(RULES);
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

/// That a service is dead, does not answer, or that nobody can be told of it, is seen by whoever looks at a server from outside.
#[test]
fn what_is_watched_is_watched_from_outside_too() {
    let watched = ["upto_heartbeats", "upto_pings_total", "upto_alerts_total", "upto_alert_failures_total"];
    for file in [DASHBOARD, RULES] {
        let named = named(&text(file));
        let missing: Vec<_> = watched.iter().filter(|metric| !named.contains(**metric)).collect();
        assert!(missing.is_empty(), "{file} has nothing of {missing:?}");
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
