//! `GET /api/journal/live`: what is added, as it is added.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use tokio::time::sleep_until;

use super::{EntryProperties, JournalQuery};
use crate::api::asked::Parameters;
use crate::api::live::{Frame, KEEP_ALIVE, Pace, Resume, Stop, outlet};
use crate::api::{Answer, App};
use crate::doors::Caller;
use crate::watch::journal::{Filter, Follower, Journal};

/// Lines of the journal as they are added.
#[utoipa::path(
    get,
    path = "/api/journal/live",
    params(
        JournalQuery,
        ("last_event_id" = Option<String>, Query, description = "where to go on, like Last-Event-ID")
    ),
    responses(
        (status = OK, description = "events without an end", body = String, content_type = "text/event-stream")
    )
)]
pub(in crate::api) async fn follow(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Parameters(query): Parameters<JournalQuery>,
    resume: Resume,
    pace: Pace,
) -> Answer<Response> {
    let filter = query.filter(caller)?;
    let journal = app.watch.journal().clone();
    let from = match resume {
        Resume::Anew => None,
        Resume::From(position) => Some(position),
    };
    let follower = journal.follow(from).await?;
    let reader = Reader { journal, follower, filter, stop: Stop::of(&app) };
    let news = stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader)));
    Ok(outlet::response(stream::iter([Frame::first().bytes()]).chain(news), pace))
}

/// Somebody who follows the journal.
struct Reader {
    journal: Arc<Journal>,
    follower: Follower,
    filter: Filter,
    stop: Stop,
}

impl Reader {
    /// What is told next; `None` when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        let quiet = Instant::now() + KEEP_ALIVE;
        let mut stop = self.stop.clone();
        tokio::select! {
            told = self.told() => Some(told),
            () = sleep_until(quiet.into()) => Some(Frame::alive(self.follower.position())),
            () = stop.told() => None,
        }
    }

    /// The next lines that are wanted.
    async fn told(&mut self) -> Bytes {
        loop {
            let frames = self.look().await;
            if !frames.is_empty() {
                return frames.concat().into();
            }
            self.follower.changed().await;
        }
    }

    async fn look(&mut self) -> Vec<Bytes> {
        // Where the store does not answer, it is asked again after the next line.
        let told = self.journal.added(&mut self.follower).await.unwrap_or_default();
        let mut frames = Vec::new();
        for block in told {
            let wanted = block.entries.into_iter().filter(|entry| self.filter.takes(entry));
            let wanted: Vec<_> = wanted.collect();
            let count = wanted.len();
            for (number, entry) in wanted.into_iter().enumerate() {
                let frame = Frame::default();
                // Who was not told the last line of a block is told all of them again.
                let frame = if number + 1 == count { frame.id(block.position) } else { frame };
                frames.push(frame.rest("entry", &EntryProperties::from(entry)).bytes());
            }
        }
        frames
    }
}
