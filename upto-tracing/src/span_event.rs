//! What is kept of a span's event, among the span's extensions.

use std::sync::{Mutex, PoisonError};

use tracing_subscriber::registry::{LookupSpan, SpanRef};
use upto::{Event, Scope};

/// The event of a span, from the span's creation to its close.
#[derive(Debug)]
struct SpanEvent {
    scope: Scope,
    event: Mutex<Event>,
}

/// Keeps `event` with `span`, unless it has one, or nothing is sent of this one.
pub(crate) fn keep<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, event: Event) {
    if let Some(scope) = event.scope().cloned() {
        span.extensions_mut().replace(SpanEvent { scope, event: Mutex::new(event) });
    }
}

/// True if `span` has an event.
pub(crate) fn is_kept<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> bool {
    span.extensions().get::<SpanEvent>().is_some()
}

/// The scope of `span`'s event, if it has one.
pub(crate) fn scope<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<Scope> {
    span.extensions().get::<SpanEvent>().map(|kept| kept.scope.clone())
}

/// Does to `span`'s event what `change` says, which must run no code of the host.
pub(crate) fn change<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, change: impl FnOnce(&Event)) {
    if let Some(kept) = span.extensions().get::<SpanEvent>() {
        change(&kept.event.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Ends `span`'s event.
pub(crate) fn end<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) {
    let kept = span.extensions_mut().remove::<SpanEvent>();
    drop(kept);
}
