//! What a run did, as far as runs have to be alike in that to be compared.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use upto_server::timeline::Event;
use xxhash_rust::xxh3::xxh3_128;

/// The key of the note on a timeline.
const KEY: &str = "cargo.units";

/// The steps of a run: what was compiled, and which programs were run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Units {
    count: usize,
    hash: String,
}

impl Units {
    /// Those of these events, where `root` is the event of the whole. Single tests don't count: one more makes no other run.
    pub(crate) fn of(events: &[Event], root: &str) -> Self {
        let programs: BTreeSet<&str> =
            events.iter().map(|event| &*event.name).filter(|name| is_program(name)).collect();
        let is_test = |name: &str| {
            programs
                .iter()
                .any(|program| name.strip_prefix(program).is_some_and(|rest| rest.starts_with('.')))
        };
        let names: BTreeSet<&str> = events.iter().map(|event| &*event.name).collect();
        let units: Vec<&str> = names.into_iter().filter(|name| *name != root && !is_test(name)).collect();
        Units { count: units.len(), hash: format!("{:032x}", xxh3_128(units.join("\n").as_bytes())) }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// What is noted of the timeline.
    pub(crate) fn note(&self) -> Value {
        json!({ KEY: self.hash })
    }

    /// By which timelines are found that did the same.
    pub(crate) fn key(&self) -> (&str, &str) {
        (KEY, &self.hash)
    }
}

/// Whether this is the event of a test program.
fn is_program(name: &str) -> bool {
    let last = upto_server::timeline::path::separators(name).last().map_or(name, |dot| &name[dot + 1..]);
    last.starts_with("run ") || last == "doctests"
}

#[cfg(test)]
mod tests {
    use upto_server::timeline::State;

    use super::*;

    fn units(names: &[&str]) -> Units {
        let event = |name: &&str| Event {
            name: (*name).into(),
            host: "".into(),
            id: 0,
            parent: 0,
            start: Some(0),
            end: Some(1),
            state: State::Done,
            text: Box::default(),
            attributes: Vec::new(),
            truncated: false,
        };
        Units::of(&names.iter().map(event).collect::<Vec<_>>(), "test")
    }

    #[test]
    fn runs_are_alike_if_they_did_the_same_whatever_the_tests_were() {
        let one = units(&["test", "test.a.lib", "test.a.run it", "test.a.run it.works"]);
        assert_eq!(one.count(), 2);
        assert_eq!(one, units(&["test.a.run it", "test.a.lib", "test", "test.a.run it.works.too"]));
        assert_ne!(one, units(&["test", "test.a.run it"]));
    }
}
