//! The book's way from the text about the examples to the examples themselves.

use std::fs::File;
use std::process::Command;

use serde_json::{Value, json};

use super::{file, text};
use crate::programs::output;

/// The examples that their README links to: files, and folders of them.
fn linked() -> Vec<String> {
    let readme = text("examples/README.md");
    let targets = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let is_example =
        |target: &&str| !target.contains("..") && !target.contains("://") && !target.contains('#');
    let linked: Vec<String> = targets.filter(is_example).map(str::to_owned).collect();
    assert!(linked.len() > 10, "{linked:?}");
    linked
}

/// What the preprocessor makes of the chapter about the examples.
fn chapter() -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let chapter = |path: &str, content: &str| {
        let chapter = json!({"name": path, "path": path, "content": content, "sub_items": []});
        json!({ "Chapter": chapter })
    };
    let examples = chapter("examples.md", &text("examples/README.md"));
    let book = json!({"sections": [examples, chapter("example-sources.md", "")]});
    let root = file("").canonicalize().expect("the repository");
    let context = json!({"root": root, "config": {"book": {"src": "docs"}}});
    let told = folder.path().join("told.json");
    std::fs::write(&told, json!([context, book]).to_string()).expect("a file");
    let told = File::open(told).expect("a file");
    let made = output(Command::new("python3").arg(file("packaging/book-links")).stdin(told));
    let made: Value = serde_json::from_str(&made).expect("a book");
    made["sections"][0]["Chapter"]["content"].as_str().expect("a text").to_owned()
}

#[test]
fn every_example_that_is_named_can_be_read_in_the_book() {
    let (sources, chapter) = (text("docs/example-sources.md"), chapter());
    for example in linked() {
        assert!(sources.contains(&format!("{{{{#include ../examples/{example}")), "{example}");
    }
    let count = chapter.matches("](example-sources.md#").count();
    assert_eq!(count, linked().len(), "{chapter}");
    assert!(chapter.contains("[make](example-sources.md#makemakefile)"), "{chapter}");
    // A folder leads to the first file of it.
    assert!(chapter.contains("(example-sources.md#other-languagessenderpy)"), "{chapter}");
}
