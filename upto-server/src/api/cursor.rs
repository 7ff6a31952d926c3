//! Pages of lists: how many, and from where on.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Deserialize;

use super::{Answer, Problem};

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 10_000;

/// The query of a list, as it is written.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageQuery {
    limit: Option<String>,
    cursor: Option<String>,
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) from: Anchor,
}

/// Where a page begins or ends. The text is the place of an item in the list's own terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Beginning,
    After(String),
    Before(String),
}

impl Page {
    pub(super) fn of(query: Result<Query<PageQuery>, QueryRejection>) -> Answer<Self> {
        let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        let limit = query.limit.as_deref().map_or(Ok(DEFAULT_LIMIT), limit)?;
        let from = query.cursor.as_deref().map_or(Ok(Anchor::Beginning), Anchor::decode)?;
        Ok(Page { limit, from })
    }

    /// The address of this list, whose own is `base`, from `from` on.
    pub(super) fn address(&self, base: &str, from: &Anchor) -> String {
        match from {
            Anchor::Beginning if self.limit == DEFAULT_LIMIT => base.to_owned(),
            Anchor::Beginning => format!("{base}?limit={}", self.limit),
            from => format!("{base}?limit={}&cursor={}", self.limit, from.encode()),
        }
    }
}

fn limit(text: &str) -> Answer<usize> {
    let limit = text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("limit is a number from 1 to {LARGEST_LIMIT}")))
}

impl Anchor {
    /// As a query parameter that needs no further encoding.
    pub(super) fn encode(&self) -> String {
        let (direction, place) = match self {
            Anchor::Beginning => ("b", ""),
            Anchor::After(place) => ("n", place.as_str()),
            Anchor::Before(place) => ("p", place.as_str()),
        };
        // Twice, because the query is decoded once on its way in, and a place is data.
        let place = utf8_percent_encode(place, NON_ALPHANUMERIC).to_string();
        format!("{direction}{}", utf8_percent_encode(&place, NON_ALPHANUMERIC))
    }

    fn decode(cursor: &str) -> Answer<Self> {
        let foreign = || Problem::bad_request("this cursor is not one of ours; begin without one");
        let mut characters = cursor.chars();
        let direction = characters.next();
        let place =
            percent_decode_str(characters.as_str()).decode_utf8().map_err(|_| foreign())?.into_owned();
        match direction {
            Some('b') if place.is_empty() => Ok(Anchor::Beginning),
            Some('n') => Ok(Anchor::After(place)),
            Some('p') => Ok(Anchor::Before(place)),
            _ => Err(foreign()),
        }
    }
}

/// The error for a cursor whose place this list can't have.
pub(super) fn foreign_place() -> Problem {
    Problem::bad_request("this cursor is of another list; begin without one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_any_text_come_back() {
        for place in ["", "plain", "a/b&c=d#e%20", "☃ \n"] {
            for from in [Anchor::After(place.to_owned()), Anchor::Before(place.to_owned())] {
                let once = percent_decode_str(&from.encode()).decode_utf8().expect("UTF-8").into_owned();
                assert_eq!(Anchor::decode(&once).ok(), Some(from));
            }
        }
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for cursor in ["", "x", "7", "bx", "n%ff"] {
            assert!(Anchor::decode(cursor).is_err(), "{cursor}");
        }
    }
}
