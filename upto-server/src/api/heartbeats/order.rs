//! The bodies of requests that change heartbeats.

use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::api::body::{self, Whole};
use crate::api::{Answer, Problem};
use crate::watch::heartbeat::{Fault, Key, Pulse, check_names};

/// A pulse.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Pulse)]
pub(super) struct PulseOrder {
    #[schema(min_length = 1, max_length = 256)]
    service: String,
    #[serde(flatten)]
    told: Definition,
}

/// What a service is to keep to.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = HeartbeatDefinition)]
pub(super) struct Definition {
    /// Within how many seconds the next pulse comes.
    #[schema(exclusive_minimum = 0, maximum = 1_000_000_000)]
    next: f64,
    /// How many seconds later than that it may be.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000_000)]
    grace: Option<f64>,
    /// Tells runs of one service apart.
    #[serde(default)]
    #[schema(max_length = 128)]
    run: Option<String>,
    /// Who is told, such as `mail`; null, with the target: as the server's rules say.
    #[serde(default)]
    #[schema(max_length = 1024)]
    alert_type: Option<String>,
    #[serde(default)]
    #[schema(max_length = 1024)]
    alert_target: Option<String>,
    /// What the service says of itself.
    #[serde(default)]
    #[schema(max_length = 1024)]
    text: Option<String>,
}

impl PulseOrder {
    pub(super) fn read(headers: &HeaderMap, body: Whole) -> Answer<(Key, Pulse)> {
        body::expect_json(headers)?;
        let order: PulseOrder = body::object(&body.0?)?;
        order.told.checked(&order.service)
    }
}

impl Definition {
    pub(super) fn read(service: &str, headers: &HeaderMap, body: Whole) -> Answer<(Key, Pulse)> {
        body::expect_json(headers)?;
        body::object::<Definition>(&body.0?)?.checked(service)
    }

    fn checked(self, service: &str) -> Answer<(Key, Pulse)> {
        let Definition { next, grace, run, alert_type, alert_target, text } = self;
        let given = |text: Option<String>| text.unwrap_or_default();
        let run = given(run);
        check_names(service, &run).map_err(unprocessable)?;
        let pulse = Pulse::new(next, grace).map_err(unprocessable)?;
        let pulse = pulse.saying(&given(alert_type), &given(alert_target), &given(text));
        Ok((Key::new(service, &run), pulse.map_err(unprocessable)?))
    }
}

fn unprocessable(fault: Fault) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, fault.to_string())
}
