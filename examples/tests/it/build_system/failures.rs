//! Builds that fail.

use std::process::Command;

use upto_server::timeline::State;

use super::program::{Ran, program, run};
use super::project::Project;
use crate::reader::{Events, Reader, attribute};

fn build(project: &Project, reader: &Reader) -> (Ran, Events) {
    let mut program = program(project.path());
    program.env("UPTO_SERVER", reader.udp()).env("UPTO_URL", reader.url());
    let ran = run(program.args([".", "--", "--offline"]));
    (ran, reader.latest("build"))
}

#[test]
fn a_crate_that_does_not_compile_is_a_failed_event() {
    let (project, reader) = (Project::new(), Reader::new());
    project.write("src/main.rs", "fn main() { let x: u32 = \"not a number\"; }\n");
    let (ran, events) = build(&project, &reader);

    assert_eq!(ran.code, Some(101), "{ran:?}");
    assert!(ran.errors.contains("mismatched types"), "{ran:?}");
    assert!(ran.errors.contains("could not compile `tiny-app`"), "{ran:?}");
    assert!(!ran.errors.contains("--crate-name"), "{ran:?}");
    assert!(ran.output.contains("failed  build.tiny-app.bin tiny-app: exit status: 1"), "{ran:?}");

    let program = events.one("build.tiny-app.bin tiny-app");
    assert_eq!((program.state, &*program.text), (State::Failed, "exit status: 1"));
    assert_eq!(attribute(program, "exit_code"), "1");
    let build = events.one("build");
    assert_eq!((build.state, attribute(build, "exit_code").as_str()), (State::Failed, "101"));
    assert_eq!(events.one("build.tiny-macro.proc_macro").state, State::Done);
    assert_eq!(reader.timelines("build")[0]["state"], "failed");
}

#[test]
fn a_build_script_that_fails_is_a_failed_event() {
    let (project, reader) = (Project::new(), Reader::new());
    project.write("build.rs", "fn main() { eprintln!(\"no luck\"); std::process::exit(3) }\n");
    let (ran, events) = build(&project, &reader);
    assert_eq!(ran.code, Some(101), "{ran:?}");
    assert!(ran.errors.contains("no luck"), "{ran:?}");
    let script = events.one("build.tiny-app.build_script.run");
    assert_eq!((script.state, &*script.text), (State::Failed, "exit status: 3"));
    assert_eq!(events.one("build.tiny-app.build_script.compile").state, State::Done);
    assert!(!events.names().contains(&"build.tiny-app.bin tiny-app"), "{events:?}");
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[test]
fn a_crate_that_does_not_link_is_a_failed_event() {
    let (project, reader) = (Project::new(), Reader::new());
    project.write("build.rs", "fn main() { println!(\"cargo::rustc-link-lib=nowhere_to_be_found\") }\n");
    let (ran, events) = build(&project, &reader);
    assert_eq!(ran.code, Some(101), "{ran:?}");
    assert!(ran.errors.contains("nowhere_to_be_found"), "{ran:?}");
    assert_eq!(events.one("build.tiny-app.bin tiny-app.link").state, State::Failed);
    assert_eq!(events.one("build.tiny-app.bin tiny-app").state, State::Failed);
}

#[test]
fn what_can_not_be_built_is_told_in_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let told = |command: &mut Command| {
        let ran = run(command);
        assert_eq!((ran.code, ran.output.as_str()), (Some(1), ""), "{ran:?}");
        ran.errors
    };
    let errors = told(program(folder.path()).args(["--exit", "."]));
    assert_eq!(errors, "build-system: there is no Cargo.toml in .\n");
    let errors = told(program(folder.path()).args(["--exit", "--", "--message-format=json"]));
    assert!(errors.contains("--message-format"), "{errors}");
    assert!(!folder.path().join("upto-data").exists(), "nothing is begun");
}
