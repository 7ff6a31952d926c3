//! Hosts that send, a network, servers and their store, event by event in virtual time.
//!
//! A packet leaves a host as the SDK makes it ([`packing`]), or is lost by the network. It comes to one core of one
//! [`server`], as all that the host sends does. There it waits in the socket's buffer, is received, waits in the queue
//! of the server, and is taken: its messages gather for a commit. Commits are as in the server: what gathered in 20 ms
//! goes to the [`store`] together, while the next one gathers.
//!
//! Of more than [`MOST_SENDERS`] hosts, several send as one, at the same moments: their packets travel together.

mod load;
mod outcome;
mod packing;
mod random;
mod schedule;
mod server;
mod store;
#[cfg(test)]
mod tests;
mod time;

pub(crate) use self::load::Load;
pub(crate) use self::outcome::Outcome;
pub(crate) use self::time::{Nanoseconds, SECOND};

use self::load::Source;
use self::random::Random;
use self::schedule::Schedule;
use self::server::{Packet, Server};
use self::store::Store;
use crate::parameters::Parameters;
use crate::setups::Setup;

/// How long a core works on before others are looked at again.
const TURN: Nanoseconds = 500_000;

/// So many hosts at most are simulated one by one.
const MOST_SENDERS: u32 = 10_000;

/// What happens at a time.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// A host sends.
    Departure(load::Departure),
    Arrival(Packet),
    /// A core goes on with what waits for it.
    Turn {
        server: usize,
        core: usize,
    },
    /// What has gathered is to be committed, unless that has happened earlier.
    CommitDue {
        server: usize,
    },
    /// The store has confirmed a commit.
    Stored {
        server: usize,
    },
}

/// Whether a simulation is worth going on with after messages were dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Until {
    /// To the end.
    Done,
    /// Until a message is dropped: then the outcome is of a part only.
    Dropped,
}

/// Sends `load` through `setup`, and lets it store what it has got.
pub(crate) fn simulate(
    setup: Setup,
    parameters: &Parameters,
    load: Load,
    seed: u64,
    until: Until,
) -> Outcome {
    let mut simulation = Simulation::new(setup, parameters, load, seed);
    while let Some((now, event)) = simulation.schedule.next() {
        simulation.happen(now, event);
        if until == Until::Dropped && simulation.outcome.drops.sum() > 0 {
            break;
        }
    }
    simulation.outcome
}

struct Simulation<'p> {
    parameters: &'p Parameters,
    schedule: Schedule,
    random: Random,
    source: Source,
    /// Of each sender.
    places: Vec<Place>,
    /// How many hosts send as one.
    together: u32,
    servers: Vec<Server>,
    store: Store,
    outcome: Outcome,
}

/// Where all that a host sends comes to.
#[derive(Clone, Copy, Debug)]
struct Place {
    server: usize,
    core: usize,
}

/// The timeline of a sender that is so many hosts.
fn timeline_of(sender: usize, together: u32, parameters: &Parameters) -> usize {
    sender * together as usize / parameters.timeline_hosts as usize
}

impl<'p> Simulation<'p> {
    fn new(setup: Setup, parameters: &'p Parameters, load: Load, seed: u64) -> Self {
        let (mut random, mut schedule) = (Random::new(seed), Schedule::default());
        let together = setup.hosts.div_ceil(MOST_SENDERS).min(parameters.timeline_hosts);
        let senders = (setup.hosts / together) as usize;
        let (servers, cores) = (setup.servers as usize, setup.cores as usize);
        let timelines = setup.hosts.div_ceil(parameters.timeline_hosts) as usize;
        let timeline = |sender| timeline_of(sender, together, parameters);
        // Which core it is depends on the host's address.
        let place = |sender| {
            let turn = if parameters.by_timeline { timeline(sender) } else { sender };
            Place { server: turn % servers, core: random.below(cores) }
        };
        let places = (0..senders).map(place).collect();
        let source = Source::start(load, senders, parameters, &mut random, &mut schedule);
        let servers = (0..servers).map(|_| Server::new(cores, timelines, parameters)).collect();
        let store = Store::new(setup, parameters);
        let outcome = Outcome::default();
        Simulation { parameters, schedule, random, source, places, together, servers, store, outcome }
    }

    fn happen(&mut self, now: Nanoseconds, event: Event) {
        match event {
            Event::Departure(departure) => self.depart(now, departure),
            Event::Arrival(packet) => self.arrive(now, packet),
            Event::Turn { server, core } => self.work(now, server, core),
            Event::CommitDue { server } => self.commit(now, server),
            Event::Stored { server } => self.stored(now, server),
        }
    }

    fn depart(&mut self, now: Nanoseconds, departure: load::Departure) {
        let (round, next) = self.source.depart(now, departure, &mut self.random);
        if let Some((time, departure)) = next {
            self.schedule.add(time, Event::Departure(departure));
        }
        for messages in packing::packets(round.messages, self.parameters) {
            self.send(now, &round, messages);
        }
    }

    /// Sends a packet, of each of the hosts that send as one.
    fn send(&mut self, now: Nanoseconds, round: &load::Round, messages: u32) {
        let (datagrams, messages) = (self.together, messages * self.together);
        self.outcome.last_sent = now;
        self.outcome.sent += u64::from(messages);
        if self.random.happens(self.parameters.loss) {
            self.outcome.lost += u64::from(messages);
            return;
        }
        let place = self.places[round.sender];
        let timeline = timeline_of(round.sender, self.together, self.parameters);
        let packet = Packet { place, timeline, datagrams, messages, created: round.created };
        let arrival = now + self.delay();
        self.schedule.add(arrival, Event::Arrival(packet));
    }

    fn delay(&mut self) -> Nanoseconds {
        let microseconds = self.parameters.delay_us + self.random.exponential(self.parameters.jitter_us);
        time::of_seconds(microseconds / 1e6)
    }

    fn arrive(&mut self, now: Nanoseconds, packet: Packet) {
        let Place { server, core } = packet.place;
        let has_turn = self.servers[server].receive(now, packet, &mut self.outcome.drops);
        if !has_turn {
            self.schedule.add(now + TURN, Event::Turn { server, core });
        }
    }

    fn work(&mut self, now: Nanoseconds, server: usize, core: usize) {
        let has_more = self.servers[server].work(core, now, &mut self.outcome.drops);
        if self.servers[server].has_datagrams(core) {
            self.outcome.last_waiting = now;
        }
        if has_more {
            self.schedule.add(now + TURN, Event::Turn { server, core });
        }
        self.schedule_commit(now, server);
    }

    fn schedule_commit(&mut self, now: Nanoseconds, server: usize) {
        if let Some(due) = self.servers[server].commits.newly_due() {
            self.schedule.add(due.max(now), Event::CommitDue { server });
        }
    }

    fn commit(&mut self, now: Nanoseconds, server: usize) {
        let Some((commit, making, core)) = self.servers[server].begin_commit(now) else { return };
        if let Some(core) = core {
            self.schedule.add(now + TURN, Event::Turn { server, core });
        }
        let done = self.store.write(server, now + making, commit);
        self.schedule.add(done, Event::Stored { server });
    }

    fn stored(&mut self, now: Nanoseconds, server: usize) {
        self.outcome.last_stored = now;
        for (created, messages) in self.servers[server].commits.finish(now) {
            self.outcome.stored += u64::from(messages);
            self.outcome.durable.add(now.saturating_sub(created), messages);
        }
        self.schedule_commit(now, server);
    }
}
