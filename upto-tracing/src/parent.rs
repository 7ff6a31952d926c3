//! Which event a new span's event is part of.

use tracing_core::span::Attributes;
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use upto::Scope;

use crate::span_event;

/// What is current here, unless the span was given a parent or made a root.
///
/// Of a given parent that has no event (a filter took it out, or it is older than the client), the nearest
/// ancestor that has one counts. What is current needs no such search, because only spans with
/// events become current.
pub(crate) fn parent<'a, S>(span: &SpanRef<'a, S>, attributes: &Attributes<'_>) -> Option<Scope>
where
    S: LookupSpan<'a>,
{
    if attributes.is_contextual() {
        return Scope::current();
    }
    span.scope().skip(1).find_map(|ancestor| span_event::scope(&ancestor))
}
