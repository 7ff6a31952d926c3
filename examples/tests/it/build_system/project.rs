//! A small workspace to build: a program with a build script, and a procedural macro that it uses. It has no
//! other dependencies, so that it builds anywhere and soon.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

pub(super) struct Project(TempDir);

const MANIFEST: &str = "\
[package]
name = \"tiny-app\"
version = \"0.3.0\"
edition = \"2021\"
[dependencies]
tiny-macro = { path = \"macro\" }
[workspace]
members = [\"macro\"]
";
const MACRO_MANIFEST: &str = "\
[package]
name = \"tiny-macro\"
version = \"0.1.0\"
edition = \"2021\"
[lib]
proc-macro = true
";
const MACRO: &str = "\
#[proc_macro]
pub fn same(tokens: proc_macro::TokenStream) -> proc_macro::TokenStream { tokens }
";
const PROGRAM: &str = "fn main() { tiny_macro::same!(println!(\"hello\")) }\n";

impl Project {
    pub(super) fn new() -> Self {
        let project = Project(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(project.path().join("src")).expect("a folder");
        fs::create_dir_all(project.path().join("macro/src")).expect("a folder");
        project.write("Cargo.toml", MANIFEST);
        project.write("macro/Cargo.toml", MACRO_MANIFEST);
        project.write("macro/src/lib.rs", MACRO);
        project.write("src/main.rs", PROGRAM);
        project.write("build.rs", "fn main() {}\n");
        project
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        fs::write(self.file(file), text).expect("a file");
    }
}
