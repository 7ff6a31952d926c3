//! Datagrams into the spool: as they came, once it is clear that they can be read.

use std::net::IpAddr;
use std::sync::Arc;

use upto::wire::{Batch, Decoder};

use super::block::{Entry, EntryKind};
use super::spool::Spool;
use crate::doors::Rate;
use crate::ingest::Budget;
use crate::input::{Aside, Datagrams, Takes, TakesAll, admits};
use crate::metrics::{Input, Metrics};

/// What takes datagrams for the spool.
#[derive(Clone)]
pub(crate) struct SpoolDoor {
    pub(crate) spool: Arc<Spool>,
    pub(crate) metrics: Arc<Metrics>,
    /// For what was received and is not taken yet.
    pub(crate) budget: Arc<Budget>,
    /// How many may come from one address that is not loopback.
    pub(crate) rate: Option<Arc<Rate<IpAddr>>>,
}

impl Takes for SpoolDoor {
    fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    type Taker = SpoolTaker;

    fn taker(&self, _aside: Aside) -> SpoolTaker {
        SpoolTaker { door: self.clone(), decoder: Decoder::new() }
    }
}

/// Spools the datagrams of one receiver.
pub(crate) struct SpoolTaker {
    door: SpoolDoor,
    decoder: Decoder,
}

impl TakesAll for SpoolTaker {
    fn take_all(&mut self, datagrams: &Datagrams) {
        let SpoolTaker { door, decoder } = self;
        let (received, mut count) = (door.spool.now(), 0);
        for (datagram, peer) in datagrams.each() {
            count += 1;
            if let Err(reason) = door.take(datagram, peer, received, decoder) {
                door.metrics.count_refused(Input::Udp, reason, 1);
            }
        }
        door.metrics.datagrams.inc_by(count);
    }
}

impl SpoolDoor {
    fn take(
        &self,
        datagram: &[u8],
        peer: IpAddr,
        received: i64,
        decoder: &mut Decoder,
    ) -> Result<(), &'static str> {
        if !admits(self.rate.as_deref(), peer) {
            return Err("rate");
        }
        let batch = decoder.decode(datagram).map_err(|error| error.reason.label())?;
        let kind = if batch.session.is_some() { EntryKind::Packet } else { EntryKind::Singles };
        let taken = self.spool_one(&Entry { kind, peer, received, bytes: datagram }, &batch);
        decoder.recycle(batch);
        taken
    }

    fn spool_one(&self, entry: &Entry<'_>, batch: &Batch<'_>) -> Result<(), &'static str> {
        match self.spool.add(std::iter::once((*entry, batch.count()))) {
            Ok(_) => {
                self.metrics.count_messages(batch.all().map(|message| message.kind));
                Ok(())
            }
            Err(_) => {
                self.spool.lose(batch);
                Err("spool_full")
            }
        }
    }
}
