//! On how many hosts the events of each node and of those below it ran.

use super::super::table::{HostNumber, NONE};
use super::{Forest, Node, NodeNumber};

/// Each host counts one in every node that has it. Two neighbouring nodes of a host, in the order of their numbers, count
/// it twice from their lowest common ancestor upwards, so there one is taken off. That needs no sets.
pub(super) fn fill(forest: &mut Forest) {
    let pairs = pairs(forest);
    let nodes = &mut forest.nodes;
    let mut counts = vec![0_i64; nodes.len()];
    let mut before: Option<(HostNumber, NodeNumber)> = None;
    for (host, node) in pairs {
        counts[node as usize] += 1;
        let shared = before.filter(|before| before.0 == host);
        if let Some(ancestor) = shared.and_then(|before| common_ancestor(nodes, before.1, node)) {
            counts[ancestor as usize] -= 1;
        }
        before = Some((host, node));
    }
    for node in (0..nodes.len()).rev() {
        nodes[node].figures.hosts = u32::try_from(counts[node]).unwrap_or(0);
        if let Some(parent) = nodes[node].parent {
            counts[parent as usize] += counts[node];
        }
    }
}

/// Each host with each node that has events of it, sorted.
fn pairs(forest: &Forest) -> Vec<(HostNumber, NodeNumber)> {
    let mut last_host = vec![NONE; forest.nodes.len()];
    let mut pairs = Vec::new();
    for (host, node) in forest.table.host_numbers().iter().zip(&forest.node_of) {
        let last = &mut last_host[*node as usize];
        if *last != *host {
            *last = *host;
            pairs.push((*host, *node));
        }
    }
    pairs.retain(|(host, _)| !forest.table.host(*host).is_empty());
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// Of a node and one behind it: the nearest that both are in, possibly the first one itself.
fn common_ancestor(nodes: &[Node], first: NodeNumber, second: NodeNumber) -> Option<NodeNumber> {
    let mut at = Some(first);
    while let Some(node) = at.filter(|node| nodes[*node as usize].end <= second) {
        at = nodes[node as usize].parent;
    }
    at
}
