//! `GET /_status/nodes`: nodes, as dbmon's clients know them, and what they come to together.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;

/// Nanoseconds of a second.
const SECOND: f64 = 1e9;

/// Why an answer is none of `/_status/nodes`.
#[derive(Debug, Error)]
pub(crate) enum NodesFault {
    /// It is no JSON.
    #[error("the nodes are no JSON: {0}")]
    Syntax(#[from] serde_json::Error),
    /// It has no list of nodes.
    #[error("the answer has no list of nodes")]
    NoNodes,
}

/// What a node is up to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeState {
    /// It serves.
    Up,
    /// It has begun, and does not serve yet.
    Initialising,
    /// It is decommissioned, is being so, or shuts down.
    Leaving,
    /// Nobody hears of it.
    Dead,
}

/// A node; what it does not tell is `None`. Written as dbmon's clients know it: names and their order are what those
/// expect, and what is not told is 0 for them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(into = "DbmonNode")]
pub(crate) struct Node {
    pub(crate) id: u64,
    pub(crate) state: Option<NodeState>,
    pub(crate) ranges: Option<f64>,
    pub(crate) replicas: Option<f64>,
    pub(crate) ranges_unavailable: Option<f64>,
    pub(crate) capacity: Share,
    pub(crate) memory: Share,
    pub(crate) queries_per_second: Option<f64>,
    /// Of heartbeats, in nanoseconds.
    pub(crate) latency_p99: Option<f64>,
    /// In nanoseconds; negative where the node is behind.
    pub(crate) clock_offset: Option<f64>,
}

/// What there is of something, and what of that is used, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Share {
    pub(crate) all: Option<f64>,
    pub(crate) used: Option<f64>,
    pub(crate) reserved: Option<f64>,
    pub(crate) available: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DbmonNode {
    #[serde(rename = "ID")]
    id: u64,
    up: bool,
    init: bool,
    out: bool,
    dead: bool,
    #[serde(serialize_with = "whole")]
    ranges: f64,
    #[serde(serialize_with = "whole")]
    replicas: f64,
    #[serde(serialize_with = "whole")]
    capacity_usage: f64,
    #[serde(serialize_with = "whole")]
    capacity_reserved: f64,
    #[serde(serialize_with = "whole")]
    capacity_available: f64,
    #[serde(serialize_with = "whole")]
    capacity: f64,
    #[serde(serialize_with = "whole")]
    total_system_memory: f64,
    #[serde(serialize_with = "whole")]
    memory_usage: f64,
    #[serde(serialize_with = "whole")]
    memory_reserved: f64,
    #[serde(serialize_with = "whole")]
    memory_available: f64,
    queries_per_second: f64,
    #[serde(serialize_with = "whole", rename = "Latency99")]
    latency_p99: f64,
    /// Its clients take no negative numbers: how far it is off, in either direction.
    #[serde(serialize_with = "whole")]
    clock_offset: f64,
}

impl From<Node> for DbmonNode {
    fn from(node: Node) -> Self {
        let Node { id, state, capacity, memory, .. } = node;
        let told = Option::unwrap_or_default;
        DbmonNode {
            id,
            up: state == Some(NodeState::Up),
            init: state == Some(NodeState::Initialising),
            out: state == Some(NodeState::Leaving),
            dead: state == Some(NodeState::Dead),
            ranges: told(node.ranges),
            replicas: told(node.replicas),
            capacity_usage: told(capacity.used),
            capacity_reserved: told(capacity.reserved),
            capacity_available: told(capacity.available),
            capacity: told(capacity.all),
            total_system_memory: told(memory.all),
            memory_usage: told(memory.used),
            memory_reserved: told(memory.reserved),
            memory_available: told(memory.available),
            queries_per_second: told(node.queries_per_second),
            latency_p99: told(node.latency_p99),
            clock_offset: told(node.clock_offset).abs(),
        }
    }
}

