//! What the service answers. Each request is a span, with a number of its own.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::post;
use tracing::{Instrument as _, Span, error, info_span};

use crate::shop::Shop;

static REQUESTS: AtomicU64 = AtomicU64::new(1);

/// The service's state.
#[derive(Clone, Debug)]
pub(crate) struct Service {
    pub(crate) shop: Shop,
    /// Each request is a timeline of its own.
    pub(crate) has_timelines: bool,
}

impl Service {
    /// `POST /orders/{goods}`.
    pub(crate) fn routes(self) -> Router {
        Router::new().route("/orders/{goods}", post(order)).with_state(self)
    }

    /// The span of a request. The fields `upto.…` say where its event belongs, and everything in it.
    fn span(&self, goods: &str) -> Span {
        let number = REQUESTS.fetch_add(1, Ordering::Relaxed);
        if self.has_timelines {
            let timeline = format!("{}-{number}", std::process::id());
            info_span!(parent: None, "request", goods, upto.context = "requests", upto.timeline = timeline)
        } else {
            info_span!(parent: None, "request", goods, number)
        }
    }
}

async fn order(State(service): State<Service>, Path(goods): Path<String>) -> StatusCode {
    let span = service.span(&goods);
    answer(service.shop, goods).instrument(span).await
}

/// An ERROR event fails the event of the innermost span.
async fn answer(shop: Shop, goods: String) -> StatusCode {
    match shop.stock(&goods).await {
        Ok(Some(1..)) => {}
        Ok(_) => {
            error!("there is no such thing");
            return StatusCode::NOT_FOUND;
        }
        Err(_) => return StatusCode::INTERNAL_SERVER_ERROR,
    }
    match shop.order(&goods).await {
        Ok(()) => StatusCode::CREATED,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
