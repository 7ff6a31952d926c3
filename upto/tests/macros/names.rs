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

#[upto::event(name = unit)]
fn named_by_argument(unit: &str) -> usize {
    unit.len()
}

#[upto::event(name = unit, skip_all)]
fn named_by_owned(unit: String) -> String {
    unit
}

struct Unit(std::sync::Arc<str>);

impl Unit {
    #[upto::event(name = self.0)]
    async fn named_by_field(&self) {}
}

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
fn names_may_be_borrowed_and_are_not_moved() {
    let (text, unit) = ("a.c".to_owned(), Unit("c.c".into()));
    let events = sent_by(|| {
        assert_eq!(named_by_argument(&text), 3);
        assert_eq!(named_by_owned("b.c".to_owned()), "b.c");
        let named = unit.named_by_field();
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(named);
        let borrowed = text.as_str();
        drop(upto::scope!(borrowed, n = 1));
        drop(upto::scope!(context = "other", text));
        drop(upto::scope!(&text[1..], n = 1));
    });
    let names: Vec<_> = events.iter().map(|event| event.name.as_str()).collect();
    assert_eq!(names, ["a.c", "b.c", "c.c", "a.c", "a.c", ".c"]);
    assert_eq!(text, "a.c");
}

/// What has a node that stays is counted among the places.
#[test]
fn names_that_are_constants_are_not_copied() {
    const NAME: &str = "a constant";
    let named = |name: &str| drop(upto::scope!(name, n = 1));
    let places = || upto::Client::stats().expect("a client").places;
    let events = sent_by(|| {
        let before = places();
        drop(upto::scope!(NAME, n = 1));
        drop(upto::scope!(concat!("a ", "macro"), n = 1));
        assert_eq!(places(), before + 2);
        named("a copy");
        assert_eq!(places(), before + 2);
    });
    assert_eq!(events.len(), 3);
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
