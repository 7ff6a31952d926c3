//! `GET …/timelines/{timeline}/view`: what a page can show of a timeline.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{Object, RefOr, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use super::asked::{Asked, Parameters, instant, nanoseconds};
use super::hal::{Hal, Resource};
use super::openapi::{Instant, count, one_of, places, words};
use super::represent::time;
use super::skew::SkewQuery;
use super::{Answer, Problem};
use crate::catalog::Made;
use crate::timeline::forest::{Forest, Grouping, Label};
use crate::timeline::table::{HostNumber, NameNumber, Table};
use crate::timeline::view::{Bar, Running, View, ViewOptions, ViewRow};

const USUAL_WIDTH: u32 = 1_000;
const USUAL_ROWS: usize = 50;
/// Keys that `collapsed` and `opened` have at most, each.
const KEYS: usize = 1_000;

/// The template's variables.
pub(super) const VARIABLES: &str = "{?from,to,width,rows,offset,collapsed,opened,level,min_duration,group}";

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct ViewQuery {
    /// RFC 3339, or nanoseconds since the epoch; the timeline's beginning if left out.
    #[param(value_type = Option<Instant>, inline)]
    from: Option<String>,
    /// Likewise, and later; its end if left out.
    #[param(value_type = Option<Instant>, inline)]
    to: Option<String>,
    /// Pixels; 1,000 if left out.
    #[param(minimum = 1, maximum = 16_384)]
    width: Option<u32>,
    /// How many rows are told; 50 if left out.
    #[param(minimum = 1, maximum = 1_000)]
    rows: Option<usize>,
    /// How many rows come before those.
    offset: Option<usize>,
    /// Keys of rows that are collapsed though they would not be, or the other way, with commas between them.
    #[param(pattern = "^([0-9a-f]{16}(,[0-9a-f]{16})*)?$")]
    collapsed: Option<String>,
    /// Keys of rows whose lanes are a row each.
    #[param(pattern = "^([0-9a-f]{16}(,[0-9a-f]{16})*)?$")]
    opened: Option<String>,
    /// Rows this deep and deeper are collapsed.
    level: Option<u16>,
    /// Seconds; shorter events are left out.
    #[param(minimum = 0)]
    min_duration: Option<f64>,
    #[param(schema_with = groupings)]
    group: Option<String>,
}

pub(super) fn groupings() -> Object {
    words("What is at the roots; name if left out.", ["name", "host"])
}

