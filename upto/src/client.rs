//! The process's client: what tells where to send to, and the thread that sends.

#[cfg(test)]
pub(crate) mod alone;
mod bell;
mod child;
mod flusher;
mod fork;
mod reports;
mod running;
mod shared;
mod socket;

use std::time::Duration;

pub use self::child::child_environment;
use self::flusher::Flusher;
pub(crate) use self::reports::Report;
pub(crate) use self::running::{
    count_unrecorded, current, hurry_flusher, is_current, parent, refuse_name, wake_flusher,
};
pub(crate) use self::shared::Shared;
use crate::clock::cycles;
use crate::error::InitError;
use crate::settings::{self, Settings};
use crate::stats::Stats;
use crate::wire::{Kind, limits};
use crate::{local, state, testing};

/// True if events are sent. The only thing an annotation does when they are not: what it does when they are is kept
/// out of the way of that.
#[inline(always)]
pub fn is_active() -> bool {
    if state::now().is_off() {
        return false;
    }
    aside();
    true
}

/// Tells the compiler that a branch is to be laid out behind the others.
#[cold]
#[inline]
fn aside() {}

pub(crate) fn new_timeline(name: &str) {
    let Some(client) = running::current() else { return };
    if name.len() > limits::NAME_BYTES {
        return refuse_name(Kind::New);
    }
    client.open_timeline(name, cycles::now());
    client.bell.ring();
}

/// Sends events to a server. A process has one, made by [`init`](crate::init) or by a
/// [`ClientBuilder`].
#[derive(Clone, Copy, Debug)]
pub struct Client(());

impl Client {
    /// A client to be told where to send to.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { settings: Settings::default() }
    }

    /// True while the process has a client, so that events are sent: for what is expensive to find out about an
    /// event. Costs about a nanosecond.
    #[inline]
    #[must_use]
    pub fn is_active() -> bool {
        is_active()
    }

    /// What the process's client has counted; `None` while the process has none: none was started, it was switched
    /// off, or it has ended. What threads dropped is counted within some milliseconds, and by [`Guard::flush`].
    ///
    /// A client ends when its guard is dropped, in a child process after `fork`, and should its thread ever panic.
    #[must_use]
    pub fn stats() -> Option<Stats> {
        Some(running::current()?.counters.stats())
    }
}

/// Settings of a client that is not yet started. Each overrides the environment's, if that was read.
#[derive(Clone, Debug)]
#[must_use = "a client starts with `init`"]
pub struct ClientBuilder {
    settings: Settings,
}

/// A client that has these settings so far.
impl From<Settings> for ClientBuilder {
    fn from(settings: Settings) -> Self {
        ClientBuilder { settings }
    }
}

impl ClientBuilder {
    /// Takes what the `UPTO_*` variables say, in place of everything that was set before: call it first. See
    /// [`init`](crate::init).
    ///
    /// # Errors
    /// [`InitError::Settings`] with all that do not parse, are too long, or are no Unicode.
    pub fn from_env(mut self) -> Result<Self, InitError> {
        self.settings = Settings::from_system(|name| std::env::var_os(name))?;
        Ok(self)
    }

    /// Whether anything is sent, by default it is. `false`: the guard that [`init`](ClientBuilder::init) gives does
    /// nothing, and annotations cost next to nothing.
    ///
    /// The variable `UPTO` is the operator's switch: with `UPTO=off` nothing is sent, whatever is said here.
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.settings.enabled = enabled;
        self
    }

    /// Where to send to: `host:port`; without a port, 8123.
    ///
    /// # Errors
    /// [`InitError::Settings`] when it does not parse. Whether it resolves is found out later, and again
    /// and again: a network may come up after the program.
    pub fn server(mut self, server: &str) -> Result<Self, InitError> {
        self.settings.set_server("server", server)?;
        Ok(self)
    }

    /// The context of events that name none of their own.
    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.settings.context = context.into();
        self
    }

    /// The timeline of events that name none; `""`: the context's active one.
    pub fn timeline(mut self, timeline: impl Into<String>) -> Self {
        self.settings.timeline = timeline.into();
        self
    }

    /// The host of events that name none; `"auto"`: this machine's name.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.settings.host = host.into();
        self
    }

    /// The path of the event that this process is part of.
    pub fn parent(mut self, path: impl Into<String>) -> Self {
        self.settings.parent = path.into();
        self
    }

    /// The trace that this process is part of, as W3C Trace Context writes it (`traceparent`): events that
    /// are part of no other carry it as an attribute, which links the timeline to the trace. `""`: none. Of a later
    /// version of that format, what version 00 knows is kept.
    pub fn traceparent(mut self, traceparent: impl Into<String>) -> Self {
        self.settings.traceparent = traceparent.into();
        self
    }

    /// Bytes of a packet at most: 512 to 65,507, by default 1,400.
    pub fn packet_bytes(mut self, bytes: usize) -> Self {
        self.settings.packet_bytes = bytes;
        self
    }

    /// Bytes that one thread's queue takes at most, by default 256 KiB; 20 KiB or more. What comes on top is
    /// dropped and counted. An eighth more is kept for the ends of events: by default, about 1,000 plain ones.
    pub fn thread_bytes(mut self, bytes: usize) -> Self {
        self.settings.thread_bytes = bytes;
        self
    }

    /// Bytes that the queues of all threads take together at most, by default 16 MiB, likewise; at least what one thread's
    /// queue may take.
    pub fn total_bytes(mut self, bytes: usize) -> Self {
        self.settings.total_bytes = bytes;
        self
    }

    /// Whether a packet with ends of events is sent a second time, against its loss: 6 ms or more after the first, so that
    /// what loses packets for a moment does not lose both. Until then it takes memory, within three quarters of the
    /// [budget](ClientBuilder::total_bytes); what has no room is sent once, and counted as
    /// [`unrepeated`](crate::Stats::unrepeated). By default none is.
    ///
    /// The client's end waits for what is to be sent again, and for as long again for its last packet.
    pub fn send_ends_twice(mut self, twice: bool) -> Self {
        self.settings.send_ends_twice = twice;
        self
    }

    /// How long dropping the guard may wait for what is queued, by default 500 ms.
    pub fn flush_deadline(mut self, deadline: Duration) -> Self {
        self.settings.flush_deadline = deadline;
        self
    }

    /// Starts the client and makes it the process's one. If it is not [`enabled`](ClientBuilder::enabled), or the
    /// variable `UPTO` says `off`, which is asked whether [`from_env`](ClientBuilder::from_env) was called or not, it
    /// starts nothing.
    ///
    /// # Errors
    /// As [`init`](crate::init); [`InitError::Settings`] has all settings that are out of their range.
    pub fn init(self) -> Result<Guard, InitError> {
        let is_allowed = settings::is_allowed(|name| std::env::var_os(name));
        let (mut settings, is_allowed) = self.settings.checked_with(is_allowed)?;
        settings.enabled &= is_allowed;
        let start = || match settings.enabled {
            true => Ok(Guard(Guarded::Client(start(settings, true)?))),
            false if running::current().is_some() => Err(InitError::AlreadyRunning),
            false => Ok(Guard(Guarded::Nothing)),
        };
        testing::unless_captured(start).unwrap_or(Ok(Guard(Guarded::Captures)))
    }
}

