//! Records that say nothing but the usual: most of what a busy program sends.
//!
//! The names of such records are not looked up by their text: whoever has a name keeps a stamp beside it, in which
//! the writer notes the packet, and the number that the name got in it.

use std::sync::atomic::{AtomicU64, Ordering};

use rmp::encode::write_str;

use super::super::limits;
use super::super::message::Kind;
use super::integers::{Integers, SLACK, append};
use super::{PacketWriter, Pushed, extra};

/// Bytes of a short record but its name, at their largest: two array and map headers, kind, number, key, id, time and
/// duration, and the length of the name.
const BYTES: usize = 2 + 1 + 3 + 1 + 9 + 9 + 9 + 5;
/// Bytes of room that they are written into.
const ROOM: usize = BYTES + SLACK;
/// Bits of a stamp that are the number.
const NUMBER_BITS: u32 = 16;
const FIXED_ARRAY: u8 = 0x90;
const FIXED_MAP: u8 = 0x80;

/// A start or an end whose context, timeline and host are the packet's, of an event that went well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short {
    /// An end, with a duration in nanoseconds; otherwise a start.
    pub(crate) duration: Option<u64>,
    /// Not 0.
    pub(crate) id: u64,
    /// Nanoseconds since the epoch.
    pub(crate) time: i64,
}

/// A name that is in the packet already, with its number, or comes into it, with its stamp. It is not empty, and has at
/// most [`limits::NAME_BYTES`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum ShortName<'n> {
    Known(u64),
    New(&'n str, &'n AtomicU64),
}

impl PacketWriter {
    /// The number that the name of this stamp has in the packet that is being written.
    #[inline]
    pub(crate) fn number_of(&self, stamp: &AtomicU64) -> Option<u64> {
        let stamp = stamp.load(Ordering::Relaxed);
        (stamp >> NUMBER_BITS == self.serial).then_some(stamp & ((1 << NUMBER_BITS) - 1))
    }

    /// Adds a record; [`Pushed::Full`] if there is no room in the packet, however empty that is: use
    /// [`PacketWriter::push`] then.
    #[inline(always)]
    pub(crate) fn push_short(&mut self, name: ShortName<'_>, short: Short) -> Pushed {
        let name_bytes = if let ShortName::New(name, _) = name { name.len() } else { 0 };
        let is_full = self.size() + BYTES + name_bytes > self.max_bytes
            || self.texts.len() >= limits::STRINGS
            || usize::from(self.count) >= limits::RECORDS;
        let after = short.time.checked_sub(self.base_time.unwrap_or(short.time));
        let Some(after) = after.filter(|_| !is_full) else { return Pushed::Full };
        let id = short.id.wrapping_sub(self.defaults.id_base);
        match name {
            ShortName::Known(number) => append::<ROOM>(&mut self.records, |integers| {
                write_kind(integers, short);
                integers.unsigned(number);
                write_rest(integers, id, after, short.duration);
            }),
            ShortName::New(name, stamp) => self.write_with_name((name, stamp), id, after, short),
        }
        self.count += 1;
        self.base_time.get_or_insert(short.time);
        Pushed::Added
    }

    /// Writes a record with a name that comes into the packet, once in each.
    #[cold]
    fn write_with_name(&mut self, (name, stamp): (&str, &AtomicU64), id: u64, after: i64, short: Short) {
        append::<ROOM>(&mut self.records, |integers| write_kind(integers, short));
        self.write_name(name, stamp);
        append::<ROOM>(&mut self.records, |integers| write_rest(integers, id, after, short.duration));
    }

    fn write_name(&mut self, name: &str, stamp: &AtomicU64) {
        let number = self.texts.add_unlisted() as u64;
        stamp.store(self.serial << NUMBER_BITS | number, Ordering::Relaxed);
        // Writing into a Vec can't fail.
        let _ = write_str(&mut self.records, name);
    }
}

/// What comes before the name.
#[inline]
fn write_kind(to: &mut Integers<'_, ROOM>, short: Short) {
    let kind = if short.duration.is_some() { Kind::End } else { Kind::Start };
    to.byte(FIXED_ARRAY | (4 + u8::from(short.duration.is_some())));
    to.byte(kind.number());
}

/// What comes behind it.
#[inline(always)]
fn write_rest(to: &mut Integers<'_, ROOM>, id: u64, after: i64, duration: Option<u64>) {
    to.unsigned(id);
    to.signed(after);
    if let Some(duration) = duration {
        to.byte(FIXED_MAP | 1);
        to.unsigned(extra::DURATION);
        // A duration of more than an i64 holds does not occur: it would be one of 292 years.
        to.unsigned(duration.min(i64::MAX.unsigned_abs()));
    }
}

/// Different from all others of this process.
pub(super) fn next_serial() -> u64 {
    static SERIALS: AtomicU64 = AtomicU64::new(1);
    SERIALS.fetch_add(1, Ordering::Relaxed)
}
