//! One run of cargo, told to a server: the [`build`](build()) itself, and waiting until everything of it [`arrived`].
#![allow(clippy::print_stderr)]

mod build;
mod settle;

use std::io::Write;

use upto_server::timeline::Event;

pub(crate) use self::build::{Outcome, build};
use crate::api::{Api, Timeline};
use crate::problem::Problem;

/// The events of the run, when the server has all of them, or has had time for that; what is missing is told.
///
/// # Errors
/// The server does not answer.
pub(crate) fn arrived(api: &Api, timeline: &Timeline, outcome: &Outcome) -> Result<Vec<Event>, Problem> {
    let settled = settle::wait(api, timeline)?;
    if let Some(missing) = settle::missing(&settled) {
        eprintln!("note: {missing}");
    }
    events(api, timeline, outcome)
}

/// The events, with what ended without having been seen to start.
fn events(api: &Api, timeline: &Timeline, outcome: &Outcome) -> Result<Vec<Event>, Problem> {
    let events = api.events(timeline)?;
    let root = events.iter().find(|event| *event.name == *outcome.root);
    match root.filter(|_| !outcome.built.unseen.is_empty()) {
        Some(root) => {
            api.send_ends(timeline, root, &outcome.built.unseen)?;
            api.events(timeline)
        }
        None => Ok(events),
    }
}

/// Writes to standard output. If nobody reads that any more, there is nobody to tell.
pub(crate) fn print(text: &str) {
    let mut output = std::io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}
