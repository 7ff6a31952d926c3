//! `embed-server` as its users run it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::programs::{Running, quiet};

/// Only ends a test that fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn get(address: &str) -> String {
    let mut answer = ureq::get(address).call().expect("an answer");
    answer.body_mut().read_to_string().expect("text")
}

#[test]
fn an_application_shows_its_own_timelines_and_how_it_is() {
    let mut program =
        quiet(env!("CARGO_BIN_EXE_embed-server")).stdout(Stdio::piped()).spawn().expect("the program");
    let mut lines = BufReader::new(program.stdout.take().expect("its output")).lines();
    let mut running = Running(program);
    let mut address = |word: &str| {
        let line = lines.next().expect("a line").expect("text");
        line.strip_prefix(word).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
    };
    let (page, app) = (address("upto "), address("app "));
    assert!(!get(&app).contains("marks: "));
    let mut done = ureq::post(format!("{app}/work/dishes")).send_empty().expect("an answer");
    assert_eq!(done.body_mut().read_to_string().expect("text"), "dishes done\n");
    assert_eq!(names_when_done(&page), ["work", "work.dishes"]);
    // What can be seen is stored some milliseconds later.
    until("they are in the application's store", || get(&app).contains("marks: ").then_some(()));
    until("the connector tells of it", || {
        let cluster: Value = serde_json::from_str(&get(&format!("{page}/api/clusters/application"))).ok()?;
        let figures = &cluster["latest"]["figures"];
        (figures["done"] == 1.0 && figures["in_work"] == 0.0 && cluster["state"] == "up").then_some(())
    });
    until("the check tells of it", || {
        let checks: Value = serde_json::from_str(&get(&format!("{page}/api/fleet/checks"))).ok()?;
        let checks = checks["_embedded"]["item"].as_array()?;
        let check = checks.iter().find(|check| check["name"] == "work_done")?;
        (check["unit"] == "works" && check["spread"]["max"] == 1.0).then_some(())
    });
    let told = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().expect("kill");
    assert!(told.success() && running.0.wait().expect("its end").success());
}

/// The names of its events, once the flusher has sent them and all have ended.
fn names_when_done(page: &str) -> Vec<String> {
    until("done", || {
        let contexts: Value = serde_json::from_str(&get(&format!("{page}/api/contexts"))).expect("JSON");
        let context = &contexts["_embedded"]["item"][0];
        let latest =
            context["_links"]["upto:latest"]["href"].as_str().filter(|_| context["state"] == "done")?;
        let events: Value = serde_json::from_str(&get(&format!("{page}{latest}/events"))).expect("JSON");
        let items = events["_embedded"]["item"].as_array().expect("a list").iter();
        Some(items.map(|event| event["name"].as_str().expect("a name").to_owned()).collect())
    })
}

/// Asks until there is an answer.
fn until<T>(what: &str, ask: impl Fn() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "{what}: not within {PATIENCE:?}");
        std::thread::yield_now();
    }
}
