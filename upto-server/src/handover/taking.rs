//! Blocks through the one door: as if their messages had come here when the agent received them.
//!
//! A message without a time gets that of the agent's clock when it came there, which is the same whenever it is handed
//! over. When a packet came matters for what it tells of its sender's clock, and for how old its session is: these are
//! moved to this server's clock.

use std::time::Duration;

use upto::wire::{Batch, Decoder, Kind, Message};
use xxhash_rust::xxh3::xxh3_64;

use super::{Arrived, Handover, Outcome, Undelivered};
use crate::agent::{Block, Entry, EntryKind, Header, Lost, LostPackets};
use crate::decode::MESSAGES;
use crate::ingest::{Missed, Receipt, Refusal, Source};
use crate::metrics::Input;
use crate::timeline::{Sent, SessionCount};
use crate::watch::Report;

/// A delivery that is being taken.
pub(super) struct Taking<'a> {
    handover: Handover<'a>,
    arrived: Arrived<'a>,
    /// How far the agent's clock is behind this server's, in nanoseconds.
    shift: i64,
    decoder: Decoder,
    /// Of what was taken last: what was taken before is durable no later.
    latest: Option<Receipt>,
    outcome: Outcome,
}

impl<'a> Taking<'a> {
    pub(super) fn new(handover: Handover<'a>, arrived: Arrived<'a>, shift: i64) -> Self {
        let (decoder, latest, outcome) = (Decoder::new(), None, Outcome::default());
        Taking { handover, arrived, shift, decoder, latest, outcome }
    }

    /// Takes a block.
    ///
    /// # Errors
    /// Nothing is taken at present.
    pub(super) async fn take(&mut self, block: &Block<'_>) -> Result<(), Undelivered> {
        self.outcome.hops = self.outcome.hops.max(block.header.path.len() as u64);
        self.take_lost(&block.header).await?;
        let shift = self.shift.saturating_add(block.header.offset);
        for entry in block.entries() {
            match entry {
                Ok(entry) => self.take_entry(&entry, shift).await?,
                Err(_) => self.refuse("delivery", 1),
            }
        }
        Ok(())
    }

    /// Waits until all of it is durable.
    ///
    /// # Errors
    /// The store does not take it at present.
    pub(super) async fn finish(mut self) -> Result<Outcome, Undelivered> {
        self.wait().await?;
        Ok(self.outcome)
    }

    /// What can't be stored for good is no reason to send all of it again.
    async fn wait(&mut self) -> Result<(), Refusal> {
        let Some(receipt) = self.latest.take() else { return Ok(()) };
        match self.handover.ingest.stored(&receipt).await {
            Err(refusal) if refusal.is_lasting() => {
                self.refuse(refusal.label(), 1);
                Ok(())
            }
            stored => stored,
        }
    }

    fn refuse(&mut self, reason: &'static str, count: u64) {
        self.handover.metrics.count_refused(Input::Http, reason, count);
        self.outcome.refused = self.outcome.refused.saturating_add(count);
    }

    async fn take_entry(&mut self, entry: &Entry<'_>, shift: i64) -> Result<(), Undelivered> {
        let decoded = match entry.kind {
            EntryKind::Packet => self.decoder.decode(entry.bytes),
            EntryKind::Singles => self.decoder.decode_singles(entry.bytes, MESSAGES),
        };
        let mut batch = match decoded {
            Ok(batch) => batch,
            Err(error) => {
                self.refuse(error.reason.label(), 1);
                return Ok(());
            }
        };
        self.leave_out_wrong(&mut batch);
        let received = entry.received.saturating_add(shift);
        date(&mut batch, entry.received, self.arrived.at.saturating_sub(received));
        let taken = self.take_batch(&mut batch, Source { peer: entry.peer, received: Some(received) }).await;
        self.decoder.recycle(batch);
        taken
    }

    /// Refuses what services have said that is not what it has to be. Nobody will ever take it, and what came with it must
    /// not wait for that.
    fn leave_out_wrong(&mut self, batch: &mut Batch<'_>) {
        for report in std::mem::take(&mut batch.reports) {
            match Report::of(&report, batch) {
                Ok(_) => batch.reports.push(report),
                Err(fault) => self.refuse(fault.label(), 1),
            }
        }
    }

