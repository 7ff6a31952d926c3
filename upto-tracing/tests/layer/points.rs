//! Events of `tracing` as points, if asked for.

use tracing::{Level, debug, error, info, info_span, warn};
use upto::Value;
use upto::wire::Status;

use crate::collector::{Seen, collect, collect_from, collect_with};

fn points(seen: &Seen) -> Vec<&str> {
    seen.points.iter().map(|point| point.path.as_str()).collect()
}

fn say() {
    info!(name: "started", "outside");
    let _span = info_span!("span").entered();
    info!(target: "cache", key = 7, hit = true, "looked {}", "up");
    let _guard = upto::event("guard");
    warn!(name: "disk.full", free = 0);
    debug!("too much");
    error!("broken");
}

#[test]
fn events_are_points_up_to_the_level() {
    let layer = upto_tracing::layer().with_events(Level::INFO);
    let subscriber = upto_tracing::subscriber().with_events(Level::INFO);
    for seen in [collect_with(layer, say), collect_from(subscriber, say)] {
        let expected = [
            "started".to_owned(),
            "span.cache".to_owned(),
            r"span.guard.disk\.full".to_owned(),
            format!("span.guard.{}", module_path!()),
        ];
        assert_eq!(points(&seen), expected);
        let cache = &seen.points[1];
        assert_eq!(cache.text("message"), "looked up");
        assert_eq!(cache.text("level"), "INFO");
        assert_eq!(
            (&cache.attributes["key"], &cache.attributes["hit"]),
            (&Value::Int(7), &Value::Bool(true))
        );
        assert_eq!(seen.event("span").outcome(), (Status::Failed, "broken"));
        assert_eq!(seen.event("span.guard").outcome(), (Status::Ok, ""));
    }
}

#[test]
fn without_asking_there_are_none() {
    for seen in [collect(say), collect_from(upto_tracing::subscriber(), say)] {
        assert!(seen.points.is_empty());
        assert_eq!(seen.event("span").outcome(), (Status::Failed, "broken"));
    }
}

#[test]
fn an_event_may_name_its_span_or_none() {
    let say = || {
        let named = info_span!("named");
        let _current = info_span!("current").entered();
        info!(name: "there", parent: &named, "of the named one");
        info!(name: "nowhere", parent: None::<tracing::Id>, "of none");
    };
    let layer = upto_tracing::layer().with_events(Level::INFO);
    let subscriber = upto_tracing::subscriber().with_events(Level::INFO);
    for seen in [collect_with(layer, say), collect_from(subscriber, say)] {
        assert_eq!(points(&seen), ["named.there", "nowhere"]);
    }
}

fn log() {
    let record = |level, target: &'static str, message: &'static str| {
        let arguments = format_args!("{message}");
        let record = log::Record::builder().level(level).target(target).args(arguments).line(Some(7)).build();
        tracing_log::format_trace(&record).unwrap();
    };
    let _span = info_span!("span").entered();
    record(log::Level::Warn, "old::library", "deprecated");
    record(log::Level::Debug, "old::library", "noise");
    record(log::Level::Error, "v1.2", "disk full");
}

#[test]
fn records_of_log_are_of_where_they_come_from() {
    let layer = upto_tracing::layer().with_events(Level::INFO);
    let subscriber = upto_tracing::subscriber().with_events(Level::INFO);
    for seen in [collect_with(layer, log), collect_from(subscriber, log)] {
        assert_eq!(points(&seen), ["span.old::library", r"span.v1\.2"]);
        let keys: Vec<_> = seen.points[0].attributes.keys().collect();
        assert_eq!(keys, ["level", "message"]);
        assert_eq!((seen.points[0].text("level"), seen.points[0].text("message")), ("WARN", "deprecated"));
        assert_eq!(seen.event("span").outcome(), (Status::Failed, "disk full"));
    }
}
