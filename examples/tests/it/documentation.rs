//! The documents: their commands run, and their links lead somewhere.
//!
//! Each block marked `sh` of a page is run by bash, one after the other, in one folder, with a server of the page's own in the
//! place of the one at the usual ports. A block with `<!-- not run: why -->` before it is left out.

mod block;
mod links;
mod page;

use std::path::{Path, PathBuf};

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

#[test]
fn every_command_runs() {
    let mut run = 0;
    for path in pages() {
        let page = Page::read(&path);
        page.blocks.iter().for_each(|block| block.check(&path));
        run += page.run();
    }
    assert!(run >= 15, "only {run} blocks were run");
}

/// What is marked `text` shows what programs print, or what a call looks like: it is not a way around being run.
#[test]
fn commands_are_marked_as_such() {
    for path in pages() {
        let text = std::fs::read_to_string(&path).expect("a page");
        for kind in ["bash", "shell", "console"] {
            assert!(!text.contains(&format!("```{kind}\n")), "{}: mark commands with sh", path.display());
        }
    }
}
