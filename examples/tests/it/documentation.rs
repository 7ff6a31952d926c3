//! The documents: their commands run, and their links lead somewhere.
//!
//! Each block marked `sh` of a page is run by bash, one after the other, in one folder, with a server of the page's own in the
//! place of the one at the usual ports. A block with `<!-- not run: why -->` before it is left out.

mod block;
mod book;
mod links;
mod names;
mod page;

use std::path::{Path, PathBuf};
use std::process::Command;

use self::page::Page;

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// All pages that are for people who use it.
fn pages() -> Vec<PathBuf> {
    let book = std::fs::read_dir(root().join("docs")).expect("a folder");
    let book = book.map(|entry| entry.expect("a file").path());
    let mut pages: Vec<PathBuf> =
        book.filter(|path| path.extension().is_some_and(|kind| kind == "md")).collect();
    let others = [
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "README.md",
        "RELEASING.md",
        "cargo-upto/README.md",
        "examples/README.md",
        "packaging/README.md",
        "upto/README.md",
        "upto-macros/README.md",
        "upto-server/README.md",
        "upto-tracing/README.md",
    ];
    pages.extend(others.map(|page| root().join(page)));
    pages.sort();
    pages
}

/// All pages, those for people who change it too.
fn all_pages() -> Vec<PathBuf> {
    let listed =
        Command::new("git").current_dir(root()).args(["ls-files", "-z", "*.md"]).output().expect("git");
    assert!(listed.status.success(), "{listed:?}");
    let names = String::from_utf8(listed.stdout).expect("text");
    let pages: Vec<PathBuf> =
        names.split_terminator('\0').map(|name| root().join(name)).filter(|page| page.is_file()).collect();
    assert!(pages.len() > 40, "{pages:?}");
    pages
}

#[test]
fn every_command_runs() {
    let mut run = 0;
    for path in pages() {
        let page = Page::read(&path);
        page.blocks.iter().for_each(|block| block.check(&path));
        run += page.run();
    }
    assert!(run >= 20, "only {run} blocks were run");
}

/// What is marked `text` shows what programs print, or what a call looks like: it is not a way around being run.
#[test]
fn commands_are_marked_as_such() {
    for path in all_pages() {
        let text = std::fs::read_to_string(&path).expect("a page");
        for kind in ["bash", "shell", "console"] {
            assert!(!text.contains(&format!("```{kind}\n")), "{}: mark commands with sh", path.display());
        }
        for line in
            text.split("```text\n").skip(1).flat_map(|rest| rest.lines().take_while(|line| *line != "```"))
        {
            assert!(!is_typed(line), "{}: mark commands with sh: {line}", path.display());
        }
    }
}

/// Whether somebody could type a line as it is. What a call looks like has an ARGUMENT or [options].
fn is_typed(line: &str) -> bool {
    let is_place =
        |word: &str| word.len() > 1 && word.chars().all(|character| character.is_ascii_uppercase());
    let is_form = line.contains('[') || line.contains('|') || line.split([' ', '=']).any(is_place);
    let first = line.split(' ').next().unwrap_or_default();
    let programs = ["upto", "upto-server", "cargo", "make", "curl", "docker", "git", "packaging/manuals"];
    programs.contains(&first) && line.contains(' ') && !is_form
}

#[test]
fn what_can_be_typed_is_told_from_what_a_call_looks_like() {
    for line in ["upto show nightly", "cargo deb -p upto-server --no-build", "upto-server token list"] {
        assert!(is_typed(line), "{line}");
    }
    for line in ["upto run [options] -- COMMAND", "upto-server pki issue NAME", "syn.lib   2 min", "upto"] {
        assert!(!is_typed(line), "{line}");
    }
}
