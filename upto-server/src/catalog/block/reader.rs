//! Reading a block: into a fold, or mark by mark.

mod selected;

use std::borrow::Cow;

use upto::wire::{Status, Value};

use super::column::Column;
use super::error::BlockError;
use super::frame;
use super::lanes::LanesOut;
use super::layout::{Columns, Control, FieldType, Form};
use super::stamps::StampsOut;
use super::writer::BlockWriter;
use crate::timeline::{
    Applied, ClockReading, Fold, Mark, MarkKind, News, PlacedMark, SessionCount, SpanPlace, Stamp, Text, Told,
};

/// Texts, fields, and attributes of one mark, at most: a writer is full with fewer.
const ENTRIES: u64 = 1 << 16;
/// Marks at most, as well.
const MARKS: usize = 1 << 19;

/// The body of a block whose frame was in order.
#[derive(Debug)]
pub struct Block<'a> {
    body: Cow<'a, [u8]>,
}

impl<'a> Block<'a> {
    /// Checks the frame of a block and undoes its compression.
    ///
    /// # Errors
    /// [`BlockError`]: what is wrong with it.
    pub fn open(bytes: &'a [u8]) -> Result<Self, BlockError> {
        Ok(Block { body: frame::open(bytes)? })
    }

    #[cfg(test)]
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }

    #[cfg(test)]
    pub(super) fn of_body(body: &'a [u8]) -> Self {
        Block { body: Cow::Borrowed(body) }
    }

    /// Adds everything in the block to `fold`. After an error, some of it may have been added.
    ///
    /// # Errors
    /// [`BlockError`]: what is wrong with it.
    pub fn apply(&self, fold: &mut Fold) -> Result<(), BlockError> {
        self.apply_telling(fold, |_, _, _| {}).map(|_| ())
    }

    /// The same, and tells what each mark did to the fold; true if how a session stands was news.
    pub(crate) fn apply_telling(
        &self,
        fold: &mut Fold,
        mut tell: impl FnMut(&Fold, &PlacedMark<'_>, News),
    ) -> Result<bool, BlockError> {
        let mut marks = Marks::of(&self.body)?;
        let texts: Vec<Text> = marks.dictionary.iter().map(|text| fold.text(text)).collect();
        let text = |number: usize| texts[number];
        let mut attributes = Vec::new();
        let mut places: Vec<Option<SpanPlace>> = Vec::new();
        while let Some(entry) = marks.next()? {
            attributes.clear();
            attributes.extend(marks.attributes.iter().map(|(key, value)| (text(*key), *value)));
            let mark = placed(&entry, text(entry.name), text(entry.host), &attributes);
            let known = entry.pair.and_then(|start| places.get(start).copied().flatten());
            let Applied { place, news } = match known {
                Some(place) => fold.apply_to(place, &mark),
                None => fold.apply_placed(&mark),
            };
            tell(fold, &mark, news);
            if entry.kind == MarkKind::Start && entry.id != 0 {
                places.push(place);
            }
        }
        let mut sessions_changed = false;
        for count in marks.sessions {
            sessions_changed |= fold.apply_session(count);
        }
        for reading in marks.readings {
            sessions_changed |= fold.apply_reading(&reading);
        }
        Ok(sessions_changed)
    }

    /// Adds everything in the block to another one that is being written, but for what `fold`, which is the same for all
    /// of that, knows already. After an error, some of it may have been added.
    ///
    /// # Errors
    /// [`BlockError`]: what is wrong with this one.
    pub(crate) fn copy_to(&self, writer: &mut BlockWriter, fold: &mut Fold) -> Result<(), BlockError> {
        let mut marks = Marks::of(&self.body)?;
        while let Some(entry) = marks.next()? {
            let text = |number: usize| marks.dictionary[number];
            let attributes: Vec<_> =
                marks.attributes.iter().map(|(key, value)| (text(*key), *value)).collect();
            let mark = Mark {
                kind: entry.kind,
                name: text(entry.name),
                host: text(entry.host),
                id: entry.id,
                parent: entry.parent,
                time: entry.time,
                started: entry.started,
                status: entry.status,
                text: entry.text,
                attributes: &attributes,
                truncated: entry.truncated,
            };
            writer.fold_and_push_stamped(&mark, entry.stamp, fold);
        }
        for count in marks.sessions {
            if fold.apply_session(count) {
                writer.set_session(count);
            }
        }
        for reading in marks.readings {
            if fold.apply_reading(&reading) {
                writer.push_reading(reading);
            }
        }
        Ok(())
    }

    /// How the sessions stood.
    ///
    /// # Errors
    /// [`BlockError`]: what is wrong with the block.
    #[cfg(test)]
    pub(super) fn sessions(&self) -> Result<Vec<SessionCount>, BlockError> {
        Ok(Marks::of(&self.body)?.sessions)
    }
}

