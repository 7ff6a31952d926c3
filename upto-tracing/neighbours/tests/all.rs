//! One program with four layers: each sees what it would see alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code)]
#[path = "../../tests/layer/collector.rs"]
mod collector;

use std::io::Write;
use std::sync::{Arc, Mutex};

use console_subscriber::ConsoleLayer;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tokio::runtime::Builder;
use tracing::{Instrument, debug_span, error, info, info_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;
use upto::wire::Status;

use self::collector::{Alone, Collector};

/// What `fmt` writes.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tracing::instrument]
async fn request(number: u32) {
    let _guard = upto::event("guard");
    tokio::task::yield_now().await;
    debug_span!("hidden").in_scope(|| info_span!("query").in_scope(|| info!(number, "asked")));
    if number == 1 {
        error!("refused");
    }
}

async fn serve() {
    let tasks: Vec<_> =
        (0..3).map(|number| tokio::spawn(request(number).instrument(info_span!("task")))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[test]
fn four_layers_in_one_subscriber() {
    let (written, exporter) = (Written::default(), InMemorySpanExporter::default());
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let (console, _server) = ConsoleLayer::builder().build();
    let writer = {
        let written = written.clone();
        move || written.clone()
    };
    let fmt = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
    let telemetry = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let subscriber = tracing_subscriber::registry()
        .with(console)
        .with(fmt.with_filter(LevelFilter::INFO))
        .with(upto_tracing::layer().with_events(tracing::Level::INFO).with_filter(LevelFilter::INFO))
        .with(telemetry.with_filter(LevelFilter::DEBUG));
    let alone = Alone::new();
    let collector = Collector::start(&alone);
    tracing::subscriber::with_default(subscriber, || {
        Builder::new_current_thread().build().unwrap().block_on(serve());
    });
    assert_upto(&collector.finish());
    let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert_eq!(written.matches("asked").count(), 3, "{written}");
    assert_eq!(written.matches("task:request{number=1}:query: all: asked").count(), 1, "{written}");
    assert_telemetry(&exporter.get_finished_spans().unwrap());
}

fn assert_upto(seen: &collector::Seen) {
    let per_request = ["task", "task.request", "task.request.guard", "task.request.guard.query"];
    let expected: Vec<_> = per_request.into_iter().flat_map(|path| [path; 3]).collect();
    assert_eq!(seen.sorted_paths(), expected);
    assert!(seen.iter().all(|event| event.end.is_some()));
    let failed = seen.iter().filter(|event| event.end().status == Status::Failed);
    assert_eq!(failed.map(|event| event.path.as_str()).collect::<Vec<_>>(), ["task.request"]);
    assert_eq!(seen.points.iter().filter(|point| point.text("message") == "asked").count(), 3);
    assert_eq!(seen.points.len(), 4);
}

fn assert_telemetry(spans: &[SpanData]) {
    let name_of =
        |id| spans.iter().find(|span| span.span_context.span_id() == id).map(|span| span.name.as_ref());
    let mut places: Vec<_> = spans
        .iter()
        .filter(|span| !span.name.contains("runtime"))
        .map(|span| (span.name.as_ref(), name_of(span.parent_span_id)))
        .collect();
    places.sort_unstable();
    places.dedup();
    for expected in [("hidden", Some("request")), ("query", Some("hidden")), ("request", Some("task"))] {
        assert!(places.contains(&expected), "{places:?}");
    }
}
