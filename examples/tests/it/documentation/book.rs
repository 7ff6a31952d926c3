//! The book, as mdBook would have it made: mdBook itself is not needed for what is tried here.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::root;

/// A chapter with its includes filled in, as mdBook's own preprocessor does.
fn chapter(name: &str) -> Value {
    let docs = root().join("docs");
    let text = fs::read_to_string(docs.join(name)).expect("a chapter");
    let lines = text.lines().map(|line| match line.strip_prefix("{{#include ") {
        None => line.to_owned(),
        Some(include) => {
            let file = include.split([':', '}']).next().expect("a file");
            fs::read_to_string(docs.join(file)).expect("what is included")
        }
    });
    let content: Vec<String> = lines.collect();
    json!({"Chapter": {"name": name, "content": content.join("\n"), "path": name, "sub_items": []}})
}

/// The names of all chapters.
fn names() -> Vec<String> {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("the summary");
    let targets = summary.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    targets.map(str::to_owned).collect()
}

/// The chapters' texts, after the preprocessor.
fn processed() -> Vec<(String, String)> {
    let names = names();
    let chapters: Vec<Value> = names.iter().map(|name| chapter(name)).collect();
    // The last ones are below the first one: those are to be found as well.
    let mut first = chapters[0].clone();
    first["Chapter"]["sub_items"] = Value::Array(chapters[1..].to_vec());
    let context = json!({"root": root(), "config": {"book": {"src": "docs"}}});
    let mut script = Command::new("python3")
        .arg(root().join("packaging/book-links"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3");
    let told = json!([context, {"sections": [first]}]).to_string();
    script.stdin.take().expect("its input").write_all(told.as_bytes()).expect("written");
    let output = script.wait_with_output().expect("its output");
    assert!(output.status.success());
    let book: Value = serde_json::from_slice(&output.stdout).expect("a book");
    let first = &book["sections"][0]["Chapter"];
    let others = first["sub_items"].as_array().expect("the others").iter().map(|item| &item["Chapter"]);
    let text = |chapter: &Value, key: &str| chapter[key].as_str().expect("a text").to_owned();
    std::iter::once(first).chain(others).map(|one| (text(one, "path"), text(one, "content"))).collect()
}

#[test]
fn no_link_leads_out_of_the_book() {
    let docs = root().join("docs");
    for (name, text) in processed() {
        let prose: String = text.split("```").step_by(2).collect();
        for target in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or(target);
            let is_within = file.is_empty() || (!file.contains("..") && docs.join(file).is_file());
            assert!(target.contains("://") || target.contains(' ') || is_within, "{name}: {target}");
        }
    }
}

#[test]
fn links_to_what_a_chapter_includes_lead_to_that_chapter() {
    let pages = processed();
    let text = |name: &str| &pages.iter().find(|(page, _)| page == name).expect("a chapter").1;
    assert!(text("command.md").contains("(wire.md#single-messages)"));
    assert!(text("cargo-upto.md").contains("(examples.md#build-system)"));
    assert!(!text("wire.md").contains("](../") && text("wire.md").contains("This page is upto/WIRE.md"));
    assert!(text("agent.md").contains("is in HANDOVER.md."));
}

/// mdBook starts it where the book's settings are.
#[test]
fn the_book_s_settings_name_the_preprocessor() {
    let settings = fs::read_to_string(root().join("book.toml")).expect("the settings");
    let command = settings.lines().find_map(|line| line.strip_prefix("command = ")).expect("a command");
    let script = command.trim_matches('"').split(' ').next_back().expect("a script");
    assert!(root().join(script).is_file() && Path::new(script).is_relative());
    let supports = Command::new("python3").arg(root().join(script)).args(["supports", "html"]).status();
    assert!(supports.expect("python3").success());
}
