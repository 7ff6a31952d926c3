//! Writing a block, mark by mark as they arrive.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use upto::wire::Value;

use super::column::{write_signed, write_split, write_text, write_varint};
use super::dictionary::Dictionary;
use super::frame;
use super::lanes::LanesIn;
use super::layout::{Columns, Control, FieldType, Form};
use super::spare;
use super::stamps::Stamps;
use super::starts::{Start, Starts};
use crate::timeline::{Applied, ClockReading, Fold, Mark, MarkKind, News, PlacedMark, SessionCount, Stamp};

/// Bytes of columns from which on a block takes no more marks: far below what a store takes in one value, even with
/// the largest mark on top and the sessions' counts.
const FULL_BYTES: usize = 4 << 20;
/// Bytes of memory that a mark, an attribute and a new field or text cost beside their texts, estimated.
const MARK_BYTES: usize = 16;
const ATTRIBUTE_BYTES: usize = 12;
const ENTRY_BYTES: usize = 96;

/// Columns of so many bytes are compressed by themselves.
const CHUNK_BYTES: usize = 512;

/// Collects marks, already laid out as they will be stored.
#[derive(Debug, Default)]
pub struct BlockWriter {
    dictionary: Dictionary,
    columns: Columns<Vec<u8>>,
    fields: Fields,
    lanes: LanesIn,
    starts: Starts,
    time: i64,
    /// By session and server: only how each stands now is stored.
    sessions: BTreeMap<(u64, u64), SessionCount>,
    stamps: Stamps,
    readings: Vec<ClockReading>,
    bytes: usize,
}

/// A column for each key and type of value.
#[derive(Debug, Default)]
struct Fields {
    fields: Vec<Field>,
    places: HashMap<(u32, FieldType), usize>,
}

#[derive(Debug)]
struct Field {
    key: u32,
    of: FieldType,
    values: Vec<u8>,
}

impl BlockWriter {
    /// An empty one, in the memory of one that was finished.
    pub(crate) fn in_spare_memory() -> Self {
        let (columns, starts) = spare::take();
        BlockWriter { columns, starts, ..BlockWriter::default() }
    }

    /// True if there is nothing to store.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.columns.controls.is_empty() && self.sessions.is_empty() && self.readings.is_empty()
    }

    /// True if this is enough for one block: [`finish`](Self::finish) it, and go on with another one.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.bytes >= FULL_BYTES
    }

    /// Bytes of memory that this occupies, estimated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Folds a mark and adds it, unless the fold knew it; the fold is the same one for all marks of a block.
    pub fn fold_and_push(&mut self, mark: &Mark<'_>, fold: &mut Fold) {
        self.fold_and_push_stamped(mark, Stamp::Unknown, fold);
    }

    /// The same, of a mark of whose clock that is known.
    pub(crate) fn fold_and_push_stamped(&mut self, mark: &Mark<'_>, stamp: Stamp, fold: &mut Fold) {
        fold.with_stamped(mark, stamp, |fold, placed| {
            let applied = fold.apply_placed(placed);
            if applied.news != News::None {
                self.push(mark, placed, &applied);
            }
        });
    }

    /// Adds a mark: `placed` is the same in terms of a fold, the same one for all marks of a block, and `applied` what
    /// it did there.
    pub(crate) fn push(&mut self, mark: &Mark<'_>, placed: &PlacedMark<'_>, applied: &Applied) {
        self.bytes += MARK_BYTES;
        let pair = self.pair_of(placed, applied);
        let parent = placed.told.parent;
        let has_parent = parent != pair.map_or(0, |(_, start)| start.parent);
        let has_details = !placed.told.text.is_empty() || !placed.told.attributes.is_empty();
        let form = form_of(placed, pair.map(|(_, start)| start));
        let (status, is_truncated) = (placed.told.status, placed.told.truncated);
        let control = Control { form, status, has_parent, is_truncated, has_details };
        self.columns.controls.push(control.byte());
        self.stamps.push(placed.told.stamp);
        match pair {
            Some((distance, _)) => write_varint(distance, &mut self.columns.pairs),
            None => self.push_identity(mark, placed),
        }
        self.push_times(placed, form);
        if has_parent {
            write_signed(parent.wrapping_sub(placed.id).cast_signed(), &mut self.columns.parents);
        }
        if has_details {
            self.push_details(mark, placed);
        }
        if let (Form::Start, Some(place)) = (form, applied.place) {
            self.bytes += Starts::START_BYTES;
            self.starts.add(place, placed.told.time, parent);
        }
    }

    /// Sets how a session stands; the bytes that this adds.
    pub fn set_session(&mut self, count: SessionCount) -> usize {
        let known = self.sessions.insert((count.session, count.server), count);
        let added = if known.is_none() { size_of::<SessionCount>() * 2 } else { 0 };
        self.bytes += added;
        added
    }

    /// Adds a reading of a clock that was news.
    pub fn push_reading(&mut self, reading: ClockReading) {
        self.bytes += size_of::<ClockReading>() + reading.host.len();
        self.readings.push(reading);
    }

    /// The block; `None` if there is nothing to store.
    #[must_use]
    pub fn finish(self) -> Option<Vec<u8>> {
        if self.is_empty() {
            return None;
        }
        let Body { bytes, cuts } = self.body();
        spare::keep(self.bytes, self.columns, self.starts);
        Some(frame::close(&bytes, &cuts))
    }

    pub(super) fn body(&self) -> Body {
        let mut body = Body { bytes: Vec::with_capacity(self.bytes), cuts: Vec::new() };
        write_varint(self.dictionary.len() as u64, &mut body.bytes);
        body.bytes.extend_from_slice(self.dictionary.bytes());
        self.columns.each().into_iter().for_each(|column| body.push(column));
        write_varint(self.fields.fields.len() as u64, &mut body.bytes);
        for Field { key, of, values } in &self.fields.fields {
            write_varint(u64::from(*key), &mut body.bytes);
            body.bytes.push(of.number());
            body.push(values);
        }
        let sessions: Vec<_> = self.sessions.values().collect();
        // Writing numbers into a Vec can't fail.
        let _ = rmp_serde::encode::write(&mut body.bytes, &sessions);
        // Blocks without any are as they always were.
        if !self.stamps.is_empty() || !self.readings.is_empty() {
            let _ = rmp_serde::encode::write(&mut body.bytes, &(self.stamps.runs(), &self.readings));
        }
        body
    }

    /// The start in this block of the event that this mark ends, and how far back that is.
    fn pair_of(&self, placed: &PlacedMark<'_>, applied: &Applied) -> Option<(u64, Start)> {
        let place = applied.place.filter(|_| placed.told.kind == MarkKind::End)?;
        self.starts.find(place)
    }

    fn push_identity(&mut self, mark: &Mark<'_>, placed: &PlacedMark<'_>) {
        let name = self.number_of(placed.name, mark.name);
        let host = self.number_of(placed.host, mark.host);
        write_varint(u64::from(name), &mut self.columns.names);
        write_varint(u64::from(host), &mut self.columns.hosts);
        let (lane, distance) = self.lanes.enter(placed.id);
        write_varint(lane, &mut self.columns.lanes);
        if let Some(distance) = distance {
            write_signed(distance, &mut self.columns.ids);
        }
    }

    fn push_times(&mut self, placed: &PlacedMark<'_>, form: Form) {
        let time = placed.told.time;
        let Columns { times, time_lows, .. } = &mut self.columns;
        write_split(time.wrapping_sub(self.time), time_lows, times);
        self.time = time;
        if let Some(started) = placed.told.started.filter(|_| form.has_started()) {
            write_signed(time.wrapping_sub(started), &mut self.columns.started);
        }
    }

    fn push_details(&mut self, mark: &Mark<'_>, placed: &PlacedMark<'_>) {
        let has_text = u64::from(!mark.text.is_empty());
        write_varint((mark.attributes.len() as u64) << 1 | has_text, &mut self.columns.details);
        if has_text == 1 {
            write_text(mark.text, &mut self.columns.texts);
            self.bytes += mark.text.len();
        }
        for ((place, _), (key, value)) in placed.told.attributes.iter().zip(mark.attributes) {
            let key = self.number_of(*place, key);
            let (field, bytes) = self.fields.push(key, value);
            write_varint(field as u64, &mut self.columns.details);
            self.bytes += bytes;
        }
    }

    fn number_of(&mut self, place: crate::timeline::Text, text: &str) -> u32 {
        let known = self.dictionary.len();
        let number = self.dictionary.number(place, text);
        self.bytes += if self.dictionary.len() > known { ENTRY_BYTES + text.len() } else { 0 };
        number
    }
}

