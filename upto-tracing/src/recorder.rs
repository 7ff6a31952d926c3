//! Spans to events, and events to failures and points: what both front ends do.

use std::borrow::Cow;

use tracing_core::span::{Attributes, Record};
use tracing_core::{Event, Level};
use upto::__private::span::{Beginning, Late, Parent, Spans, has_current};
use upto::{Client, Value};

use crate::attributes::{Pairs, Values, Visitor};
use crate::options::Options;
use crate::place::Place;
use crate::{failure, point};

/// The attribute that tells a span's target.
const TARGET: &str = "target";

/// Has the open spans of a subscriber.
#[derive(Debug)]
pub(crate) struct Recorder {
    options: Options,
    /// See [`Options::is_plain`].
    is_plain: bool,
    pub(crate) spans: Spans,
}

impl Recorder {
    pub(crate) fn new(spans: Spans, options: Options) -> Self {
        Recorder { is_plain: options.is_plain(), options, spans }
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn change_options(&mut self, change: impl FnOnce(&mut Options)) {
        change(&mut self.options);
        self.is_plain = self.options.is_plain();
    }

    /// Starts a span's event, below what `parent` says if it is not what is current. Its number; 0: it has no event.
    #[inline]
    pub(crate) fn new_span(
        &self,
        id: u64,
        attributes: &Attributes<'_>,
        parent: impl FnOnce() -> Parent,
    ) -> u64 {
        if !Client::is_active() {
            return 0;
        }
        let place = Place::of(attributes.metadata());
        if self.is_plain && !place.has_fields && attributes.is_contextual() {
            return self.spans.start(id, place.site());
        }
        if self.spans.is_taken(id) {
            return 0;
        }
        let parent = if attributes.is_contextual() { Parent::Current } else { parent() };
        let id = self.start(id, place, attributes, parent);
        if self.options.has_busy_time {
            self.spans.change(id, Late::begin_timing);
        }
        id
    }

    fn start(&self, id: u64, place: &'static Place, attributes: &Attributes<'_>, parent: Parent) -> u64 {
        if place.has_special || !self.is_plain {
            return self.start_with(id, place, attributes, parent);
        }
        let mut values = Values::new();
        attributes.record(&mut Visitor(&mut values));
        match values.places(place.keys.len()) {
            None => self.spans.start_below(id, place.site(), parent, values.all()),
            Some(_) if values.all().is_empty() => self.spans.start_below(id, place.site(), parent, &[]),
            Some(places) => {
                let keys =
                    places.into_iter().filter_map(|key| place.keys.get(key)).map(|key| Cow::Borrowed(*key));
                let attributes = keys.zip(values.all().iter().cloned()).collect();
                self.spans.start_with(
                    id,
                    place.site(),
                    parent,
                    Beginning { attributes, ..Beginning::default() },
                )
            }
        }
    }

    fn start_with(&self, id: u64, place: &'static Place, attributes: &Attributes<'_>, parent: Parent) -> u64 {
        let mut beginning = Beginning::default();
        if self.options.has_target && place.metadata.fields().field(TARGET).is_none() {
            beginning.attributes.push((TARGET.into(), Value::from(place.metadata.target())));
        }
        attributes.record(&mut Visitor(&mut beginning));
        if beginning.context.is_none() && self.is_root(parent) {
            beginning.context.clone_from(&self.options.context);
        }
        self.spans.start_with(id, place.site(), parent, beginning)
    }

    fn is_root(&self, parent: Parent) -> bool {
        match parent {
            Parent::Current => !has_current(),
            Parent::Root => true,
            Parent::Span(id) => !self.spans.contains(id),
        }
    }

    /// Fields of a span are recorded late.
    pub(crate) fn record(&self, id: u64, values: &Record<'_>) {
        if !Client::is_active() || !self.spans.contains(id) {
            return;
        }
        let mut pairs = Pairs::default();
        values.record(&mut Visitor(&mut pairs));
        self.spans.change(id, |late| pairs.0.into_iter().for_each(|(key, value)| late.attr(key, value)));
    }

    /// A span follows from another one.
    pub(crate) fn follow(&self, id: u64, cause: u64) {
        if Client::is_active() {
            self.spans.follow(id, cause);
        }
    }

    #[inline]
    pub(crate) fn enter(&self, id: u64) {
        self.spans.enter(id);
        if self.options.has_busy_time && Client::is_active() {
            self.spans.change(id, Late::time_enter);
        }
    }

    #[inline]
    pub(crate) fn exit(&self, id: u64) {
        if self.options.has_busy_time && Client::is_active() {
            self.spans.change(id, Late::time_exit);
        }
        self.spans.exit(id);
    }

    /// True if something is to be known of events of this level.
    pub(crate) fn wants_events(&self, level: &Level) -> bool {
        *level == Level::ERROR || self.options.has_points(level)
    }

    /// Something happened; `span` finds the innermost span that it is in and that has an event.
    pub(crate) fn event(&self, event: &Event<'_>, span: impl FnOnce() -> Option<u64>) {
        let level = event.metadata().level();
        if !self.wants_events(level) || !Client::is_active() {
            return;
        }
        let (is_error, is_point) = (*level == Level::ERROR, self.options.has_points(level));
        let span = if is_error || !event.is_contextual() { span() } else { None };
        if is_point {
            let elsewhere = span.map_or(Parent::Root, Parent::Span);
            let parent = if event.is_contextual() { Parent::Current } else { elsewhere };
            point::send(&self.spans, event, parent);
        }
        if let Some(id) = span.filter(|_| is_error) {
            let reason = failure::reason(event);
            self.spans.change(id, |late| late.fail(&reason));
        }
    }
}
