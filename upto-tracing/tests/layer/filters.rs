//! Filters: a span that is taken out leaves its children to what is around it.

use tracing::{Subscriber, debug_span, error, info_span};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Layer;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry::LookupSpan;
use upto::wire::Status;

use crate::collector::{Alone, Collector, Seen};

/// Accepts everything, so that a span that the other layer does not want exists all the same.
struct Accepting;

impl<S: Subscriber> Layer<S> for Accepting {}

fn collect(layer: impl Layer<tracing_subscriber::Registry> + Send + Sync, body: impl FnOnce()) -> Seen {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer).with(Accepting), body);
    collector.finish()
}

fn info_only<S>() -> impl Layer<S> + Send + Sync
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    upto_tracing::layer().with_filter(LevelFilter::INFO)
}

#[test]
fn children_of_a_filtered_span_are_part_of_its_parent() {
    let seen = collect(info_only(), || {
        let _outer = info_span!("outer").entered();
        let hidden = debug_span!("hidden").entered();
        assert!(hidden.id().is_some());
        info_span!("contextual").in_scope(|| info_span!("deeper"));
        info_span!(parent: &hidden, "explicit");
    });
    assert_eq!(seen.paths(), ["outer", "outer.contextual", "outer.contextual.deeper", "outer.explicit"]);
}

#[test]
fn an_explicit_parent_that_is_filtered_stands_for_its_own_parent() {
    let seen = collect(info_only(), || {
        let hidden = {
            let outer = info_span!("outer");
            let hidden = debug_span!(parent: &outer, "hidden");
            debug_span!(parent: &hidden, "hidden too")
        };
        let _elsewhere = info_span!("elsewhere").entered();
        info_span!(parent: &hidden, "child");
    });
    assert_eq!(seen.paths(), ["outer", "elsewhere", "outer.child"]);
}

#[test]
fn an_error_in_a_filtered_span_is_its_parents() {
    let seen = collect(info_only(), || {
        let _outer = info_span!("outer").entered();
        let hidden = debug_span!("hidden").entered();
        assert!(hidden.id().is_some());
        error!("broken");
    });
    assert_eq!(seen.event("outer").outcome(), (Status::Failed, "broken"));
}

#[test]
fn fields_of_filtered_spans_are_nobodys() {
    let seen = collect(info_only(), || {
        let _outer = info_span!("outer").entered();
        let hidden = debug_span!("hidden", field = 1).entered();
        hidden.record("field", 2);
    });
    assert!(seen.event("outer").attributes.is_empty() && seen.event("outer").end().attributes.is_empty());
}

#[test]
fn errors_that_the_filter_takes_out_do_not_count() {
    let spans_only = filter_fn(|metadata| !metadata.is_event());
    let seen = collect(upto_tracing::layer().with_filter(spans_only), || {
        info_span!("span").in_scope(|| error!("not for us"));
    });
    assert_eq!(seen.event("span").outcome(), (Status::Ok, ""));
}

#[test]
fn a_filter_of_all_layers_takes_spans_out_for_good() {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    let subscriber = tracing_subscriber::registry().with(upto_tracing::layer()).with(LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || {
        let _outer = info_span!("outer").entered();
        let _hidden = debug_span!("hidden").entered();
        info_span!("child");
    });
    assert_eq!(collector.finish().paths(), ["outer", "outer.child"]);
}

#[test]
fn of_two_layers_one_makes_the_event() {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    let subscriber = tracing_subscriber::registry().with(info_only()).with(upto_tracing::layer());
    tracing::subscriber::with_default(subscriber, || {
        let span = info_span!("span", field = 1).entered();
        span.record("field", 2);
        let _guard = upto::event("guard");
        debug_span!("child").in_scope(|| upto::event("leaf").end());
    });
    let seen = collector.finish();
    assert_eq!(seen.paths(), ["span", "span.guard", "span.guard.child", "span.guard.child.leaf"]);
    seen.paths().into_iter().for_each(|path| assert!(seen.event(path).end.is_some(), "{path} did not end"));
}
