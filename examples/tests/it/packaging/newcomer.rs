//! What measures how long a newcomer takes: all of it but compiling, which `make newcomer` does.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::{file, text};
use crate::programs::{output, quiet, upto, upto_server};

/// In the place of cargo: what it would build is there already.
const CARGO: &str = r#"#!/bin/sh
set -eu
[ "$1" = build ]
mkdir -p "$CARGO_TARGET_DIR/debug"
ln -s "$BUILT_UPTO" "$CARGO_TARGET_DIR/debug/upto"
ln -s "$BUILT_SERVER" "$CARGO_TARGET_DIR/debug/upto-server"
"#;

#[test]
fn a_newcomer_sees_a_first_timeline() {
    let tools = tempfile::tempdir().expect("a folder");
    let cargo = tools.path().join("cargo");
    fs::write(&cargo, CARGO).expect("a file");
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut script = quiet(file("packaging/newcomer"));
    let path = script.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value);
    let path = path.expect("it has one").to_owned();
    let all = std::iter::once(tools.path().to_owned()).chain(std::env::split_paths(&path));
    script.env("PATH", std::env::join_paths(all).expect("folders"));
    // What somebody has set for their own server is not in the way.
    script.env("UPTO", "off").env("UPTO_CONTEXT", "another");
    script.env("BUILT_UPTO", upto()).env("BUILT_SERVER", upto_server());
    let said = output(&mut script);
    assert!(said.lines().any(|line| line.starts_with("hello ")), "{said}");
    let last = said.lines().last().expect("a line");
    assert!(
        last.starts_with("clean checkout to first timeline: ") && last.contains(" s to build, on "),
        "{said}"
    );
}

/// The script writes between these, and the commands that it runs are those that the first chapter has.
#[test]
fn the_readme_has_a_place_for_the_time_and_the_chapter_has_the_same_commands() {
    let readme = text("README.md");
    assert!(
        readme
            .lines()
            .any(|line| line.contains("<!-- newcomer: begin -->") && line.contains("<!-- newcomer: end -->"))
    );
    let build = "cargo build --locked -p upto-server -p upto --features upto/cli --bins";
    for page in ["README.md", "docs/first-ten-minutes.md"] {
        assert!(text(page).contains(build), "{page}");
    }
    assert!(text("packaging/newcomer").replace("--quiet ", "").contains(build));
}
