//! `GET …/timelines/{timeline}/compare`: why a timeline took longer, or less time, than another one of its context.

use std::sync::Arc;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, BriefEvent, LeftOutProperties, Parameters, limit};
use super::hal::{Hal, Resource};
use super::represent::seconds;
use super::skew::SkewQuery;
use super::{Answer, Problem, href, skew};
use crate::catalog::{Made, Timeline};
use crate::timeline::causes::{Amount, Cause, Comparison, Occurrence, Side};
use crate::timeline::critical_path::PathError;
use crate::timeline::digest::Outcome;

/// The template's variables.
pub(super) const VARIABLES: &str = "{?with,limit}";
const USUAL_LIMIT: usize = 100;
const MOST: usize = 10_000;
/// Earlier timelines that are searched for one that succeeded.
const SEARCHED: usize = 60;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct CompareQuery {
    /// The other timeline; the newest earlier one that succeeded, if left out.
    with: Option<String>,
    /// How many causes are told; 100 if left out.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct CompareProperties {
    /// The timeline that it is measured by.
    with: String,
    estimated: bool,
    before_seconds: f64,
    after_seconds: f64,
    /// What all effects add up to.
    difference_seconds: f64,
    causes: Vec<CauseProperties>,
    other_causes: OtherCauses,
    left_out: Sides<LeftOutProperties>,
}

#[derive(Serialize, ToSchema)]
struct Sides<T> {
    before: T,
    after: T,
}

#[derive(Serialize, ToSchema)]
struct CauseProperties {
    kind: &'static str,
    /// Null: between all events.
    row: Option<String>,
    effect_seconds: f64,
    before: Option<AmountProperties>,
    after: Option<AmountProperties>,
    occurrences: Vec<OccurrenceProperties>,
}

#[derive(Serialize, ToSchema)]
struct OtherCauses {
    count: usize,
    effect_seconds: f64,
}

#[derive(Serialize, ToSchema)]
struct AmountProperties {
    count: u64,
    total_seconds: f64,
    on_path_seconds: f64,
    gap_seconds: f64,
}

#[derive(Serialize, ToSchema)]
struct OccurrenceProperties {
    before: Option<BriefEvent>,
    after: Option<BriefEvent>,
    change_seconds: f64,
}

/// Why a timeline took longer, or less time, than another one of its context.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/compare",
    params(SkewQuery, CompareQuery),
    responses((status = OK, body = Resource<CompareProperties>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<CompareQuery>,
) -> Answer<Hal<Resource<CompareProperties>>> {
    let most = limit(query.limit, USUAL_LIMIT, MOST)?;
    let with = match &query.with {
        Some(label) => asked.app.catalog.find(&href::label(asked.timeline.context()), label)?,
        None => previous(&asked).await?,
    };
    let store = asked.app.catalog.store().as_ref();
    let name = with.name().to_string();
    let compare = move |after: &Made, before: &Made| properties(name, before, after, most);
    let properties = asked.timeline.go_through_both(&with, store, asked.times, compare).await??;
    let with = skew::address(href::timeline(with.context(), with.name()), asked.times);
    Ok(Hal(Resource { properties, links: asked.links("compare").with("with", with) }))
}

/// The newest earlier timeline in which everything ended and nothing failed.
async fn previous(asked: &Asked) -> Answer<Arc<Timeline>> {
    let context = asked.context()?;
    for timeline in context.older(Some(asked.timeline.ordinal()), SEARCHED) {
        match asked.app.catalog.digest(&timeline).await {
            Ok(Some(digest)) if digest.outcome == Outcome::Done => return Ok(timeline),
            Err(error) if error.is_temporary() => return Err(error.into()),
            _ => {}
        }
    }
    let detail = format!(
        "there is nothing to compare it with: in none of the timelines before it, {SEARCHED} at most, all went well; \
         a timeline may be named in \"with\""
    );
    Err(Problem::new(StatusCode::NOT_FOUND, detail))
}

fn properties(with: String, before: &Made, after: &Made, most: usize) -> Answer<CompareProperties> {
    let comparison = Comparison::of(side(before, &with)?, side(after, "this timeline")?);
    let Comparison { before: before_length, after: after_length, mut causes } = comparison;
    let rest = causes.split_off(most.min(causes.len()));
    let effect = rest.iter().fold(0_i64, |sum, cause| sum.saturating_add(cause.effect));
    Ok(CompareProperties {
        with,
        estimated: true,
        before_seconds: seconds(before_length),
        after_seconds: seconds(after_length),
        difference_seconds: seconds(after_length.saturating_sub(before_length)),
        causes: causes.iter().map(|cause| cause_properties(cause, before, after)).collect(),
        other_causes: OtherCauses { count: rest.len(), effect_seconds: seconds(effect) },
        left_out: Sides {
            before: before.nesting().left_out().into(),
            after: after.nesting().left_out().into(),
        },
    })
}

fn side<'m>(made: &'m Made, name: &str) -> Answer<Side<'m>> {
    let path = made.path().map_err(|error: PathError| {
        let short: String = name.chars().take(100).collect();
        Problem::new(StatusCode::NOT_FOUND, format!("{short}: {error}"))
    })?;
    Ok(Side { forest: made.forest(), nesting: made.nesting(), path })
}

fn cause_properties(cause: &Cause, before: &Made, after: &Made) -> CauseProperties {
    let occurrence = |occurrence: &Occurrence| OccurrenceProperties {
        before: occurrence.before.and_then(|place| BriefEvent::at(before.table(), place)),
        after: occurrence.after.and_then(|place| BriefEvent::at(after.table(), place)),
        change_seconds: seconds(occurrence.change),
    };
    CauseProperties {
        kind: cause.kind.as_str(),
        row: (!cause.row.is_empty()).then(|| cause.row.clone()),
        effect_seconds: seconds(cause.effect),
        before: cause.before.map(AmountProperties::from),
        after: cause.after.map(AmountProperties::from),
        occurrences: cause.occurrences.iter().map(occurrence).collect(),
    }
}

impl From<Amount> for AmountProperties {
    fn from(amount: Amount) -> Self {
        AmountProperties {
            count: amount.count,
            total_seconds: seconds(amount.total),
            on_path_seconds: seconds(amount.on_path),
            gap_seconds: seconds(amount.gaps),
        }
    }
}
