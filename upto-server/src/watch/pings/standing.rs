//! How a ping stands: pure.

use serde::{Deserialize, Serialize};

use super::{Outcome, PingSettings};
use crate::watch::notice::{Notice, Source, Turn};
use crate::watch::time;

/// How grave it is that something does not answer.
const PROBLEM_LEVEL: i32 = 3;

/// How a ping stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PingStanding {
    /// It has failed often enough.
    pub(crate) is_down: bool,
    /// Since when that is so, in nanoseconds since the epoch.
    pub(crate) since: i64,
    /// How often it was down: numbers its alerts.
    pub(crate) outages: u64,
    /// In a row.
    pub(crate) failures: u32,
    pub(crate) successes: u32,
    pub(crate) last: Option<Outcome>,
    /// When it was fine last.
    pub(crate) last_success: Option<i64>,
}

impl PingStanding {
    /// Adds what a try came to; what somebody may have to be told of that.
    pub(crate) fn take(&mut self, settings: &PingSettings, outcome: &Outcome) -> Option<Notice> {
        if self.last.as_ref().is_some_and(|last| last.time >= outcome.time) {
            // It is known already.
            return None;
        }
        self.last = Some(outcome.clone());
        match outcome.is_fine() {
            true => {
                (self.successes, self.failures) = (self.successes.saturating_add(1), 0);
                self.last_success = Some(outcome.time);
            }
            false => (self.failures, self.successes) = (self.failures.saturating_add(1), 0),
        }
        let turns = match self.is_down {
            false => self.failures >= settings.failures,
            true => self.successes >= settings.successes,
        };
        turns.then(|| self.turn(settings, outcome))
    }

    fn turn(&mut self, settings: &PingSettings, outcome: &Outcome) -> Notice {
        self.is_down = !self.is_down;
        self.since = outcome.time;
        self.outages += u64::from(self.is_down);
        let PingSettings { service, url, .. } = settings;
        let (turn, end, level) = match self.is_down {
            true => (Turn::Problem, "problem", PROBLEM_LEVEL),
            false => (Turn::Resolved, "resolved", 0),
        };
        let problem = outcome.problem.as_deref().unwrap_or_default();
        let (title, text) = match self.is_down {
            true => (
                format!("Service {service} has not ponged"),
                format!("{url} does not answer as it should since {}: {problem}", time(outcome.time)),
            ),
            false => (
                format!("Service {service} is ponging again"),
                format!("{url} answers as it should since {}", time(outcome.time)),
            ),
        };
        let incident = format!("ping/{service}/{}", self.outages);
        Notice {
            id: format!("{incident}/{end}"),
            incident,
            source: Source::Ping,
            turn,
            subject: service.clone(),
            title,
            text,
            level,
            time: outcome.time,
            target: settings.alert.clone(),
        }
    }
}
