//! The macro `scope!`, and what it takes as parents and causes.

use crate::{Event, EventBuilder, Scope, Value};

/// Starts an event with attributes: the guard that it gives is an [`Event`](crate::Event), which ends the event when it
/// is dropped, and may be held across an `.await` or on another thread as one may.
///
/// ```
/// # fn fetch(url: &str, tries: u32) {
/// let fetch = upto::scope!("fetch", url, tries = tries + 1, kind = ?url.len());
/// # fetch.end();
/// # }
/// # #[derive(Debug)] struct Job { timeline: String, cause: upto::Event }
/// # fn run(job: &Job, is_slow: bool) {
/// let run = upto::scope!(timeline = &job.timeline, follows = &job.cause, when = is_slow, "run", ?job);
/// # run.end();
/// # }
/// ```
///
/// First come options, if there are any, then the name, then attributes, written as in `fields(…)` of
/// [`#[upto::event]`](macro@crate::event): `key = value`, `key = %value` (its `Display`), `key = ?value` (its `Debug`), or a
/// variable's name, which is the key. A key is `word`, `several.words` or `"any text"`. Variables and fields are not
/// moved: for a type of one's own, implement `From<&Type>` for [`Value`](crate::Value).
///
/// | option | meaning |
/// |---|---|
/// | `context = …`, `timeline = …`, `host = …` | other than the parent's; any expression that gives a text |
/// | `parent = …` | the event that this one is part of instead of the current one: an [`&Event`](crate::Event), a [`Scope`](crate::Scope) or `&Scope`, or an `Option<&Scope>`, where `None` is no event |
/// | `follows = …` | the event that is its cause, likewise |
/// | `when = …` | the condition on which there is an event |
///
/// The name is any expression that gives a text: a literal, or a constant by a name in capitals, is taken as it is,
/// anything else is copied. With a literal and no option but `when`, starting the event takes no memory. Nothing of this is evaluated while nothing is sent or the condition does not hold,
/// unlike the arguments of methods that are called on the guard; and nothing is left of it with the feature
/// `enabled` off, where it is checked all the same.
#[macro_export]
macro_rules! scope {
    ($($input:tt)*) => { $crate::__private::scope! { $crate; $($input)* } };
}

/// An event's name that lives for ever; a function, so that errors point at what is given to it.
#[inline]
pub const fn constant(name: &'static str) -> &'static str {
    name
}

/// A copy of an event's name; a function, so that errors point at what is given to it.
#[inline]
pub fn name(text: &(impl AsRef<str> + ?Sized)) -> String {
    text.as_ref().to_owned()
}

/// The value of an attribute; a function, so that errors point at what is given to it.
#[inline]
pub fn value(value: impl ToValue) -> Value {
    value.to_value()
}

/// What can be the value of an attribute as it is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of an attribute",
    note = "`key = ?value` records its `Debug`, `key = %value` its `Display`",
    note = "or implement `From<{Self}>` for `upto::Value`"
)]
pub trait ToValue {
    /// The value.
    fn to_value(self) -> Value;
}

// Said otherwise, it is about a trait that nobody has asked for.
#[diagnostic::do_not_recommend]
impl<V: Into<Value>> ToValue for V {
    #[inline]
    fn to_value(self) -> Value {
        self.into()
    }
}

/// What can be a parent or a cause.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no event",
    note = "expected an `&Event`, a `Scope` or `&Scope`, or an `Option<&Scope>`"
)]
pub trait Link: Sized {
    /// The event that is meant; `Some(None)`: none at all.
    fn scope(self) -> Option<Option<Scope>>;

    /// Makes it the parent.
    fn parent_of(self, builder: EventBuilder) -> EventBuilder {
        match self.scope() {
            Some(Some(scope)) => builder.parent(scope),
            Some(None) => builder.root(),
            None => builder,
        }
    }

    /// Makes it the cause.
    fn followed_by(self, builder: EventBuilder) -> EventBuilder {
        match self.scope().flatten() {
            Some(scope) => builder.follows(&scope),
            None => builder,
        }
    }
}

impl Link for Scope {
    fn scope(self) -> Option<Option<Scope>> {
        Some(Some(self))
    }
}

impl Link for &Scope {
    fn scope(self) -> Option<Option<Scope>> {
        Some(self).scope()
    }
}

impl Link for Option<&Scope> {
    fn scope(self) -> Option<Option<Scope>> {
        Some(self.cloned())
    }
}

/// One that is not sent says nothing.
impl Link for &Event {
    fn scope(self) -> Option<Option<Scope>> {
        Event::scope(self).map(|scope| Some(scope).cloned())
    }
}
