//! From a table to chunks.

use std::num::NonZeroU32;

use hashbrown::HashMap;

use super::super::table::{NONE, Row, Table};
use super::{CHUNK, Chunk, HAS_END, HAS_PARENT, HAS_START, LANE_BITS, Numbers, STATES, VERSION};

/// The events of a table in chunks of up to `size` events: 1 to [`CHUNK`], and as near to that as there is.
#[must_use]
pub fn chunks(table: &Table, size: usize) -> ColumnChunks<'_> {
    let told = |count: usize| Told { numbers: vec![NONE; count], count: 0 };
    let (names, hosts) = (told(table.names().len()), told(table.hosts().len()));
    ColumnChunks { table, size: size.clamp(1, CHUNK), grain: NonZeroU32::MIN, at: 0, names, hosts }
}

/// The chunks of a table.
#[derive(Debug)]
pub struct ColumnChunks<'a> {
    table: &'a Table,
    size: usize,
    grain: NonZeroU32,
    at: usize,
    names: Told,
    hosts: Told,
}

impl ColumnChunks<'_> {
    /// The same with times rounded down to so many nanoseconds. Rounded alike, they stay in order, and what ended before
    /// something began still does; the last digits of times are most of what they take.
    #[must_use]
    pub fn rounded(self, grain: NonZeroU32) -> Self {
        ColumnChunks { grain, ..self }
    }
}

/// Which texts were told, and by what number.
#[derive(Debug)]
struct Told {
    numbers: Vec<u32>,
    count: u32,
}

impl Told {
    /// The number of a text, and whether it has to be told now.
    fn number(&mut self, text: u32) -> (i64, bool) {
        let Some(number) = self.numbers.get_mut(text as usize) else { return (0, false) };
        let is_new = *number == NONE;
        if is_new {
            *number = self.count;
            self.count += 1;
        }
        (i64::from(*number), is_new)
    }
}

impl Iterator for ColumnChunks<'_> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let from = *self.table.firsts().get(self.at)?;
        let end = self.table.len().min(self.at + self.size);
        let grain = i64::from(self.grain.get());
        let before = from.div_euclid(grain);
        let chunk =
            Chunk { grain: self.grain.get(), ..empty(self.at, end - self.at, before.wrapping_mul(grain)) };
        let mut writing = Writing { chunk, grain, before, ids: Ids::default() };
        for place in self.at..end {
            let row = self.table.row(place)?;
            writing.chunk.push_texts(self.table, &row, (&mut self.names, &mut self.hosts));
            writing.push(&row);
        }
        self.at = end;
        Some(writing.chunk)
    }
}

fn empty(place: usize, count: usize, from: i64) -> Chunk {
    let (place, count) = (u64::try_from(place).unwrap_or(u64::MAX), super::super::table::number(count));
    let [name, host, start, duration, state, lane, id, parent] = std::array::from_fn(|_| Numbers::default());
    let (names, hosts) = (Vec::new(), Vec::new());
    Chunk {
        version: VERSION,
        place,
        count,
        grain: 1,
        from,
        names,
        hosts,
        name,
        host,
        start,
        duration,
        state,
        lane,
        id,
        parent,
    }
}

impl Chunk {
    fn push_texts(&mut self, table: &Table, row: &Row, (names, hosts): (&mut Told, &mut Told)) {
        let (name, is_new) = names.number(row.name);
        self.names.extend(is_new.then(|| table.name(row.name).to_owned()));
        let (host, is_new) = hosts.number(row.host);
        self.hosts.extend(is_new.then(|| table.host(row.host).to_owned()));
        self.name.0.push(name);
        self.host.0.push(host);
    }
}

struct Writing {
    chunk: Chunk,
    grain: i64,
    /// When the event before began, in grains.
    before: i64,
    ids: Ids,
}

impl Writing {
    fn push(&mut self, row: &Row) {
        let chunk = &mut self.chunk;
        let (first, last) = (row.first().div_euclid(self.grain), row.last().div_euclid(self.grain));
        chunk.start.0.push(first.wrapping_sub(self.before));
        chunk.duration.0.push(last.wrapping_sub(first));
        self.before = first;
        let state = STATES.iter().position(|state| *state == row.state);
        let state = state.and_then(|state| i64::try_from(state).ok()).unwrap_or(0);
        let known = |flag: i64, is_known: bool| if is_known { flag } else { 0 };
        let known = known(HAS_START, row.start.is_some())
            | known(HAS_END, row.end.is_some())
            | known(HAS_PARENT, row.parent != 0);
        chunk.state.0.push(state | known);
        let (lane, step) = self.ids.step(row.id);
        chunk.lane.0.push(lane);
        chunk.id.0.extend(step);
        let parent = row.parent.wrapping_sub(row.id).cast_signed();
        chunk.parent.0.extend((row.parent != 0).then_some(parent));
    }
}

/// Threads of a sender have ranges of ids each, and take them one by one.
#[derive(Default)]
struct Ids {
    /// The number and the last id of each range.
    lanes: HashMap<u64, (i64, u64)>,
    last: u64,
}

impl Ids {
    fn step(&mut self, id: u64) -> (i64, Option<i64>) {
        if id == 0 {
            return (0, None);
        }
        let new = i64::try_from(self.lanes.len() + 1).unwrap_or(i64::MAX);
        let (lane, last) = self.lanes.entry(id >> LANE_BITS).or_insert((new, self.last));
        let step = id.wrapping_sub(*last).cast_signed();
        (*last, self.last) = (id, id);
        (*lane, Some(step))
    }
}
