//! The crates as they are published.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::{file, text};

/// What may lie in a package: sources, what they include, and what tells of them.
const KINDS: [&str; 13] =
    ["rs", "toml", "md", "lock", "orig", "json", "html", "css", "js", "svg", "lua", "block", "proto"];

/// The files of a package.
fn files(package: &Path) -> BTreeSet<String> {
    let listed = Command::new("tar").arg("-tzf").arg(package).output().expect("tar");
    assert!(listed.status.success(), "{listed:?}");
    let names = String::from_utf8(listed.stdout).expect("text");
    names.lines().filter_map(|name| Some(name.split_once('/')?.1.to_owned())).collect()
}

/// A file of a package.
fn content(package: &Path, name: &str) -> String {
    let folder = package.file_stem().expect("a name").to_string_lossy().into_owned();
    let read =
        Command::new("tar").arg("-xzOf").arg(package).arg(format!("{folder}/{name}")).output().expect("tar");
    String::from_utf8(read.stdout).expect("text")
}

#[test]
fn all_crates_can_be_packed_under_the_names_that_are_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    let packed = Command::new(file("packaging/package")).arg(folder.path()).output().expect("the script");
    assert!(packed.status.success(), "{}", String::from_utf8_lossy(&packed.stderr));
    let names = ["cargo-upto", "upto-macros", "upto-sdk", "upto-server", "upto-tracing"];
    for name in names {
        let package = folder.path().join(format!("{name}-{}.crate", env!("CARGO_PKG_VERSION")));
        let files = files(&package);
        for needed in ["Cargo.toml", "README.md", "LICENSE"] {
            assert!(files.contains(needed), "{name} has no {needed}: {files:?}");
        }
        let strays: Vec<_> = files.iter().filter(|file| is_stray(file)).collect();
        assert!(strays.is_empty(), "{name}: {strays:?}");
        assert_described(name, &content(&package, "Cargo.toml"));
        assert_leads_somewhere(name, &content(&package, "README.md"));
    }
    let sdk = folder.path().join(format!("upto-sdk-{}.crate", env!("CARGO_PKG_VERSION")));
    let manifest = content(&sdk, "Cargo.toml");
    assert!(manifest.contains("[lib]\nname = \"upto\""), "the library keeps its name: {manifest}");
    assert!(manifest.contains("[[bin]]\nname = \"upto\""), "{manifest}");
}

fn is_stray(file: &str) -> bool {
    let kind =
        Path::new(file).extension().map(|kind| kind.to_string_lossy().into_owned()).unwrap_or_default();
    let is_known = KINDS.contains(&kind.as_str()) || file.contains("LICENSE");
    // What a test wrote, what a browser's test needs, what is only measured.
    let is_within = ["target/", "browser/", "bench/", "benches/", "fuzz/", "loom/", "neighbours/", "tests/"]
        .iter()
        .any(|folder| file.starts_with(folder));
    !is_known || is_within
}

fn assert_described(name: &str, manifest: &str) {
    for key in ["description", "license = \"MIT\"", "categories", "keywords", "rust-version", "readme"] {
        assert!(manifest.contains(key), "{name} does not say its {key}: {manifest}");
    }
    assert!(!manifest.contains("path = \"../"), "{name} points out of its package: {manifest}");
}

/// On crates.io, nothing of the repository lies beside a page.
fn assert_leads_somewhere(name: &str, page: &str) {
    let prose: String = page.split("```").step_by(2).collect();
    for target in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(target.contains("://") || target.starts_with('#'), "{name}: {target}");
    }
}

/// What would have somebody fetch the crate of another.
const ELSEWHERE: [&str; 7] = [
    "cargo add upto ",
    "cargo add upto`",
    "cargo install upto ",
    "cargo install upto`",
    "upto = \"0",
    "docs.rs/upto/",
    "crates.io/crates/upto)",
];

/// In lines of one space each: where they break means nothing.
fn assert_sends_nobody_elsewhere(place: &str, text: &str, wrong: &[&str]) {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = format!("{} ", words.join(" "));
    let found = wrong.iter().find(|words| text.contains(**words));
    assert_eq!(found, None, "{place}");
}

#[test]
fn no_text_sends_a_reader_to_the_crate_of_another() {
    let listed = Command::new("git").current_dir(file("")).args(["ls-files", "*.md"]).output().expect("git");
    let names = String::from_utf8(listed.stdout).expect("text");
    let pages: Vec<&str> = names.lines().filter(|page| file(page).is_file()).collect();
    assert!(pages.len() > 40, "{pages:?}");
    for page in pages {
        assert_sends_nobody_elsewhere(page, &text(page), &ELSEWHERE);
    }
}

/// There, whoever reads of a crate `upto` looks for it where this text is.
#[test]
fn what_is_read_on_the_registry_says_which_upto_is_meant() {
    for name in ["cargo-upto", "upto", "upto-macros", "upto-server", "upto-tracing"] {
        let manifest = text(&format!("{name}/Cargo.toml"));
        let described =
            manifest.lines().find(|line| line.starts_with("description = ")).expect("a description");
        let readme = text(&format!("{name}/README.md"));
        for (place, told) in [("its description", described), ("its README", readme.as_str())] {
            let place = format!("{name}, {place}");
            assert_sends_nobody_elsewhere(&place, told, &ELSEWHERE);
            assert_sends_nobody_elsewhere(&place, told, &["the crate upto", "the crate `upto`"]);
        }
    }
}
