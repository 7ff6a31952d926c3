//! Where a reader goes on: `Last-Event-ID`, which browsers send when they connect again, or `last_event_id` in the query,
//! for clients that can't set headers.

use axum::extract::FromRequestParts;
use axum::extract::Query;
use axum::http::request::Parts;
use serde::Deserialize;

use crate::api::{Answer, Problem};
use crate::live::Position;

const HEADER: &str = "last-event-id";

/// Up to where a client says that it was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::api) enum Resume {
    /// It says nothing: it has just come.
    Anew,
    /// Up to here. What is none of this server's is [`Position::NOWHERE`].
    From(Position),
}

#[derive(Debug, Default, Deserialize)]
struct ResumeQuery {
    last_event_id: Option<String>,
}

impl Resume {
    fn of(header: Option<&str>, query: Option<&str>) -> Self {
        // An address that a browser was given with a parameter stays the same; the header is newer.
        match header.or(query).filter(|id| !id.is_empty()) {
            Some(id) => Resume::From(id.parse().unwrap_or(Position::NOWHERE)),
            None => Resume::Anew,
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Resume {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Answer<Self> {
        let query = Query::<ResumeQuery>::from_request_parts(parts, state).await;
        let Query(query) = query.map_err(|rejection| Problem::bad_request(rejection.body_text()))?;
        let header = parts.headers.get(HEADER).map(|id| id.to_str().unwrap_or("?"));
        Ok(Resume::of(header, query.last_event_id.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_comes_first_and_what_is_no_id_is_from_nowhere() {
        let here = Position::beginning().at(3);
        let id = here.to_string();
        assert_eq!(Resume::of(Some(&id), Some("1-1")), Resume::From(here));
        assert_eq!(Resume::of(None, Some(&id)), Resume::From(here));
        assert_eq!(Resume::of(None, None), Resume::Anew);
        assert_eq!(Resume::of(Some(""), None), Resume::Anew);
        assert_eq!(Resume::of(Some("yesterday"), None), Resume::From(Position::NOWHERE));
    }
}
