//! Messages whose attributes have no room in one packet.

use super::record::{self, Texts};
use super::{PacketWriter, Pushed};
use crate::wire::limits;
use crate::wire::message::{Message, Value};

/// Bytes of what is around a record's attributes, at their largest: the key, the map of up to 128 and, if the record has
/// no other extras, the map of those.
const ATTRIBUTES_HEAD_BYTES: usize = 1 + 3 + 1;
/// Bytes of an attribute beside its texts, at their largest: types, lengths, and a number instead of a text.
const ATTRIBUTE_HEAD_BYTES: usize = 5 + 9;

impl PacketWriter {
    /// Adds a message with as many of its attributes, from the first one on, as there is room for, and tells how many
    /// these are; the others are for more messages of the same. Nothing is trimmed: where the names leave no room for
    /// even one attribute, the message goes alone in a larger packet.
    ///
    /// `Err`: [`Pushed::Full`] or [`Pushed::Unsendable`], as of [`PacketWriter::push`].
    pub(crate) fn push_part(
        &mut self,
        message: &Message<'_>,
        attributes: &[(&str, Value<'_>)],
    ) -> Result<usize, Pushed> {
        if message.fault().is_some() {
            return Err(Pushed::Unsendable);
        }
        if self.try_push(message, attributes, self.max_bytes) {
            return Ok(attributes.len());
        }
        if !self.is_empty() {
            return Err(Pushed::Full);
        }
        let bare = self.bare_bytes(message);
        for max_bytes in [self.max_bytes, limits::DATAGRAM_BYTES] {
            let count = leading(attributes, max_bytes.saturating_sub(bare));
            // Without attributes it would be no part, unless it has none.
            if (count > 0 || attributes.is_empty()) && self.try_push(message, &attributes[..count], max_bytes)
            {
                return Ok(count);
            }
        }
        Err(Pushed::Unsendable)
    }

    /// An upper bound of the bytes of a packet of this message alone, without the attributes themselves.
    fn bare_bytes(&self, message: &Message<'_>) -> usize {
        let mut record = Vec::new();
        let after = message.time.map(|_| 0);
        record::write(message, &[], after, &self.defaults, &mut Texts::default(), &mut record);
        self.size() + record.len() + ATTRIBUTES_HEAD_BYTES
    }
}

/// How many attributes, from the first one on, surely have room in so many bytes.
fn leading(attributes: &[(&str, Value<'_>)], bytes: usize) -> usize {
    let taken = attributes.iter().scan(0, |taken: &mut usize, (key, value)| {
        let text = if let Value::Text(text) = value { text.len() } else { 0 };
        *taken = taken.saturating_add(ATTRIBUTE_HEAD_BYTES + key.len()).saturating_add(text);
        Some(*taken)
    });
    taken.take_while(|taken| *taken <= bytes).count()
}
