//! Pages of lists: how many, and from where on.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Answer, Problem, href};

const DEFAULT_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 10_000;

/// The query of a list, as it is written.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PageQuery {
    /// How many items a page has at most; 100 if left out.
    #[param(value_type = Option<u32>, minimum = 1, maximum = 10_000)]
    limit: Option<String>,
    /// Where the page begins: what the links `next` and `prev` have.
    cursor: Option<String>,
}

/// Which part of a list is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) from: Anchor,
}

/// Where a page begins or ends. The text is the place of an item in the list's own terms, and short: it
/// becomes part of an address.
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
            from => format!("{base}?limit={}&cursor={}", self.limit, href::encoded(&from.encode())),
        }
    }
}

fn limit(text: &str) -> Answer<usize> {
    let limit = text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("limit is a number from 1 to {LARGEST_LIMIT}")))
}

impl Anchor {
    /// As a cursor, which has yet to be encoded as every text in a query.
    pub(super) fn encode(&self) -> String {
        match self {
            Anchor::Beginning => "b".to_owned(),
            Anchor::After(place) => format!("n{place}"),
            Anchor::Before(place) => format!("p{place}"),
        }
    }

    pub(super) fn decode(cursor: &str) -> Answer<Self> {
        let mut characters = cursor.chars();
        match (characters.next(), characters.as_str()) {
            (Some('b'), "") => Ok(Anchor::Beginning),
            (Some('n'), place) => Ok(Anchor::After(place.to_owned())),
            (Some('p'), place) => Ok(Anchor::Before(place.to_owned())),
            _ => Err(Problem::bad_request("this cursor is not one of ours; begin without one")),
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
                assert_eq!(Anchor::decode(&from.encode()).ok(), Some(from));
            }
        }
        assert_eq!(Anchor::decode(&Anchor::Beginning.encode()).ok(), Some(Anchor::Beginning));
    }

    #[test]
    fn a_cursor_is_encoded_once_as_a_query_is_decoded_once() {
        let page = Page { limit: 7, from: Anchor::Beginning };
        let address = page.address("/list", &Anchor::After("a b&%é".to_owned()));
        assert_eq!(address, "/list?limit=7&cursor=na%20b%26%25%C3%A9");
    }

    #[test]
    fn foreign_cursors_are_refused() {
        for cursor in ["", "x", "7", "bx"] {
            assert!(Anchor::decode(cursor).is_err(), "{cursor}");
        }
    }
}