/// What was asked for, checked as far as that needs no timeline.
struct Wanted {
    from: Option<i64>,
    to: Option<i64>,
    width: u32,
    rows: (usize, usize),
    level: u16,
    toggled: Vec<u64>,
    opened: Vec<u64>,
    min_duration: i64,
    grouping: Grouping,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ViewProperties {
    /// Null while there is no event and no range was asked for.
    from: Option<String>,
    to: Option<String>,
    width: u32,
    offset: usize,
    row_count: usize,
    /// The names and hosts that bars have, by their places here.
    names: Vec<String>,
    hosts: Vec<String>,
    rows: Vec<RowProperties>,
}

#[derive(Serialize, ToSchema)]
struct RowProperties {
    key: String,
    label: String,
    /// The row groups a host's events: the label is the host.
    is_host: bool,
    depth: u16,
    is_leaf: bool,
    collapsed: bool,
    lanes: u16,
    lane: Option<u16>,
    /// Events of the row, and of all below it.
    events: u32,
    open: u32,
    failed: u32,
    bars: Vec<BarArray>,
    running: Vec<RunningArray>,
    running_count: u32,
}

/// From, length, count, worst state, and of the longest one: name and duration; of a single event also host and id.
#[derive(Serialize)]
#[serde(untagged)]
enum BarArray {
    Merged(i64, i64, u32, &'static str, usize, i64),
    Exact(i64, i64, u32, &'static str, usize, i64, usize, u64),
}

impl PartialSchema for BarArray {
    fn schema() -> RefOr<Schema> {
        let state = one_of([Type::String]);
        places([whole(), count(), count(), state, count(), whole(), count(), count()], 6)
    }
}

impl ToSchema for BarArray {}

/// Since when, name, host, id.
#[derive(Serialize)]
struct RunningArray(i64, usize, usize, u64);

impl PartialSchema for RunningArray {
    fn schema() -> RefOr<Schema> {
        places([whole(), count(), count(), count()], 4)
    }
}

impl ToSchema for RunningArray {}

fn whole() -> Object {
    one_of([Type::Integer])
}

/// What a page can show of a timeline.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/view",
    params(SkewQuery, ViewQuery),
    responses((status = OK, body = Resource<ViewProperties>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<ViewQuery>,
) -> Answer<Hal<Resource<ViewProperties>>> {
    let wanted = Wanted::of(&query)?;
    let now = asked.app.doors.now();
    let properties = asked.ask(move |made| properties(made, &wanted, now)).await??;
    Ok(Hal(Resource { properties, links: asked.links("view") }))
}

impl Wanted {
    fn of(query: &ViewQuery) -> Answer<Self> {
        let range = |name, text: &Option<String>| text.as_deref().map(|text| instant(name, text)).transpose();
        let first = query.offset.unwrap_or(0);
        Ok(Wanted {
            from: range("from", &query.from)?,
            to: range("to", &query.to)?,
            width: query.width.unwrap_or(USUAL_WIDTH),
            rows: (first, first.saturating_add(query.rows.unwrap_or(USUAL_ROWS))),
            level: query.level.unwrap_or(u16::MAX),
            toggled: keys("collapsed", query.collapsed.as_deref())?,
            opened: keys("opened", query.opened.as_deref())?,
            min_duration: query.min_duration.map_or(Ok(0), |seconds| nanoseconds("min_duration", seconds))?,
            grouping: grouping(query.group.as_deref())?,
        })
    }
}

/// What is at the roots.
pub(super) fn grouping(group: Option<&str>) -> Answer<Grouping> {
    match group {
        None | Some("name") => Ok(Grouping::Names),
        Some("host") => Ok(Grouping::Hosts),
        Some(_) => Err(Problem::bad_request("group is \"name\" or \"host\"")),
    }
}

fn keys(parameter: &str, text: Option<&str>) -> Answer<Vec<u64>> {
    let key = |text: &str| u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16);
    let given = text.unwrap_or("").split(',').filter(|key| !key.is_empty());
    let keys = given.take(KEYS + 1).map(key).collect::<Option<Vec<_>>>();
    keys.filter(|keys| keys.len() <= KEYS).ok_or_else(|| {
        Problem::bad_request(format!("{parameter} is up to {KEYS} keys of rows, with commas between them"))
    })
}

fn properties(made: &Made, wanted: &Wanted, now: i64) -> Answer<ViewProperties> {
    let extent = made.table().extent();
    let from = wanted.from.or(extent.map(|(first, _)| first.min(i64::MAX - 1)));
    let to = wanted.to.or(extent.map(|(_, last)| last.saturating_add(1)));
    let is_known = from.is_some() && to.is_some();
    let options = ViewOptions {
        from: from.unwrap_or(0),
        to: if is_known { to.unwrap_or(1) } else { from.unwrap_or(0).saturating_add(1) },
        width: wanted.width,
        rows: wanted.rows,
        collapsed_from: wanted.level,
        toggled: &wanted.toggled,
        opened: &wanted.opened,
        min_duration: wanted.min_duration,
        now: Some(now),
    };
    let picture = made.picture(wanted.grouping);
    let view = View::of(picture, &options).map_err(|error| Problem::bad_request(error.to_string()))?;
    let mut writing = Writing {
        forest: picture.forest(),
        from: options.from,
        names: Told::default(),
        hosts: Told::default(),
    };
    let rows = view.rows.iter().filter_map(|row| writing.row(row)).collect();
    let table = made.table();
    Ok(ViewProperties {
        from: from.map(time),
        to: to.map(time),
        width: wanted.width,
        offset: wanted.rows.0,
        row_count: view.row_count,
        names: writing.names.texts(|number| table.name(number)),
        hosts: writing.hosts.texts(|number| table.host(number)),
        rows,
    })
}

/// Texts that are told once, in the order of their first use.
#[derive(Default)]
struct Told {
    places: HashMap<u32, usize>,
    numbers: Vec<u32>,
}

impl Told {
    fn place(&mut self, number: u32) -> usize {
        let next = self.numbers.len();
        let place = *self.places.entry(number).or_insert(next);
        if place == next {
            self.numbers.push(number);
        }
        place
    }

    fn texts<'t>(&self, text: impl Fn(u32) -> &'t str) -> Vec<String> {
        self.numbers.iter().map(|number| text(*number).to_owned()).collect()
    }
}

struct Writing<'f> {
    forest: &'f Forest,
    from: i64,
    names: Told,
    hosts: Told,
}

impl Writing<'_> {
    fn row(&mut self, row: &ViewRow) -> Option<RowProperties> {
        let node = self.forest.node(row.node)?;
        let (own, below) = (node.figures.own, node.figures.below);
        Some(RowProperties {
            key: format!("{:016x}", node.key),
            label: self.forest.label(row.node).to_owned(),
            is_host: matches!(node.label, Label::Host(_)),
            depth: node.depth,
            is_leaf: node.end == row.node + 1,
            collapsed: row.is_collapsed,
            lanes: row.lanes,
            lane: row.lane,
            events: own.events.saturating_add(below.events),
            open: own.open.saturating_add(below.open),
            failed: own.failed.saturating_add(below.failed),
            bars: row.bars.iter().map(|bar| self.bar(bar)).collect(),
            running: row.running.iter().filter_map(|running| self.running(running)).collect(),
            running_count: row.running_count,
        })
    }

    fn bar(&mut self, bar: &Bar) -> BarArray {
        let (from, length) = (bar.from.saturating_sub(self.from), bar.to.saturating_sub(bar.from));
        let (name, state) = (self.names.place(bar.name), bar.worst.as_str());
        match self.event(bar.longest).filter(|_| bar.is_exact) {
            Some((_, host, id)) => {
                let host = self.hosts.place(host);
                BarArray::Exact(from, length, bar.count, state, name, bar.duration, host, id)
            }
            None => BarArray::Merged(from, length, bar.count, state, name, bar.duration),
        }
    }

    fn running(&mut self, running: &Running) -> Option<RunningArray> {
        let (name, host, id) = self.event(running.event)?;
        let since = running.since.saturating_sub(self.from);
        Some(RunningArray(since, self.names.place(name), self.hosts.place(host), id))
    }

    fn event(&self, place: u32) -> Option<(NameNumber, HostNumber, u64)> {
        let table: &Table = self.forest.table();
        let row = table.row(place as usize)?;
        Some((row.name, row.host, row.id))
    }
}
