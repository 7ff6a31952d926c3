//! Asking the journal: what is wanted of it, the newest first, page by page.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use regex::{Regex, RegexBuilder};
use thiserror::Error;

use super::hours::Hour;
use super::{Entry, Journal};
use crate::catalog::document;
use crate::store::{Cursor, Result};

/// Bytes of a regular expression at most.
const PATTERN_BYTES: usize = 1_024;
/// Bytes that one may take once it is compiled.
const COMPILED_BYTES: usize = 1 << 20;
/// Blocks that are read at a time.
const BLOCKS: usize = 16;
/// After so many lines an answer is given, whatever was found by then.
const SCANNED: usize = 1_000_000;

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    service: Option<Regex>,
    message: Option<Regex>,
    /// At least so grave.
    level: Option<i32>,
    /// From this time on, in nanoseconds since the epoch, and up to this one, both included.
    from: Option<i64>,
    to: Option<i64>,
    /// Only those of services that somebody may see.
    visible: Visible,
}

/// Which services somebody may see; without this, all.
#[derive(Clone, Default)]
struct Visible(Option<Arc<IsVisible>>);

/// Whether somebody may see a service.
type IsVisible = dyn Fn(&str) -> bool + Send + Sync;

impl fmt::Debug for Visible {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_some() { "some" } else { "all" })
    }
}

/// Why something is no filter.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum FilterFault {
    #[error("{field} is over {PATTERN_BYTES} bytes")]
    Long { field: &'static str },
    #[error("{field} is no regular expression: {problem}")]
    Pattern { field: &'static str, problem: String },
}

impl Filter {
    /// Lines whose service and message these regular expressions find something in, capitals or not; an empty one is
    /// not asked.
    ///
    /// # Errors
    /// What is wrong first.
    pub(crate) fn new(service: &str, message: &str) -> Result<Self, FilterFault> {
        let (service, message) = (compile("service", service)?, compile("message", message)?);
        Ok(Filter { service, message, ..Filter::default() })
    }

    /// The same, of those lines only that are at least so grave.
    pub(crate) fn at_least(self, level: Option<i32>) -> Self {
        Filter { level, ..self }
    }

    /// The same, of the lines from a time on, and up to another, both included, in nanoseconds since the epoch.
    pub(crate) fn within(self, from: Option<i64>, to: Option<i64>) -> Self {
        Filter { from, to, ..self }
    }

    /// The same, of those services only that `is_visible`.
    pub(crate) fn seen_by(self, is_visible: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Filter { visible: Visible(Some(Arc::new(is_visible))), ..self }
    }

    /// Whether a line is wanted.
    pub(crate) fn takes(&self, entry: &Entry) -> bool {
        let finds = |pattern: &Option<Regex>, text: &str| {
            pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
        };
        self.level.is_none_or(|level| entry.level >= level)
            && self.from.is_none_or(|from| entry.time >= from)
            && self.to.is_none_or(|to| entry.time <= to)
            && finds(&self.service, &entry.service)
            && finds(&self.message, &entry.message)
            && self.visible.0.as_ref().is_none_or(|is_visible| is_visible(&entry.service))
    }
}

/// Why a text is no pattern for the filter of this name.
pub(crate) fn pattern_fault(field: &'static str, pattern: &str) -> Option<FilterFault> {
    compile(field, pattern).err()
}

fn compile(field: &'static str, pattern: &str) -> Result<Option<Regex>, FilterFault> {
    if pattern.is_empty() {
        return Ok(None);
    }
    if pattern.len() > PATTERN_BYTES {
        return Err(FilterFault::Long { field });
    }
    let mut builder = RegexBuilder::new(pattern);
    builder.case_insensitive(true).size_limit(COMPILED_BYTES).dfa_size_limit(COMPILED_BYTES);
    builder.build().map(Some).map_err(|error| FilterFault::Pattern { field, problem: error.to_string() })
}

/// Where a line stands: its hour, its block's place in the stream, and its own in the block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    hour: Hour,
    block: u64,
    index: usize,
}

impl Place {
    /// Before all lines of an hour.
    fn beginning(hour: Hour) -> Self {
        Place { hour, block: 0, index: 0 }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:x}-{:x}-{:x}", self.hour.0, self.block, self.index)
    }
}

/// A text is no place of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let mut parts = text.split('-').map(|digits| u64::from_str_radix(digits, 16).map_err(|_| NoPlace));
        let mut next = || parts.next().unwrap_or(Err(NoPlace));
        let (hour, block, index) = (Hour(next()?), next()?, next()?);
        let index = usize::try_from(index).map_err(|_| NoPlace)?;
        if parts.next().is_some() { Err(NoPlace) } else { Ok(Place { hour, block, index }) }
    }
}

/// Lines that were found, the newest first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Page {
    pub(crate) entries: Vec<(Place, Entry)>,
    /// Where to go on: there may be more before this.
    pub(crate) next: Option<Place>,
}

impl Journal {
    /// Up to `limit` lines that the filter takes, the newest first, those before `before` only.
    ///
    /// # Errors
    /// What the store says.
    pub(crate) async fn newest(&self, filter: &Filter, before: Option<Place>, limit: usize) -> Result<Page> {
        let first = filter.from.map_or(Hour(0), Hour::of);
        let last = filter
            .to
            .map_or(Hour(u64::MAX), Hour::of)
            .min(before.map_or(Hour(u64::MAX), |before| before.hour));
        let (mut page, mut scanned) = (Page::default(), 0);
        if first > last {
            return Ok(page);
        }
        let hours = self.list_hours().await?;
        let hours: Vec<_> = hours.range(first..=last).map(|(hour, _)| *hour).collect();
        let mut hours = hours.into_iter().rev().peekable();
        while let Some(hour) = hours.next() {
            let mut newest = Newest { limit: limit - page.entries.len(), ..Newest::default() };
            scanned += self.scan(hour, before, filter, &mut newest).await?;
            page.entries.extend(newest.found.into_iter().rev());
            let is_full = page.entries.len() >= limit;
            if is_full && (newest.has_more || hours.peek().is_some()) {
                page.next = page.entries.last().map(|(place, _)| *place);
                return Ok(page);
            }
            if scanned >= SCANNED && hours.peek().is_some() {
                page.next = Some(Place::beginning(hour));
                return Ok(page);
            }
        }
        Ok(page)
    }

    /// Looks at all lines of an hour; how many those are.
    async fn scan(
        &self,
        hour: Hour,
        before: Option<Place>,
        filter: &Filter,
        newest: &mut Newest,
    ) -> Result<usize> {
        let (stream, mut after, mut scanned) = (hour.stream(), Cursor::START, 0);
        loop {
            let blocks = self.store.read(&stream, after, BLOCKS).await?;
            let Some(last) = blocks.last() else { return Ok(scanned) };
            after = last.cursor;
            for block in &blocks {
                let entries: Vec<Entry> = document::decode(&stream, &block.bytes)?;
                scanned += entries.len();
                for (index, entry) in entries.into_iter().enumerate() {
                    let place = Place { hour, block: block.cursor.0, index };
                    if before.is_none_or(|before| place < before) && filter.takes(&entry) {
                        newest.add(place, entry);
                    }
                }
            }
        }
    }
}

/// The newest of the lines that were looked at.
#[derive(Default)]
struct Newest {
    limit: usize,
    found: BTreeMap<Place, Entry>,
    has_more: bool,
}

impl Newest {
    fn add(&mut self, place: Place, entry: Entry) {
        self.found.insert(place, entry);
        if self.found.len() > self.limit {
            self.found.pop_first();
            self.has_more = true;
        }
    }
}
