//! The pipeline as CI systems run it, and as it runs without one.

use serde_json::Value;
use upto_server::timeline::State;

use crate::programs::{example, output, told};
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

/// The files of the two systems name steps that there are, and all of them.
#[test]
fn the_files_of_the_systems_run_every_step() {
    let github = std::fs::read_to_string(example("ci-pipeline/github-actions.yml")).expect("a file");
    let github = github.replace("${{ matrix.kind }}", "unit\n./pipeline test integration");
    let gitlab = std::fs::read_to_string(example("ci-pipeline/gitlab-ci.yml")).expect("a file");
    for text in [github, gitlab] {
        let mut steps: Vec<String> = text.split("./pipeline ").skip(1).map(step).collect();
        steps.sort_unstable();
        assert_eq!(steps, STEPS);
    }
}

fn step(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().replace(' ', ".")
}
