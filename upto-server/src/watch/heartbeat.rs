//! A heartbeat, and what changes it: pure, and told the time.

mod change;
mod outages;
mod pulse;
mod shared_text;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use self::change::{Change, News};
pub(crate) use self::outages::Outage;
pub(crate) use self::pulse::{Fault, Pulse, TEXT_BYTES, check_names};

/// Which heartbeat: a service, and one of its runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) service: Arc<str>,
    /// Empty for services that do not tell their runs apart.
    pub(crate) run: Arc<str>,
}

impl Key {
    pub(crate) fn new(service: &str, run: &str) -> Self {
        Key { service: service.into(), run: run.into() }
    }

    /// For people: the service, and its run if there is one.
    pub(crate) fn label(&self) -> String {
        if self.run.is_empty() {
            self.service.to_string()
        } else {
            format!("{} ({})", self.service, self.run)
        }
    }
}

/// Who is told, as whoever pulses says it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AlertTarget {
    /// The kind of channel, such as `mail`.
    pub(crate) kind: String,
    /// Whom it leads to, in the channel's own terms.
    pub(crate) address: String,
}

/// How a heartbeat stands, as far as that does not change by time alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// It is known and has not pulsed yet.
    New,
    /// It is expected to pulse.
    Up,
    /// It did not pulse when it should have, or said that it failed.
    Dead,
    /// It said that it will not pulse any more.
    Cancelled,
    /// Somebody said that it is not to be watched for a while.
    Paused,
}

/// How a heartbeat stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    New,
    Up,
    /// It should have pulsed, and its grace time runs.
    Late,
    Dead,
    Cancelled,
    Paused,
}

impl State {
    pub(crate) const ALL: [Self; 6] =
        [Self::New, Self::Up, Self::Late, Self::Dead, Self::Cancelled, Self::Paused];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            State::New => "new",
            State::Up => "up",
            State::Late => "late",
            State::Dead => "dead",
            State::Cancelled => "cancelled",
            State::Paused => "paused",
        }
    }
}

/// What is known and stored of a heartbeat. Times are in nanoseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Heartbeat {
    #[serde(with = "shared_text")]
    pub(crate) service: Arc<str>,
    #[serde(with = "shared_text")]
    pub(crate) run: Arc<str>,
    /// What stands for it in addresses that pulse without a token; hard to guess.
    #[serde(with = "shared_text")]
    pub(crate) ping: Arc<str>,
    /// Within how many nanoseconds it pulses again.
    pub(crate) next: i64,
    /// How many nanoseconds later than that it may be.
    pub(crate) grace: i64,
    pub(crate) alert: Option<AlertTarget>,
    /// When it became known.
    pub(crate) created: i64,
    /// What it said of itself last.
    pub(crate) text: String,
    /// When it pulsed last.
    pub(crate) last: Option<i64>,
    /// When it has to pulse again, its grace time left out.
    pub(crate) expected: Option<i64>,
    pub(crate) standing: Standing,
    /// Since when it stands so.
    pub(crate) since: i64,
    /// How often it was dead: numbers its alerts.
    pub(crate) deaths: u64,
    /// When it was dead, the latest last.
    pub(crate) outages: Vec<Outage>,
}

impl Heartbeat {
    /// One that nothing is known of but its name.
    pub(crate) fn new(key: &Key, ping: Arc<str>, at: i64) -> Self {
        Heartbeat {
            service: key.service.clone(),
            run: key.run.clone(),
            ping,
            next: 0,
            grace: 0,
            alert: None,
            created: at,
            text: String::new(),
            last: None,
            expected: None,
            standing: Standing::New,
            since: at,
            deaths: 0,
            outages: Vec::new(),
        }
    }

    pub(crate) fn key(&self) -> Key {
        Key { service: self.service.clone(), run: self.run.clone() }
    }

    pub(crate) fn state(&self, now: i64) -> State {
        match self.standing {
            Standing::New => State::New,
            Standing::Up if self.expected.is_some_and(|expected| now > expected) => State::Late,
            Standing::Up => State::Up,
            Standing::Dead => State::Dead,
            Standing::Cancelled => State::Cancelled,
            Standing::Paused => State::Paused,
        }
    }

    /// When it is dead unless it pulses; `None`: it is not waited for.
    pub(crate) fn deadline(&self) -> Option<i64> {
        let expected = self.expected.filter(|_| self.standing == Standing::Up)?;
        Some(expected.saturating_add(self.grace))
    }

    /// How long it has at most, from a pulse on.
    pub(crate) fn patience(&self) -> i64 {
        self.next.saturating_add(self.grace)
    }

    /// Part of the time from `from` to `to` in which it was not dead, 0 to 1; `None` if it was not known yet by then.
    pub(crate) fn uptime(&self, from: i64, to: i64) -> Option<f64> {
        outages::uptime(&self.outages, self.created, from, to)
    }
}

#[cfg(test)]
mod tests;
