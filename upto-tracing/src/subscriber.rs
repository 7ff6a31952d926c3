//! A subscriber of its own, for programs that need no registry.

use tracing_core::span::{Attributes, Current, Id, Record};
use tracing_core::subscriber::Interest;
use tracing_core::{Event, LevelFilter, Metadata};
use upto::__private::span::{Parent, Spans};

use crate::options::{Options, option_methods};
use crate::recorder::Recorder;

/// The number of spans that have no event.
const NO_EVENT: u64 = 1 << 62;

/// Turns spans into events, and is all that there is. Made by [`subscriber`](crate::subscriber()).
///
/// Spans become what they do with [`UptoLayer`](crate::UptoLayer), with these differences: a span ends when its last
/// handle is dropped, whether its children have closed or not; spans that are made while there is no client
/// are all the same one, which is never current, and stands for no parent.
#[derive(Debug)]
pub struct Subscriber {
    recorder: Recorder,
    max_level: LevelFilter,
}

impl Subscriber {
    option_methods!();

    /// Up to which level spans, and events that are points or failures, are looked at: `Level::INFO` leaves
    /// out DEBUG and TRACE, `LevelFilter::OFF` everything. By default, none are left out.
    #[must_use]
    pub fn with_max_level(mut self, level: impl Into<LevelFilter>) -> Self {
        self.max_level = level.into();
        self
    }

    fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        self.recorder.change_options(change);
        self
    }

    fn of(options: Options, max_level: LevelFilter) -> Self {
        Subscriber { recorder: Recorder::new(Spans::with_own_ids(), options), max_level }
    }

    fn spans(&self) -> &Spans {
        &self.recorder.spans
    }
}

impl Default for Subscriber {
    fn default() -> Self {
        Self::of(Options::default(), LevelFilter::TRACE)
    }
}

/// With the same options, and no spans so far.
impl Clone for Subscriber {
    fn clone(&self) -> Self {
        Self::of(self.recorder.options().clone(), self.max_level)
    }
}

impl tracing_core::Subscriber for Subscriber {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.enabled(metadata) { Interest::always() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.max_level
            && (metadata.is_span() || self.recorder.wants_events(metadata.level()))
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.max_level)
    }

    #[inline]
    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let parent = || attributes.parent().map_or(Parent::Root, |parent| Parent::Span(parent.into_u64()));
        match self.recorder.new_span(0, attributes, parent) {
            0 => Id::from_u64(NO_EVENT),
            id => Id::from_u64(id),
        }
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.recorder.record(id.into_u64(), values);
    }

    fn record_follows_from(&self, id: &Id, follows: &Id) {
        self.recorder.follow(id.into_u64(), follows.into_u64());
    }

    fn event(&self, event: &Event<'_>) {
        self.recorder.event(event, || match event.parent() {
            Some(parent) => Some(parent.into_u64()).filter(|parent| self.spans().contains(*parent)),
            None if event.is_contextual() => self.spans().current().map(|(id, _)| id),
            None => None,
        });
    }

    #[inline]
    fn enter(&self, id: &Id) {
        self.recorder.enter(id.into_u64());
    }

    #[inline]
    fn exit(&self, id: &Id) {
        self.recorder.exit(id.into_u64());
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans().clone_handle(id.into_u64());
        id.clone()
    }

    #[inline]
    fn try_close(&self, id: Id) -> bool {
        self.spans().drop_handle(id.into_u64())
    }

    fn current_span(&self) -> Current {
        let current = self.spans().current();
        let metadata = |(id, site): (u64, &'static upto::__private::span::Site)| {
            Some((Id::from_u64(id), site.tag().downcast_ref::<Metadata<'static>>()?))
        };
        current.and_then(metadata).map_or_else(Current::none, |(id, metadata)| Current::new(id, metadata))
    }
}
