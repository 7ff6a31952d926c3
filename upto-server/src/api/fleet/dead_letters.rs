//! `GET /api/fleet/dead-letters`: what lay in a queue and could not be done, with the reason.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::PATH;
use crate::api::hal::{Hal, Items, Links, List, Nothing};
use crate::api::represent::time;
use crate::api::{Answer, App};
use crate::fleet::dead::{self, DeadLetter};

/// Something that could not be done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = FleetDeadLetter)]
pub(in crate::api) struct LetterProperties {
    queue: String,
    /// Its number in the queue.
    task: u64,
    attempts: u32,
    reason: String,
    /// The beginning of what lay there, as far as it is text.
    payload: String,
    time: String,
}

/// What could not be done, the newest first: the last thousand.
#[utoipa::path(
    get,
    path = "/api/fleet/dead-letters",
    responses((status = OK, body = List<Nothing, LetterProperties>))
)]
pub(in crate::api) async fn list(State(app): State<App>) -> Answer<Hal<List<Nothing, LetterProperties>>> {
    let letters = dead::list(app.fleet.store()).await?;
    let item = letters.into_iter().map(properties).collect();
    let links = Links::of(format!("{PATH}/dead-letters")).with("fleet", PATH);
    Ok(Hal(List { properties: Nothing {}, links, embedded: Items { item } }))
}

fn properties(letter: DeadLetter) -> LetterProperties {
    LetterProperties {
        queue: letter.queue,
        task: letter.task,
        attempts: letter.attempts,
        reason: letter.reason,
        payload: String::from_utf8_lossy(&letter.payload).into_owned(),
        time: time(letter.time),
    }
}
