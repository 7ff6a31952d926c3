//! What a search is for: the query, checked.

use crate::api::asked::nanoseconds;
use crate::api::cursor::{Anchor, foreign_place};
use crate::api::{Answer, Problem, href};
use crate::catalog::{Place, Timeline};
use crate::doors::matches_pattern;
use crate::timeline::digest::{Digest, Outcome};

/// Bytes of a text in the query.
const TEXT_BYTES: usize = 1_024;
/// Conditions on metadata at most.
const METADATA: usize = 16;
const USUAL_LIMIT: usize = 100;
const LARGEST_LIMIT: usize = 1_000;

/// A query.
#[derive(Debug)]
pub(super) struct Search {
    pub(super) filter: Filter,
    pub(super) limit: usize,
    /// Timelines before this place only.
    pub(super) before: Option<Place>,
    /// As it was written, without the cursor.
    pairs: Vec<(String, String)>,
}

/// Which timelines are wanted: those for which all of this holds.
#[derive(Clone, Debug, Default)]
pub(super) struct Filter {
    /// In lower case.
    name: Option<String>,
    context: Option<String>,
    metadata: Vec<(String, Option<String>)>,
    /// None: any.
    outcomes: Vec<Outcome>,
    min_duration: Option<i64>,
    max_duration: Option<i64>,
}

impl Search {
    /// # Errors
    /// A parameter is unknown, or its value is not one.
    pub(super) fn of(pairs: Vec<(String, String)>) -> Answer<Self> {
        let mut search =
            Search { filter: Filter::default(), limit: USUAL_LIMIT, before: None, pairs: Vec::new() };
        for (key, text) in pairs {
            if text.len() > TEXT_BYTES {
                return Err(Problem::bad_request(format!("texts have up to {TEXT_BYTES} bytes")));
            }
            search.set(&key, &text)?;
            if key != "cursor" {
                search.pairs.push((key, text));
            }
        }
        let range = (search.filter.min_duration, search.filter.max_duration);
        if matches!(range, (Some(min), Some(max)) if min > max) {
            return Err(Problem::bad_request("min_duration is over max_duration"));
        }
        Ok(search)
    }

    fn set(&mut self, key: &str, text: &str) -> Answer<()> {
        let filter = &mut self.filter;
        match key {
            "name" => filter.name = Some(text.to_lowercase()),
            "context" => filter.context = Some(text.to_owned()),
            "state" => filter.outcomes = text.split(',').map(outcome).collect::<Answer<_>>()?,
            "min_duration" => filter.min_duration = Some(duration(key, text)?),
            "max_duration" => filter.max_duration = Some(duration(key, text)?),
            "metadata" if filter.metadata.len() < METADATA => filter.metadata.push(condition(text)),
            "metadata" => {
                return Err(Problem::bad_request(format!("metadata is asked for up to {METADATA} times")));
            }
            "limit" => self.limit = limit(text)?,
            "cursor" => self.before = place(text)?,
            _ => return Err(Problem::bad_request(format!("there is no parameter {key:?}"))),
        }
        Ok(())
    }

    /// The address of this search, from a place on.
    pub(super) fn address(&self, base: &str, before: Option<Place>) -> String {
        let cursor = before.map(|place| ("cursor".to_owned(), Anchor::After(place.to_string()).encode()));
        let written = |(key, text): &(String, String)| format!("{key}={}", href::encoded(text));
        let query: Vec<String> = self.pairs.iter().chain(&cursor).map(written).collect();
        if query.is_empty() { base.to_owned() } else { format!("{base}?{}", query.join("&")) }
    }
}

fn outcome(text: &str) -> Answer<Outcome> {
    match text {
        "running" => Ok(Outcome::Running),
        "done" => Ok(Outcome::Done),
        "failed" => Ok(Outcome::Failed),
        _ => {
            Err(Problem::bad_request("state is \"running\", \"done\" or \"failed\", or several with commas"))
        }
    }
}

fn duration(key: &str, text: &str) -> Answer<i64> {
    let seconds = text.parse().map_err(|_| Problem::bad_request(format!("{key} is seconds, from 0 on")))?;
    nanoseconds(key, seconds)
}

/// `KEY=TEXT`, or `KEY` alone: any text.
fn condition(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((key, text)) => (key.to_owned(), Some(text.to_owned())),
        None => (text.to_owned(), None),
    }
}

