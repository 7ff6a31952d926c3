//! `GET /api/relations/{relation}`: what a link leads to.
//!
//! Relations that are registered with IANA (RFC 8288) are written as they are, those of this API with the prefix `upto:`,
//! which the root's `curies` make an address of (HAL, draft-kelly-json-hal-11, section 8.2).

use axum::extract::Path;
use axum::http::StatusCode;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::hal::{Hal, Links, Resource};
use super::{Answer, Problem};

/// What own relations begin with, before a colon.
pub(super) const PREFIX: &str = "upto";
/// Where each is told of.
pub(super) const ADDRESS: &str = "/api/relations/{rel}";

/// Registered ones that are in use.
const REGISTERED: [&str; 8] =
    ["collection", "curies", "item", "next", "prev", "search", "self", "service-desc"];

/// The API's own, in the order of their names, and what they lead to.
const OWN: [(&str, &str); 45] = [
    ("agents", "Agents that hand over what they spooled, and how far behind each is."),
    ("alerts", "Who was told what, and what waits to be sent."),
    ("audit", "The audit log: the months in which something was written down, and what was."),
    (
        "blame",
        "Where the time of a timeline went: the slowest by themselves, with all below them, and by drag.",
    ),
    ("checks", "What hosts are asked for, again and again."),
    ("clusters", "Clusters that are watched, and how each is."),
    ("columns", "All events of a timeline as columns."),
    ("compare", "Why a timeline took longer or shorter than another one of its context."),
    ("context", "The context that this is of."),
    ("contexts", "All contexts."),
    ("corrected", "The same timeline, with the times of hosts corrected by how far their clocks are apart."),
    ("critical-path", "What a timeline waited for, from its beginning to its end."),
    ("dead-letters", "Tasks that could not be done, and why."),
    ("deliveries", "Where agents hand over."),
    ("events", "The events of a timeline; at the root, where messages are posted."),
    ("export", "The events of a timeline as a file: of Chrome, OpenTelemetry, JSON or CSV."),
    ("fleet", "The hosts that are asked how they are."),
    ("forecast", "What is left of a running timeline, by those before it."),
    ("heartbeats", "Services that said when they will say something again."),
    ("history", "How long the last timelines of a context took, or an event in them, and since when."),
    ("hosts", "Hosts, and how each stands."),
    ("import", "Where a file is posted that becomes events of the timeline."),
    ("inputs", "What came in over the network, and what of it was refused or lost."),
    ("journal", "Lines that services wrote, newest first."),
    ("latest", "The newest one: of a context its active timeline."),
    ("live", "What changes, as server-sent events."),
    ("metadata", "What people say of a timeline."),
    ("month", "A month of the audit log."),
    ("months", "The months of the audit log."),
    ("paused", "Whether a heartbeat is not watched for a while."),
    ("ping", "Where a service says that it is alive, in the manner of Healthchecks."),
    ("pings", "Addresses that the server asks, and how they answered."),
    ("pinned", "Whether a timeline is kept whatever the limits of its context are."),
    ("probes", "What was found out about a cluster, probe by probe, the newest first."),
    ("raw", "The same timeline, with the times as its hosts told them."),
    ("results", "How tasks of a check ended, the latest first."),
    ("retention", "What a context keeps, and for how long."),
    ("spool", "What an agent has spooled and not handed over yet."),
    ("stuck", "Events that are open for longer than usual, or than a limit."),
    ("timeline", "The timeline that this is of."),
    ("timelines", "The timelines of a context."),
    ("tokens", "Who may do what: the tokens."),
    ("tree", "The events of a timeline as a tree by their names."),
    ("view", "What fits a screen of a timeline."),
    ("with", "The timeline that it was compared with."),
];

/// A relation as it is written in `_links`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Written(pub(super) &'static str);

impl Serialize for Written {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            registered if REGISTERED.contains(&registered) => serializer.serialize_str(registered),
            own => serializer.collect_str(&format_args!("{PREFIX}:{own}")),
        }
    }
}

/// A relation, and what it leads to.
#[derive(Serialize, ToSchema)]
pub(super) struct Relation {
    relation: String,
    description: &'static str,
}

/// What a relation of this API leads to.
#[utoipa::path(
    get,
    path = "/api/relations/{relation}",
    params(("relation" = String, Path, description = "a relation, without the prefix")),
    responses((status = OK, body = Resource<Relation>))
)]
pub(super) async fn show(Path(relation): Path<String>) -> Answer<Hal<Resource<Relation>>> {
    let known = OWN.iter().find(|(own, _)| *own == relation);
    let (own, description) = known.ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, format!("there is no relation {relation:?} in this API"))
    })?;
    let links = Links::of(format!("/api/relations/{own}"));
    Ok(Hal(Resource { properties: Relation { relation: format!("{PREFIX}:{own}"), description }, links }))
}
