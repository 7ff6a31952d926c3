//! Sending at a pace, and waiting until everything is where it has to be.

use std::thread;
use std::time::{Duration, Instant};

use crate::cores;
use crate::failure::Failure;
use crate::load::{Packets, Run, Size};
use crate::receiver::{Counts, Receiver};
use crate::sender::Sender;

/// How often a receiver is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(10);
const LOOK_SOON: Duration = Duration::from_millis(2);
/// Packets that may wait while others are sent: twice as many fit the receiver's socket.
const AT_ONCE: u64 = 1_400;
/// When nothing more has come for so long, nothing will.
const QUIET: Duration = Duration::from_secs(1);
/// Shorter waits are spent looking at the clock: the system wakes nobody that soon.
const SLEEP_FROM: Duration = Duration::from_micros(300);

/// What was sent, what of it came, and what that cost.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Fed {
    pub(crate) messages: u64,
    pub(crate) datagrams: u64,
    /// Datagrams that were sent and not taken.
    pub(crate) lost: u64,
    /// From the first datagram until the last one that came was where it has to be.
    pub(crate) seconds: f64,
    /// CPU time of the receiver meanwhile.
    pub(crate) cpu_seconds: f64,
}

impl Fed {
    /// Messages that a receiver could take that needs all of a core for it.
    pub(crate) fn messages_per_cpu_second(&self) -> f64 {
        self.taken() / self.cpu_seconds
    }

    /// Messages a second that came to where they have to be.
    pub(crate) fn messages_per_second(&self) -> f64 {
        self.taken() / self.seconds
    }

    /// Nanoseconds of CPU time for each message.
    pub(crate) fn cpu_nanoseconds(&self) -> f64 {
        1e9 * self.cpu_seconds / self.taken()
    }

    /// Messages in the datagrams that were taken: all have about as many.
    fn taken(&self) -> f64 {
        let datagrams = self.datagrams.saturating_sub(self.lost) as f64;
        self.messages as f64 * datagrams / self.datagrams as f64
    }
}

/// Sends runs to a receiver that has nothing to do, so many messages a second at most.
///
/// # Errors
/// The receiver has ended.
pub(crate) fn feed(
    receiver: &mut impl Receiver,
    runs: impl IntoIterator<Item = Run>,
    messages_per_second: f64,
) -> Result<Fed, Failure> {
    cores::keep_to_sender()?;
    let mut sender = Sender::to(receiver.address())?;
    let before = receiver.counts()?;
    let (began, cpu) = (Instant::now(), receiver.process().cpu_seconds()?);
    let mut fed = Fed::default();
    for run in runs {
        wait_until(began + Duration::from_secs_f64(fed.messages as f64 / messages_per_second));
        sender.send(&run)?;
        fed.messages += run.messages;
        fed.datagrams += run.count();
    }
    let (after, settled) = settle(receiver, before, fed.datagrams)?;
    let lost = fed.datagrams.saturating_sub(after.taken() - before.taken());
    let cpu_seconds = receiver.process().cpu_seconds()? - cpu;
    Ok(Fed { lost, seconds: (settled - began).as_secs_f64(), cpu_seconds, ..fed })
}

/// Sends all packets, as fast as the receiver takes them: it waits for those before.
///
/// # Errors
/// The receiver has ended, or some were lost all the same.
pub(crate) fn feed_all(receiver: &mut impl Receiver, packets: Packets) -> Result<Size, Failure> {
    cores::keep_to_sender()?;
    let mut sender = Sender::to(receiver.address())?;
    let before = receiver.counts()?;
    let (mut sent, mut looked) = (0, 0);
    let size = packets.for_each(|run| {
        sender.send(&run)?;
        sent += run.count();
        if sent - looked >= AT_ONCE {
            looked = sent;
            wait_for(receiver, before.received + sent - AT_ONCE)?;
        }
        Ok(())
    })?;
    let (after, _) = settle(receiver, before, size.datagrams)?;
    match after.taken() - before.taken() == size.datagrams {
        true => Ok(size),
        false => Err(Failure::Missing("packets that were sent no faster than they were taken")),
    }
}

/// Waits until so many datagrams have come and are where they have to be, or no more do: what an agent's disk does not keep up
/// with, it has no room for.
fn wait_for(receiver: &mut impl Receiver, datagrams: u64) -> Result<(), Failure> {
    let (mut latest, mut since) = (receiver.counts()?, Instant::now());
    while !latest.is_all(datagrams) && since.elapsed() < QUIET {
        thread::sleep(LOOK_SOON);
        let counts = receiver.counts()?;
        if counts != latest {
            (latest, since) = (counts, Instant::now());
        }
    }
    Ok(())
}

/// Waits until it is known of so many more datagrams than `before` what has become of them, or nothing more comes; what
/// the receiver says then, and when it said something new for the last time.
///
/// # Errors
/// It does not answer.
pub(crate) fn settle(
    receiver: &mut impl Receiver,
    before: Counts,
    datagrams: u64,
) -> Result<(Counts, Instant), Failure> {
    let all = before.received + before.dropped + datagrams;
    let (mut latest, mut since) = (before, Instant::now());
    loop {
        let counts = receiver.counts()?;
        if counts != latest {
            (latest, since) = (counts, Instant::now());
        }
        if counts.is_all(all) || since.elapsed() > QUIET {
            return Ok((latest, since));
        }
        thread::sleep(LOOK_EVERY);
    }
}

fn wait_until(due: Instant) {
    loop {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        if left > SLEEP_FROM {
            thread::sleep(left - SLEEP_FROM / 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_counts_for_nothing() {
        let fed = Fed { messages: 1_000, datagrams: 100, lost: 50, seconds: 2.0, cpu_seconds: 0.5 };
        assert_eq!(fed.messages_per_second(), 250.0);
        assert_eq!(fed.messages_per_cpu_second(), 1_000.0);
        assert_eq!(fed.cpu_nanoseconds(), 1e6);
    }
}
