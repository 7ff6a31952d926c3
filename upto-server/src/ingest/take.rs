//! Taking a batch, once it is known where its messages go and nothing can go wrong any more.

use std::cell::OnceCell;

use upto::wire::{Batch, Message};

use super::assign::{self, Assigned};
use super::contexts::Contexts;
use super::hosts::Hosts;
use super::receipt::Receipt;
use super::runs::{Run, is_same};
use super::{Clocks, Ingest, Source};
use crate::catalog::{Context, Opened};
use crate::timeline::{Mark, Stamp};

/// Marks that are folded at a time: meanwhile, nobody can read the timeline.
const MARKS: usize = 1_024;

/// A batch, and what became of it so far.
pub(super) struct Taking<'b> {
    origin: Origin<'b>,
    receipt: Receipt,
    hosts: Hosts,
}

/// A batch, and where it came from.
struct Origin<'b> {
    batch: &'b Batch<'b>,
    source: Source,
    /// The peer as the host of those messages that want that.
    peer_host: OnceCell<String>,
    /// The times of its marks are by a clock that the packet tells of.
    has_clock: bool,
}

impl<'b> Taking<'b> {
    /// A batch, and where it came from.
    pub(super) fn of(batch: &'b Batch<'b>, source: Source) -> Self {
        let has_clock = batch.session.is_some_and(|info| info.sent.is_some());
        let origin = Origin { batch, source, peer_host: OnceCell::new(), has_clock };
        Taking { origin, receipt: Receipt::default(), hosts: Hosts::default() }
    }

    /// Notes that messages went to a timeline, and the bytes that they have added there.
    fn note(&mut self, messages: &[Message<'b>], assigned: &Assigned, bytes: usize) {
        let Taking { origin, receipt, hosts } = self;
        let place = receipt.add(assigned, bytes);
        let mut latest = None;
        for message in messages.iter().filter(|message| origin.stamp_of(message) == Stamp::Session) {
            let host = origin.host_of(message);
            // Mostly, all messages of a packet are of one host.
            if latest.replace(host).is_none_or(|latest| !is_same(latest, host)) {
                hosts.add(place, host);
            }
        }
    }
}

impl Origin<'_> {
    fn host_of<'h>(&'h self, message: &Message<'h>) -> &'h str {
        if !message.auto_ip {
            return message.host;
        }
        self.peer_host.get_or_init(|| self.source.peer.to_canonical().to_string())
    }

    /// Whose clock a message's time is by.
    fn stamp_of(&self, message: &Message<'_>) -> Stamp {
        if self.has_clock && message.time.is_some() { Stamp::Session } else { Stamp::Unknown }
    }
}

impl Ingest {
    pub(super) fn take_all<'b>(
        &self,
        contexts: &Contexts<'_>,
        mut taking: Taking<'b>,
        runs: impl Iterator<Item = (Run<'b, 'b>, Option<Opened>)>,
    ) -> Receipt {
        let batch = taking.origin.batch;
        self.metrics.records_unknown.inc_by(batch.unknown.into());
        let together = batch.session.is_some().then(|| self.commits.together());
        for (run, destination) in runs {
            if let Some(context) = run.first().and_then(|message| contexts.get(message.context)) {
                self.take_run(context, run, destination, &mut taking);
            }
        }
        let Taking { origin, mut receipt, hosts } = taking;
        receipt.changed().for_each(|(timeline, bytes)| self.commits.add(timeline, bytes));
        if let Some(info) = &batch.session {
            let clocks = Clocks { hosts: &hosts, received: origin.source.received };
            self.observe(info, batch.count(), &receipt, &clocks);
        }
        drop(together);
        receipt.commit = self.commits.ticket();
        receipt
    }

    fn take_run<'b>(
        &self,
        context: &Context,
        run: Run<'b, 'b>,
        destination: Option<Opened>,
        taking: &mut Taking<'b>,
    ) {
        if let Some(assigned) = assign::assign_all(context, destination) {
            run.chunks(MARKS).for_each(|messages| self.take_messages(messages, &assigned, taking));
            return;
        }
        // What one of them opens, the next one may end.
        for messages in run.chunks(1) {
            let assign = |message| assign::assign(context, message, taking.origin.host_of(message));
            if let Some(assigned) = messages.first().and_then(assign) {
                self.take_messages(messages, &assigned, taking);
            }
        }
    }

    /// Takes messages that all go to one timeline.
    fn take_messages<'b>(&self, messages: &'b [Message<'b>], assigned: &Assigned, taking: &mut Taking<'b>) {
        self.metrics.count_messages(messages.iter().map(|message| message.kind));
        let marks = messages.iter().filter_map(|message| {
            let now = message.time.unwrap_or_else(|| self.clock.now());
            let mark = Mark::of(message, taking.origin.batch, now)?;
            Some((Mark { host: taking.origin.host_of(message), ..mark }, taking.origin.stamp_of(message)))
        });
        let bytes = waiting_bytes(assigned.timeline.take_all(marks));
        taking.note(messages, assigned, bytes + usize::from(assigned.is_new));
    }
}

/// What marks take that added so many bytes to a block: as much again in the fold, where they stay until they are stored.
pub(super) fn waiting_bytes(block_bytes: usize) -> usize {
    2 * block_bytes
}