/// A number that is not negative, without what is behind its point.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "casts from floats saturate")]
fn whole<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u64(value.round() as u64)
}

/// The nodes of a cluster.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Nodes {
    /// Those that the answer lists, in its order.
    pub(crate) listed: Vec<Node>,
    /// What others are up to, of which only that is told.
    unlisted: Vec<NodeState>,
}

/// The nodes in an answer.
///
/// # Errors
/// [`NodesFault`].
pub(crate) fn nodes(answer: &[u8]) -> Result<Nodes, NodesFault> {
    let answer: Value = serde_json::from_slice(answer)?;
    let listed = answer["nodes"].as_array().ok_or(NodesFault::NoNodes)?;
    let liveness = &answer["livenessByNodeId"];
    let listed: Vec<_> = listed.iter().map(|node| of(node, liveness)).collect();
    let is_listed = |id: &str| listed.iter().any(|node| node.id.to_string() == id);
    let others = liveness.as_object().into_iter().flatten().filter(|(id, _)| !is_listed(id));
    let unlisted = others.filter_map(|(_, told)| state(told, None)).collect();
    Ok(Nodes { listed, unlisted })
}

fn of(node: &Value, liveness: &Value) -> Node {
    let (desc, metrics) = (&node["desc"], &node["metrics"]);
    let stores = node["storeStatuses"].as_array().map_or(&[][..], Vec::as_slice);
    let sum = |of: &dyn Fn(&Value) -> Option<f64>| sum_of(stores.iter().map(of));
    let metric = |name: &'static str| sum(&move |store| number(&store["metrics"][name]));
    let of_capacity = |name: &'static str| sum(&move |store| number(&store["desc"]["capacity"][name]));
    let id = desc["nodeId"].as_u64().unwrap_or_default();
    let memory = Share {
        all: number(&node["totalSystemMemory"]),
        used: number(&metrics["sys.rss"]),
        ..Share::default()
    };
    Node {
        id,
        state: state(&liveness[id.to_string()], number(&metrics["liveness.livenodes"])),
        ranges: of_capacity("rangeCount"),
        replicas: metric("replicas"),
        ranges_unavailable: metric("ranges.unavailable"),
        capacity: Share {
            all: metric("capacity"),
            used: metric("capacity.used"),
            reserved: metric("capacity.reserved"),
            available: metric("capacity.available"),
        },
        memory: Share { available: left(memory), ..memory },
        queries_per_second: of_capacity("queriesPerSecond"),
        latency_p99: number(&metrics["liveness.heartbeatlatency-p99"]),
        clock_offset: number(&metrics["clock-offset.meannanos"]),
    }
}

/// By what the cluster says of the node's liveness; where it says nothing, by whether the node sees live ones, itself among
/// them; `None`: that is not told either.
fn state(liveness: &Value, live_nodes: Option<f64>) -> Option<NodeState> {
    let code = liveness.as_u64();
    match (code, liveness.as_str().map(|name| name.trim_start_matches("NODE_STATUS_"))) {
        (Some(1 | 2), _) | (_, Some("DEAD" | "UNAVAILABLE")) => Some(NodeState::Dead),
        (Some(3), _) | (_, Some("LIVE")) => Some(NodeState::Up),
        (Some(4..=6), _) | (_, Some("DECOMMISSIONING" | "DECOMMISSIONED" | "DRAINING")) => {
            Some(NodeState::Leaving)
        }
        (None, None) => {
            live_nodes.map(|live| if live > 0.0 { NodeState::Up } else { NodeState::Initialising })
        }
        _ => Some(NodeState::Initialising),
    }
}

/// What is left of something.
fn left(share: Share) -> Option<f64> {
    Some((share.all? - share.used?).max(0.0))
}

/// A number, however it is written.
fn number(value: &Value) -> Option<f64> {
    let read = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    read.filter(|number: &f64| number.is_finite())
}

