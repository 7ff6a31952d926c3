//! The pipeline as CI systems run it, and as it runs without one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use upto_server::timeline::State;

use crate::programs::{example, output, quiet, told};
use crate::reader::{Reader, attribute};

const STEPS: [&str; 5] = ["build", "lint", "package", "test.integration", "test.unit"];

#[test]
fn all_steps_run_here_as_one_timeline() {
    let reader = Reader::new();
    let said = output(&mut told(&reader, example("ci-pipeline/pipeline")));
    assert!(said.contains("12 tests passed"), "{said}");
    let events = reader.settled("ci-pipeline", STEPS.len());
    assert_eq!(events.names(), STEPS);
    let (unit, integration) = (events.one("test.unit"), events.one("test.integration"));
    assert!(unit.start < integration.end && integration.start < unit.end, "{unit:?} {integration:?}");
    assert!(events.one("build").end <= unit.start && integration.end <= events.one("package").start);
    assert!(reader.timelines("ci-pipeline")[0]["name"].as_str().expect("a name").starts_with("local-"));
}

#[test]
fn jobs_of_a_system_come_to_the_timeline_of_its_run() {
    let reader = Reader::new();
    let job = |step: &[&str]| {
        let mut job = told(&reader, example("ci-pipeline/pipeline"));
        job.env("GITHUB_ACTIONS", "true").env("GITHUB_RUN_ID", "77").env("GITHUB_RUN_ATTEMPT", "2");
        job.env("GITHUB_SERVER_URL", "https://github.example").env("GITHUB_REPOSITORY", "a/b");
        output(job.args(step).env("GITHUB_SHA", "0123abc"));
    };
    // In whatever order they come.
    [&["package"][..], &["test", "unit"], &["lint"]].into_iter().for_each(job);
    let events = reader.settled("ci-pipeline", 3);
    assert_eq!(events.names(), ["lint", "package", "test.unit"]);
    assert!(events.all().iter().all(|event| event.state == State::Done));
    assert_eq!(attribute(events.one("lint"), "commit"), "0123abc");
    let timelines = reader.timelines("ci-pipeline");
    assert_eq!((timelines.len(), &timelines[0]["name"]), (1, &Value::from("77.2")));
}

#[test]
fn a_step_that_fails_fails_the_job_and_is_seen() {
    let reader = Reader::new();
    let mut job = told(&reader, example("ci-pipeline/pipeline"));
    let ran = job.arg("bake").output().expect("the pipeline");
    assert_eq!(ran.status.code(), Some(2), "{ran:?}");
    let events = reader.settled("ci-pipeline", 1);
    assert_eq!(events.one("bake").state, State::Failed);
    assert!(attribute(events.one("bake"), "output").contains("there is no step 'bake'"));
}

/// What can't be told is no reason to fail: neither that nobody is there, nor that a token is wanted.
#[test]
fn a_server_that_is_not_there_fails_no_job() {
    // Bound and closed again: nobody listens there.
    let nobody =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    for server in [("UPTO_URL", format!("http://{nobody}")), ("UPTO_SERVER", nobody.to_string())] {
        let mut pipeline = quiet(example("ci-pipeline/pipeline"));
        let said = output(pipeline.env(server.0, server.1).args(["test", "unit"]));
        assert!(said.contains("12 tests passed"), "{said}");
    }
}

/// Over HTTP, the end of every step is there when its job has ended.
#[test]
fn a_server_s_address_is_enough() {
    let reader = Reader::new();
    let mut pipeline = quiet(example("ci-pipeline/pipeline"));
    output(pipeline.env("UPTO_URL", reader.url()));
    let events = reader.latest("ci-pipeline");
    assert_eq!(events.names(), STEPS);
    assert!(events.all().iter().all(|event| event.state == State::Done), "{events:?}");
}

