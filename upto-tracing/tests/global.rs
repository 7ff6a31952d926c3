//! The layer under the one subscriber of a process, where `tracing` lets a field's formatting use
//! spans and events of its own, wherever it happens. In its own process: such a subscriber stays.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "layer/collector.rs"]
mod collector;

use std::fmt;

use tracing::{error, field, info_span};
use tracing_subscriber::prelude::*;
use upto::wire::Status;

use self::collector::{Alone, Collector};

/// Says something while it is formatted.
struct Talkative(&'static str);

impl fmt::Debug for Talkative {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        info_span!("formatting", what = self.0).in_scope(|| error!("inside"));
        error!("while formatting {}", self.0);
        formatter.write_str(self.0)
    }
}

#[test]
fn formatting_may_use_spans_and_events() {
    tracing_subscriber::registry().with(upto_tracing::layer()).init();
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    {
        let span = info_span!("span", early = ?Talkative("early"), late = field::Empty).entered();
        span.record("late", field::debug(Talkative("late")));
        info_span!("child").in_scope(|| error!(error = ?Talkative("error")));
    }
    let seen = collector.finish();
    // A span is formatted before it starts: it is not yet current then.
    let expected = ["formatting", "span", "span.formatting", "span.child", "span.child.formatting"];
    assert_eq!(seen.paths(), expected);
    assert_eq!(seen.event("span").attributes["early"], "early".into());
    assert_eq!(seen.event("span").end().attributes["late"], "late".into());
    assert_eq!(seen.event("span").outcome(), (Status::Failed, "while formatting late"));
    assert_eq!(seen.event("span.child").outcome(), (Status::Failed, "while formatting error"));
}