/// Starts a client that sends nothing: for captures.
pub(crate) fn start_for_captures() -> Result<&'static Shared, InitError> {
    start(Settings { context: "test".to_owned(), ..Settings::default() }, false)
}

fn start(settings: Settings, is_sending: bool) -> Result<&'static Shared, InitError> {
    cycles::select();
    fork::watch();
    let client = running::set(Shared::new(settings, is_sending)).ok_or(InitError::AlreadyRunning)?;
    local::POOL.limit(client.settings.total_bytes, client.settings.thread_bytes);
    client.open_first_timeline();
    if let Err(error) = Flusher::new(client).spawn() {
        running::unset(client);
        return Err(InitError::Thread(error));
    }
    state::set(state::next_epoch());
    Ok(client)
}

/// Waits until what has been queued so far has left; false if `deadline` came first.
pub(crate) fn flush(deadline: Duration) -> bool {
    running::current().is_none_or(|client| client.bell.flush(deadline))
}

/// Ends a client, if it is the process's one: sends what is queued, for at most its flush deadline.
pub(crate) fn end(client: &'static Shared) {
    if running::is_current(client) {
        give_up(client);
        client.bell.close(client.settings.flush_deadline);
    }
}

/// The process has no client any more.
fn give_up(client: &'static Shared) {
    state::set_off();
    running::unset(client);
}

/// Keeps the client running. Dropping it sends what is queued and ends the client, and waits for that for at most the
/// flush deadline.
///
/// After a session of 16 packets or more, up to 52 ms of that wait are spent on the last packet: it is sent again after 2,
/// 10 and 40 ms, as the receiver's buffer may be full right then, and by no later packet could its loss be known. With
/// a shorter deadline, the client's thread does so beside the host, and what the process's end cuts off is not sent.
///
/// In a child process after `fork` nothing is sent, until that calls [`init`](crate::init) itself; the guard that it
/// has inherited does nothing.
///
/// Where tests capture events, a guard stands for their capture, and ends nothing: see [`testing`](crate::testing).
#[derive(Debug)]
#[must_use = "dropping the guard ends the client"]
pub struct Guard(Guarded);

/// What a guard stands for.
#[derive(Debug)]
enum Guarded {
    /// Nothing is sent.
    Nothing,
    /// The client ends with the guard.
    Client(&'static Shared),
    /// Captures go on without the guard.
    Captures,
}

impl Guard {
    /// Waits until what has been queued so far has left; false if `deadline` came first, or if the thread that sends
    /// has ended by a panic.
    pub fn flush(&self, deadline: Duration) -> bool {
        match self.0 {
            Guarded::Nothing => true,
            Guarded::Captures => flush(deadline),
            Guarded::Client(client) if running::is_current(client) => client.bell.flush(deadline),
            Guarded::Client(client) => !client.has_failed(),
        }
    }

    /// Ends the client as dropping the guard does, and gives what it has counted, its last packet among it: for a program
    /// that tells what was dropped. All zero where nothing is sent.
    ///
    /// When the flush deadline came first, what the thread that sends was still about to do is not in it. After a fork, in
    /// the child, it is what the parent had counted by then; where tests capture events, what the client has that goes on.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), upto::InitError> {
    /// let upto = upto::init()?;
    /// upto::event("work").end();
    /// let stats = upto.finish();
    /// if stats.dropped_queue_full > 0 {
    ///     eprintln!("{} starts, ends and points are missing", stats.dropped_queue_full);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn finish(self) -> Stats {
        let client = match self.0 {
            Guarded::Nothing => None,
            Guarded::Captures => running::current(),
            Guarded::Client(client) => Some(client),
        };
        drop(self);
        client.map_or_else(Stats::default, |client| client.counters.stats())
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let Guarded::Client(client) = self.0 else { return };
        if !running::is_current(client) {
            return;
        }
        let deadline = client.settings.flush_deadline;
        if testing::keep_or(client, || give_up(client)) {
            client.leave();
            client.bell.flush(deadline);
        } else {
            client.bell.close(deadline);
        }
    }
}

/// 64 bits that differ from process to process and from call to call: the standard library seeds its
/// hasher from the system's random source.
fn random() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one((std::process::id(), crate::event::now()))
}
