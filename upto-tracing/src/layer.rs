//! The layer: what it does when the subscriber calls.

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use upto::__private::span::{Parent, Spans};

use crate::options::{Options, option_methods};
use crate::recorder::Recorder;

/// Turns spans into events. Made by [`layer`](crate::layer()).
///
/// Of several in one subscriber, the innermost one that a span reaches makes its event; this does not hold for
/// layers that are wrapped in `reload::Layer`, which subscribers can't look into.
#[derive(Debug)]
pub struct UptoLayer(Recorder);

impl UptoLayer {
    option_methods!();

    fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        self.0.change_options(change);
        self
    }

    fn of(options: Options) -> Self {
        UptoLayer(Recorder::new(Spans::with_given_ids(), options))
    }
}

impl Default for UptoLayer {
    fn default() -> Self {
        Self::of(Options::default())
    }
}

/// With the same options, for another subscriber.
impl Clone for UptoLayer {
    fn clone(&self) -> Self {
        Self::of(self.0.options().clone())
    }
}

impl<S> Layer<S> for UptoLayer
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn on_register_dispatch(&self, subscriber: &Dispatch) {
        let outermost = subscriber.downcast_ref::<UptoLayer>();
        if let Some(other) = outermost.filter(|other| !std::ptr::eq(*other, self)) {
            self.0.spans.share(&other.0.spans);
        }
    }

    #[inline]
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.0.new_span(id.into_u64(), attributes, || parent(&self.0.spans, attributes, id, &context));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        self.0.record(id.into_u64(), values);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, _: Context<'_, S>) {
        self.0.follow(id.into_u64(), follows.into_u64());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.0.event(event, || {
            let mut ids = context.event_scope(event)?.map(|span| span.id().into_u64());
            ids.find(|id| self.0.spans.contains(*id))
        });
    }

    #[inline]
    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.0.enter(id.into_u64());
    }

    #[inline]
    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        self.0.exit(id.into_u64());
    }

    #[inline]
    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.0.spans.end(id.into_u64());
    }
}

/// The span that a new one was given as its parent, if it was given one. Where that has no event (a filter took it
/// out, or it is older than the client), the nearest ancestor that has one counts.
#[cold]
fn parent<S>(spans: &Spans, attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>) -> Parent
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    let given = attributes.parent().map(Id::into_u64);
    let nearest = || {
        let mut ancestors = context.span(id)?.scope().skip(1).map(|span| span.id().into_u64());
        ancestors.find(|id| spans.contains(*id))
    };
    match given {
        None => Parent::Root,
        Some(given) if spans.contains(given) => Parent::Span(given),
        Some(_) => nearest().map_or(Parent::Root, Parent::Span),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use tracing::{Dispatch, dispatcher, info_span};
    use tracing_subscriber::prelude::*;

    use super::UptoLayer;

    /// More threads at once than any machine of today has processors, twice: the later ones have the numbers of the earlier
    /// ones, which have ended.
    #[test]
    fn spans_of_however_many_threads_are_at_hand_for_all() {
        const THREADS: usize = 200;
        let _capture = upto::testing::capture();
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(crate::layer()));
        let spans = &dispatch.downcast_ref::<UptoLayer>().unwrap().0.spans;
        let all_here = Barrier::new(THREADS);
        let open_and_wait = || {
            let span = dispatcher::with_default(&dispatch, || info_span!("span"));
            all_here.wait();
            span
        };
        for _ in 0..2 {
            let open: Vec<_> = thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(open_and_wait)).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let at_hand = open.iter().filter(|span| spans.is_at_hand(span.id().unwrap().into_u64()));
            assert_eq!(at_hand.count(), THREADS);
        }
    }
}
