//! Messages into packets, and packets out.

mod repeats;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

pub(super) use self::repeats::REPEAT_AFTER;
use self::repeats::Repeats;
use crate::client::running;
use crate::client::shared::Shared;
use crate::client::socket::{Batch, Socket};
use crate::event::now;
use crate::local;
use crate::testing;
use crate::wire::{
    Closing, Kind, Message, PacketDefaults, PacketWriter, Pushed, Short, ShortName, Value, sendable,
};

/// Packets that are sent within a millisecond: a receiver's buffer of the usual 208 KiB takes these in.
const BURST_PACKETS: usize = 60;
const BURST_PAUSE: Duration = Duration::from_millis(1);

/// From how many packets of a session on its last one is sent again, and after which pauses.
const BUSY_PACKETS: u64 = 16;
const CLOSING_PAUSES: [Duration; 3] =
    [Duration::from_millis(2), Duration::from_millis(10), Duration::from_millis(40)];

pub(super) struct Outgoing {
    shared: &'static Shared,
    writer: PacketWriter,
    socket: Socket,
    began: Instant,
    in_packet: u64,
    has_end: bool,
    sequence: u64,
    /// Messages in the packets before `sequence`.
    in_earlier_packets: u64,
    /// Packets that were sent since then.
    burst: usize,
    burst_began: Instant,
    batch: Batch,
    repeats: Repeats,
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
            in_earlier_packets: 0,
            burst: 0,
            burst_began: Instant::now(),
            batch: Batch::new(settings.packet_bytes),
            repeats: Repeats::new(&local::POOL),
        }
    }

    /// Adds a message of a thread's to the packet, after sending that if it is full.
    ///
    /// Attributes that have no room in one packet go by several messages of the same mark, which the receiver unites
    /// by the event's id. One large datagram would be fewer bytes; but it travels in fragments, of which each is
    /// needed, and which many networks do not carry at all.
    pub(super) fn push(&mut self, owner: u64, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) {
        let sent = sendable(attributes);
        let truncated = message.truncated || sent.len() < attributes.len();
        let message = Message { truncated, ..message.clone() };
        let mut rest = &*sent;
        while let Some(count) = self.push_part(owner, &message, rest) {
            rest = rest.get(count..).unwrap_or_default();
            if rest.is_empty() {
                return;
            }
        }
        self.push_without_attributes(owner, &message, rest);
    }

    /// Adds the message with as many of its attributes as there is room for: how many these are.
    fn push_part(
        &mut self,
        owner: u64,
        message: &Message<'_>,
        attributes: &[(&str, Value<'_>)],
    ) -> Option<usize> {
        let mut pushed = self.writer.push_part(message, attributes);
        if pushed == Err(Pushed::Full) {
            self.finish_full();
            pushed = self.writer.push_part(message, attributes);
        }
        let count = pushed.ok()?;
        if self.is_shown() {
            testing::observe(owner, message, attributes.get(..count).unwrap_or_default());
        }
        self.in_packet += 1;
        self.has_end |= message.kind == Kind::End;
        Some(count)
    }

    /// The names alone are nearly as long as a datagram: what is left of the attributes has no room beside them.
    fn push_without_attributes(&mut self, owner: u64, message: &Message<'_>, left_out: &[(&str, Value<'_>)]) {
        let bare = Message { truncated: true, ..message.clone() };
        if left_out.is_empty() || self.push_part(owner, &bare, &[]).is_none() {
            self.count_unsent(1);
            if self.is_shown() {
                testing::count_unsent();
            }
        }
    }

    /// Whether captures see it: what a client still sends after its end was there before they were.
    fn is_shown(&self) -> bool {
        testing::is_capturing() && running::is_current(self.shared)
    }

    /// The number that the name of this stamp has in the packet.
    #[inline]
    pub(super) fn number_of(&self, stamp: &AtomicU64) -> Option<u64> {
        self.writer.number_of(stamp)
    }

    /// Adds a short record, if there is room in the packet.
    #[inline]
    pub(super) fn push_short(&mut self, name: ShortName<'_>, short: Short) -> bool {
        let added = self.writer.push_short(name, short) == Pushed::Added;
        self.in_packet += u64::from(added);
        self.has_end |= added && short.duration.is_some();
        added
    }

    /// Ends the packet, so that there is room in the next one; false: it is empty.
    pub(super) fn make_room(&mut self) -> bool {
        let is_full = !self.writer.is_empty();
        if is_full {
            self.finish_full();
        }
        is_full
    }

    /// Packets that begin from now on say of this timeline only once that they are of it.
    pub(super) fn prefer_timeline(&mut self, timeline: &str) {
        self.send_packet();
        self.writer.set_default_timeline(timeline);
    }

    /// Sends what there is.
    pub(super) fn send_packet(&mut self) {
        if !self.writer.is_empty() {
            self.finish(None);
        }
        self.send_batch();
    }

    /// Tells that there were so many packets, and no more come.
    pub(super) fn end(&mut self) {
        self.send_batch();
        self.send_all_repeats();
        self.finish(Some(self.sequence + 1));
        // Right behind the last packets of a busy program, the receiver's buffer may be full, and nothing comes after
        // this one by which its loss could be known.
        let pauses = self.closing_pauses().iter().filter(|_| self.shared.is_sending());
        for pause in pauses {
            self.socket.send(&self.batch, Instant::now());
            thread::sleep(*pause);
        }
        // It is the last one: what repeats it is above.
        self.has_end = false;
        self.send_batch();
    }

    /// After which pauses the last packet is sent again.
    fn closing_pauses(&self) -> &'static [Duration] {
        match self.shared.settings.send_ends_twice {
            _ if self.sequence > BUSY_PACKETS => &CLOSING_PAUSES,
            true => &[REPEAT_AFTER],
            false => &[],
        }
    }

    /// Sends what waits to be sent again, when its time has come.
    fn send_all_repeats(&mut self) {
        while let Some(due) = self.repeats.next_due() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            self.send_repeats(Instant::now().max(due));
        }
    }

    /// Sends again what is due by `now`. The packets have the numbers that they had, by which they are known to be the
    /// same.
    pub(super) fn send_repeats(&mut self, now: Instant) {
        while let Some(batch) = self.repeats.take_due(now) {
            self.pace(batch.packets());
            let taken = self.socket.send(&batch, now);
            self.count_unrepeated(batch.packets() - taken);
        }
    }

    /// True if packets wait to be sent again.
    pub(super) fn has_repeats(&self) -> bool {
        self.repeats.next_due().is_some()
    }

    /// Puts the packet with the others that are to be sent at once.
    fn finish_full(&mut self) {
        self.make_way();
        let closing = self.closing(None);
        let datagram = self.writer.finish_padded(&closing);
        let is_last = !self.batch.push(datagram, self.in_packet);
        self.begin_packet();
        if is_last {
            self.send_batch();
        }
    }

    fn finish(&mut self, packets: Option<u64>) {
        self.make_way();
        let closing = self.closing(packets);
        let datagram = self.writer.finish(&closing);
        self.batch.push(datagram, self.in_packet);
        self.begin_packet();
    }

    /// A packet longer than usual is sent alone: in a batch, it would be cut like the others.
    fn make_way(&mut self) {
        if self.writer.is_oversized() {
            self.send_batch();
        }
    }

    fn begin_packet(&mut self) {
        self.sequence += 1;
        self.in_earlier_packets += std::mem::take(&mut self.in_packet);
    }

    fn closing(&self, packets: Option<u64>) -> Closing {
        Closing {
            sequence: self.sequence,
            sent: now(),
            age: Some(self.began.elapsed()),
            dropped: self.shared.counters.dropped(),
            packets,
            messages: Some(self.in_earlier_packets),
        }
    }

    fn send_batch(&mut self) {
        // Here, as rounds may be long where there is much to send.
        self.send_repeats(Instant::now());
        if self.batch.packets() == 0 {
            return;
        }
        let is_sending = self.shared.is_sending();
        let taken = if is_sending { self.send_paced() } else { self.batch.packets() };
        let counters = &self.shared.counters;
        counters.refused.store(self.socket.refused(), Ordering::Relaxed);
        counters.sent.fetch_add(self.batch.messages(..taken), Ordering::Relaxed);
        counters.packets.fetch_add(taken as u64, Ordering::Relaxed);
        // Packets that never left leave their numbers to the next ones: their messages are told as
        // dropped, and they must not be missed as well.
        let unsent = self.batch.messages(taken..);
        self.sequence -= (self.batch.packets() - taken) as u64;
        self.in_earlier_packets -= unsent;
        self.count_unsent(unsent);
        let has_end = std::mem::take(&mut self.has_end) && self.shared.settings.send_ends_twice;
        if has_end && is_sending && taken == self.batch.packets() {
            self.repeat_batch();
        }
        self.batch.clear();
    }

    /// Keeps what was sent just now to be sent again, if there is room.
    fn repeat_batch(&mut self) {
        let batch = std::mem::replace(&mut self.batch, Batch::new(self.shared.settings.packet_bytes));
        if let Err(batch) = self.repeats.add(batch, Instant::now()) {
            self.count_unrepeated(batch.packets());
        }
    }

    fn count_unrepeated(&self, packets: usize) {
        self.shared.counters.unrepeated.fetch_add(packets as u64, Ordering::Relaxed);
    }

    fn count_unsent(&self, messages: u64) {
        self.shared.counters.unsent.fetch_add(messages, Ordering::Relaxed);
    }

    /// Counts what threads could not record, and what nobody knows the timeline of any more.
    pub(super) fn count_refused(&self, records: u64) {
        self.shared.counters.queue_full.fetch_add(records, Ordering::Relaxed);
    }

    /// Counts a message whose path is too long.
    pub(super) fn count_name(&self) {
        self.shared.counters.name.fetch_add(1, Ordering::Relaxed);
    }

    /// How many packets of the batch the system has taken.
    fn send_paced(&mut self) -> usize {
        self.pace(self.batch.packets());
        self.socket.send(&self.batch, Instant::now())
    }

    /// Waits until so many packets are no more than a receiver takes in at once.
    fn pace(&mut self, packets: usize) {
        if self.burst_began.elapsed() >= BURST_PAUSE {
            self.burst = 0;
        } else if self.burst + packets > BURST_PACKETS {
            thread::sleep(BURST_PAUSE);
            self.burst = 0;
        }
        if self.burst == 0 {
            self.burst_began = Instant::now();
        }
        self.burst += packets;
    }
}
