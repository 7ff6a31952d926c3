//! From chunks to a table. What it reads may come from anybody.

use std::sync::Arc;

use hashbrown::HashSet;

use super::super::table::{Row, Table, number};
use super::{CHUNK, Chunk, HAS_END, HAS_PARENT, HAS_START, Numbers, STATE_BITS, STATES, VERSION};

/// Why a chunk can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ColumnsError {
    /// Of another version of the layout.
    #[error("columns of version {0}, not {VERSION}")]
    Version(u32),
    /// It does not continue what was read.
    #[error("a chunk from place {found} on, where {expected} comes next")]
    Place {
        /// What comes next.
        expected: u64,
        /// What came.
        found: u64,
    },
    /// No events, or too many.
    #[error("a chunk of {0} events, not of 1 to {CHUNK}")]
    Count(u32),
    /// A column has more or fewer entries than the events need.
    #[error("the column `{0}` has not as many entries as the events need")]
    Length(&'static str),
    /// An entry of a column says nothing.
    #[error("the column `{column}` has {number}, which is not among what there is")]
    Number {
        /// The column.
        column: &'static str,
        /// The entry.
        number: i64,
    },
    /// A text was told twice.
    #[error("a text of `{0}` comes twice")]
    Repeated(&'static str),
}

/// Reads chunks one after the other.
#[derive(Debug, Default)]
pub struct ColumnsReader {
    names: Texts,
    hosts: Texts,
    rows: Vec<Row>,
}

#[derive(Debug, Default)]
struct Texts {
    texts: Vec<Arc<str>>,
    known: HashSet<Arc<str>>,
}

impl Texts {
    fn add(&mut self, column: &'static str, texts: &[String]) -> Result<(), ColumnsError> {
        for text in texts {
            let text: Arc<str> = text.as_str().into();
            if !self.known.insert(Arc::clone(&text)) {
                return Err(ColumnsError::Repeated(column));
            }
            self.texts.push(text);
        }
        Ok(())
    }

    fn number(&self, column: &'static str, entry: i64) -> Result<u32, ColumnsError> {
        let known = u32::try_from(entry).ok().filter(|text| (*text as usize) < self.texts.len());
        known.ok_or(ColumnsError::Number { column, number: entry })
    }

    /// In the order of the texts, with the number there of each.
    fn sorted(self) -> (Vec<Arc<str>>, Vec<u32>) {
        let mut sorted: Vec<(Arc<str>, usize)> = self.texts.into_iter().zip(0..).collect();
        sorted.sort_unstable();
        let mut numbers = vec![0; sorted.len()];
        for (number, (_, was)) in (0..).zip(&sorted) {
            numbers[*was] = number;
        }
        (sorted.into_iter().map(|(text, _)| text).collect(), numbers)
    }
}

impl ColumnsReader {
    /// Takes the next chunk. After an error, what was read before is still there, but its texts may be more.
    ///
    /// # Errors
    ///
    /// [`ColumnsError`] says what is wrong with it.
    pub fn push(&mut self, chunk: &Chunk) -> Result<(), ColumnsError> {
        self.check(chunk)?;
        self.names.add("names", &chunk.names)?;
        self.hosts.add("hosts", &chunk.hosts)?;
        let rows = Reading::new(chunk).rows(&self.names, &self.hosts)?;
        self.rows.extend(rows);
        Ok(())
    }

    fn check(&self, chunk: &Chunk) -> Result<(), ColumnsError> {
        let expected = u64::from(number(self.rows.len()));
        if chunk.version != VERSION {
            return Err(ColumnsError::Version(chunk.version));
        }
        if chunk.place != expected {
            return Err(ColumnsError::Place { expected, found: chunk.place });
        }
        if !(1..=CHUNK).contains(&(chunk.count as usize)) {
            return Err(ColumnsError::Count(chunk.count));
        }
        if chunk.grain == 0 {
            return Err(ColumnsError::Number { column: "grain", number: 0 });
        }
        let Chunk { name, host, start, duration, state, lane, .. } = chunk;
        let columns = [("name", name), ("host", host), ("start", start), ("duration", duration)];
        let wrong = columns.into_iter().chain([("state", state), ("lane", lane)]);
        let wrong = { wrong }.find(|(_, column)| column.0.len() != chunk.count as usize);
        wrong.map_or(Ok(()), |(name, _)| Err(ColumnsError::Length(name)))
    }

    /// The events that were read.
    #[must_use]
    pub fn finish(self) -> Table {
        let ((names, name), (hosts, host)) = (self.names.sorted(), self.hosts.sorted());
        let renumber = |row: Row| Row { name: name[row.name as usize], host: host[row.host as usize], ..row };
        Table::new(names, hosts, self.rows.into_iter().map(renumber).collect())
    }
}

struct Reading<'a> {
    chunk: &'a Chunk,
    grain: i64,
    /// When the event before began, in grains.
    before: i64,
    ids: std::slice::Iter<'a, i64>,
    parents: std::slice::Iter<'a, i64>,
    /// The last id of each lane.
    lanes: Vec<u64>,
    last_id: u64,
}

