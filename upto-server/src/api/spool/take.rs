//! `POST /api/spool/take`: the oldest blocks of the spool, for a server that stores them and says so with its next
//! question.

use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::super::body::{self, Whole};
use super::super::{Answer, Problem};
use super::AgentApp;
use crate::agent::{CONTENT_TYPE, ENOUGH_BYTES, Place, parse_id};

/// Nobody is kept waiting for longer.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The body of a request.
#[derive(Debug, Deserialize)]
struct Question {
    /// Everything up to here is stored. Null: nothing that this agent has handed over, as far as the asker knows.
    acknowledged: Option<Acknowledged>,
    /// For how long it is waited while there is nothing, in seconds.
    #[serde(default)]
    wait_seconds: u64,
}

#[derive(Debug, Deserialize)]
struct Acknowledged {
    run: String,
    number: u64,
}

pub(super) async fn take(
    State(mut app): State<AgentApp>,
    headers: HeaderMap,
    body: Whole,
) -> Answer<Response> {
    body::expect_json(&headers)?;
    let question: Question = body::object(&body.0?)?;
    if app.is_pushing {
        let detail = "this agent hands over by itself; two that take from it would each get a part";
        return Err(Problem::new(StatusCode::CONFLICT, detail));
    }
    if let Some(acknowledged) = question.acknowledged {
        app.spool.acknowledge(place(&acknowledged)?).await;
    }
    let patience = Duration::from_secs(question.wait_seconds).min(LONGEST_WAIT);
    tokio::select! {
        () = app.spool.wait(patience) => {}
        _ = app.stop.wait_for(|stop| *stop) => {}
    }
    let outgoing = app.spool.next(ENOUGH_BYTES).await?;
    let encoded = outgoing.delivery.encode();
    let bytes =
        encoded.map_err(|error| Problem::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], bytes).into_response())
}

fn place(acknowledged: &Acknowledged) -> Answer<Place> {
    let wrong =
        || Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "run is 16 hexadecimal digits in lower case");
    let run = parse_id(&acknowledged.run).ok_or_else(wrong)?;
    Ok(Place { run, number: acknowledged.number })
}
