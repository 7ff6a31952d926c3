//! `GET /api/probes/live`: what is found out about clusters, as it is found out.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Bytes;
use axum::extract::{Extension, State};
use axum::response::Response;
use futures_util::stream::{self, StreamExt};
use tokio::time::sleep_until;

use super::represent::properties;
use crate::api::live::{Frame, KEEP_ALIVE, Pace, Stop, outlet};
use crate::api::{Answer, App};
use crate::doors::Caller;
use crate::live::Position;
use crate::probe::registry::{Cluster, News, Reader};

/// Probes of clusters as they come: `reset` first, and where something may have been missed; then `cluster` for each that was
/// asked, with what was found out last. What was before is at `/api/clusters`.
#[utoipa::path(
    get,
    path = "/api/probes/live",
    responses(
        (status = OK, description = "events without an end", body = String, content_type = "text/event-stream")
    )
)]
pub(in crate::api) async fn follow(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    pace: Pace,
) -> Answer<Response> {
    let (reader, stop) = (app.registry.feed().subscribe(), Stop::of(&app));
    let following = Following { app, caller, reader, stop };
    let news = stream::unfold(following, async |mut following| Some((following.next().await?, following)));
    // Who comes back gets all of it: what a cluster is like now is all there is to it.
    let first = Frame::first().reset().bytes();
    Ok(outlet::response(stream::iter([first]).chain(news), pace))
}

/// Somebody who follows.
struct Following {
    app: App,
    caller: Caller,
    reader: Reader,
    stop: Stop,
}

impl Following {
    /// What is told next; `None` when the server stops.
    async fn next(&mut self) -> Option<Bytes> {
        let quiet = Instant::now() + KEEP_ALIVE;
        let mut stop = self.stop.clone();
        loop {
            let news = tokio::select! {
                news = self.reader.next() => news,
                () = sleep_until(quiet.into()) => return Some(Frame::alive(Position::NOWHERE)),
                () = stop.told() => return None,
            };
            let frames = match news {
                News::Stored(told) => {
                    let changed = told.iter().map(|told| (told.cluster.name(), &told.cluster));
                    self.frames(&changed.collect())
                }
                News::Behind => Frame::default().reset().bytes(),
            };
            if !frames.is_empty() {
                return Some(frames);
            }
        }
    }

    /// Each of these clusters once, as it is now.
    fn frames(&self, changed: &BTreeMap<&Arc<str>, &Arc<Cluster>>) -> Bytes {
        let now = self.app.registry.now();
        let visible = changed.values().filter(|cluster| self.caller.is_for(cluster.name()));
        let frames = visible.map(|cluster| {
            let properties = properties(cluster, now);
            Frame::default().rest("cluster", &&properties).bytes()
        });
        frames.collect::<Vec<_>>().concat().into()
    }
}
