//! Builds that succeed.

use upto_server::timeline::{Event, State, path};

use super::program::{program, run};
use super::project::Project;
use crate::reader::{Events, Reader, attribute};

/// Everything that happens in a build of the project, in the order of names.
const NAMES: [&str; 8] = [
    "build",
    "build.tiny-app.bin tiny-app",
    "build.tiny-app.bin tiny-app.link",
    "build.tiny-app.build_script.compile",
    "build.tiny-app.build_script.compile.link",
    "build.tiny-app.build_script.run",
    "build.tiny-macro.proc_macro",
    "build.tiny-macro.proc_macro.link",
];

fn assert_nested(events: &Events) {
    for event in events.all() {
        for dot in path::separators(&event.name) {
            let ancestor = events.all().iter().find(|ancestor| *ancestor.name == event.name[..dot]);
            if let Some(ancestor) = ancestor {
                assert!(
                    ancestor.start <= event.start && event.end <= ancestor.end,
                    "{event:?}\n{ancestor:?}"
                );
            }
        }
    }
}

fn assert_well(event: &Event) {
    assert_eq!(event.state, State::Done, "{event:?}");
    assert!(event.start.is_some() && event.end.is_some() && !event.host.is_empty(), "{event:?}");
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn two_builds_are_kept_and_compared() {
    let (project, folder) = (Project::new(), tempfile::tempdir().expect("a folder"));
    let build = || run(program(folder.path()).arg("--exit").arg(project.path()).args(["--", "--offline"]));

    let first = build();
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.output.contains("this is the first build of this context"), "{first:?}");
    assert!(first.output.contains("tiny-macro.proc_macro"), "{first:?}");
    assert!(first.output.contains("/#context=build&timeline="), "{first:?}");
    assert!(!first.errors.contains("Running"), "{first:?}");

    let second = build();
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(second.output.contains("\ncompared with "), "{second:?}");
    let is_told = ["\nslower ", "\nfaster "].iter().any(|section| second.output.contains(section));
    assert!(is_told && second.output.contains("0 new, 0 gone"), "{second:?}");

    let reader = Reader::of(&folder.path().join("upto-data"));
    let timelines = reader.timelines("build");
    assert_eq!(timelines.len(), 2);
    for timeline in &timelines {
        assert_eq!((&timeline["state"], &timeline["loss"]["packets"]), (&"done".into(), &0.into()));
        let events = reader.events(timeline);
        assert_eq!(events.names(), NAMES);
        events.all().iter().for_each(assert_well);
        assert_nested(&events);
        assert_described(&events);
    }
}

/// The crates say what they are, and the script runs after it was compiled and before it is needed.
fn assert_described(events: &Events) {
    let program = events.one("build.tiny-app.bin tiny-app");
    let described = ["version", "crate", "edition", "opt_level"].map(|key| attribute(program, key));
    assert_eq!(described, ["0.3.0", "tiny_app", "2021", "0"]);
    assert_eq!(attribute(events.one("build.tiny-app.bin tiny-app.link"), "linker"), "cc");
    assert_eq!(attribute(events.one("build"), "command"), "cargo build --offline");
    assert_eq!(attribute(events.one("build"), "packages"), "2");
    let (compiled, ran) =
        (events.one("build.tiny-app.build_script.compile"), events.one("build.tiny-app.build_script.run"));
    assert!(compiled.end <= ran.start && ran.end <= program.start, "{events:?}");
}

#[test]
fn a_folder_that_is_used_again_has_nothing_to_compile() {
    let (project, folder, reader) = (Project::new(), tempfile::tempdir().expect("a folder"), Reader::new());
    let build = || {
        let mut program = program(folder.path());
        program.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", reader.url());
        let ran = run(program
            .arg(project.file("Cargo.toml"))
            .args(["--", "--offline", "--target-dir"])
            .arg(folder.path()));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        ran
    };
    build();
    assert!(reader.latest("build").all().len() > 1);
    let second = build();
    assert_eq!(reader.latest("build").names(), ["build"]);
    assert!(second.output.contains(" gone ("), "{second:?}");
}

#[test]
fn everything_can_be_told_where_it_belongs() {
    let (project, reader) = (Project::new(), Reader::new());
    let ran = run(program(project.path())
        .env("UPTO_SERVER", reader.udp())
        .env("UPTO_URL", reader.url())
        .env("UPTO_TIMELINE", "1234")
        .env("UPTO_HOST", "ci-01")
        .env("UPTO_PARENT", "nightly.all")
        .args(["--context", "ci/nightly", ".", "--", "--offline", "-p", "tiny-macro", "--release"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.output.ends_with("/#context=ci/nightly&timeline=1234\n"), "{ran:?}");
    let timelines = reader.timelines("ci%2Fnightly");
    assert_eq!((timelines.len(), &timelines[0]["name"]), (1, &"1234".into()));
    let events = reader.events(&timelines[0]);
    assert!(events.all().iter().all(|event| &*event.host == "ci-01"), "{events:?}");
    assert_eq!(attribute(events.one("nightly.all.build.tiny-macro.proc_macro"), "opt_level"), "3");
    assert_eq!(events.one("nightly.all.build").state, State::Done);
    // It does not end up in the server in between, as it would if anything waited for Ctrl-C.
    assert!(!ran.output.contains("serving"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn the_users_own_wrapper_is_still_used() {
    use std::os::unix::fs::PermissionsExt;

    let (project, reader) = (Project::new(), Reader::new());
    let (wrapper, calls) = (project.file("wrapper"), project.file("calls"));
    project.write("wrapper", &format!("#!/bin/sh\necho \"$@\" >> '{}'\nexec \"$@\"\n", calls.display()));
    std::fs::set_permissions(&wrapper, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut program = program(project.path());
    program.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", reader.url()).env("RUSTC_WRAPPER", &wrapper);
    let ran = run(program.args([".", "--", "--offline"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let calls = std::fs::read_to_string(calls).expect("calls");
    assert!(calls.contains("-vV") && calls.contains("--crate-name tiny_macro"), "{calls}");
    reader.latest("build").one("build.tiny-macro.proc_macro");
}

#[test]
fn a_build_script_that_was_not_seen_to_start_has_no_duration() {
    let (project, reader) = (Project::new(), Reader::new());
    let mut program = program(project.path());
    program.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", reader.url());
    // Cargo does not say then when it starts a program.
    let ran = run(program.args([".", "--", "--offline", "--quiet"]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let events = reader.latest("build");
    let script = events.one("build.tiny-app.build_script.run");
    assert_eq!((script.state, script.start), (State::UnknownStart, None));
    assert_eq!(script.host, events.one("build").host);
    assert!(ran.output.contains("start unknown  build.tiny-app.build_script.run"), "{ran:?}");
}