fn limit(text: &str) -> Answer<usize> {
    let limit = text.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
    limit.ok_or_else(|| Problem::bad_request(format!("limit is a number from 1 to {LARGEST_LIMIT}")))
}

fn place(cursor: &str) -> Answer<Option<Place>> {
    match Anchor::decode(cursor)? {
        Anchor::Beginning => Ok(None),
        Anchor::After(place) => place.parse().map(Some).map_err(|()| foreign_place()),
        Anchor::Before(_) => Err(foreign_place()),
    }
}

impl Filter {
    /// Whether timelines of this context may be wanted.
    pub(super) fn is_context(&self, name: &str) -> bool {
        self.context.as_ref().is_none_or(|pattern| matches_pattern(pattern, name))
    }

    /// Whether a timeline's names and metadata are what is wanted.
    pub(super) fn is_described(&self, timeline: &Timeline) -> bool {
        let has_name = |wanted: &String| {
            [timeline.name(), timeline.context()].iter().any(|name| name.to_lowercase().contains(wanted))
        };
        let metadata = timeline.metadata();
        let has_text = |(key, wanted): &(String, Option<String>)| {
            let text = metadata.get(key);
            text.is_some_and(|text| wanted.as_ref().is_none_or(|wanted| text == wanted))
        };
        self.name.as_ref().is_none_or(has_name) && self.metadata.iter().all(has_text)
    }

    /// Whether more than names and metadata matters.
    pub(super) fn asks_for_events(&self) -> bool {
        !self.outcomes.is_empty() || self.min_duration.is_some() || self.max_duration.is_some()
    }

    /// Whether a timeline with this digest is wanted. One without events runs, and has no duration.
    pub(super) fn holds(&self, digest: Option<&Digest>) -> bool {
        let outcome = digest.map_or(Outcome::Running, |digest| digest.outcome);
        let is_outcome = self.outcomes.is_empty() || self.outcomes.contains(&outcome);
        let is_long = |min: i64| digest.is_some_and(|digest| digest.duration >= min);
        let is_short = |max: i64| digest.is_some_and(|digest| digest.duration <= max);
        is_outcome && self.min_duration.is_none_or(is_long) && self.max_duration.is_none_or(is_short)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: &[(&str, &str)]) -> Answer<Search> {
        Search::of(query.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn what_is_no_parameter_or_no_value_is_refused() {
        let long = "x".repeat(TEXT_BYTES + 1);
        for (key, text) in [
            ("nmae", "x"),
            ("state", "open"),
            ("state", ""),
            ("min_duration", "-1"),
            ("max_duration", "NaN"),
            ("limit", "0"),
            ("limit", "1001"),
            ("cursor", "x"),
            ("cursor", "n7"),
            ("cursor", "p7.1"),
            ("name", &long),
        ] {
            assert!(search(&[(key, text)]).is_err(), "{key}={text:.20}");
        }
        assert!(search(&[("min_duration", "2"), ("max_duration", "1")]).is_err());
        assert!(search(&[("metadata", "k"); METADATA + 1]).is_err());
    }

    #[test]
    fn a_search_is_written_as_it_was_read() {
        let query = [("name", "a b&c"), ("metadata", "ci=https://x/?y"), ("metadata", "k"), ("limit", "7")];
        let address = search(&query).expect("a search").address("/s", "5.ff".parse().ok());
        assert_eq!(
            address,
            "/s?name=a%20b%26c&metadata=ci%3Dhttps%3A%2F%2Fx%2F%3Fy&metadata=k&limit=7&cursor=n5.ff"
        );
        assert_eq!(search(&[]).expect("a search").address("/s", None), "/s");
    }

    #[test]
    fn all_conditions_have_to_hold() {
        let digest = Digest { duration: 5_000_000_000, outcome: Outcome::Failed, ..Digest::default() };
        let holds = |query: &[(&str, &str)]| search(query).expect("a search").filter.holds(Some(&digest));
        assert!(
            holds(&[]) && holds(&[("state", "done,failed"), ("min_duration", "5"), ("max_duration", "5")])
        );
        assert!(!holds(&[("state", "done")]));
        assert!(!holds(&[("state", "failed"), ("min_duration", "5.1")]));
        assert!(!holds(&[("max_duration", "4.9")]));
        let running = search(&[("state", "running")]).expect("a search").filter;
        assert!(running.holds(None) && running.asks_for_events());
        assert!(!search(&[("min_duration", "0")]).expect("a search").filter.holds(None));
    }
}
