//! Builds, and what they are compared with.

use std::path::Path;

use crate::program::{Ran, run, upto};
use crate::project::Project;
use crate::reader::Reader;

/// How much longer a build script takes, in milliseconds: more than builds of so little differ by themselves.
const DELAY: u64 = 4_000;

/// A build of everything, in a folder of its own.
fn build(project: &Project, data: &Path) -> Ran {
    let target = tempfile::tempdir().expect("a folder");
    let mut command = upto(project.path(), data);
    let ran = run(command.args(["build", "--offline", "--target-dir"]).arg(target.path()));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    ran
}

#[test]
fn a_build_that_takes_longer_is_told_why() {
    let (project, data) = (Project::new(), tempfile::tempdir().expect("a folder"));
    let first = build(&project, data.path());
    assert!(first.output.contains("the first run with just these"), "{first:?}");
    assert!(first.output.contains("bin tiny-app.link"), "{first:?}");
    project.write(
        "build.rs",
        &format!("fn main() {{ std::thread::sleep(std::time::Duration::from_millis({DELAY})) }}\n"),
    );
    let second = build(&project, data.path());
    assert!(second.output.contains("slower than the last run that did the same (+"), "{second:?}");
    let cause = second.output.lines().find(|line| line.contains("tiny-app.build_script.run grew"));
    assert!(cause.is_some_and(|cause| cause.trim_start().starts_with('+')), "{second:?}");

    let mut listing = upto(project.path(), data.path());
    let listed = run(listing.arg("history"));
    let lines: Vec<&str> = listed.output.lines().collect();
    assert_eq!((listed.code, lines.len()), (Some(0), 2), "{listed:?}");
    assert!(lines.iter().all(|line| line.contains("  done ")), "{listed:?}");
}

#[test]
fn only_builds_that_did_the_same_are_compared() {
    let (project, data) = (Project::new(), tempfile::tempdir().expect("a folder"));
    build(&project, data.path());
    let target = tempfile::tempdir().expect("a folder");
    let again = || {
        let mut command = upto(project.path(), data.path());
        run(command.args(["build", "--offline", "--target-dir"]).arg(target.path()))
    };
    assert!(again().output.contains("the last run that did the same"));
    // What is there already is not compiled.
    let fresh = again();
    assert!(
        fresh.output.contains("there was nothing to compile") || fresh.output.contains("did the same"),
        "{fresh:?}"
    );
    assert!(!fresh.output.contains("slower"), "{fresh:?}");
}

#[test]
fn a_library_has_two_halves() {
    let (project, reader) = (Project::new(), Reader::new());
    project.write("src/lib.rs", "pub fn answer() -> u32 { 42 }\n");
    let data = tempfile::tempdir().expect("a folder");
    let mut command = upto(project.path(), data.path());
    command.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", reader.url());
    let ran = run(command.args(["--context", "halves", "build", "--offline", "--lib"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = reader.settled("halves", 3);
    let [whole, frontend, codegen] =
        ["", ".frontend", ".codegen"].map(|half| events.one(&format!("build.tiny-app.lib{half}")));
    assert!(
        frontend.end <= codegen.start && whole.start <= frontend.start && codegen.end <= whole.end,
        "{events:?}"
    );
    assert!(ran.output.contains("/#context=halves&timeline="), "{ran:?}");
    assert_eq!(
        std::fs::read_dir(data.path()).expect("a folder").count(),
        0,
        "no server of its own was needed"
    );
}

#[test]
fn what_fails_fails_with_cargos_exit_code_and_is_not_compared() {
    let (project, data) = (Project::new(), tempfile::tempdir().expect("a folder"));
    project.write("src/main.rs", "fn main() { let a: u32 = \"text\"; }\n");
    let mut command = upto(project.path(), data.path());
    let ran = run(command.args(["check", "--offline"]));
    assert_eq!(ran.code, Some(101), "{ran:?}");
    assert!(ran.errors.contains("mismatched types"), "{ran:?}");
    assert!(ran.output.contains("failed  check.tiny-app.bin tiny-app"), "{ran:?}");
    assert!(!ran.output.contains("did the same") && !ran.output.contains("first run"), "{ran:?}");
}

#[test]
fn where_there_is_no_workspace_that_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = run(upto(folder.path(), &folder.path().join("data")).arg("build"));
    assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""), "{ran:?}");
    assert!(ran.errors.starts_with("cargo upto: there is no Cargo.toml in "), "{ran:?}");
}

#[test]
fn before_the_first_run_the_history_says_how_to_begin() {
    let (project, data) = (Project::new(), tempfile::tempdir().expect("a folder"));
    let ran = run(upto(project.path(), data.path()).args(["history", "test"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.output.ends_with(" test yet: try `cargo upto test`\n"), "{ran:?}");
}