    async fn take_batch(&mut self, batch: &mut Batch<'_>, source: Source) -> Result<(), Undelivered> {
        if self.arrived.caller.expect_for_batch(self.handover.catalog, batch).is_err() {
            self.refuse("forbidden", batch.count());
            return Ok(());
        }
        let mut taken = self.attempt(batch, source).await;
        if let Err(refusal @ Refusal::Reports(_)) = &taken {
            // There may be no room for more services for a long time, and others must not wait for that.
            self.refuse(refusal.label(), batch.reports.len() as u64);
            batch.reports.clear();
            taken = self.attempt(batch, source).await;
        }
        let messages = batch.count();
        match taken {
            Ok(receipt) => {
                self.latest = Some(receipt);
                self.outcome.messages += messages;
                Ok(())
            }
            // There will be no room for them later either, and others must not wait for ever.
            Err(refusal) if refusal.is_lasting() => {
                self.refuse(refusal.label(), messages);
                Ok(())
            }
            Err(refusal) => Err(refusal.into()),
        }
    }

    async fn attempt(&mut self, batch: &Batch<'_>, source: Source) -> Result<Receipt, Refusal> {
        let taken = self.handover.ingest.take_from(batch, source).await;
        let is_full = matches!(taken, Err(Refusal::Behind | Refusal::Reports(_)));
        if !is_full || self.latest.is_none() {
            return taken;
        }
        // It may be this very delivery that waits.
        self.wait().await?;
        self.handover.ingest.take_from(batch, source).await
    }

    /// Tells timelines what the agent has lost of what was for them.
    async fn take_lost(&mut self, header: &Header) -> Result<(), Undelivered> {
        let Lost { messages, singles, packets } = &header.lost;
        self.outcome.lost = self.outcome.lost.saturating_add(*messages);
        for (number, (place, count)) in (0_u64..).zip(singles) {
            let count = single_loss(header, number, *count);
            let places = self.places(std::slice::from_ref(place));
            if !places.is_empty() {
                let noted = self.handover.ingest.take_loss(places, count).await;
                self.noted(noted)?;
            }
        }
        for (session, lost) in packets {
            let places = self.places(&lost.places);
            let missed = missed(*session, lost, places, self.delay(header));
            let noted = self.handover.ingest.take_missed(missed).await;
            self.noted(noted)?;
        }
        Ok(())
    }

    /// How long ago the agent received what is in the block, about, but not less.
    fn delay(&self, header: &Header) -> i64 {
        self.arrived.at.saturating_sub(header.received.0.saturating_add(self.shift))
    }

    fn noted(&mut self, noted: Result<Receipt, Refusal>) -> Result<(), Undelivered> {
        match noted {
            Ok(receipt) => self.latest = Some(receipt),
            Err(refusal) if refusal.is_lasting() => self.refuse(refusal.label(), 0),
            Err(refusal) => return Err(refusal.into()),
        }
        Ok(())
    }

    /// Messages for these contexts and timelines, as far as they are well named and for contexts of the caller's.
    fn places<'p>(&self, places: &'p [(String, String)]) -> Vec<Message<'p>> {
        let message = |(context, timeline): &'p (String, String)| Message {
            kind: Kind::Point,
            context,
            timeline,
            name: "lost",
            ..Message::default()
        };
        let may_be = |message: &Message<'_>| {
            message.fault().is_none() && {
                let batch = Batch { messages: vec![message.clone()], ..Batch::default() };
                self.arrived.caller.expect_for_batch(self.handover.catalog, &batch).is_ok()
            }
        };
        places.iter().map(message).filter(may_be).collect()
    }
}

/// Gives messages without a time that of the agent, and a session the age that it has now.
fn date(batch: &mut Batch<'_>, received: i64, delay: i64) {
    for message in &mut batch.messages {
        message.time.get_or_insert(received);
    }
    if let Some(info) = &mut batch.session {
        info.age = info.age.map(|age| older(age, delay));
    }
}

/// An age, so many nanoseconds later.
fn older(age: Duration, delay: i64) -> Duration {
    age.saturating_add(Duration::from_nanos(u64::try_from(delay).unwrap_or(0)))
}

/// Messages that an agent lost, counted as the drops of a session of their own, whose number is the same whenever and
/// to whichever server this is told.
fn single_loss(header: &Header, number: u64, count: u64) -> SessionCount {
    let place = [header.run, header.number, number].map(u64::to_le_bytes).concat();
    let sent = Sent { dropped: count, ..Sent::default() };
    SessionCount { session: xxh3_64(&place), sent, ended: true, ..SessionCount::default() }
}

fn missed<'p>(session: u64, lost: &LostPackets, places: Vec<Message<'p>>, delay: i64) -> Missed<'p> {
    let told = |info: crate::agent::PacketInfo| {
        let info = info.of_session(session);
        upto::wire::SessionInfo { age: info.age.map(|age| older(age, delay)), ..info }
    };
    Missed { first: told(lost.first), last: told(lost.last), messages: lost.messages, places }
}
