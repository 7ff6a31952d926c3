//! Manual pages and completions, as the programs write them, and the Debian package that has them.

use std::process::Command;

use super::{file, text};
use crate::programs::{upto, upto_server};

/// The manuals, in a folder.
fn manuals() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let programs = folder.path().join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    for (name, program) in [("upto", upto()), ("upto-server", upto_server())] {
        std::os::unix::fs::symlink(program, programs.join(name)).expect("a link");
    }
    let out = folder.path().join("out");
    let made = Command::new(file("packaging/manuals")).arg(&programs).arg(&out).output().expect("the script");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    folder
}

#[test]
fn the_programs_describe_themselves() {
    let folder = manuals();
    let read = |name: &str| std::fs::read_to_string(folder.path().join("out").join(name)).expect("a file");
    for (page, word) in [("upto.1", "upto-run"), ("upto-run.1", "output"), ("upto-server.1", "retain")] {
        let page = read(page);
        assert!(page.contains(".TH ") && page.replace('\\', "").contains(word), "{page}");
    }
    for (script, word) in
        [("upto-server.bash", "complete "), ("_upto", "#compdef upto"), ("upto.fish", "complete -c upto")]
    {
        assert!(read(script).contains(word), "{script}");
    }
}

/// The pages that a page leads to: those of commands, `upto-run(1)`.
fn named(page: &str) -> Vec<String> {
    let plain = page.replace('\\', "");
    let words = plain.split(|character: char| character.is_whitespace() || character == ',');
    let pages = words.filter_map(|word| word.strip_suffix("(1)")).filter(|name| name.starts_with("upto"));
    pages.map(str::to_owned).collect()
}

#[test]
fn every_page_that_a_page_names_is_made() {
    let folder = manuals();
    let out = folder.path().join("out");
    let (mut left, mut seen) = (vec!["upto".to_owned(), "upto-server".to_owned()], Vec::new());
    while let Some(name) = left.pop() {
        let page = std::fs::read_to_string(out.join(format!("{name}.1")));
        let page = page.unwrap_or_else(|error| panic!("{name}(1): {error}"));
        assert!(page.replace('\\', "").contains(&format!(".TH {name} ")), "{name}: {page}");
        left.extend(named(&page).into_iter().filter(|named| *named != name));
        seen.push(name);
    }
    for name in ["upto-pulse", "upto-clusters", "upto-critical-path", "upto-server-store-check"] {
        assert!(seen.iter().any(|seen| seen == name), "{name}: {seen:?}");
    }
}

#[test]
fn every_file_of_the_debian_package_is_there_or_made() {
    let folder = manuals();
    let manifest = text("upto-server/Cargo.toml");
    let section =
        manifest.split("assets = [").nth(1).and_then(|rest| rest.split("\n]").next()).expect("the files");
    let sources: Vec<&str> = section.lines().filter_map(|line| line.split('"').nth(1)).collect();
    assert!(sources.len() > 10, "{sources:?}");
    for source in sources {
        let made = |name: &str| folder.path().join("out").join(name).is_file();
        match source.strip_prefix("../target/manuals/") {
            Some("*.1") => assert!(made("upto.1") && made("upto-server.1")),
            Some(name) => assert!(made(name), "{source}"),
            // The programs, which a release build makes.
            None if source.starts_with("target/release/") => {}
            None => assert!(file("upto-server").join(source).is_file(), "{source}"),
        }
    }
}