impl<'a> Reading<'a> {
    fn new(chunk: &'a Chunk) -> Self {
        let (ids, parents) = (chunk.id.0.iter(), chunk.parent.0.iter());
        let grain = i64::from(chunk.grain);
        let before = chunk.from.div_euclid(grain);
        Reading { chunk, grain, before, ids, parents, lanes: Vec::new(), last_id: 0 }
    }

    /// Nothing may be left over behind the last event.
    fn rows(mut self, names: &Texts, hosts: &Texts) -> Result<Vec<Row>, ColumnsError> {
        let rows: Result<Vec<Row>, _> =
            (0..self.chunk.count as usize).map(|at| self.row(at, names, hosts)).collect();
        match (self.ids.len(), self.parents.len()) {
            (0, 0) => rows,
            (0, _) => rows.and(Err(ColumnsError::Length("parent"))),
            _ => rows.and(Err(ColumnsError::Length("id"))),
        }
    }

    fn row(&mut self, at: usize, names: &Texts, hosts: &Texts) -> Result<Row, ColumnsError> {
        let entry = |column: &Numbers| column.0[at];
        let first = self.before.wrapping_add(entry(&self.chunk.start));
        let last = first.wrapping_add(entry(&self.chunk.duration));
        self.before = first;
        let state = entry(&self.chunk.state);
        let has = |flag: i64| state & flag != 0;
        let unknown = ColumnsError::Number { column: "state", number: state };
        let known = usize::try_from(state & STATE_BITS).ok().and_then(|state| STATES.get(state));
        let state = *known
            .filter(|_| state & !(STATE_BITS | HAS_START | HAS_END | HAS_PARENT) == 0)
            .ok_or(unknown)?;
        let id = self.id(entry(&self.chunk.lane))?;
        Ok(Row {
            name: names.number("name", entry(&self.chunk.name))?,
            host: hosts.number("host", entry(&self.chunk.host))?,
            id,
            parent: if has(HAS_PARENT) { self.parent(id)? } else { 0 },
            start: has(HAS_START).then_some(first.wrapping_mul(self.grain)),
            end: has(HAS_END).then_some(last.wrapping_mul(self.grain)),
            state,
        })
    }

    fn id(&mut self, lane: i64) -> Result<u64, ColumnsError> {
        if lane == 0 {
            return Ok(0);
        }
        let step = *self.ids.next().ok_or(ColumnsError::Length("id"))?;
        let unknown = ColumnsError::Number { column: "lane", number: lane };
        let place = usize::try_from(lane).ok().and_then(|lane| lane.checked_sub(1)).ok_or(unknown)?;
        if place == self.lanes.len() {
            self.lanes.push(self.last_id);
        }
        let last = self.lanes.get_mut(place).ok_or(unknown)?;
        *last = last.wrapping_add_signed(step);
        self.last_id = *last;
        Ok(self.last_id)
    }

    fn parent(&mut self, id: u64) -> Result<u64, ColumnsError> {
        let more = *self.parents.next().ok_or(ColumnsError::Length("parent"))?;
        Ok(id.wrapping_add_signed(more))
    }
}