/// A program with a script in the place of `upto`.
fn with_upto(script: &str, program: &str) -> (TempDir, Command) {
    let folder = tempfile::tempdir().expect("a folder");
    let upto = folder.path().join("upto");
    fs::write(&upto, format!("#!/bin/sh\n{script}\n")).expect("a file");
    fs::set_permissions(&upto, fs::Permissions::from_mode(0o755)).expect("permissions");
    let mut command = quiet(program);
    let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value);
    let known = path.expect("it has one").to_owned();
    let all = std::iter::once(folder.path().to_owned()).chain(std::env::split_paths(&known));
    command.env("PATH", std::env::join_paths(all).expect("folders"));
    (folder, command)
}

#[test]
fn one_of_two_steps_that_run_side_by_side_ends_it() {
    for failing in ["test.unit", "test.integration"] {
        let script = format!("case \"$*\" in *\"--event {failing} \"*) exit 3 ;; esac; echo \"$*\"");
        let program = example("ci-pipeline/pipeline").display().to_string();
        let (_folder, mut pipeline) = with_upto(&script, &program);
        let ran = pipeline.output().expect("the pipeline");
        assert!(!ran.status.success(), "{failing}: {ran:?}");
        assert!(!String::from_utf8_lossy(&ran.stdout).contains("--event package "), "{failing}: {ran:?}");
    }
}

fn of_system(file: &str) -> String {
    fs::read_to_string(example("ci-pipeline").join(file)).expect("a file")
}

/// A run that took too long fails the job. That it can't be known does not, and where there is no server, nobody is asked.
#[test]
fn the_gate_fails_what_took_too_long_and_nothing_else() {
    for file in ["github-actions.yml", "gitlab-ci.yml"] {
        let text = of_system(file);
        let line = text.lines().find(|line| line.contains("upto gate ")).expect("a gate");
        let line = line.trim().trim_start_matches("- ").trim_start_matches("run: ");
        let judged = |code: u8, url: &str| {
            let (_folder, mut bash) = with_upto(&format!("exit {code}"), "bash");
            // As both systems run a line.
            bash.args(["-eo", "pipefail", "-c", line]).env("UPTO_URL", url);
            bash.status().expect("bash").success()
        };
        for (code, is_well) in [(0, true), (1, true), (2, false)] {
            assert_eq!(judged(code, "https://upto.example"), is_well, "{file}: {code}");
        }
        let is_asked = text.contains("- if: env.UPTO_URL != ''\n");
        assert!(is_asked || judged(2, ""), "{file}: it is asked where there is no server");
    }
}

/// Each job installs the command before it is called, and nothing is sent that is neither encrypted nor authenticated.
#[test]
fn the_files_of_the_systems_install_upto_and_show_a_token() {
    let github = of_system("github-actions.yml");
    for job in github.split("runs-on: ").skip(1) {
        let (before, _) = job.split_once("./pipeline ").expect("a step");
        assert!(
            before.contains("cargo install --locked --git ") && before.contains("actions/cache"),
            "{job}"
        );
    }
    let gitlab = of_system("gitlab-ci.yml");
    let (before, _) = gitlab.split_once("./pipeline ").expect("a step");
    assert!(before.contains("cargo install --locked ") && before.contains("cache: "), "{gitlab}");
    for text in [github, gitlab] {
        assert!(text.contains("UPTO_TOKEN") && text.contains("https://") && !text.contains("UPTO_SERVER"));
    }
}

/// The files of the two systems name steps that there are, and all of them.
#[test]
fn the_files_of_the_systems_run_every_step() {
    let github = of_system("github-actions.yml");
    let github = github.replace("${{ matrix.kind }}", "unit\n./pipeline test integration");
    for text in [github, of_system("gitlab-ci.yml")] {
        let mut steps: Vec<String> = text.split("./pipeline ").skip(1).map(step).collect();
        steps.sort_unstable();
        assert_eq!(steps, STEPS);
    }
}

fn step(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().replace(' ', ".")
}
