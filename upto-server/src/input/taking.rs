//! Datagrams through the door: each packet by itself, single messages of one sender together.
//!
//! What a batch costs beside its messages is more than a message, so a message alone would cost several times what one
//! in a packet does. What the store has to be asked for first is put [beside](Beside), so that the rest need not wait.

use std::net::IpAddr;

use upto::wire::{Batch, Decoder};

use super::beside::{Answer, Beside, Waiting};
use super::datagrams::Datagrams;
use super::threads::{Door, TakesAll, admits};
use crate::ingest::Source;
use crate::metrics::Input;

/// Single messages of so many bytes are taken together, or one: what is taken after the limit of what may wait for the
/// store was looked at must not be much.
const SINGLES_BYTES: usize = 4 << 10;

/// Takes the datagrams of one receiver.
pub(crate) struct Taker {
    door: Door,
    beside: Beside,
    decoder: Decoder,
}

impl Taker {
    pub(super) fn new(door: Door, beside: Beside) -> Self {
        Taker { door, beside, decoder: Decoder::new() }
    }
}

impl TakesAll for Taker {
    /// Takes all datagrams, in their order, and those that had to wait and need not any more; those that are refused are
    /// counted by the reason.
    fn take_all(&mut self, datagrams: &Datagrams) {
        self.take_answered();
        let waiting = self.beside.count();
        let (mut singles, mut count) = (Singles::default(), 0);
        for (datagram, peer) in datagrams.each() {
            count += 1;
            if !admits(self.door.rate.as_deref(), peer) {
                self.refuse("rate");
                continue;
            }
            let is_single = Decoder::is_single(datagram);
            if !is_single || !singles.have_room(datagram, peer) {
                singles.take(self);
            }
            if is_single {
                singles.add(datagram, peer, &self.door);
            } else if let Err(reason) = self.take_packet(datagram, peer) {
                self.refuse(reason);
            }
        }
        singles.take(self);
        // Those that wait are counted when they are taken or refused.
        self.door.metrics.datagrams.inc_by(count - (self.beside.count() - waiting));
    }

    /// Takes everything that still waits, as soon as the store has answered.
    fn take_rest(&mut self) {
        while let Some(concern) = self.beside.learn_next() {
            self.go_on(&concern);
        }
    }
}

impl Taker {
    fn take_answered(&mut self) {
        while let Some(concern) = self.beside.learn() {
            self.go_on(&concern);
        }
    }

    /// Takes what waited and concerns this, up to the next one for which the store has to be asked.
    fn go_on(&mut self, concern: &str) {
        while let Some((waiting, answer)) = self.beside.next(concern) {
            let taken = self.take_waiting(&waiting, answer);
            if taken == Ok(false) {
                self.beside.wait_again(waiting, &self.door.ingest);
                continue;
            }
            self.door.metrics.datagrams.inc();
            if let Err(reason) = taken {
                self.refuse(reason);
            }
        }
    }

    /// False: the store has to be asked.
    fn take_waiting(&mut self, waiting: &Waiting, answer: Option<Answer>) -> Result<bool, &'static str> {
        let Waiting { datagram, source, .. } = waiting;
        let batch = self.decoder.decode(datagram).map_err(|error| error.reason.label())?;
        let ingest = &self.door.ingest;
        let taken = match answer {
            Some(Some(Ok(prepared))) => ingest.take_prepared(&batch, *source, prepared).map(Some),
            Some(Some(Err(refusal))) => Err(refusal),
            Some(None) => return Err("ending"),
            None => ingest.take_known(&batch, *source),
        };
        self.decoder.recycle(batch);
        taken.map(|receipt| receipt.is_some()).map_err(|refusal| refusal.label())
    }

    fn take_packet(&mut self, datagram: &[u8], peer: IpAddr) -> Result<(), &'static str> {
        // What is not taken anyway need not be read. One that closes its session mostly is.
        if !Decoder::is_bare_packet(datagram) {
            self.door.ingest.check().map_err(|refusal| refusal.label())?;
        }
        let batch = self.decoder.decode(datagram).map_err(|error| error.reason.label())?;
        let taken = self.take(&batch, datagram, peer);
        self.decoder.recycle(batch);
        taken
    }

    /// Takes what one datagram said.
    fn take(&mut self, batch: &Batch<'_>, datagram: &[u8], peer: IpAddr) -> Result<(), &'static str> {
        if self.take_now(batch, peer)? { Ok(()) } else { self.beside.add(&self.door, datagram, peer, batch) }
    }

    /// False: it has to wait for the store, or for what came before and does.
    fn take_now(&self, batch: &Batch<'_>, peer: IpAddr) -> Result<bool, &'static str> {
        if self.beside.has(batch) {
            return Ok(false);
        }
        let source = Source { peer, received: None };
        let taken = self.door.ingest.take_known(batch, source).map_err(|refusal| refusal.label())?;
        Ok(taken.is_some())
    }

    fn refuse(&self, reason: &'static str) {
        self.door.metrics.count_refused(Input::Udp, reason, 1);
    }
}

/// Single messages that came one after the other from one sender.
#[derive(Default)]
struct Singles<'a> {
    batch: Batch<'a>,
    datagrams: Vec<&'a [u8]>,
    /// Of their datagrams.
    bytes: usize,
    /// That of the first one.
    peer: Option<IpAddr>,
}

impl<'a> Singles<'a> {
    /// Whether one more from this sender may be added.
    fn have_room(&self, datagram: &[u8], peer: IpAddr) -> bool {
        self.peer.is_none_or(|first| first == peer && self.bytes + datagram.len() <= SINGLES_BYTES)
    }

    fn add(&mut self, datagram: &'a [u8], peer: IpAddr, door: &Door) {
        match Decoder::append_single(datagram, &mut self.batch) {
            Ok(()) => {
                self.peer = Some(peer);
                self.datagrams.push(datagram);
                self.bytes += datagram.len();
            }
            Err(error) => door.metrics.count_refused(Input::Udp, error.reason.label(), 1),
        }
    }

    /// Takes them, and has none afterwards. Where not all can be taken now, each is taken, put beside or refused by
    /// itself, as it would be if it had come alone.
    fn take(&mut self, taker: &mut Taker) {
        let Some(peer) = self.peer.take() else { return };
        if taker.take_now(&self.batch, peer) != Ok(true) {
            self.take_each(taker, peer);
        }
        self.batch.messages.clear();
        self.batch.reports.clear();
        self.batch.attributes.clear();
        self.datagrams.clear();
        self.bytes = 0;
    }

    fn take_each(&mut self, taker: &mut Taker, peer: IpAddr) {
        for datagram in &self.datagrams {
            let mut batch = Batch::default();
            // It was read before.
            let Ok(()) = Decoder::append_single(datagram, &mut batch) else { continue };
            if let Err(reason) = taker.take(&batch, datagram, peer) {
                taker.refuse(reason);
            }
        }
    }
}

#[cfg(test)]
mod tests;
