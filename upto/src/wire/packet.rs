//! The packet: many messages of one session, compact, each datagram complete in itself.

#[cfg(feature = "enabled")]
mod integers;
#[cfg(feature = "enabled")]
mod part;
mod record;
#[cfg(feature = "enabled")]
mod short;

use std::time::Duration;

use rmp::encode::{write_array_len, write_bool, write_map_len, write_sint, write_str, write_uint};

use self::record::Texts;
#[cfg(feature = "enabled")]
pub(crate) use self::short::{Short, ShortName};
use super::limits;
use super::message::{Message, Value};
use super::single::sendable;

/// The version of packets that is written, and the only one that is read.
pub(super) const VERSION: u64 = 1;

/// Keys of the header's map.
pub(super) mod header {
    pub(in crate::wire) const TIME: u64 = 0;
    pub(in crate::wire) const CONTEXT: u64 = 1;
    pub(in crate::wire) const TIMELINE: u64 = 2;
    pub(in crate::wire) const HOST: u64 = 3;
    pub(in crate::wire) const ID_BASE: u64 = 4;
    pub(in crate::wire) const SENT: u64 = 5;
    pub(in crate::wire) const DROPPED: u64 = 6;
    pub(in crate::wire) const PACKETS: u64 = 7;
    pub(in crate::wire) const AUTO_IP: u64 = 8;
    pub(in crate::wire) const AGE: u64 = 9;
    pub(in crate::wire) const PADDING: u64 = 10;
    pub(in crate::wire) const MESSAGES: u64 = 11;
}

/// Keys of a record's map of extras.
pub(super) mod extra {
    pub(in crate::wire) const DURATION: u64 = 0;
    pub(in crate::wire) const CONTEXT: u64 = 1;
    pub(in crate::wire) const TIMELINE: u64 = 2;
    pub(in crate::wire) const HOST: u64 = 3;
    pub(in crate::wire) const PARENT: u64 = 4;
    pub(in crate::wire) const STATUS: u64 = 5;
    pub(in crate::wire) const ATTRIBUTES: u64 = 6;
    pub(in crate::wire) const TEXT: u64 = 7;
    pub(in crate::wire) const TRUNCATED: u64 = 8;
    pub(in crate::wire) const STARTED: u64 = 9;
    pub(in crate::wire) const AUTO_IP: u64 = 10;
}

/// Bytes of the fixed parts around the header's map and the records, at their largest: array and
/// version, session, sequence, map, and the length of the records.
const FRAME_BYTES: usize = 2 + 9 + 9 + 1 + 3;
/// Bytes of the header's numbers and keys, at their largest.
const HEADER_NUMBER_BYTES: usize = 12 + 7 * 9 + 3 * 5;

/// MessagePack's binary value with a length of one byte.
const BINARY_8: u8 = 0xc4;
/// Bytes of padding without what it is made of: key, type and length.
const PADDING_HEAD_BYTES: usize = 3;

/// What most messages of a session share, and a packet therefore says once. It makes packets shorter and
/// never changes what a message says: a message that differs, be it by an empty text, says so itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketDefaults {
    /// The context of most messages.
    pub context: String,
    /// The timeline of most messages; empty: none.
    pub timeline: String,
    /// The host of most messages; empty: none.
    pub host: String,
    /// Subtracted from each id, so that ids unique across sessions stay short on the wire. No message
    /// may have this very id, which would be sent as "none given"; with 0, every id can be sent.
    pub id_base: u64,
    /// Whether the receiver fills in the host of most messages.
    pub auto_ip: bool,
}

/// What is known only when a packet leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closing {
    /// The packet's number within the session, from 0.
    pub sequence: u64,
    /// The sender's clock, in nanoseconds since the epoch.
    pub sent: i64,
    /// How long the session has lasted, by a monotonic clock; sent in whole milliseconds.
    pub age: Option<Duration>,
    /// How many messages the sender has dropped since the session began.
    pub dropped: u64,
    /// On the session's last packet: how many it had, this one included.
    pub packets: Option<u64>,
    /// How many messages were in the session's packets before this one.
    pub messages: Option<u64>,
}

/// What became of a message that was pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in the packet.
    Added,
    /// The packet has no room: finish it, then push again.
    Full,
    /// The message can't be sent: not even a packet of its own has room for its names, or it has a
    /// [`fault`](Message::fault), for which every decoder would refuse the packet as a whole.
    Unsendable,
}

/// Collects messages into packets.
#[derive(Debug)]
pub struct PacketWriter {
    session: u64,
    defaults: PacketDefaults,
    max_bytes: usize,
    /// Of the packet without its records, at most.
    head_bytes: usize,
    base_time: Option<i64>,
    records: Vec<u8>,
    count: u16,
    texts: Texts,
    datagram: Vec<u8>,
    /// Tells the packet that is being written from all others of the process.
    #[cfg(feature = "enabled")]
    serial: u64,
}

