//! What those who carry on the work run: the goals of the Makefile, and what runs them elsewhere.

use std::process::Command;

use super::{file, text};
use crate::programs::output;

/// The Makefile's goals, as it declares them.
fn goals() -> Vec<String> {
    let makefile = text("Makefile");
    let line = makefile.lines().find_map(|line| line.strip_prefix(".PHONY: ")).expect("the goals");
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn every_goal_has_help() {
    let help = output(Command::new("make").arg("--no-print-directory").arg("help").current_dir(file("")));
    let listed: Vec<&str> = help.lines().filter_map(|line| line.split(' ').next()).collect();
    for goal in goals() {
        assert!(listed.contains(&goal.as_str()), "make help does not list {goal}:\n{help}");
    }
    assert!(
        help.lines().all(|line| line.split_once(' ').is_some_and(|(_, text)| !text.trim().is_empty())),
        "{help}"
    );
}

/// One script says what lands a change. GitHub's workflow calls it, and goals and scripts that are there.
#[test]
fn the_workflow_runs_what_lands_a_change() {
    let script = "import sys, yaml; jobs = yaml.safe_load(sys.stdin)['jobs']; \
                  [print(step['run']) for job in jobs.values() for step in job['steps'] if 'run' in step]";
    let workflow = std::fs::File::open(file(".github/workflows/ci.yml")).expect("the workflow");
    let runs = output(Command::new("python3").args(["-c", script]).stdin(workflow));
    assert!(runs.lines().any(|line| line == ".ci/run"), "{runs}");
    for line in runs.lines() {
        let (program, arguments) = line.split_once(' ').unwrap_or((line, ""));
        match program {
            "make" => assert!(goals().iter().any(|goal| goal == arguments), "{line}"),
            program if program.contains('/') => assert!(file(program).is_file(), "{line}"),
            program => assert!(["cargo", "rustup"].contains(&program), "{line}"),
        }
    }
    for goal in ["make lint", "make test"] {
        assert!(text(".ci/run").lines().any(|line| line == goal), "{goal}");
    }
}
