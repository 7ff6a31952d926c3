//! What can be chosen, for both front ends.

use tracing_core::Level;

#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) context: Option<String>,
    pub(crate) has_target: bool,
    pub(crate) has_busy_time: bool,
    pub(crate) events: Option<Level>,
}

impl Options {
    /// True if spans are nothing but what they say themselves.
    pub(crate) fn is_plain(&self) -> bool {
        self.context.is_none() && !self.has_target && !self.has_busy_time
    }

    /// True if `tracing` events of this level are points.
    pub(crate) fn has_points(&self, level: &Level) -> bool {
        self.events.as_ref().is_some_and(|most| level <= most)
    }
}

/// The methods of a front end that change its options.
macro_rules! option_methods {
    () => {
        /// The context of spans that are part of no event, if it is not the client's. Those that are part of one
        /// are in its context: a tree is never torn apart, unless a span says so by its field `upto.context`.
        #[must_use]
        pub fn with_context(self, context: impl Into<String>) -> Self {
            let context = Some(context.into()).filter(|context| !context.is_empty());
            self.with_options(|options| options.context = context)
        }

        /// Whether the target of a span (by default its module's path) becomes the attribute `target`. By default it
        /// does not. It is never part of the name, so that switching it on or off leaves timelines
        /// comparable. A field `target` of the span takes precedence.
        #[must_use]
        pub fn with_target(self, has_target: bool) -> Self {
            self.with_options(|options| options.has_target = has_target)
        }

        /// Whether a span's end tells how long it was entered and how long it was not, in nanoseconds, as the
        /// attributes `busy_ns` and `idle_ns`. By default it does not. While it is entered on several threads, that
        /// counts once. Takes a lock whenever a span is entered and left, and reads the clock.
        #[must_use]
        pub fn with_busy_time(self, has_busy_time: bool) -> Self {
            self.with_options(|options| options.has_busy_time = has_busy_time)
        }

        /// Turns `tracing`'s events up to this level (`Level::INFO`: also WARN and ERROR) into points of the timeline,
        /// below what is current. By default none are.
        ///
        /// A point is named as the event is (`info!(name: "…")`), and without a name by the event's target; the
        /// message is the attribute `message`, the level `level`, and fields are attributes.
        #[must_use]
        pub fn with_events(self, level: tracing_core::Level) -> Self {
            self.with_options(|options| options.events = Some(level))
        }
    };
}
pub(crate) use option_methods;
