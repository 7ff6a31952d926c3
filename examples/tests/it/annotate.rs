//! `annotate` as its users run it.

use upto_server::timeline::State;

use crate::programs::{output, quiet, told};
use crate::reader::{Reader, attribute};

const PROGRAM: &str = env!("CARGO_BIN_EXE_annotate");

#[test]
fn functions_futures_and_failures_are_seen() {
    let reader = Reader::new();
    let said = output(&mut told(&reader, PROGRAM));
    assert_eq!(said, "a loaf is done\na loaf is burnt at 300 degrees\n");
    let events = reader.settled("annotate", 7);
    let expected = [
        "bake",
        "bake.announce",
        "bake.clean",
        "bake.clean.wipe",
        "bake.knead",
        "bake.oven.bake",
        "bake.oven.bake",
    ];
    assert_eq!(events.names(), expected);
    assert_eq!(attribute(events.one("bake.knead"), "grams"), "1000");
    assert_eq!(attribute(events.one("bake.knead"), "flour"), "rye");
    let failed: Vec<_> = events.all().iter().filter(|event| event.state == State::Failed).collect();
    assert_eq!(failed.len(), 1);
    assert_eq!((&*failed[0].name, &*failed[0].text), ("bake.oven.bake", "burnt at 300 degrees"));
    let [one, other] = [0, 1].map(|place| {
        let loaves = events.all().iter().filter(|event| &*event.name == "bake.oven.bake");
        loaves.clone().nth(place).expect("two loaves")
    });
    assert!(one.start < other.end && other.start < one.end, "they bake at the same time: {one:?} {other:?}");
}

#[test]
fn without_a_server_it_does_the_same() {
    let said = output(quiet(PROGRAM).env("UPTO", "off"));
    assert_eq!(said, "a loaf is done\na loaf is burnt at 300 degrees\n");
}
