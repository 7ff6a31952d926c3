//! The deployment, over hosts that a script stands for.

use std::process::Command;

use upto_server::timeline::State;

use crate::programs::{example, told};
use crate::reader::Reader;

/// The deployment with the hosts that the example has, as the text on top of it says.
fn deploy(reader: &Reader, hosts: &[&str]) -> Command {
    let mut deploy = told(reader, example("deploy/deploy"));
    deploy.current_dir(example("deploy")).env("REMOTE", "fakes/ssh").env("STEPS", "fakes/deploy-step");
    deploy.arg("1.4.2").args(hosts);
    deploy
}

/// What a reader is told to type is what is tried here.
#[test]
fn the_text_on_top_says_how_to_run_it_without_hosts() {
    let text = std::fs::read_to_string(example("deploy/deploy")).expect("the script");
    assert!(text.contains("#     export REMOTE=fakes/ssh STEPS=fakes/deploy-step\n"), "{text}");
}

#[test]
fn two_hosts_at_a_time_and_each_step_is_of_its_host() {
    let reader = Reader::new();
    let ran = deploy(&reader, &["a", "b", "c"]).output().expect("the script");
    assert!(ran.status.success(), "{ran:?}");
    // Of each host: check, four steps, verify.
    let events = reader.settled("deploy", 18);
    let of = |host: &str, name: &str| {
        let mut all = events.all().iter().filter(|event| (&*event.host, &*event.name) == (host, name));
        all.next().unwrap_or_else(|| panic!("{name} of {host}: {events:?}")).clone()
    };
    for host in ["a", "b", "c"] {
        let steps = ["check", "roll.drain", "roll.install", "roll.restart", "roll.health", "verify"];
        let ends = steps.map(|step| of(host, step).end);
        assert!(ends.is_sorted(), "{ends:?}");
    }
    let healthy = of("a", "roll.health").end.max(of("b", "roll.health").end);
    assert!(healthy <= of("c", "roll.drain").start, "the third host waits for the first two");
}

#[test]
fn a_host_that_does_not_come_up_ends_it() {
    let reader = Reader::new();
    let ran = deploy(&reader, &["a", "broken", "c"]).output().expect("the script");
    assert!(!ran.status.success(), "{ran:?}");
    // Three checks, and four steps of each of the first two hosts.
    let events = reader.settled("deploy", 11);
    let failed: Vec<_> = events.all().iter().filter(|event| event.state == State::Failed).collect();
    assert_eq!(
        failed.iter().map(|event| (&*event.host, &*event.name)).collect::<Vec<_>>(),
        [("broken", "roll.health")]
    );
    assert!(
        !events.all().iter().any(|event| &*event.host == "c" && event.name.starts_with("roll")),
        "{events:?}"
    );
}
