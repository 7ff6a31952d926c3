//! The highest load that a set-up takes.

use serde::Serialize;

use crate::parameters::Parameters;
use crate::setups::Setup;
use crate::simulation::{Load, Nanoseconds, Outcome, SECOND, Until, simulate};

/// Messages are durable after so many seconds, but for one in a hundred.
const SOON: f64 = 1.0;
/// Steady load is kept up with if all is durable so soon after the last message was sent.
const KEPT_UP: Nanoseconds = SECOND / 7;
/// Bounds of what is tried, in events of a host.
const LEAST: f64 = 0.01;
const MOST: f64 = 1e6;
/// The highest load is known to so much.
const PRECISION: f64 = 1.04;

/// What a set-up takes.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Capacity {
    pub(crate) setup: Setup,
    /// Events a second of each host, day in, day out.
    pub(crate) steady: Highest,
    /// Seconds until 99 of 100 messages are durable, at half of that.
    pub(crate) durable_at_half: f64,
    /// Events of each host in a deployment that starts everywhere at once.
    pub(crate) deployment: Highest,
}

/// The highest load without loss, and what a little more of it fails by.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Highest {
    /// Events of each host: a second, or in all.
    pub(crate) events: f64,
    pub(crate) limit: Limit,
}

/// What was too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Limit {
    /// CPU of the servers: datagrams waited too long to be received or taken.
    Servers,
    /// What the store takes.
    Store,
    /// Nothing that was tried.
    None,
}

pub(crate) fn capacity_of(setup: Setup, parameters: &Parameters, seed: u64) -> Capacity {
    let steady = |events_per_second| Load::Steady { events_per_second };
    let run = |load| simulate(setup, parameters, load, seed, Until::Dropped);
    let highest = highest(|events| steady_limit(&run(steady(events))));
    let half = simulate(setup, parameters, steady(highest.events / 2.0), seed, Until::Done);
    let deployment = self::highest(|events| limit_of(&run(Load::Deployment { events })));
    Capacity { setup, steady: highest, durable_at_half: half.durable.quantile(0.99), deployment }
}

/// What a load fails by that goes on for ever, if it does.
fn steady_limit(outcome: &Outcome) -> Option<Limit> {
    let after = |time: Nanoseconds| time.saturating_sub(outcome.last_sent);
    let behind = (after(outcome.last_stored) > KEPT_UP).then_some(());
    let who = if after(outcome.last_waiting) > KEPT_UP / 2 { Limit::Servers } else { Limit::Store };
    limit_of(outcome).or(behind.map(|()| who))
}

/// What a load fails by, if it does.
fn limit_of(outcome: &Outcome) -> Option<Limit> {
    let drops = outcome.drops;
    if drops.kernel + drops.queue_full > 0 {
        return Some(Limit::Servers);
    }
    (drops.behind > 0 || outcome.durable.quantile(0.99) > SOON).then_some(Limit::Store)
}

/// Looks for the highest number of events for which `limit` is none: from small ones, tenfold each time, then between.
fn highest(limit: impl Fn(f64) -> Option<Limit>) -> Highest {
    let mut good = LEAST;
    let mut bad = loop {
        if good >= MOST {
            return Highest { events: good, limit: Limit::None };
        }
        match limit(10.0 * good) {
            None => good *= 10.0,
            Some(limit) => break Highest { events: 10.0 * good, limit },
        }
    };
    while bad.events / good > PRECISION {
        let middle = (good * bad.events).sqrt();
        match limit(middle) {
            None => good = middle,
            Some(limit) => bad = Highest { events: middle, limit },
        }
    }
    Highest { events: good, limit: bad.limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_load_is_found() {
        for end in [0.5, 7.0, 90_000.0] {
            let found = highest(|events| (events > end).then_some(Limit::Store));
            assert_eq!(found.limit, Limit::Store);
            assert!(found.events <= end && found.events > end / 1.05, "{found:?}");
        }
        assert_eq!(highest(|_| None).limit, Limit::None);
    }
}