/// A mark whose name, host and attributes are those of a fold.
fn placed<'a>(
    entry: &Entry<'a>,
    name: Text,
    host: Text,
    attributes: &'a [(Text, Value<'a>)],
) -> PlacedMark<'a> {
    let Entry { id, kind, parent, time, started, status, text, truncated, stamp, .. } = *entry;
    let told = Told { kind, parent, time, started, status, text, attributes, truncated, stamp };
    PlacedMark { name, host, id, told }
}

/// The marks of a body, one after the other.
#[derive(Debug)]
pub(super) struct Marks<'a> {
    /// All texts that an [`Entry`] has by number.
    pub(super) dictionary: Vec<&'a str>,
    columns: Columns<Column<'a>>,
    fields: Vec<Field<'a>>,
    sessions: Vec<SessionCount>,
    readings: Vec<ClockReading>,
    stamps: StampsOut,
    starts: Vec<Start>,
    lanes: LanesOut,
    time: i64,
    /// Of the latest entry, with the keys' numbers.
    pub(super) attributes: Vec<(usize, Value<'a>)>,
}

/// A mark, whose name and host are numbers in the dictionary, in range.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) kind: MarkKind,
    pub(super) name: usize,
    pub(super) host: usize,
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) time: i64,
    pub(super) started: Option<i64>,
    pub(super) status: Status,
    pub(super) text: &'a str,
    pub(super) truncated: bool,
    pub(super) stamp: Stamp,
    /// Of a paired end: which one of the starts with ids began its event, from 0 on.
    pub(super) pair: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Start {
    name: usize,
    host: usize,
    id: u64,
    time: i64,
    parent: u64,
}

#[derive(Debug)]
struct Field<'a> {
    key: usize,
    of: FieldType,
    values: Column<'a>,
}

impl<'a> Marks<'a> {
    pub(super) fn of(body: &'a [u8]) -> Result<Self, BlockError> {
        let mut body = Column::new("body", body);
        let dictionary = dictionary(&mut body)?;
        let columns = Columns::try_of(|name| Ok(Column::new(name, body.bytes()?)))?;
        if columns.controls.rest().len() > MARKS {
            return Err(BlockError::TooMany("marks"));
        }
        let fields = fields(&mut body, dictionary.len())?;
        let (sessions, runs, readings) = sessions(body.rest())?;
        let stamps = StampsOut::of(runs, columns.controls.rest().len())?;
        let (starts, lanes, attributes) = (Vec::new(), LanesOut::default(), Vec::new());
        Ok(Marks {
            dictionary,
            columns,
            fields,
            sessions,
            readings,
            stamps,
            starts,
            lanes,
            time: 0,
            attributes,
        })
    }

