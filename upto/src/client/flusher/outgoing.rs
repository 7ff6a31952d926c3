//! Messages into packets, and packets out.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crate::client::shared::Shared;
use crate::client::socket::Socket;
use crate::event::now;
use crate::wire::{Closing, Kind, Message, PacketDefaults, PacketWriter, Pushed, Value};

/// Packets that are sent before a pause: a receiver's buffer of the usual 208 KiB takes these in.
const BURST_PACKETS: u32 = 60;
const BURST_PAUSE: Duration = Duration::from_millis(1);

pub(super) struct Outgoing {
    shared: &'static Shared,
    writer: PacketWriter,
    socket: Socket,
    began: Instant,
    in_packet: u64,
    has_end: bool,
    sequence: u64,
    burst: u32,
}

impl Outgoing {
    pub(super) fn new(shared: &'static Shared, session: u64, id_base: u64) -> Self {
        let settings = &shared.settings;
        let defaults = PacketDefaults {
            context: settings.context.clone(),
            timeline: settings.timeline.clone(),
            host: settings.host.clone(),
            id_base,
            auto_ip: false,
        };
        Outgoing {
            shared,
            writer: PacketWriter::new(session, defaults, settings.packet_bytes),
            socket: Socket::new(settings.server_host.clone(), settings.server_port),
            began: Instant::now(),
            in_packet: 0,
            has_end: false,
            sequence: 0,
            burst: 0,
        }
    }

    /// Adds a message of a thread's to the packet, after sending that if it is full.
    pub(super) fn push(&mut self, _owner: u64, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) {
        let mut pushed = self.writer.push(message, attributes);
        if pushed == Pushed::Full {
            self.send_packet();
            pushed = self.writer.push(message, attributes);
        }
        match pushed {
            Pushed::Added => {
                self.in_packet += 1;
                self.has_end |= message.kind == Kind::End;
            }
            Pushed::Full | Pushed::Unsendable => self.count_unsent(1),
        }
    }

    /// Packets that begin from now on say of this timeline only once that they are of it.
    pub(super) fn prefer_timeline(&mut self, timeline: &str) {
        self.send_packet();
        self.writer.set_default_timeline(timeline);
    }

    /// Sends the packet that is being written, if it has something to say.
    pub(super) fn send_packet(&mut self) {
        if !self.writer.is_empty() {
            self.send(None);
        }
    }

    /// Tells that there were so many packets, and no more come.
    pub(super) fn end(&mut self) {
        self.send(Some(self.sequence + 1));
    }

    fn send(&mut self, packets: Option<u64>) {
        let closing = Closing {
            sequence: self.sequence,
            sent: now(),
            age: Some(self.began.elapsed()),
            dropped: self.shared.counters.dropped(),
            packets,
        };
        let datagram = self.writer.finish(&closing);
        let taken = self.socket.send(datagram);
        if taken && (self.has_end || packets.is_some()) && self.shared.settings.send_ends_twice {
            // The second one has the first one's number, so that it is known to be the same.
            self.socket.send(datagram);
        }
        self.has_end = false;
        let messages = std::mem::take(&mut self.in_packet);
        let counters = &self.shared.counters;
        counters.refused.store(self.socket.refused(), Ordering::Relaxed);
        if taken {
            // A packet that never left keeps its number for the next one: its messages are told as
            // dropped, and it must not be missed as well.
            self.sequence += 1;
            counters.sent.fetch_add(messages, Ordering::Relaxed);
            counters.packets.fetch_add(1, Ordering::Relaxed);
        } else {
            self.count_unsent(messages);
        }
        self.pace();
    }

    fn count_unsent(&self, messages: u64) {
        self.shared.counters.unsent.fetch_add(messages, Ordering::Relaxed);
    }

    /// Counts what threads could not record.
    pub(super) fn count_refused(&self, records: u64) {
        self.shared.counters.queue_full.fetch_add(records, Ordering::Relaxed);
    }

    /// Counts a message whose path is too long.
    pub(super) fn count_name(&self) {
        self.shared.counters.name.fetch_add(1, Ordering::Relaxed);
    }

    fn pace(&mut self) {
        self.burst += 1;
        if self.burst >= BURST_PACKETS {
            self.burst = 0;
            thread::sleep(BURST_PAUSE);
        }
    }

    /// The pause that comes now is as good as one between bursts.
    pub(super) fn end_burst(&mut self) {
        self.burst = 0;
    }
}
