//! What an event is called, and where it belongs.

use crate::sent::{find, sent_by};

const CONSTANT: &str = "constant.name";

#[upto::event]
fn plain() {}

#[upto::event(name = "literal.name")]
fn named() {
    plain();
}

#[upto::event(name = CONSTANT)]
fn named_by_constant() {}

#[upto::event(name = format!("made of {part}"), skip_all)]
fn named_by_expression(part: u32) {}

#[upto::event(context = format!("release-{number}"), host = HOSTS[0], skip(number))]
fn elsewhere(number: u32) {
    named();
}

const HOSTS: [&str; 1] = ["ci-01"];

#[upto::event]
fn r#type() {}

struct Thing;

impl Thing {
    #[upto::event]
    fn new() -> Self {
        Thing
    }

    #[upto::event]
    fn method(&self) {}
}

macro_rules! declare {
    ($name:ident, $argument:ident: $written:ty, $body:block) => {
        #[upto::event]
        fn $name($argument: $written) -> $written $body
    };
}

declare!(declared, number: u64, { number + 1 });

fn path(name: &str) -> String {
    format!("{}::{name}", module_path!())
}

#[test]
fn the_default_is_module_and_function() {
    let events = sent_by(|| {
        plain();
        r#type();
        Thing::new().method();
        assert_eq!(declared(1), 2);
    });
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["plain", "type", "new", "method", "declared"].map(path));
    assert_eq!(find(&events, &path("declared")).attribute("number"), Some(&1.into()));
}

#[test]
fn names_are_texts_of_any_kind_and_dots_are_levels() {
    let events = sent_by(|| {
        named();
        named_by_constant();
        named_by_expression(7);
    });
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(
        names,
        ["literal.name", &format!("literal.name.{}", path("plain")), "constant.name", "made of 7"]
    );
}

#[test]
fn context_and_host_hold_for_what_is_nested_too() {
    let events = sent_by(|| {
        elsewhere(3);
        plain();
    });
    let places: Vec<_> = events.iter().map(|event| (event.context.as_str(), event.host.as_str())).collect();
    let there = ("release-3", "ci-01");
    assert_eq!(places, [there, there, there, ("test", "")]);
}
