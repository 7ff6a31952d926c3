//! Heartbeats: a service says that it is alive, and somebody is told when it is not.

use std::borrow::Cow;
use std::fmt;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use crate::client::{self, Report, Shared};
use crate::value::{Value, captured_within};
use crate::wire::Kind;

/// What is promised at least and at most: over UDP, nobody would believe less.
const PROMISED: RangeInclusive<Duration> = Duration::from_millis(150)..=Duration::from_secs(1_000_000_000);
/// Bytes that the server keeps of what a service says of itself.
const TEXT_BYTES: usize = 1_024;

/// A heartbeat of this service: [`every`](HeartbeatBuilder::every) starts it.
///
/// The client's thread pulses, and the server knows by that that this process lives. When it dies, hangs as a whole or is
/// cut off, the server tells whoever is to be told (docs/watch.md).
///
/// ```
/// use std::time::Duration;
///
/// let heartbeat = upto::heartbeat("backup").grace(Duration::from_secs(60)).every(Duration::from_secs(30));
/// heartbeat.say("copying the second disk");
/// // The work. When it is done, nobody expects pulses any more.
/// drop(heartbeat);
/// ```
///
/// A service's name has at most 256 bytes; the server refuses, and counts, pulses of an empty or a longer one.
pub fn heartbeat(service: impl Into<Cow<'static, str>>) -> HeartbeatBuilder {
    HeartbeatBuilder { service: service.into(), attributes: Vec::new() }
}

/// What is to be known of a heartbeat before it starts.
#[derive(Clone, Debug)]
#[must_use = "a heartbeat starts with `every`"]
pub struct HeartbeatBuilder {
    service: Cow<'static, str>,
    attributes: Vec<(&'static str, Value)>,
}

impl HeartbeatBuilder {
    /// Which of several runs of the service this is: each is watched. At most 128 bytes.
    pub fn run(self, run: impl Into<Cow<'static, str>>) -> Self {
        self.with("run", Value::Text(run.into()))
    }

    /// How much later than promised a pulse may be, before the service is dead; none, if this is not said.
    pub fn grace(self, grace: Duration) -> Self {
        self.with("grace", Value::Float(grace.as_secs_f64()))
    }

    /// Who is told when it is dead: a kind of alert that the server knows, such as `mail`, and an address. If this is not
    /// said, those that the server's rules name.
    pub fn alert(self, kind: impl Into<Cow<'static, str>>, target: impl Into<Cow<'static, str>>) -> Self {
        self.with("alert_type", Value::Text(kind.into())).with("alert_target", Value::Text(target.into()))
    }

    fn with(mut self, key: &'static str, value: Value) -> Self {
        self.attributes.retain(|(other, _)| *other != key);
        self.attributes.push((key, value));
        self
    }

    /// Starts it: the server hears of the service within `promised` each time, 150 ms to 10^9 s, or it is late.
    ///
    /// It pulses three times as often, so that datagrams may be lost. A process keeps at most 1,024 heartbeats; those on
    /// top do nothing, and are counted as [`dropped_queue_full`](crate::Stats::dropped_queue_full). Without a client,
    /// it does nothing.
    pub fn every(self, promised: Duration) -> Heartbeat {
        let promised = promised.clamp(*PROMISED.start(), *PROMISED.end());
        let HeartbeatBuilder { service, attributes } =
            self.with("next", Value::Float(promised.as_secs_f64()));
        let pulse = Report { kind: Kind::Pulse, service, text: String::new(), attributes };
        Heartbeat(client::current().and_then(|client| Beating::begin(client, pulse, promised)))
    }
}

/// A service that pulses. Dropping this tells the server that it will pulse no more, and nobody is alerted; but where a
/// panic drops it, it just stops, and the server finds the service dead.
///
/// So does the end of the client: drop this before its [`Guard`](crate::Guard), as variables that are declared later are. In
/// a child process after `fork`, it does nothing.
#[derive(Debug)]
#[must_use = "the heartbeat is cancelled when this is dropped"]
pub struct Heartbeat(Option<Beating>);

struct Beating {
    client: &'static Shared,
    key: u64,
    cancel: Report,
    began_in_panic: bool,
}

impl Heartbeat {
    /// Says something about the service with its pulses, of which one is sent now. Cut at 1,024 bytes.
    pub fn say(&self, text: impl fmt::Display) -> &Self {
        if let Some(beating) = self.0.as_ref().filter(|beating| beating.is_heard()) {
            beating.say(captured_within(TEXT_BYTES, format_args!("{text}")).text);
        }
        self
    }

    /// Stops pulsing, and does not tell the server: unless another process pulses for the service, it will be dead.
    pub fn abandon(mut self) {
        self.end(None);
    }

    fn end(&mut self, last: Option<fn(Report) -> Report>) {
        let Some(beating) = self.0.take().filter(Beating::is_heard) else { return };
        let Beating { client, key, cancel, .. } = beating;
        if !client.reports.end(key, last.map(|last| last(cancel))) {
            client::count_unrecorded();
        }
        client.ring();
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        let has_panicked = |beating: &Beating| std::thread::panicking() && !beating.began_in_panic;
        match self.0.as_ref().is_some_and(has_panicked) {
            true => self.end(None),
            false => self.end(Some(|cancel| cancel)),
        }
    }
}

impl Beating {
    fn begin(client: &'static Shared, pulse: Report, promised: Duration) -> Option<Self> {
        let attributes = pulse.attributes.iter().filter(|(key, _)| *key == "run").cloned().collect();
        let cancel = Report { kind: Kind::Cancel, attributes, ..pulse.clone() };
        let Some(key) = client.reports.begin(pulse, promised, Instant::now()) else {
            client::count_unrecorded();
            return None;
        };
        client.ring();
        Some(Beating { client, key, cancel, began_in_panic: std::thread::panicking() })
    }

    /// Whether there is still a thread that pulses. In a child process there is none, and a lock may be held for ever.
    fn is_heard(&self) -> bool {
        client::is_current(self.client)
    }

    fn say(&self, text: String) {
        self.client.reports.change(self.key, Instant::now(), |pulse| pulse.text = text);
        self.client.ring();
    }
}

impl fmt::Debug for Beating {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Beating").field("service", &self.cancel.service).finish_non_exhaustive()
    }
}
