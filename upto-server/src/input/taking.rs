//! Datagrams through the door: each packet by itself, single messages of one sender together.
//!
//! What a batch costs beside its messages is more than a message, so a message alone would cost several times what one
//! in a packet does.

use std::net::IpAddr;

use upto::wire::{Batch, Decoder};

use super::datagrams::Datagrams;
use super::threads::{Door, admits};
use crate::metrics::Input;

/// Single messages of so many bytes are taken together, or one: what is taken after the limit of what may wait for the
/// store was looked at must not be much.
const SINGLES_BYTES: usize = 4 << 10;

/// Takes all datagrams, in their order; those that are refused are counted by the reason.
pub(super) async fn take_all(door: &Door, datagrams: &Datagrams, decoder: &mut Decoder) {
    let (mut singles, mut count) = (Singles::default(), 0);
    for (datagram, peer) in datagrams.each() {
        count += 1;
        if !admits(door.rate.as_deref(), peer) {
            door.metrics.count_refused(Input::Udp, "rate", 1);
            continue;
        }
        let is_single = Decoder::is_single(datagram);
        if !is_single || !singles.have_room(datagram, peer) {
            singles.take(door).await;
        }
        if is_single {
            singles.add(datagram, peer, door);
        } else if let Err(reason) = take_packet(door, datagram, peer, decoder).await {
            door.metrics.count_refused(Input::Udp, reason, 1);
        }
    }
    singles.take(door).await;
    door.metrics.datagrams.inc_by(count);
}

async fn take_packet(
    door: &Door,
    datagram: &[u8],
    peer: IpAddr,
    decoder: &mut Decoder,
) -> Result<(), &'static str> {
    // What is not taken anyway need not be read.
    door.ingest.check().map_err(|refusal| refusal.label())?;
    let batch = decoder.decode(datagram).map_err(|error| error.reason.label())?;
    let taken = door.ingest.take(&batch, peer).await;
    decoder.recycle(batch);
    taken.map(drop).map_err(|refusal| refusal.label())
}

/// Single messages that came one after the other from one sender.
#[derive(Default)]
struct Singles<'a> {
    batch: Batch<'a>,
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
                self.bytes += datagram.len();
            }
            Err(error) => door.metrics.count_refused(Input::Udp, error.reason.label(), 1),
        }
    }

    /// Takes them, and has none afterwards. Where not all can be taken, each is taken or refused by itself, as it would be
    /// if it had come alone.
    async fn take(&mut self, door: &Door) {
        let Some(peer) = self.peer.take() else { return };
        if door.ingest.take(&self.batch, peer).await.is_err() {
            self.take_each(door, peer).await;
        }
        self.batch.messages.clear();
        self.batch.attributes.clear();
        self.bytes = 0;
    }

    async fn take_each(&mut self, door: &Door, peer: IpAddr) {
        for message in std::mem::take(&mut self.batch.messages) {
            self.batch.messages = vec![message];
            if let Err(refusal) = door.ingest.take(&self.batch, peer).await {
                door.metrics.count_refused(Input::Udp, refusal.label(), 1);
            }
        }
    }
}

#[cfg(test)]
mod tests;
