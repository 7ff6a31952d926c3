//! `embed-server` as its users run it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::programs::{Running, quiet};

fn get(address: &str) -> String {
    let mut answer = ureq::get(address).call().expect("an answer");
    answer.body_mut().read_to_string().expect("text")
}

#[test]
fn an_application_shows_its_own_timelines() {
    let mut program =
        quiet(env!("CARGO_BIN_EXE_embed-server")).stdout(Stdio::piped()).spawn().expect("the program");
    let mut lines = BufReader::new(program.stdout.take().expect("its output")).lines();
    let mut running = Running(program);
    let mut address = |word: &str| {
        let line = lines.next().expect("a line").expect("text");
        line.strip_prefix(word).unwrap_or_else(|| panic!("{line}")).trim().to_owned()
    };
    let (page, app) = (address("upto "), address("app "));
    assert!(get(&app).starts_with("0 bytes"));
    let mut done = ureq::post(format!("{app}/work/dishes")).send_empty().expect("an answer");
    assert_eq!(done.body_mut().read_to_string().expect("text"), "dishes done\n");
    assert_eq!(names_when_done(&page), ["work", "work.dishes"]);
    assert!(!get(&app).starts_with("0 bytes"), "they are in the application's store");
    let told = Command::new("kill").args(["-TERM", &running.0.id().to_string()]).status().expect("kill");
    assert!(told.success() && running.0.wait().expect("its end").success());
}

/// The names of its events, once the flusher has sent them and all have ended.
fn names_when_done(page: &str) -> Vec<String> {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    loop {
        let contexts: Value = serde_json::from_str(&get(&format!("{page}/api/contexts"))).expect("JSON");
        if contexts["_embedded"]["item"][0]["state"] == "done" {
            let latest =
                contexts["_embedded"]["item"][0]["_links"]["upto:latest"]["href"].as_str().expect("a link");
            let events: Value = serde_json::from_str(&get(&format!("{page}{latest}/events"))).expect("JSON");
            let items = events["_embedded"]["item"].as_array().expect("a list").clone();
            return items.iter().map(|event| event["name"].as_str().expect("a name").to_owned()).collect();
        }
        assert!(std::time::Instant::now() < deadline, "{contexts}");
        std::thread::yield_now();
    }
}