/// What a frame is put around.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Where something of another kind begins.
    cuts: Vec<usize>,
}

impl Body {
    /// Appends a column and its length; if it is long enough, what compresses it need not know the others.
    fn push(&mut self, column: &[u8]) {
        write_varint(column.len() as u64, &mut self.bytes);
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(column);
        if column.len() >= CHUNK_BYTES {
            self.cuts.extend([begin, self.bytes.len()]);
        }
    }
}

impl Fields {
    /// Adds a value; the number of its field, and the bytes of memory that it cost.
    fn push(&mut self, key: u32, value: &Value<'_>) -> (usize, usize) {
        let of = type_of(value);
        let next = self.fields.len();
        let place = *self.places.entry((key, of)).or_insert(next);
        if place == next {
            self.fields.push(Field { key, of, values: Vec::new() });
        }
        let Some(field) = self.fields.get_mut(place) else { return (place, 0) };
        write_value(value, &mut field.values);
        let text_bytes = if let Value::Text(text) = value { text.len() } else { 0 };
        (place, ATTRIBUTE_BYTES + text_bytes + if place == next { ENTRY_BYTES } else { 0 })
    }
}

fn form_of(placed: &PlacedMark<'_>, start: Option<Start>) -> Form {
    match (placed.told.kind, start, placed.told.started) {
        (MarkKind::Start, _, _) => Form::Start,
        (MarkKind::Point, _, _) => Form::Point,
        (MarkKind::End, None, None) => Form::End,
        (MarkKind::End, None, Some(_)) => Form::EndStarted,
        (MarkKind::End, Some(_), None) => Form::PairedEnd,
        (MarkKind::End, Some(start), Some(started)) if start.time == started => Form::PairedEndSame,
        (MarkKind::End, Some(_), Some(_)) => Form::PairedEndStarted,
    }
}

fn type_of(value: &Value<'_>) -> FieldType {
    match value {
        Value::Bool(_) => FieldType::Bool,
        Value::Int(_) => FieldType::Int,
        Value::Uint(_) => FieldType::Uint,
        Value::Float(_) => FieldType::Float,
        Value::Text(_) => FieldType::Text,
    }
}

fn write_value(value: &Value<'_>, to: &mut Vec<u8>) {
    match value {
        Value::Bool(value) => to.push(u8::from(*value)),
        Value::Int(value) => write_signed(*value, to),
        Value::Uint(value) => write_varint(*value, to),
        Value::Float(value) => to.extend_from_slice(&value.to_le_bytes()),
        Value::Text(value) => write_text(value, to),
    }
}