impl PacketWriter {
    /// A writer of packets of at most `max_bytes`, which is at most [`limits::DATAGRAM_BYTES`].
    #[must_use]
    pub fn new(session: u64, defaults: PacketDefaults, max_bytes: usize) -> Self {
        let defaults = without_long_names(defaults);
        PacketWriter {
            session,
            head_bytes: head_bytes(&defaults),
            defaults,
            max_bytes: max_bytes.min(limits::DATAGRAM_BYTES),
            base_time: None,
            records: Vec::new(),
            count: 0,
            texts: Texts::default(),
            datagram: Vec::new(),
            #[cfg(feature = "enabled")]
            serial: short::next_serial(),
        }
    }

    /// Changes the timeline of most messages, from the next packet on: call it while [`PacketWriter::is_empty`]
    /// (otherwise it does nothing).
    pub fn set_default_timeline(&mut self, timeline: &str) {
        if self.is_empty() && timeline.len() <= limits::NAME_BYTES {
            timeline.clone_into(&mut self.defaults.timeline);
            self.head_bytes = head_bytes(&self.defaults);
        }
    }

    /// True while no message is in the packet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// True if the packet may be longer than `max_bytes`, because of a message that is too big for any other.
    #[must_use]
    pub fn is_oversized(&self) -> bool {
        self.size() > self.max_bytes
    }

