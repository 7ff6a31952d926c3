//! Filters and layers that are changed while spans are open.

use std::sync::Barrier;

use tracing::{debug_span, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use tracing_subscriber::reload;
use upto::Scope;

use crate::collector::{Alone, Collector, collect_from};

#[test]
fn a_filter_may_be_reloaded() {
    let (filter, handle) = reload::Layer::new(LevelFilter::INFO);
    let layer = upto_tracing::layer().with_filter(filter);
    let seen = collect_from(tracing_subscriber::registry().with(layer), || {
        let _outer = info_span!("outer").entered();
        let hidden = debug_span!("hidden").entered();
        handle.reload(LevelFilter::DEBUG).unwrap();
        debug_span!("now seen").in_scope(|| info_span!("inner"));
        handle.reload(LevelFilter::OFF).unwrap();
        drop(hidden);
        drop(info_span!("now hidden"));
    });
    assert_eq!(seen.paths(), ["outer", "outer.now seen", "outer.now seen.inner"]);
    seen.paths().into_iter().for_each(|path| assert!(seen.event(path).end.is_some(), "{path} did not end"));
}

#[test]
fn a_filtered_layer_may_be_changed() {
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    let (layer, handle) = reload::Layer::new(upto_tracing::layer().with_filter(LevelFilter::INFO));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        let outer = info_span!("outer").entered();
        handle.modify(|layer| *layer.filter_mut() = LevelFilter::DEBUG).unwrap();
        debug_span!("inner").in_scope(|| ());
        drop(outer);
        assert!(Scope::current().is_none());
    });
    let seen = collector.finish();
    assert_eq!(seen.paths(), ["outer", "outer.inner"]);
    assert!(seen.event("outer").end.is_some() && seen.event("outer.inner").end.is_some());
}

#[test]
fn a_new_layer_goes_on_with_the_spans_of_the_old_one() {
    let (layer, handle) = reload::Layer::new(upto_tracing::layer());
    let seen = collect_from(tracing_subscriber::registry().with(layer), || {
        let outer = info_span!("outer", late = 0).entered();
        let waiting = info_span!("waiting");
        handle.reload(upto_tracing::layer().with_target(true)).unwrap();
        outer.record("late", 1);
        waiting.in_scope(|| info_span!("inner"));
        info_span!(parent: &waiting, "child");
        drop(outer);
        assert!(Scope::current().is_none());
    });
    assert_eq!(seen.paths(), ["outer", "outer.waiting", "outer.waiting.inner", "outer.waiting.child"]);
    seen.paths().into_iter().for_each(|path| assert!(seen.event(path).end.is_some(), "{path} did not end"));
    assert_eq!(seen.event("outer").end().attributes["late"], 1.into());
    assert!(seen.event("outer.waiting").attributes.is_empty());
    assert!(seen.event("outer.waiting.inner").attributes.contains_key("target"));
}

#[test]
fn a_layer_that_is_taken_out_leaves_nothing_current() {
    let (layer, handle) = reload::Layer::new(Some(upto_tracing::layer()));
    let seen = collect_from(tracing_subscriber::registry().with(layer), || {
        let outer = info_span!("outer");
        outer.in_scope(|| ());
        handle.reload(None).unwrap();
        outer.in_scope(|| info_span!("unseen").in_scope(|| assert!(Scope::current().is_none())));
        handle.reload(Some(upto_tracing::layer())).unwrap();
        outer.in_scope(|| info_span!("seen"));
    });
    assert_eq!(seen.paths(), ["outer", "outer.seen"]);
    assert!(seen.event("outer").end.is_some());
}

#[upto::event(name = "function")]
fn function() {
    assert_eq!(current(), ["function"]);
}

/// The names that the current event's path has.
fn current() -> Vec<String> {
    Scope::current().map(|scope| scope.path().split('.').map(str::to_owned).collect()).unwrap_or_default()
}

#[test]
fn what_is_entered_is_current_no_more_when_the_layer_is_taken_out() {
    let (layer, handle) = reload::Layer::new(Some(upto_tracing::layer()));
    let seen = collect_from(tracing_subscriber::registry().with(layer), || {
        let (outer, named) = (info_span!("outer").entered(), info_span!("named", upto.name = "n").entered());
        handle.reload(None).unwrap();
        function();
        upto::event("guard").end();
        upto::point("point");
        drop((named, outer));
        assert!(Scope::current().is_none());
        function();
    });
    assert_eq!(seen.paths(), ["outer", "outer.n", "function", "guard", "function"]);
    assert_eq!(seen.points[0].path, "point");
}

#[test]
fn nor_is_it_on_other_threads_and_below_what_goes_on() {
    let (layer, handle) = reload::Layer::new(Some(upto_tracing::layer()));
    let taken_out = Barrier::new(2);
    let seen = collect_from(tracing_subscriber::registry().with(layer), || {
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let _default = tracing::dispatcher::set_default(&dispatch);
                let outer = info_span!("outer").entered();
                let guard = upto::event("guard");
                // The way of the first call is not that of the others.
                upto::event("inner").end();
                taken_out.wait();
                taken_out.wait();
                drop(outer);
                upto::event("inner").end();
                guard.end();
                function();
            });
            taken_out.wait();
            handle.reload(None).unwrap();
            taken_out.wait();
        });
    });
    let inner = "outer.guard.inner";
    assert_eq!(seen.paths(), ["outer", "outer.guard", inner, inner, "function"]);
}

#[test]
fn with_a_new_layer_it_is_when_it_is_entered_again() {
    let (layer, handle) = reload::Layer::new(upto_tracing::layer());
    let seen = collect_from(tracing_subscriber::registry().with(layer), || {
        let outer = info_span!("outer");
        let entered = outer.enter();
        handle.reload(upto_tracing::layer()).unwrap();
        function();
        outer.in_scope(|| info_span!("inner").in_scope(|| assert_eq!(current(), ["outer", "inner"])));
        // Another subscriber is gone, whose spans these are not.
        outer.in_scope(|| {
            tracing::subscriber::with_default(upto_tracing::subscriber(), || {
                drop(info_span!("other").entered());
            });
            info_span!("last").in_scope(|| assert_eq!(current(), ["outer", "last"]));
        });
        drop(entered);
        function();
    });
    assert_eq!(
        seen.sorted_paths(),
        ["function", "function", "outer", "outer.inner", "outer.last", "outer.other"]
    );
    seen.iter().for_each(|event| assert!(event.end.is_some(), "{} did not end", event.path));
}