/// The sum of those that are told; `None`: none is.
fn sum_of(numbers: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    numbers.flatten().reduce(|sum, number| sum + number)
}

/// What the nodes come to together, by the names of figures: what no node tells is not among them.
pub(crate) fn totals(nodes: &Nodes) -> BTreeMap<&'static str, f64> {
    let Nodes { listed, unlisted } = nodes;
    let sum = |of: &dyn Fn(&Node) -> Option<f64>| sum_of(listed.iter().map(of));
    let states = || listed.iter().filter_map(|node| node.state).chain(unlisted.iter().copied());
    let one = |is_one: bool| Some(f64::from(u8::from(is_one)));
    let count = |wanted| sum_of(states().map(|state| one(state == wanted)));
    let all = sum_of(listed.iter().map(|_| one(true)).chain(unlisted.iter().map(|_| one(true))));
    // Of those that tell both.
    let percent = |of: &dyn Fn(&Node) -> Share| {
        let both = |node: &Node| of(node).all.zip(of(node).used);
        let all = sum(&|node| both(node).map(|(all, _)| all)).filter(|all| *all > 0.0)?;
        Some(100.0 * sum(&|node| both(node).map(|(_, used)| used))? / all)
    };
    let slowest = listed.iter().filter_map(|node| node.latency_p99).reduce(f64::max);
    let farther = |a: f64, b: f64| if b.abs() > a.abs() { b } else { a };
    let offset = listed.iter().filter_map(|node| node.clock_offset).reduce(farther);
    let figures = [
        ("nodes", all),
        ("nodes_up", count(NodeState::Up)),
        ("nodes_initialising", count(NodeState::Initialising)),
        ("nodes_leaving", count(NodeState::Leaving)),
        ("nodes_dead", count(NodeState::Dead)),
        ("ranges", sum(&|node| node.ranges)),
        ("replicas", sum(&|node| node.replicas)),
        ("ranges_unavailable", sum(&|node| node.ranges_unavailable)),
        ("capacity_bytes", sum(&|node| node.capacity.all)),
        ("capacity_used_percent", percent(&|node| node.capacity)),
        ("memory_used_percent", percent(&|node| node.memory)),
        ("queries_per_second", sum(&|node| node.queries_per_second)),
        ("heartbeat_latency_p99_seconds", slowest.map(|latency| latency / SECOND)),
        ("clock_offset_mean_seconds", offset.map(|offset| offset / SECOND)),
    ];
    figures.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn store(ranges: f64, used: f64) -> Value {
        json!({
            "desc": {"capacity": {"rangeCount": ranges, "queriesPerSecond": 12.25}},
            "metrics": {
                "replicas": ranges, "capacity": 1_000.0, "capacity.used": used, "capacity.reserved": 1,
                "capacity.available": "900", "ranges.unavailable": 0,
            },
        })
    }

    fn node(id: u64, stores: &[Value], offset: f64) -> Value {
        json!({
            "desc": {"nodeId": id}, "storeStatuses": stores, "totalSystemMemory": "4000",
            "metrics": {
                "liveness.heartbeatlatency-p99": 2_500_000.75, "clock-offset.meannanos": offset,
                "sys.rss": 1_000.5, "liveness.livenodes": 3,
            },
        })
    }

    fn read(answer: &Value) -> Nodes {
        nodes(answer.to_string().as_bytes()).expect("nodes")
    }

    fn listed(answer: &Value) -> Vec<Node> {
        read(answer).listed
    }

    #[test]
    fn a_node_is_written_as_the_clients_of_dbmon_expect_it() {
        let nodes = listed(&json!({"nodes": [node(1, &[store(50.0, 99.6)], -1_234.5)]}));
        let expected = concat!(
            r#"[{"ID":1,"Up":true,"Init":false,"Out":false,"Dead":false,"Ranges":50,"Replicas":50,"CapacityUsage":100,"#,
            r#""CapacityReserved":1,"CapacityAvailable":900,"Capacity":1000,"TotalSystemMemory":4000,"MemoryUsage":1001,"#,
            r#""MemoryReserved":0,"MemoryAvailable":3000,"QueriesPerSecond":12.25,"Latency99":2500001,"ClockOffset":1235}]"#,
        );
        assert_eq!(serde_json::to_string(&nodes).expect("JSON"), expected);
    }

    #[test]
    fn several_stores_are_summed_and_none_is_nothing() {
        let stores = [store(50.0, 100.0), store(30.0, 300.0)];
        let answer = json!({"nodes": [node(1, &stores, 0.0), node(2, &[], 0.0)]});
        let (nodes, totals) = (listed(&answer), totals(&read(&answer)));
        assert_eq!(
            (nodes[0].ranges, nodes[0].capacity.all, nodes[0].queries_per_second),
            (Some(80.0), Some(2_000.0), Some(24.5))
        );
        assert_eq!((nodes[1].ranges, nodes[1].capacity), (None, Share::default()));
        assert_eq!((totals["nodes"], totals["ranges"], totals["capacity_used_percent"]), (2.0, 80.0, 20.0));
        assert_eq!(totals["heartbeat_latency_p99_seconds"], 0.002_500_000_75);
    }

    #[test]
    fn states_are_what_the_cluster_says_or_what_the_node_sees() {
        let liveness = json!({"1": 3, "2": "NODE_STATUS_DECOMMISSIONING", "3": 1, "4": 0, "9": 1});
        let listed: Vec<_> = (1..=5).map(|id| node(id, &[], 0.0)).collect();
        let nodes = read(&json!({"nodes": listed, "livenessByNodeId": liveness}));
        let states: Vec<_> = nodes.listed.iter().filter_map(|node| node.state).collect();
        use NodeState::{Dead, Initialising, Leaving, Up};
        assert_eq!(states, [Up, Leaving, Dead, Initialising, Up]);
        // The last one that is dead is not listed.
        let totals = totals(&nodes);
        assert_eq!((totals["nodes_up"], totals["nodes_dead"], totals["nodes_leaving"]), (2.0, 2.0, 1.0));
    }

    #[test]
    fn the_clock_that_is_farthest_off_is_told_with_its_sign() {
        let nodes =
            read(&json!({"nodes": [node(1, &[], 500.0), node(2, &[], -2_000.0), node(3, &[], 1_000.0)]}));
        assert_eq!(totals(&nodes)["clock_offset_mean_seconds"], -0.000_002);
    }

    #[test]
    fn what_no_node_tells_is_not_made_up() {
        let nodes = read(&json!({"nodes": [{"desc": {"nodeId": 1}, "storeStatuses": []}]}));
        let figures: Vec<_> = totals(&nodes).into_keys().collect();
        assert_eq!(figures, ["nodes"]);
        // The clients of dbmon know no such thing.
        let written = serde_json::to_value(&nodes.listed).expect("JSON");
        assert_eq!((&written[0]["Ranges"], &written[0]["ClockOffset"]), (&json!(0), &json!(0)));
    }

    #[test]
    fn what_is_odd_costs_nothing_else() {
        let odd = json!({"nodes": [
            {}, null, {"desc": {"nodeId": "x"}, "storeStatuses": 7, "totalSystemMemory": "lots"}, node(4, &[], 0.0)
        ]});
        let nodes = listed(&odd);
        assert_eq!((nodes.len(), nodes[3].id, nodes[0].state), (4, 4, None));
        assert!(matches!(super::nodes(b"{"), Err(NodesFault::Syntax(_))));
        assert!(matches!(super::nodes(b"{\"error\": 1}"), Err(NodesFault::NoNodes)));
        assert_eq!(totals(&read(&json!({"nodes": []}))), BTreeMap::new());
    }
}
