//! What the options change.

use tracing::info_span;
use upto::{Event, Value};

use crate::collector::{collect, collect_with};

#[test]
fn the_context_is_that_of_spans_without_a_parent() {
    let seen = collect_with(upto_tracing::layer().with_context("requests"), || {
        info_span!("span").in_scope(|| {
            upto::event("guard").end();
            info_span!("child");
        });
        let _elsewhere = Event::builder("event").context("jobs").start();
        info_span!("inside");
        info_span!(parent: None::<tracing::Id>, "root");
    });
    let contexts =
        |paths: &[&str]| paths.iter().map(|path| seen.event(path).context.as_str()).collect::<Vec<_>>();
    assert_eq!(contexts(&["span", "span.guard", "span.child", "root"]), ["requests"; 4]);
    assert_eq!(contexts(&["event", "event.inside"]), ["jobs"; 2]);
}

#[test]
fn no_context_is_the_clients() {
    let seen = collect_with(upto_tracing::layer().with_context(""), || drop(info_span!("span")));
    assert_eq!(seen.event("span").context, "test");
}

#[test]
fn targets_are_attributes_if_asked_for() {
    let work = || {
        drop(info_span!("span"));
        drop(info_span!(target: "net.http", "named"));
        drop(info_span!("own", target = "mine"));
    };
    let seen = collect_with(upto_tracing::layer().with_target(true), work);
    let target = |path: &str| seen.event(path).attributes["target"].clone();
    assert_eq!(target("span"), Value::from(module_path!()));
    assert_eq!(target("named"), Value::from("net.http"));
    assert_eq!(target("own"), Value::from("mine"));
    let plain = collect(work);
    assert!(plain.event("span").attributes.is_empty() && plain.event("named").attributes.is_empty());
}
