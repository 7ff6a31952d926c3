//! `GET …/timelines/{timeline}/tree`.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::asked::{Asked, Parameters};
use super::hal::{Hal, Resource};
use super::represent::{seconds, time};
use super::skew::SkewQuery;
use super::view::{grouping, groupings};
use super::{Answer, Problem};
use crate::catalog::{Made, Unanswered};
use crate::timeline::forest::{Figures, Forest, Grouping, Label, NodeNumber};
use crate::timeline::question::TreeQuestion;
use crate::timeline::table::HostNumber;
use crate::timeline::tree::Node;

/// Nodes that are told with all figures, at most.
const NODES: usize = 100_000;

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct TreeQuery {
    #[param(schema_with = groupings)]
    group: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Tree {
    roots: Vec<NodeResource>,
}

/// A node of the tree.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TreeNode)]
struct NodeResource {
    segment: String,
    name: String,
    first: Option<String>,
    last: Option<String>,
    /// Null while something in it is open: it may end later than anything that is known.
    duration_seconds: Option<f64>,
    /// Of exactly this name, as the total is.
    occurrences: u64,
    total_seconds: f64,
    /// Of this name and those below, as those that failed, and those whose start is unknown.
    open: u64,
    failed: u64,
    unknown_start: u64,
    /// Left out of a timeline that is too large to look at all of its events at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    own: Option<Own>,
    hosts: Vec<String>,
    #[schema(no_recursion)]
    children: Vec<NodeResource>,
}

/// What the events of exactly one name amount to.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = OwnFigures)]
struct Own {
    open: u32,
    failed: u32,
    cancelled: u32,
    unknown_start: u32,
    points: u32,
    busy_seconds: f64,
    self_seconds: f64,
    min_seconds: Option<f64>,
    median_seconds: Option<f64>,
    p95_seconds: Option<f64>,
    max_seconds: Option<f64>,
}

/// The names of a timeline as a tree.
#[utoipa::path(
    get,
    path = "/api/contexts/{context}/timelines/{timeline}/tree",
    params(SkewQuery, TreeQuery),
    responses((status = OK, body = Resource<Tree>))
)]
pub(super) async fn show(
    asked: Asked,
    Parameters(query): Parameters<TreeQuery>,
) -> Answer<Hal<Resource<Tree>>> {
    let grouping = grouping(query.group.as_deref())?;
    let store = asked.app.catalog.store().as_ref();
    let whole = asked.timeline.ask(store, asked.times, move |made| roots(made, grouping)).await;
    let roots = match (whole, grouping) {
        (Ok(Some(roots)), _) => roots,
        (Ok(None) | Err(Unanswered::TooLarge { .. }), Grouping::Names) => {
            let nodes = asked.timeline.answer(store, TreeQuestion::new(asked.times)).await?;
            nodes.into_iter().map(NodeResource::from).collect()
        }
        (Err(error), _) => return Err(error.into()),
        (Ok(None), Grouping::Hosts) => {
            let detail = format!("there are more than {NODES} names and hosts; ask for a view");
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, detail));
        }
    };
    Ok(Hal(Resource { properties: Tree { roots }, links: asked.links("tree") }))
}

/// `None` if there are too many nodes.
fn roots(made: &Made, grouping: Grouping) -> Option<Vec<NodeResource>> {
    let forest = made.picture(grouping).forest();
    let roots = || forest.children(None).filter_map(|root| Some(node(forest, root)?.0)).collect();
    (forest.nodes().len() <= NODES).then(roots)
}

/// A node with all below it, and the hosts of their events. A forest is no deeper than 48 levels.
fn node(forest: &Forest, number: NodeNumber) -> Option<(NodeResource, BTreeSet<HostNumber>)> {
    let node = forest.node(number)?;
    let table = forest.table();
    let of_events =
        forest.events(number).iter().filter_map(|place| table.host_numbers().get(*place as usize));
    let mut hosts: BTreeSet<HostNumber> = of_events.copied().collect();
    let mut children = Vec::new();
    for (child, of_child) in forest.children(Some(number)).filter_map(|child| self::node(forest, child)) {
        children.push(child);
        hosts.extend(of_child);
    }
    let Figures { own, below, total, .. } = &node.figures;
    let name = match node.label {
        Label::Host(host) => table.host(host),
        Label::Segment { name, to, .. } => table.name(name).get(..to as usize).unwrap_or_default(),
    };
    let (first, last) = node.extent;
    let open = u64::from(own.open) + u64::from(below.open);
    let resource = NodeResource {
        segment: forest.label(number).to_owned(),
        name: name.to_owned(),
        first: Some(time(first)),
        last: Some(time(last)),
        duration_seconds: (open == 0).then(|| seconds(last.saturating_sub(first))),
        occurrences: own.events.into(),
        total_seconds: seconds(*total),
        open,
        failed: u64::from(own.failed) + u64::from(below.failed),
        unknown_start: u64::from(own.unknown_start) + u64::from(below.unknown_start),
        own: Some(Own::from(&node.figures)),
        hosts: hosts
            .iter()
            .map(|host| table.host(*host).to_owned())
            .filter(|host| !host.is_empty())
            .collect(),
        children,
    };
    Some((resource, hosts))
}

impl From<&Figures> for Own {
    fn from(figures: &Figures) -> Self {
        let own = figures.own;
        Own {
            open: own.open,
            failed: own.failed,
            cancelled: own.cancelled,
            unknown_start: own.unknown_start,
            points: own.points,
            busy_seconds: seconds(figures.busy),
            self_seconds: seconds(figures.self_time),
            min_seconds: figures.min.map(seconds),
            median_seconds: figures.median.map(seconds),
            p95_seconds: figures.p95.map(seconds),
            max_seconds: figures.max.map(seconds),
        }
    }
}

impl From<Node> for NodeResource {
    fn from(node: Node) -> Self {
        let known = node.extent.filter(|_| node.open == 0);
        NodeResource {
            segment: node.segment,
            name: node.name,
            first: node.extent.map(|(first, _)| time(first)),
            last: node.extent.map(|(_, last)| time(last)),
            duration_seconds: known.map(|(first, last)| seconds(last.saturating_sub(first))),
            occurrences: node.occurrences,
            total_seconds: seconds(node.total),
            open: node.open,
            failed: node.failed,
            unknown_start: node.unknown_start,
            own: None,
            hosts: node.hosts,
            children: node.children.into_iter().map(NodeResource::from).collect(),
        }
    }
}