    /// The next mark; after the last one, makes sure that no column has more.
    pub(super) fn next(&mut self) -> Result<Option<Entry<'a>>, BlockError> {
        if self.columns.controls.rest().is_empty() {
            self.end()?;
            return Ok(None);
        }
        let byte = self.columns.controls.byte()?;
        let control = Control::of(byte).ok_or(self.columns.controls.has("a byte that no mark has"))?;
        let pair = if control.form.is_paired() { Some(self.pair()?) } else { None };
        let start = match pair {
            Some(pair) => self.starts[pair],
            None => self.identity()?,
        };
        self.time = self.time.wrapping_add(self.columns.times.split(&mut self.columns.time_lows)?);
        let started = self.started(control.form, start.time)?;
        let parent = if control.has_parent {
            start.id.wrapping_add(self.columns.parents.signed()?.cast_unsigned())
        } else {
            start.parent
        };
        let text = self.details(control.has_details)?;
        let Start { name, host, id, .. } = start;
        if control.form == Form::Start && id != 0 {
            self.starts.push(Start { name, host, id, time: self.time, parent });
        }
        let (kind, time) = (control.form.kind(), self.time);
        let (status, truncated) = (control.status, control.is_truncated);
        let stamp = self.stamps.next();
        Ok(Some(Entry { kind, name, host, id, parent, time, started, status, text, truncated, stamp, pair }))
    }

    fn pair(&mut self) -> Result<usize, BlockError> {
        let distance = self.columns.pairs.index()?;
        let place = self.starts.len().checked_sub(distance).filter(|place| *place < self.starts.len());
        place.ok_or(self.columns.pairs.has("a start that is not in the block"))
    }

    /// Name, host and id, as of a start that says nothing more.
    fn identity(&mut self) -> Result<Start, BlockError> {
        let known = self.dictionary.len();
        let name = in_range(&mut self.columns.names, known)?;
        let host = in_range(&mut self.columns.hosts, known)?;
        let lane = self.columns.lanes.index()?;
        let id = if LanesOut::has_id(lane) {
            let id = self.lanes.leave(lane, self.columns.ids.signed()?);
            id.ok_or(self.columns.lanes.has("a lane that there is not"))?
        } else {
            0
        };
        Ok(Start { name, host, id, time: 0, parent: 0 })
    }

    fn started(&mut self, form: Form, start: i64) -> Result<Option<i64>, BlockError> {
        Ok(match form {
            Form::PairedEndSame => Some(start),
            form if form.has_started() => Some(self.time.wrapping_sub(self.columns.started.signed()?)),
            _ => None,
        })
    }

    /// The text; the attributes are left in `self`.
    fn details(&mut self, has_details: bool) -> Result<&'a str, BlockError> {
        self.attributes.clear();
        if !has_details {
            return Ok("");
        }
        let count = self.columns.details.varint()?;
        let text = if count & 1 == 1 { self.columns.texts.text()? } else { "" };
        for _ in 0..at_most(count >> 1, "attributes")? {
            let field = in_range(&mut self.columns.details, self.fields.len())?;
            let field = &mut self.fields[field];
            self.attributes.push((field.key, value(field.of, &mut field.values)?));
        }
        Ok(text)
    }

    fn end(&self) -> Result<(), BlockError> {
        self.columns.each().into_iter().try_for_each(Column::end)?;
        self.fields.iter().try_for_each(|field| field.values.end())
    }
}

/// Of a block, what its columns don't say.
type Trailer = (Vec<SessionCount>, Vec<u32>, Vec<ClockReading>);

/// How the sessions stood, whose clock the marks are by, and what was read of the clocks. Earlier blocks end before the
/// latter two.
fn sessions(mut rest: &[u8]) -> Result<Trailer, BlockError> {
    let told = |error: rmp_serde::decode::Error| BlockError::Sessions(error.to_string());
    let counts = rmp_serde::from_read(&mut rest).map_err(told)?;
    if rest.is_empty() {
        return Ok((counts, Vec::new(), Vec::new()));
    }
    let (runs, readings) = rmp_serde::from_read(&mut rest).map_err(told)?;
    Ok((counts, runs, readings))
}

/// A number below `count`.
fn in_range(column: &mut Column<'_>, count: usize) -> Result<usize, BlockError> {
    let number = column.index()?;
    if number < count { Ok(number) } else { Err(column.has("a number of nothing")) }
}

fn at_most(count: u64, of: &'static str) -> Result<u64, BlockError> {
    if count > ENTRIES { Err(BlockError::TooMany(of)) } else { Ok(count) }
}

/// Nothing is made room for before it was read, so that no number makes this large.
fn dictionary<'a>(body: &mut Column<'a>) -> Result<Vec<&'a str>, BlockError> {
    let count = at_most(body.varint()?, "texts")?;
    (0..count).map(|_| body.text()).collect()
}

fn fields<'a>(body: &mut Column<'a>, texts: usize) -> Result<Vec<Field<'a>>, BlockError> {
    let count = at_most(body.varint()?, "fields")?;
    let field = |_| {
        let key = in_range(body, texts)?;
        let of = FieldType::from_number(body.byte()?).ok_or(body.has("a type that there is not"))?;
        Ok(Field { key, of, values: Column::new("values", body.bytes()?) })
    };
    (0..count).map(field).collect()
}

fn value<'a>(of: FieldType, from: &mut Column<'a>) -> Result<Value<'a>, BlockError> {
    Ok(match of {
        FieldType::Bool => match from.byte()? {
            0 => Value::Bool(false),
            1 => Value::Bool(true),
            _ => return Err(from.has("what is neither true nor false")),
        },
        FieldType::Int => Value::Int(from.signed()?),
        FieldType::Uint => Value::Uint(from.varint()?),
        FieldType::Float => Value::Float(f64::from_le_bytes(from.array()?)),
        FieldType::Text => Value::Text(from.text()?),
    })
}
