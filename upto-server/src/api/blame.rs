//! `GET …/timelines/{timeline}/blame`: where the time of a timeline went.

use serde::{Deserialize, Serialize};
use utoipa::openapi::Object;
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, LeftOutProperties, Parameters, limit, share};
use super::hal::{Hal, Resource};
use super::openapi::words;
use super::represent::seconds;
use super::skew::SkewQuery;
use super::{Answer, Problem};
use crate::catalog::Made;
use crate::timeline::blame::{Blame, By, Cost};
use crate::timeline::forest::{Forest, NodeNumber};

/// The template's variables.
pub(super) const VARIABLES: &str = "{?by,limit}";
const USUAL_LIMIT: usize = 20;
const MOST: usize = 10_000;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct BlameQuery {
    #[param(schema_with = ways)]
    by: Option<String>,
    /// How many rows are told; 20 if left out.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<usize>,
}

fn ways() -> Object {
    words("What rows are ordered by; self if left out.", ["self", "total", "drag"])
}

#[derive(Serialize, ToSchema)]
pub(super) struct BlameProperties {
    by: &'static str,
    duration_seconds: f64,
    /// When nothing ran. With the self times of all, it adds up to the duration.
    idle_seconds: f64,
    slowest: Vec<Slow>,
    others: Others,
    left_out: LeftOutProperties,
}

#[derive(Serialize, ToSchema)]
#[schema(as = SlowRow)]
struct Slow {
    /// The path of the row, and its key in views.
    name: String,
    key: String,
    events: u32,
    #[serde(flatten)]
    cost: CostProperties,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OtherRows)]
struct Others {
    count: u32,
    #[serde(flatten)]
    cost: CostProperties,
}

#[derive(Serialize, ToSchema)]
struct CostProperties {
    self_seconds: f64,
    /// The part of the duration that the self time is.
    self_share: f64,
    total_seconds: f64,
    drag_seconds: f64,
}

/// Where the time of a timeline went.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/blame",
    params(SkewQuery, BlameQuery),
    responses((status = OK, body = Resource<BlameProperties>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<BlameQuery>,
) -> Answer<Hal<Resource<BlameProperties>>> {
    let (by, name) = match query.by.as_deref() {
        None | Some("self") => (By::SelfTime, "self"),
        Some("total") => (By::Total, "total"),
        Some("drag") => (By::Drag, "drag"),
        Some(_) => return Err(Problem::bad_request("by is \"self\", \"total\" or \"drag\"")),
    };
    let most = limit(query.limit, USUAL_LIMIT, MOST)?;
    let properties = asked.go_through(move |made| properties(made, by, name, most)).await?;
    Ok(Hal(Resource { properties, links: asked.links("blame") }))
}

fn properties(made: &Made, by: By, name: &'static str, most: usize) -> BlameProperties {
    let forest = made.forest();
    // Where nothing has a known start and end there is no path, and nothing to blame either.
    let blame = Blame::of(forest, made.nesting(), made.path().ok(), by, most);
    let slow = |(node, cost): &(NodeNumber, Cost)| Slow {
        name: path(forest, *node),
        key: forest.node(*node).map_or_else(String::new, |node| format!("{:016x}", node.key)),
        events: forest.node(*node).map_or(0, |node| node.figures.own.events),
        cost: CostProperties::of(cost, blame.length),
    };
    BlameProperties {
        by: name,
        duration_seconds: seconds(blame.length),
        idle_seconds: seconds(blame.idle),
        slowest: blame.slowest.iter().map(slow).collect(),
        others: Others { count: blame.others, cost: CostProperties::of(&blame.rest, blame.length) },
        left_out: blame.left_out.into(),
    }
}

impl CostProperties {
    fn of(cost: &Cost, length: i64) -> Self {
        CostProperties {
            self_seconds: seconds(cost.self_time),
            self_share: share(cost.self_time, length),
            total_seconds: seconds(cost.total),
            drag_seconds: seconds(cost.drag),
        }
    }
}

/// The labels of a node and of those above it, with dots between them.
fn path(forest: &Forest, node: NodeNumber) -> String {
    let mut labels: Vec<&str> = forest.ancestors(node).map(|node| forest.label(node)).collect();
    labels.reverse();
    labels.push(forest.label(node));
    labels.join(".")
}
