//! Who sends what, and when.

use super::Event;
use super::packing;
use super::random::{Random, whole};
use super::schedule::Schedule;
use super::time::{Nanoseconds, SECOND, of_seconds};
use crate::parameters::Parameters;

/// Messages of an event: its start and its end.
const EVENT_MESSAGES: f64 = 2.0;
/// A deployment starts then by a clock that is right; before it by one that is fast.
const DEPLOYMENT: f64 = 1.0;

/// What hosts do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Load {
    /// Each host has so many events a second, at random moments.
    Steady { events_per_second: f64 },
    /// Something is started everywhere at once, by the hosts' own clocks, and each host has so many events from it.
    Deployment { events: f64 },
}

/// Somebody sends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Departure {
    /// Any sender, at random.
    Any,
    /// This one, which has so many messages left.
    Of { sender: usize, left: u32 },
}

/// What a sender sends together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) sender: usize,
    pub(super) messages: u32,
    /// When the first of them was made, at the earliest.
    pub(super) created: Nanoseconds,
}

/// Makes the rounds of all senders: of hosts, or of several that send as one.
#[derive(Debug)]
pub(super) struct Source {
    senders: usize,
    /// How long each gathers, and the mean number of messages in that time.
    gather: Nanoseconds,
    mean: f64,
    /// Between two rounds of any senders, in seconds, if they send at random.
    pause: f64,
    end: Nanoseconds,
}

impl Source {
    /// Schedules the first departures.
    pub(super) fn start(
        load: Load,
        senders: usize,
        parameters: &Parameters,
        random: &mut Random,
        schedule: &mut Schedule,
    ) -> Self {
        let (rate, end) = match load {
            Load::Steady { events_per_second } => {
                (EVENT_MESSAGES * events_per_second, of_seconds(parameters.seconds))
            }
            Load::Deployment { events } => {
                (EVENT_MESSAGES * events / parameters.start_seconds, Nanoseconds::MAX)
            }
        };
        let gather = packing::round(rate);
        let mean = rate * gather as f64 / SECOND as f64;
        // The rounds of many senders together come at random; those in which there is nothing to send are left out.
        let pause = gather as f64 / SECOND as f64 / (1.0 - (-mean).exp()) / senders as f64;
        let source = Source { senders, gather, mean, pause, end };
        match load {
            Load::Steady { .. } => {
                schedule.add(of_seconds(random.exponential(pause)), Event::Departure(Departure::Any));
            }
            Load::Deployment { events } => {
                source.deploy(whole(EVENT_MESSAGES * events), parameters, random, schedule);
            }
        }
        source
    }

    fn deploy(&self, messages: u32, parameters: &Parameters, random: &mut Random, schedule: &mut Schedule) {
        for sender in 0..self.senders {
            let skew = random.normal(parameters.skew_ms / 1e3);
            let start = of_seconds(DEPLOYMENT + skew);
            let departure = Departure::Of { sender, left: messages };
            schedule.add(start + self.until_round(random), Event::Departure(departure));
        }
    }

    /// What is sent now, and what comes next of it.
    pub(super) fn depart(
        &self,
        now: Nanoseconds,
        departure: Departure,
        random: &mut Random,
    ) -> (Round, Option<(Nanoseconds, Departure)>) {
        let (messages, created) = (random.at_least_one(self.mean), now.saturating_sub(self.gather));
        match departure {
            Departure::Any => {
                let round = Round { sender: random.below(self.senders), messages, created };
                let next = now + of_seconds(random.exponential(self.pause));
                (round, (next < self.end).then_some((next, departure)))
            }
            Departure::Of { sender, left } => {
                let messages = messages.min(left);
                let next = Departure::Of { sender, left: left - messages };
                let time = now + self.until_round(random);
                (Round { sender, messages, created }, (left > messages).then_some((time, next)))
            }
        }
    }

    /// From one round of a sender to the next one in which it has something to send.
    fn until_round(&self, random: &mut Random) -> Nanoseconds {
        let rounds_without = random.exponential(1.0 / self.mean).floor();
        of_seconds((rounds_without + 1.0) * self.gather as f64 / SECOND as f64)
    }
}
