//! Packets of one session, as the SDK makes them.

use std::time::Duration;

use upto::wire::limits::PACKET_BYTES;
use upto::wire::{Closing, Message, PacketDefaults, PacketWriter, Pushed, Value};

use super::events::Load;
use super::{CONTEXT, Run, Size, TOGETHER, message};
use crate::failure::Failure;

/// The events' ids begin above it.
const ID_BASE: u64 = 1 << 20;
const HOST: &str = "ci-01";

/// What is to be sent in a session of its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packets {
    pub(crate) events: usize,
    /// Each start has a small whole number.
    pub(crate) has_attribute: bool,
    pub(crate) timeline: &'static str,
}

impl Packets {
    /// Gives the packets to `send`, run after run, the closing one alone; how much it was.
    ///
    /// # Errors
    /// What `send` says. It is not called again then.
    pub(crate) fn for_each(self, send: impl FnMut(Run) -> Result<(), Failure>) -> Result<Size, Failure> {
        let mut session = Session::new(self.timeline, send);
        let load = Load { has_attribute: self.has_attribute };
        load.for_each_block(self.events, TOGETHER, |marks| {
            marks.for_each(|mark| session.push(&message(mark), mark.attributes));
        });
        session.close();
        let Session { size, failure, .. } = session;
        failure.map_or(Ok(Size { events: self.events as u64, ..size }), Err)
    }

    /// All of them at once.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn collect(self) -> Result<(Vec<Run>, Size), Failure> {
        let mut runs = Vec::new();
        let size = self.for_each(|run| {
            runs.push(run);
            Ok(())
        })?;
        Ok((runs, size))
    }
}

/// Writes the packets of a session.
struct Session<F> {
    timeline: &'static str,
    writer: PacketWriter,
    /// What was given to `send` and is in `run`.
    size: Size,
    /// Messages in the packet that is being written.
    messages: u64,
    /// The latest message's.
    time: i64,
    run: Run,
    send: F,
    failure: Option<Failure>,
}

impl<F: FnMut(Run) -> Result<(), Failure>> Session<F> {
    fn new(timeline: &'static str, send: F) -> Self {
        let defaults = PacketDefaults {
            context: CONTEXT.to_owned(),
            timeline: timeline.to_owned(),
            host: HOST.to_owned(),
            id_base: ID_BASE,
            auto_ip: false,
        };
        let writer = PacketWriter::new(fastrand::u64(..), defaults, PACKET_BYTES);
        let (size, run) = (Size::default(), Run::of(PACKET_BYTES));
        Session { timeline, writer, size, messages: 0, time: 0, run, send, failure: None }
    }

    fn push(&mut self, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) {
        let message = Message { timeline: self.timeline, ..message.clone() };
        let mut pushed = self.try_push(&message, attributes);
        if pushed == Pushed::Full {
            self.end_packet();
            pushed = self.try_push(&message, attributes);
        }
        match pushed {
            Pushed::Added => self.messages += 1,
            Pushed::Full | Pushed::Unsendable => self.fail(Failure::Missing("a message fits no packet")),
        }
        self.time = message.time.unwrap_or(self.time);
    }

    fn try_push(&mut self, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) -> Pushed {
        self.writer.push(message, attributes)
    }

    fn end_packet(&mut self) {
        let closing = self.closing(None);
        let datagram = self.writer.finish_padded(&closing);
        self.run.push(datagram, self.messages);
        self.size.messages += self.messages;
        self.size.datagrams += 1;
        self.messages = 0;
        if !self.run.is_open() {
            self.send_run();
        }
    }

    fn close(&mut self) {
        if !self.writer.is_empty() {
            self.end_packet();
        }
        self.send_run();
        let closing = self.closing(Some(self.size.datagrams + 1));
        let datagram = self.writer.finish(&closing);
        self.run.push(datagram, 0);
        self.size.datagrams += 1;
        self.send_run();
    }

    fn closing(&self, packets: Option<u64>) -> Closing {
        Closing {
            sequence: self.size.datagrams,
            sent: self.time,
            // Whoever receives it is older, and so expects the first packet, too.
            age: Some(Duration::ZERO),
            dropped: 0,
            packets,
            messages: Some(self.size.messages),
        }
    }

    fn send_run(&mut self) {
        let run = std::mem::replace(&mut self.run, Run::of(PACKET_BYTES));
        if !run.bytes.is_empty() && self.failure.is_none() {
            (self.send)(run).unwrap_or_else(|failure| self.fail(failure));
        }
    }

    fn fail(&mut self, failure: Failure) {
        self.failure.get_or_insert(failure);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use upto::wire::{Decoder, Kind};

    use super::*;

    const PACKETS: Packets = Packets { events: 5_000, has_attribute: true, timeline: "run" };

    #[test]
    fn each_event_starts_and_ends_once_in_numbered_packets() {
        let (runs, size) = PACKETS.collect().expect("packets");
        let (mut decoder, mut sequence, mut messages) = (Decoder::new(), 0, 0);
        let (mut started, mut ended) = (HashSet::new(), HashSet::new());
        for datagram in runs.iter().flat_map(Run::datagrams) {
            let batch = decoder.decode(datagram).expect("a packet");
            let session = batch.session.expect("a session");
            assert_eq!((session.sequence, session.messages_before), (sequence, Some(messages)));
            for message in &batch.messages {
                let ids = if message.kind == Kind::Start { &mut started } else { &mut ended };
                assert!(ids.insert(message.id) && message.timeline == "run", "{message:?}");
            }
            sequence += 1;
            messages += batch.messages.len() as u64;
        }
        assert_eq!((started.len(), &started), (5_000, &ended));
        assert_eq!(size, Size { events: 5_000, messages, datagrams: sequence });
        assert_eq!(messages, 10_000);
    }

    #[test]
    fn packets_are_of_one_length_so_that_runs_are_long() {
        let (runs, size) = PACKETS.collect().expect("packets");
        assert!(runs.len() as u64 <= size.datagrams / 40 + 2, "{} runs of {size:?}", runs.len());
        assert_eq!(runs.iter().map(Run::count).sum::<u64>(), size.datagrams);
        assert_eq!(runs.iter().map(|run| run.messages).sum::<u64>(), size.messages);
    }

    #[test]
    fn nothing_is_sent_after_a_failure() {
        let mut calls = 0;
        let failed = PACKETS.for_each(|_| {
            calls += 1;
            Err(Failure::Missing("a receiver"))
        });
        assert!(matches!(failed, Err(Failure::Missing("a receiver"))));
        assert_eq!(calls, 1);
    }
}
