//! What is packed and shipped: crates, units, containers, monitoring, manuals, the book.

mod book;
mod containers;
mod crates;
mod manuals;
mod monitoring;
mod newcomer;
mod units;
mod workflows;

use std::path::{Path, PathBuf};

/// A file of the repository.
fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(file(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
