#![doc = include_str!("../README.md")]
//! # The map
//!
//! The modules in the order in which an event flows through them: [`init`] reads [`settings`] and
//! starts the client. [`event()`] and its guard ask `state` whether anything is sent, `path` for their place in
//! the tree, `clock` for the time, and `local`, which each thread has for itself, for what is `current`. They leave a
//! `record` of a start or an end in the thread's `ring`. The client's flusher reads the rings, turns records into
//! packets of [`wire`], shows them to [`testing`], and its socket sends those. What is said of services, a `heartbeat` or a line
//! for the `journal`, waits in the client for the same packets. With the feature `enabled` off,
//! `disabled` stands for all of this.

#[cfg(feature = "enabled")]
mod client;
#[cfg(feature = "enabled")]
mod clock;
#[cfg(feature = "enabled")]
mod current;
#[cfg(not(feature = "enabled"))]
mod disabled;
mod error;
#[cfg(feature = "enabled")]
mod event;
#[cfg(feature = "enabled")]
mod heartbeat;
#[cfg(feature = "enabled")]
mod journal;
#[cfg(feature = "enabled")]
mod local;
#[cfg(feature = "enabled")]
mod path;
#[cfg(feature = "enabled")]
mod record;
#[cfg(feature = "enabled")]
mod ring;
mod scope;
pub mod settings;
#[cfg(feature = "enabled")]
mod span;
#[cfg(feature = "enabled")]
mod state;
mod stats;
#[cfg(feature = "enabled")]
mod sync;
#[cfg(feature = "enabled")]
mod task;
pub mod testing;
mod value;
pub mod wire;

/// Turns a function into an event: it starts when the function is called (an `async` one: first
/// polled) and ends when it returns, failed when it panics, cancelled when its future is dropped.
///
/// ```
/// #[upto::event]
/// fn compile(unit: &str, level: u32) {}
///
/// #[upto::event(name = "fetch", fields(url = %url), err)]
/// async fn fetch(url: String) -> Result<Vec<u8>, std::io::Error> {
///     Ok(Vec::new())
/// }
/// ```
///
/// | option | meaning |
/// |---|---|
/// | `name = "a.b"` | the event's name below its parent: any expression that gives a text; by default `module::function`. Literals, and constants by names in capitals, are taken as they are; anything else is copied, and costs more |
/// | `context = "…"`, `timeline = "…"`, `host = "…"` | other than the parent's; any expression that gives a text |
/// | `when = condition` | there is an event only if this holds; it may use the arguments, and `self` |
/// | `fields(key = value, key = %value, key = ?value)` | attributes: a value, its `Display`, its `Debug`; a key is `word`, `several.words` or `"any text"` |
/// | `fields(argument, %argument, ?argument)` | likewise, with the argument's name as the key |
/// | `skip(argument, …)`, `skip_all` | do not record these arguments |
/// | `err` | an `Err` that is returned marks the event failed, with its `Display`; with `err` and `ret`, `Location::caller` in a `#[track_caller]` function is the function itself |
/// | `ret` | the returned value becomes the attribute `return`, by its `Debug` |
/// | `crate = path` | where the crate `upto` is, when it is renamed or re-exported |
///
/// Arguments that are numbers, booleans or characters, or references to them, become attributes by
/// themselves, unless their names begin with `_`. Texts and other types do not, because they may be secret or
/// expensive: name them in `fields`, where an argument is never moved.
///
/// A function that returns `impl Future`, `Pin<Box<dyn Future>>` (a method under `#[async_trait]` does) or
/// `BoxFuture` is an event as an `async` one is; what `fields` and the other options say is evaluated when it is
/// called. No option is evaluated while nothing is sent. With the feature `enabled` off, options are checked by the
/// compiler and nothing is left of them.
#[cfg(feature = "enabled")]
pub use upto_macros::event;
/// Has the compiler check the options, and does nothing: the feature `enabled` is off.
#[cfg(not(feature = "enabled"))]
pub use upto_macros::event_off as event;

