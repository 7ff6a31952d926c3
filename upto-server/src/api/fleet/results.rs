//! `GET /api/fleet/checks/{check}/results`: how tasks of a check ended, the latest first.

use std::str::FromStr;

use axum::extract::{Path, State};
use serde::Deserialize;
use utoipa::IntoParams;

use super::represent::{OutcomeProperties, result};
use super::{address, find};
use crate::api::asked::{Parameters, limit};
use crate::api::cursor::foreign_place;
use crate::api::hal::{Hal, Items, Links, List, Nothing};
use crate::api::{Answer, App, href};
use crate::fleet::Before;

/// The template's variables.
pub(super) const VARIABLES: &str = "{?limit,cursor}";
const USUAL_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 1_000;

/// Which results are wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct ResultsQuery {
    /// How many results a page has at most; 100 if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 1_000)]
    limit: Option<usize>,
    /// Where the page begins: what the link `next` has.
    cursor: Option<String>,
}

/// How tasks of a check ended, the latest first. A page may have fewer than were asked for, also none, and a next one.
#[utoipa::path(
    get,
    path = "/api/fleet/checks/{check}/results",
    params(ResultsQuery),
    responses((status = OK, body = List<Nothing, OutcomeProperties>))
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    Path(name): Path<String>,
    Parameters(query): Parameters<ResultsQuery>,
) -> Answer<Hal<List<Nothing, OutcomeProperties>>> {
    let check = find(&app, &name)?;
    let limit = limit(query.limit, USUAL_LIMIT, LARGEST_LIMIT)?;
    let before = query.cursor.as_deref().map(Cursor::from_str).transpose()?;
    let page = app.fleet.history(&check.name, before.map(|cursor| cursor.0), limit).await?;
    let own = format!("{}/results", address(&check.name));
    let at = |cursor: &str| format!("{own}?limit={limit}&cursor={}", href::encoded(cursor));
    let here = query.cursor.as_deref().map_or_else(|| format!("{own}?limit={limit}"), at);
    let next = page.next.as_ref().map(|next| at(&Cursor::text(next)));
    let links = Links::of(here).with_some("next", next);
    let item = page.outcomes.iter().map(result).collect();
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

/// A place as it is in addresses.
struct Cursor(Before);

impl Cursor {
    fn text(Before { scheduled, id }: &Before) -> String {
        format!("{scheduled}-{id}")
    }
}

impl FromStr for Cursor {
    type Err = crate::api::Problem;

    fn from_str(text: &str) -> Answer<Self> {
        // The first character may be a sign.
        let dash = text.get(1..).and_then(|rest| rest.find('-')).ok_or_else(foreign_place)? + 1;
        let (scheduled, id) = text.split_at(dash);
        let scheduled = scheduled.parse().map_err(|_| foreign_place())?;
        Ok(Cursor(Before { scheduled, id: id.strip_prefix('-').unwrap_or(id).to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_come_back_from_their_text_and_nothing_else_does() {
        for (scheduled, id) in [(5, "cpu_used-7"), (-5, ""), (0, "g/n")] {
            let before = Before { scheduled, id: id.into() };
            let Cursor(read) = Cursor::text(&before).parse().expect("a place");
            assert_eq!((read.scheduled, read.id), (scheduled, id.to_owned()));
        }
        for text in ["", "-", "5", "x-y", "☃-1"] {
            assert!(text.parse::<Cursor>().is_err(), "{text}");
        }
    }
}
