//! A line for each thing that happens.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::feed::{Feed, Told};
use super::painter::forecast;
use crate::cli::api::{Api, Event};
use crate::cli::failure::{Failure, tell};
use crate::cli::output;
use crate::cli::render::{Forecast, duration, headline};
use crate::cli::text::harmless;

/// How long nothing is looked for at a time.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// Events that are remembered at most, not to tell them twice.
const KNOWN: usize = 1_000_000;

/// Writes lines until the output is closed.
pub(super) fn watch(api: &Api, mut feed: Feed) -> Result<(), Failure> {
    let mut known = Known::default();
    output::lines([headline(feed.timeline())])?;
    let forecast = forecast(api, feed.timeline()).filter(Forecast::is_known);
    output::lines(forecast.and_then(|forecast| forecast.text()))?;
    // What is over at the beginning is told by `show`.
    let mut is_quiet = true;
    loop {
        match feed.next(PATIENCE) {
            Some(Told::Moved) => {
                known = Known::default();
                output::lines([headline(feed.timeline())])?;
            }
            Some(Told::Anew) => match tell_all(api, &feed, &mut known, is_quiet) {
                Ok(()) => is_quiet = false,
                Err(failure @ Failure::Output(_)) => return Err(failure),
                // Where the server has gone, the stream breaks too, and all is told anew later.
                Err(failure) => failure.tell(),
            },
            Some(Told::Events(events)) => {
                output::lines(events.iter().filter(|event| known.is_news(event)).map(line))?;
            }
            Some(Told::Broken(reason)) => tell(&format!("{reason}; trying again")),
            Some(Told::Numbers) | None => {}
        }
    }
}

/// Tells what is not known yet of all events; of those that are over, only if it is not `quiet`.
fn tell_all(api: &Api, feed: &Feed, known: &mut Known, quiet: bool) -> Result<(), Failure> {
    for event in api.items(&feed.timeline().links, "events") {
        let event: Event = api.typed(event?)?;
        let is_told = known.is_news(&event) && (!quiet || event.state == "open");
        output::lines(is_told.then(|| line(&event)))?;
    }
    Ok(())
}

/// In which state events were told.
#[derive(Default)]
struct Known {
    states: HashMap<u64, u64>,
    hasher: RandomState,
}

impl Known {
    /// True if this state of the event is news; it is none from now on.
    fn is_news(&mut self, event: &Event) -> bool {
        let Event { name, host, id, start, end, state, .. } = event;
        // Without an id, an event of the same name may run again and again.
        let occurrence = (*id == 0 || state == "point").then(|| start.as_ref().or(end.as_ref()));
        let key = self.hasher.hash_one((name, host, id, occurrence));
        let state = self.hasher.hash_one(state);
        if self.states.len() >= KNOWN && !self.states.contains_key(&key) {
            self.states.clear();
        }
        self.states.insert(key, state) != Some(state)
    }
}

/// When it happened, what, to which event; how long that took, where it ran, and what it says.
fn line(event: &Event) -> String {
    let Event { name, host, start, end, state, message, .. } = event;
    let (time, what) = match state.as_str() {
        "open" => (start, "start"),
        "point" => (start, "event"),
        "done" => (end, "end"),
        "unknown_start" => (end, "end (start unknown)"),
        other => (end, other),
    };
    let time = time.as_deref().unwrap_or("-");
    let mut line = format!("{time}  {what:<9}  {name}");
    let took = event.duration_seconds.filter(|_| state != "point").map(duration);
    let host = (!host.is_empty()).then(|| format!("on {host}"));
    for part in took.into_iter().chain(host).chain((!message.is_empty()).then(|| message.clone())) {
        line.push_str("  ");
        line.push_str(&part);
    }
    harmless(&line).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(fields: &str) -> Event {
        serde_json::from_str(&format!(r#"{{"name":"a.b",{fields}}}"#)).expect("an event")
    }

    #[test]
    fn each_state_is_told_once() {
        let mut known = Known::default();
        let open = event(r#""id":0,"start":"1","state":"open""#);
        let done = event(r#""id":0,"start":"1","end":"2","state":"done""#);
        let again = event(r#""id":0,"start":"3","state":"open""#);
        let told = [&open, &open, &done, &done, &again].map(|event| known.is_news(event));
        assert_eq!(told, [true, false, true, false, true]);
    }

    #[test]
    fn lines_say_what_is_known() {
        for (fields, expected) in [
            (r#""id":1,"start":"T1","state":"open""#, "T1  start      a.b"),
            (
                r#""id":1,"start":"T1","end":"T2","duration_seconds":1.5,"state":"failed","host":"h","message":"no\u001b""#,
                "T2  failed     a.b  1.50 s  on h  no\u{fffd}",
            ),
            (r#""id":0,"end":"T2","state":"unknown_start""#, "T2  end (start unknown)  a.b"),
            (r#""id":0,"start":"T","end":"T","duration_seconds":0.0,"state":"point""#, "T  event      a.b"),
        ] {
            assert_eq!(line(&event(fields)), expected);
        }
    }
}