    /// Adds a message with its attributes (`message.attributes` is not looked at).
    ///
    /// Attributes beyond the limits are left out. A message too big for a packet of its own loses
    /// attributes, the last ones first, then its text; if it is too big even then, it goes alone in a
    /// larger packet. What lost something is marked as truncated.
    pub fn push(&mut self, message: &Message<'_>, attributes: &[(&str, Value<'_>)]) -> Pushed {
        if message.fault().is_some() {
            return Pushed::Unsendable;
        }
        let sent = sendable(attributes);
        let truncated = message.truncated || sent.len() < attributes.len();
        let message = Message { truncated, ..message.clone() };
        if self.try_push(&message, &sent, self.max_bytes) {
            return Pushed::Added;
        }
        if !self.is_empty() {
            return Pushed::Full;
        }
        self.push_trimmed(message, &sent)
    }

    /// Ends the packet and gives its bytes; the writer then begins a new one.
    pub fn finish(&mut self, closing: &Closing) -> &[u8] {
        self.write(closing, None);
        self.begin();
        &self.datagram
    }

    /// As [`PacketWriter::finish`], but of exactly `max_bytes` if that takes little padding: packets of one length can
    /// be handed to the system all at once.
    pub fn finish_padded(&mut self, closing: &Closing) -> &[u8] {
        self.write(closing, None);
        let gap = self.max_bytes.checked_sub(self.datagram.len() + PADDING_HEAD_BYTES);
        if let Some(padding) = gap.and_then(|gap| u8::try_from(gap).ok()) {
            self.write(closing, Some(padding));
        }
        self.begin();
        &self.datagram
    }

    fn write(&mut self, closing: &Closing, padding: Option<u8>) {
        self.datagram.clear();
        let mut datagram = std::mem::take(&mut self.datagram);
        self.write_frame(closing, padding, &mut datagram);
        datagram.extend_from_slice(&self.records);
        self.datagram = datagram;
    }

    fn begin(&mut self) {
        self.base_time = None;
        self.records.clear();
        self.count = 0;
        self.texts.truncate(0);
        #[cfg(feature = "enabled")]
        {
            self.serial = short::next_serial();
        }
    }

    fn push_trimmed(&mut self, mut message: Message<'_>, attributes: &[(&str, Value<'_>)]) -> Pushed {
        message.truncated |= !attributes.is_empty() || !message.text.is_empty();
        for kept in (0..attributes.len()).rev() {
            if self.try_push(&message, &attributes[..kept], self.max_bytes) {
                return Pushed::Added;
            }
        }
        while !message.text.is_empty() {
            message.text = first_half(message.text);
            if self.try_push(&message, &[], self.max_bytes) {
                return Pushed::Added;
            }
        }
        if self.try_push(&message, &[], self.max_bytes.max(limits::DATAGRAM_BYTES)) {
            Pushed::Added
        } else {
            Pushed::Unsendable
        }
    }

    /// Adds the message if the packet stays within `max_bytes`; otherwise the packet is as before.
    fn try_push(
        &mut self,
        message: &Message<'_>,
        attributes: &[(&str, Value<'_>)],
        max_bytes: usize,
    ) -> bool {
        if message.name.len().max(free_text_bytes(message, attributes)) > max_bytes {
            return false;
        }
        let Ok(after) = self.after(message.time) else { return false };
        let (bytes, texts) = (self.records.len(), self.texts.len());
        record::write(message, attributes, after, &self.defaults, &mut self.texts, &mut self.records);
        let fits = self.size() <= max_bytes && self.texts.len() <= limits::STRINGS;
        if fits && usize::from(self.count) < limits::RECORDS {
            self.count += 1;
            self.base_time = self.base_time.or(message.time);
            return true;
        }
        self.records.truncate(bytes);
        self.texts.truncate(texts);
        false
    }

    /// Nanoseconds from the packet's time, which is that of the first message that has one. `Err`: too
    /// far from it for this packet.
    fn after(&self, time: Option<i64>) -> Result<Option<i64>, ()> {
        let Some(time) = time else { return Ok(None) };
        time.checked_sub(self.base_time.unwrap_or(time)).map(Some).ok_or(())
    }

    /// An upper bound of the finished packet's bytes.
    #[inline]
    fn size(&self) -> usize {
        self.head_bytes + self.records.len()
    }

    fn write_frame(&self, closing: &Closing, padding: Option<u8>, to: &mut Vec<u8>) {
        // Writing into a Vec can't fail.
        let _ = write_array_len(to, 5);
        let _ = write_uint(to, VERSION);
        let _ = write_uint(to, self.session);
        let _ = write_uint(to, closing.sequence);
        self.write_header(closing, padding, to);
        let _ = write_array_len(to, u32::from(self.count));
    }

    fn write_header(&self, closing: &Closing, padding: Option<u8>, to: &mut Vec<u8>) {
        let PacketDefaults { context, timeline, host, id_base, auto_ip } = &self.defaults;
        let base_time = self.base_time.unwrap_or(closing.sent);
        let texts = [(header::CONTEXT, context), (header::TIMELINE, timeline), (header::HOST, host)];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        let Closing { age, packets, messages, .. } = closing;
        let given = [age.is_some(), packets.is_some(), messages.is_some(), *auto_ip, padding.is_some()];
        let keys = 4 + texts.clone().count() + given.into_iter().filter(|given| *given).count();
        let _ = write_map_len(to, u32::try_from(keys).unwrap_or(u32::MAX));
        write_signed(header::TIME, base_time, to);
        texts.for_each(|(key, text)| {
            let _ = write_uint(to, key);
            let _ = write_str(to, text);
        });
        write_unsigned(header::ID_BASE, *id_base, to);
        write_signed(header::SENT, closing.sent.saturating_sub(base_time), to);
        write_unsigned(header::DROPPED, closing.dropped, to);
        if let Some(packets) = packets {
            write_unsigned(header::PACKETS, *packets, to);
        }
        if *auto_ip {
            let _ = write_uint(to, header::AUTO_IP);
            let _ = write_bool(to, true);
        }
        if let Some(age) = age {
            write_unsigned(header::AGE, u64::try_from(age.as_millis()).unwrap_or(u64::MAX), to);
        }
        if let Some(messages) = messages {
            write_unsigned(header::MESSAGES, *messages, to);
        }
        if let Some(padding) = padding {
            write_padding(padding, to);
        }
    }
}

/// An upper bound of a packet's bytes without its records.
fn head_bytes(PacketDefaults { context, timeline, host, .. }: &PacketDefaults) -> usize {
    FRAME_BYTES + HEADER_NUMBER_BYTES + context.len() + timeline.len() + host.len()
}

fn write_padding(bytes: u8, to: &mut Vec<u8>) {
    let _ = write_uint(to, header::PADDING);
    // Always with a length of one byte, so that any length of padding is possible.
    to.extend_from_slice(&[BINARY_8, bytes]);
    to.resize(to.len() + usize::from(bytes), 0);
}

fn write_signed(key: u64, number: i64, to: &mut Vec<u8>) {
    let _ = write_uint(to, key);
    let _ = write_sint(to, number);
}

fn write_unsigned(key: u64, number: u64, to: &mut Vec<u8>) {
    let _ = write_uint(to, key);
    let _ = write_uint(to, number);
}

/// A header with a name over the limit would make decoders refuse what other messages say.
fn without_long_names(mut defaults: PacketDefaults) -> PacketDefaults {
    let PacketDefaults { context, timeline, host, .. } = &mut defaults;
    [context, timeline, host]
        .into_iter()
        .filter(|name| name.len() > limits::NAME_BYTES)
        .for_each(String::clear);
    defaults
}

/// Bytes of the parts of a message that have no limit of their own. Asked before anything is copied, so
/// that no text, however long, makes the buffers grow far beyond a packet.
fn free_text_bytes(message: &Message<'_>, attributes: &[(&str, Value<'_>)]) -> usize {
    let values =
        attributes.iter().map(|(_, value)| if let Value::Text(text) = value { text.len() } else { 0 });
    values.fold(message.text.len(), usize::saturating_add)
}

/// Half of a text, cut between characters.
fn first_half(text: &str) -> &str {
    let mut end = text.len() / 2;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
