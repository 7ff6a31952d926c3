//! `GET …/timelines/{timeline}/critical-path`: what the length of a timeline, or of an event in it, depends on.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, BriefEvent, LeftOutProperties, Parameters, limit, share};
use super::hal::{Hal, Resource};
use super::represent::{seconds, time};
use super::skew::SkewQuery;
use super::{Answer, Problem};
use crate::catalog::{Digests, EARLIER, Made};
use crate::timeline::critical_path::{CriticalPath, Order, PathError, PathOptions, Step};
use crate::timeline::digest::{Digest, Outcome};
use crate::timeline::forecast::Pattern;
use crate::timeline::learned::LearnedOrder;
use crate::timeline::table::{NameNumber, Place, Table};

/// The template's variables.
pub(super) const VARIABLES: &str = "{?event,host,id,what_if,factor,limit}";
/// Sections, steps and names that are told, each: the longest ones.
const USUAL_LIMIT: usize = 100;
const MOST: usize = 10_000;
/// How many times as long something may be imagined to take.
const FACTOR: f64 = 100.0;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct PathQuery {
    /// The name of an event; the whole timeline if left out.
    event: Option<String>,
    /// The host of the event, where several have one name; only beside event.
    host: Option<String>,
    /// Its id, likewise.
    id: Option<u64>,
    /// The name of events that are imagined to take another time.
    what_if: Option<String>,
    /// How many times as long they would take; 0.5 if left out.
    #[param(minimum = 0, maximum = 100)]
    factor: Option<f64>,
    /// How many names, sections and steps are told; 100 if left out.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

#[derive(Default, Serialize, ToSchema)]
pub(super) struct PathProperties {
    /// It follows from what ran beside what, not from what anybody told.
    estimated: bool,
    /// The event that it is of; null: the whole timeline.
    event: Option<BriefEvent>,
    from: Option<String>,
    to: Option<String>,
    /// Null if nothing has both a known start and a known end.
    duration_seconds: Option<f64>,
    unattributed_seconds: f64,
    /// Earlier timelines from which the order of names was learned.
    learned_from: usize,
    names: Vec<PathName>,
    other_names: PathRest,
    sections: Vec<PathSection>,
    other_sections: PathRest,
    steps: Vec<PathStep>,
    other_steps: usize,
    /// Names of which nothing is on the path: what could have taken how much longer, the least first.
    beside: Vec<PathBeside>,
    other_beside: usize,
    what_if: Option<WhatIf>,
    left_out: LeftOutProperties,
}

#[derive(Serialize, ToSchema)]
struct PathName {
    /// Null: nobody's time.
    name: Option<String>,
    sections: usize,
    duration_seconds: f64,
    share: f64,
}

#[derive(Serialize, ToSchema)]
struct PathSection {
    from: String,
    to: String,
    duration_seconds: f64,
    share: f64,
    event: Option<BriefEvent>,
}

/// What is not told one by one.
#[derive(Default, Serialize, ToSchema)]
struct PathRest {
    count: usize,
    duration_seconds: f64,
    share: f64,
}

#[derive(Serialize, ToSchema)]
struct PathStep {
    event: BriefEvent,
    from: String,
    to: String,
    duration_seconds: f64,
    own_seconds: f64,
    slack_seconds: Option<f64>,
    drag_seconds: f64,
}

/// A name beside the path.
#[derive(Serialize, ToSchema)]
struct PathBeside {
    name: String,
    /// By how much the event that waits least could have ended later.
    slack_seconds: f64,
}

#[derive(Serialize, ToSchema)]
struct WhatIf {
    name: String,
    factor: f64,
    duration_seconds: f64,
    change_seconds: f64,
}

/// What was asked for.
struct Wanted {
    event: Option<(String, Option<String>, Option<u64>)>,
    what_if: Option<(String, f64)>,
    limit: usize,
}

/// What the length of a timeline, or of an event in it, depends on.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/critical-path",
    params(SkewQuery, PathQuery),
    responses((status = OK, body = Resource<PathProperties>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<PathQuery>,
) -> Answer<Hal<Resource<PathProperties>>> {
    let wanted = Wanted::of(query)?;
    let context = asked.context()?;
    let earlier = asked.app.catalog.digests(&context, Some(asked.timeline.ordinal()), EARLIER).await?;
    let properties = asked.go_through(move |made| properties(made, &wanted, &earlier)).await??;
    Ok(Hal(Resource { properties, links: asked.links("critical-path") }))
}

impl Wanted {
    fn of(query: PathQuery) -> Answer<Self> {
        let PathQuery { event, host, id, what_if, factor, limit: most } = query;
        if event.is_none() && (host.is_some() || id.is_some()) {
            return Err(Problem::bad_request("host and id tell which event of a name: give event, too"));
        }
        let factor = factor.unwrap_or(0.5);
        if !(0.0..=FACTOR).contains(&factor) {
            return Err(Problem::bad_request(format!("factor is a number from 0 to {FACTOR}")));
        }
        Ok(Wanted {
            event: event.map(|name| (name, host, id)),
            what_if: what_if.map(|name| (name, factor)),
            limit: limit(most, USUAL_LIMIT, MOST)?,
        })
    }
}

fn properties(made: &Made, wanted: &Wanted, earlier: &Digests) -> Answer<PathProperties> {
    let table = made.table();
    let of = match &wanted.event {
        Some((name, host, id)) => Some(find(table, name, host.as_deref(), *id)?),
        None => None,
    };
    let done = earlier.runs.iter().map(|(_, digest)| &**digest);
    let done: Vec<&Digest> = done.filter(|digest| digest.outcome == Outcome::Done).collect();
    let order = LearnedOrder::of(&Pattern::of(&done), table);
    let options = PathOptions { of, order: Some(&order as &dyn Order), ..PathOptions::default() };
    match CriticalPath::of(made.forest(), made.nesting(), &options) {
        Ok(path) => {
            let learned_from = if order.is_empty() { 0 } else { done.len() };
            let event = of.and_then(|place| BriefEvent::at(table, place));
            let told = told(table, &path, wanted)?;
            Ok(PathProperties { event, learned_from, ..told })
        }
        Err(PathError::NothingTimed) => {
            let left_out = made.nesting().left_out().into();
            Ok(PathProperties { estimated: true, left_out, ..PathProperties::default() })
        }
        Err(PathError::NoSuchEvent(_) | PathError::NotTimed(_)) => Err(Problem::new(
            StatusCode::NOT_FOUND,
            "the event is open, its start is not known, or it is a point",
        )),
    }
}

/// The first event of this name, host and id, rather one whose start and end are known.
fn find(table: &Table, name: &str, host: Option<&str>, id: Option<u64>) -> Answer<Place> {
    let is_wanted = |place: &Place| {
        table.row(*place as usize).is_some_and(|row| {
            host.is_none_or(|host| table.host(row.host) == host) && id.is_none_or(|id| row.id == id)
        })
    };
    let number = number_of(table, name);
    let places = (0..).zip(table.name_numbers()).filter(|(_, known)| Some(**known) == number);
    let mut places = places.map(|(place, _)| place).filter(is_wanted);
    let first = places.next();
    let is_timed = |place: &Place| table.interval(*place as usize).is_some();
    first
        .filter(is_timed)
        .or_else(|| places.find(is_timed))
        .or(first)
        .ok_or_else(|| Problem::new(StatusCode::NOT_FOUND, "there is no such event in this timeline"))
}

fn number_of(table: &Table, name: &str) -> Option<NameNumber> {
    let place = table.names().binary_search_by(|known| known.as_ref().cmp(name)).ok()?;
    u32::try_from(place).ok()
}

fn told(table: &Table, path: &CriticalPath, wanted: &Wanted) -> Answer<PathProperties> {
    let (from, to) = path.extent();
    let (names, other_names) = names(table, path, wanted.limit);
    let (sections, other_sections) = sections(table, path, wanted.limit);
    let steps = longest(path.steps().iter().collect(), wanted.limit, Step::length);
    let other_steps = path.steps().len() - steps.len();
    let (beside, other_beside) = beside(table, path, wanted.limit);
    let what_if =
        wanted.what_if.as_ref().map(|(name, factor)| what_if(table, path, name, *factor)).transpose()?;
    Ok(PathProperties {
        estimated: true,
        from: Some(time(from)),
        to: Some(time(to)),
        duration_seconds: Some(seconds(path.length())),
        unattributed_seconds: seconds(path.unattributed()),
        names,
        other_names,
        sections,
        other_sections,
        steps: steps.into_iter().filter_map(|step| step_properties(table, path, step)).collect(),
        other_steps,
        beside,
        other_beside,
        what_if,
        left_out: path.left_out().into(),
        ..PathProperties::default()
    })
}

/// The longest ones, in the order in which they were.
fn longest<T>(all: Vec<&T>, most: usize, length: impl Fn(&T) -> i64) -> Vec<&T> {
    if all.len() <= most {
        return all;
    }
    let mut numbered: Vec<(usize, &T)> = all.into_iter().enumerate().collect();
    numbered.sort_by_key(|(place, each)| (Reverse(length(each)), *place));
    numbered.truncate(most);
    numbered.sort_by_key(|(place, _)| *place);
    numbered.into_iter().map(|(_, each)| each).collect()
}

/// What each name has of the path, the most first.
fn names(table: &Table, path: &CriticalPath, most: usize) -> (Vec<PathName>, PathRest) {
    let mut sums = HashMap::<Option<NameNumber>, (usize, i64)>::new();
    for section in path.sections() {
        let name = section.event.and_then(|event| table.name_numbers().get(event as usize).copied());
        let (count, sum) = sums.entry(name).or_default();
        (*count, *sum) = (*count + 1, *sum + (section.to - section.from));
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(name, (_, sum))| (Reverse(*sum), *name));
    let rest = sums.split_off(most.min(sums.len()));
    let rest = PathRest::of(rest.len(), rest.iter().map(|(_, (_, sum))| sum).sum(), path);
    let told = sums.into_iter().map(|(name, (sections, sum))| PathName {
        name: name.map(|name| table.name(name).to_owned()),
        sections,
        duration_seconds: seconds(sum),
        share: share(sum, path.length()),
    });
    (told.collect(), rest)
}

fn sections(table: &Table, path: &CriticalPath, most: usize) -> (Vec<PathSection>, PathRest) {
    let told = longest(path.sections().iter().collect(), most, |section| section.to - section.from);
    let sum: i64 = told.iter().map(|section| section.to - section.from).sum();
    let rest = PathRest::of(path.sections().len() - told.len(), path.length() - sum, path);
    let told = told.into_iter().map(|section| PathSection {
        from: time(section.from),
        to: time(section.to),
        duration_seconds: seconds(section.to - section.from),
        share: share(section.to - section.from, path.length()),
        event: section.event.and_then(|event| BriefEvent::at(table, event)),
    });
    (told.collect(), rest)
}

/// The least slack of each name that has nothing on the path, the least first.
fn beside(table: &Table, path: &CriticalPath, most: usize) -> (Vec<PathBeside>, usize) {
    let name_of = |event: Place| table.name_numbers().get(event as usize).copied();
    let on_path: HashSet<_> = path.steps().iter().filter_map(|step| name_of(step.event)).collect();
    let mut least = HashMap::<NameNumber, i64>::new();
    for (event, name) in (0..).zip(table.name_numbers()).filter(|(_, name)| !on_path.contains(name)) {
        if let Some(slack) = path.slack(event) {
            let known = least.entry(*name).or_insert(slack);
            *known = slack.min(*known);
        }
    }
    let mut least: Vec<_> = least.into_iter().map(|(name, slack)| (slack, name)).collect();
    least.sort_unstable();
    let rest = least.len().saturating_sub(most);
    let told = least
        .into_iter()
        .take(most)
        .map(|(slack, name)| PathBeside { name: table.name(name).to_owned(), slack_seconds: seconds(slack) });
    (told.collect(), rest)
}

impl PathRest {
    fn of(count: usize, length: i64, path: &CriticalPath) -> Self {
        PathRest { count, duration_seconds: seconds(length), share: share(length, path.length()) }
    }
}

fn step_properties(table: &Table, path: &CriticalPath, step: &Step) -> Option<PathStep> {
    Some(PathStep {
        event: BriefEvent::at(table, step.event)?,
        from: time(step.from),
        to: time(step.to),
        duration_seconds: seconds(step.length()),
        own_seconds: seconds(step.own),
        slack_seconds: path.slack(step.event).map(seconds),
        drag_seconds: seconds(step.drag),
    })
}

/// All events of a name at once: what those on the path add up to, or, if that is more, the one beside it that would delay
/// the whole most.
fn what_if(table: &Table, path: &CriticalPath, name: &str, factor: f64) -> Answer<WhatIf> {
    let number = number_of(table, name).ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "what_if: there is no event of this name in this timeline")
    })?;
    // It was checked to be from 0 to FACTOR.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let per_mille = (factor * 1_000.0).round() as u32;
    let change = |event| path.what_if(table, event, per_mille).map_or(0, |length| length - path.length());
    let is_named = |event: Place| table.name_numbers().get(event as usize) == Some(&number);
    let on_path = path.steps().iter().filter(|step| is_named(step.event) && !is_within(path, step, is_named));
    let on_path: i64 = on_path.fold(0, |sum, step| sum.saturating_add(change(step.event)));
    let named = (0..).zip(table.name_numbers()).filter(|(_, known)| **known == number);
    let beside = if factor > 1.0 { named.map(|(event, _)| change(event)).max().unwrap_or(0) } else { 0 };
    let change = on_path.max(-path.length());
    let change = if factor > 1.0 { change.max(beside) } else { change };
    Ok(WhatIf {
        name: name.to_owned(),
        factor,
        duration_seconds: seconds(path.length().saturating_add(change)),
        change_seconds: seconds(change),
    })
}

/// Whether a step is part of another one that counts already.
fn is_within(path: &CriticalPath, step: &Step, is_named: impl Fn(Place) -> bool) -> bool {
    let above = |step: &Step| path.steps().get(step.parent? as usize).copied();
    std::iter::successors(above(step), above).any(|step| is_named(step.event))
}
