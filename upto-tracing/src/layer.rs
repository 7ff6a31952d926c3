//! The layer: its options, and what it does when the subscriber calls.

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use upto::{Client, EventBuilder, Scope};

use crate::attributes::Gathered;
use crate::{failure, parent, span_event};

/// The attribute that tells a span's target.
const TARGET: &str = "target";

/// Turns spans into events. Made by [`layer`](crate::layer()).
///
/// Of several in one subscriber, the innermost one that a span reaches makes its event.
#[derive(Clone, Debug, Default)]
pub struct UptoLayer {
    context: Option<String>,
    target: bool,
}

impl UptoLayer {
    /// The context of spans that are part of no event, if it is not the client's. Those that are part of one
    /// are in its context: a tree is never torn apart.
    #[must_use]
    pub fn with_context(mut self, context: impl Into<String>) -> Self {
        self.context = Some(context.into()).filter(|context| !context.is_empty());
        self
    }

    /// Whether the target of a span (by default its module's path) becomes the attribute `target`. By default it
    /// does not. It is never part of the name, so that switching it on or off leaves timelines
    /// comparable. A field `target` of the span takes precedence.
    #[must_use]
    pub fn with_target(mut self, target: bool) -> Self {
        self.target = target;
        self
    }

    fn builder(&self, metadata: &'static Metadata<'static>, parent: Option<Scope>) -> EventBuilder {
        let builder = upto::Event::builder(upto::escape(metadata.name()));
        let builder = match (parent, &self.context) {
            (Some(parent), _) => builder.parent(parent),
            (None, Some(context)) => builder.root().context(context),
            (None, None) => builder.root(),
        };
        if self.target && metadata.fields().field(TARGET).is_none() {
            return builder.attr(TARGET, metadata.target());
        }
        builder
    }
}

impl<S> Layer<S> for UptoLayer
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !Client::is_active() {
            return;
        }
        let Some(span) = context.span(id).filter(|span| !span_event::is_kept(span)) else { return };
        let mut gathered = Gathered::default();
        attributes.record(&mut gathered);
        let builder = self.builder(attributes.metadata(), parent::parent(&span, attributes));
        let builder = gathered.into_iter().fold(builder, |builder, (key, value)| builder.attr(key, value));
        span_event::keep(&span, builder.start_detached());
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if !Client::is_active() {
            return;
        }
        let Some(span) = context.span(id).filter(span_event::is_kept) else { return };
        let mut gathered = Gathered::default();
        values.record(&mut gathered);
        span_event::change(&span, |event| {
            for (key, value) in gathered {
                event.attr(key, value);
            }
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if *event.metadata().level() != Level::ERROR || !Client::is_active() {
            return;
        }
        let Some(mut spans) = context.event_scope(event) else { return };
        if let Some(span) = spans.find(span_event::is_kept) {
            let reason = failure::reason(event);
            span_event::change(&span, |event| {
                event.fail(reason);
            });
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if !Client::is_active() {
            return;
        }
        if let Some(scope) = context.span(id).and_then(|span| span_event::scope(&span)) {
            scope.enter();
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        // What was entered is left even if the client has ended since, lest it is current for the next one.
        if !Client::is_active() && Scope::current().is_none() {
            return;
        }
        if let Some(scope) = context.span(id).and_then(|span| span_event::scope(&span)) {
            scope.exit();
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        // Without a client, nothing is to be sent, and the span's data takes its event along.
        if !Client::is_active() {
            return;
        }
        if let Some(span) = context.span(&id) {
            span_event::end(&span);
        }
    }
}
