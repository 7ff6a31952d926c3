//! For tests of programs that use this crate: what would be sent, to be looked at instead.
//!
//! ```
//! # #[cfg(feature = "enabled")] {
//! use upto::Value;
//!
//! #[upto::event(name = "compile")]
//! fn compile(level: u32) {
//!     let link = upto::event("link");
//!     link.fail("no such file");
//! }
//!
//! let capture = upto::testing::capture();
//! compile(2);
//!
//! let events = capture.events();
//! assert_eq!(events.paths(), ["compile", "compile.link"]);
//! let compile = events.find("compile").unwrap();
//! assert_eq!(compile.attribute("level"), Some(&Value::from(2)));
//! assert_eq!(events.children(compile).next().map(|link| link.text.as_str()), Some("no such file"));
//! assert_eq!(capture.missed(), 0);
//! # }
//! ```
//!
//! A capture needs no client: where none is running, it starts one that sends nowhere, in the context `test`, and that
//! ends with the last capture. A client that runs already goes on sending, and is captured too; when its guard is dropped
//! meanwhile, its session ends, and the captures go on. `UPTO=off` switches no capture off.
//!
//! **Code under test that calls [`init`](crate::init)** or [`ClientBuilder::init`](crate::ClientBuilder::init) while
//! something is captured, on any thread, gets a guard as ever. Its settings are checked and then forgotten; what it sends
//! flows into the captures and nowhere else, in the context `test`. Dropping that guard ends no capture. So a test that
//! wants something sent needs a process without captures.
//!
//! With the feature `enabled` off, nothing is captured.

#[cfg(not(feature = "enabled"))]
mod absent;
mod captured;
#[cfg(feature = "enabled")]
mod client;
mod fold;
#[cfg(feature = "enabled")]
mod sink;

#[cfg(not(feature = "enabled"))]
use self::absent::Source;
pub use self::captured::{CapturedEvent, CapturedEvents, CapturedMark};
#[cfg(all(test, unix, feature = "enabled"))]
pub(crate) use self::client::while_locked as while_clients_are_locked;
#[cfg(feature = "enabled")]
pub(crate) use self::client::{check_after_fork, keep_or, unless_captured};
#[cfg(feature = "enabled")]
use self::sink::Source;
#[cfg(all(test, unix, feature = "enabled"))]
pub(crate) use self::sink::while_locked as while_captures_are_locked;
#[cfg(feature = "enabled")]
pub(crate) use self::sink::{count_failure, count_unsent, is_capturing, observe};

/// Captures what happens on this thread from now on: tests that run side by side each see their own.
///
/// An event that starts here is seen to its end, on whichever thread that is. What starts on other threads is not
/// captured, among that the tasks of a runtime with several of them: see [`capture_all`].
pub fn capture() -> Capture {
    Capture(Source::of_this_thread())
}

/// Captures what happens on all threads from now on, other tests' too.
pub fn capture_all() -> Capture {
    Capture(Source::of_all_threads())
}

/// Captures until it is dropped.
#[derive(Debug)]
#[must_use = "nothing is captured once this is dropped"]
pub struct Capture(Source);

impl Capture {
    /// The events and points so far, by their start. An event that is still open has no end.
    ///
    /// Waits until what has happened so far has been told, which takes some microseconds, and 10 s at most.
    #[must_use]
    pub fn events(&self) -> CapturedEvents {
        fold::events(self.marks())
    }

    /// What would have been sent so far, in the order of sending; waits likewise. A mark whose attributes have no room
    /// in one packet is there several times, with some of them each. New timelines, and what is said of
    /// services, are seen by [`capture_all`] alone.
    #[must_use]
    pub fn marks(&self) -> Vec<CapturedMark> {
        self.0.marks()
    }

    /// How many messages are missing, of all threads, an event being two of them: the queues were full, names were too long, or a capture was,
    /// which keeps about a million marks. Where nobody knows how many, it is one more: the system gave no thread to
    /// capture with, or that ended by a panic.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.0.missed()
    }
}
