//! `GET /api/fleet/live`: results as they come in.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use tokio::sync::watch;
use tokio::time::sleep_until;

use super::represent::result;
use crate::api::live::{Frame, KEEP_ALIVE, Pace, Resume, Stop, outlet};
use crate::api::{Answer, App};
use crate::fleet::Fleet;
use crate::live::Position;

/// Results of all checks as they come in.
#[utoipa::path(
    get,
    path = "/api/fleet/live",
    params(
        ("last_event_id" = Option<String>, Query, description = "where to go on, like Last-Event-ID")
    ),
    responses(
        (status = OK, description = "events without an end", body = String, content_type = "text/event-stream")
    )
)]
pub(in crate::api) async fn follow(State(app): State<App>, resume: Resume, pace: Pace) -> Answer<Response> {
    let (beginning, arrived) = app.fleet.follow();
    let told = match resume {
        Resume::Anew => Some(app.fleet.board().arrived()),
        Resume::From(position) => position.number_after(beginning),
    };
    let reader = Reader { fleet: app.fleet.clone(), beginning, arrived, told, stop: Stop::of(&app) };
    let news = stream::unfold(reader, async |mut reader| Some((reader.next().await?, reader)));
    Ok(outlet::response(stream::iter([Frame::first().bytes()]).chain(news), pace))
}

/// Somebody who follows the results.
struct Reader {
    fleet: Arc<Fleet>,
    beginning: Position,
    arrived: watch::Receiver<u64>,
    /// How many of them it was told; `None`: nobody knows.
    told: Option<u64>,
    stop: Stop,
}

impl Reader {
    /// What is told next; `None` when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        let quiet = Instant::now() + KEEP_ALIVE;
        let mut stop = self.stop.clone();
        let here = self.beginning.at(self.told.unwrap_or(0));
        tokio::select! {
            told = self.told() => told,
            () = sleep_until(quiet.into()) => Some(Frame::alive(here)),
            () = stop.told() => None,
        }
    }

    async fn told(&mut self) -> Option<Bytes> {
        loop {
            // Looked at before the board is: what comes later is not missed.
            self.arrived.borrow_and_update();
            if let Some(news) = self.news() {
                return Some(news);
            }
            self.arrived.changed().await.ok()?;
        }
    }

    /// What came since; `None`: nothing.
    fn news(&mut self) -> Option<Bytes> {
        let board = self.fleet.board();
        let Some((told, news)) = self.told.and_then(|told| Some((told, board.after(told)?))) else {
            self.told = Some(board.arrived());
            return Some(Frame::default().reset().bytes());
        };
        if news.is_empty() {
            return None;
        }
        let numbered = (told + 1..).zip(&news);
        let frame = numbered.fold(Frame::default(), |frame, (number, outcome)| {
            frame.event(self.beginning.at(number), "result", &result(outcome))
        });
        self.told = Some(board.arrived());
        Some(frame.bytes())
    }
}