#[cfg(feature = "enabled")]
pub use self::client::{Client, ClientBuilder, Guard, child_environment};
#[cfg(feature = "enabled")]
pub use self::current::Scope;
#[cfg(not(feature = "enabled"))]
pub use self::disabled::{
    Client, ClientBuilder, Event, EventBuilder, Guard, Heartbeat, HeartbeatBuilder, InEvent, InstrumentExt,
    JournalLine, Point, Scope, child_environment, event, heartbeat, init, journal, new_timeline, point,
};
pub use self::error::{InitError, SettingError};
#[cfg(feature = "enabled")]
pub use self::event::{Event, EventBuilder, Point, event, point};
#[cfg(feature = "enabled")]
pub use self::heartbeat::{Heartbeat, HeartbeatBuilder, heartbeat};
#[cfg(feature = "enabled")]
pub use self::journal::{JournalLine, journal};
pub use self::stats::Stats;
#[cfg(feature = "enabled")]
pub use self::task::{InEvent, InstrumentExt};
pub use self::value::{Value, debug, display, escape};

/// Starts the client as the environment says, and makes it the process's one.
///
/// | variable | meaning | default |
/// |---|---|---|
/// | `UPTO` | `off`: send nothing, whatever the program says; a [`ClientBuilder`] that does not read the environment obeys it, too | |
/// | `UPTO_SERVER` | `host:port` of the server | `127.0.0.1:8123` |
/// | `UPTO_CONTEXT` | the context | the program's name |
/// | `UPTO_TIMELINE` | the timeline's name | the context's active one |
/// | `UPTO_HOST` | the host of events; `auto` is this machine's name | none |
/// | `UPTO_PARENT` | path of the event that this process is part of | none |
/// | `TRACEPARENT` | the trace that this process is part of, as W3C Trace Context writes it: becomes the attribute `traceparent` of events that are part of no other. One that is not well-formed is ignored | none |
///
/// [`child_environment`] gives a child process what it takes to continue here.
///
/// Keep the guard until the program ends: dropping it sends what is queued, within a deadline.
///
/// # Errors
/// [`InitError`] when variables do not parse or are too long, when a client is running already, or when the
/// system gives no thread. An absent server is not an error: events are then sent to nobody.
#[cfg(feature = "enabled")]
pub fn init() -> Result<Guard, InitError> {
    Client::builder().from_env()?.init()
}

/// Opens a new timeline in the client's context; it becomes the active one.
///
/// With a name, all events that this process starts from now on name that timeline. With `""`, the server
/// names it by its time, and what this process starts goes to the active timeline. That holds below events
/// that are open already too; these end where they started. Events that are given a timeline
/// ([`EventBuilder::timeline`]), and those below them, stay in it.
///
/// A name over 16 KiB is refused and counted as [`Stats::dropped_name`]: the timeline stays as it is. 256 new timelines may
/// wait to be sent, which takes some milliseconds; of those on top only the latest is opened, and the others are dropped and
/// counted as [`Stats::dropped_queue_full`] with what happened in them.
#[cfg(feature = "enabled")]
pub fn new_timeline(name: &str) {
    client::new_timeline(name);
}

/// What the macros expand to. Not for use by hand: it changes without notice.
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "enabled")]
    pub use upto_macros::scope;
    #[cfg(not(feature = "enabled"))]
    pub use upto_macros::scope_off as scope;

    #[cfg(feature = "enabled")]
    pub use crate::client::is_active;
    #[cfg(feature = "enabled")]
    pub use crate::current::number_of;
    #[cfg(feature = "enabled")]
    pub use crate::event::{start_at, start_detached_at};
    #[cfg(feature = "enabled")]
    pub use crate::local::{LocalEvent, TaskEvent};
    #[cfg(feature = "enabled")]
    pub use crate::path::CallSite;
    pub use crate::scope::{Link, ToValue, constant, name, value};
    #[cfg(feature = "enabled")]
    pub use crate::task::Running;
    pub use crate::value::guarded;
    /// Events of spans, for `upto-tracing`.
    #[cfg(feature = "enabled")]
    pub mod span {
        pub use crate::span::{Beginning, Late, Parent, Site, Spans, has_current};
    }
}
