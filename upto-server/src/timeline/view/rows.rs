//! Which rows there are.

use hashbrown::HashSet;

use super::super::forest::{Node, NodeNumber};
use super::super::table::number;
use super::{Picture, ViewOptions};

/// A row that has not been drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) node: NodeNumber,
    pub(super) is_collapsed: bool,
    pub(super) lane: Option<u16>,
}

/// Calls `each` with every row and its place. That goes through the nodes that are not within a collapsed one, some
/// nanoseconds each; nothing is drawn.
pub(super) fn visible(picture: &Picture, options: &ViewOptions<'_>, mut each: impl FnMut(Row, usize)) {
    let (toggled, opened) = (keys(options.toggled), keys(options.opened));
    let nodes = picture.forest().nodes();
    let (mut at, mut place) = (0, 0);
    while let Some(node) = nodes.get(at) {
        let is_leaf = node.end as usize == at + 1;
        let is_collapsed = !is_leaf && (node.depth >= options.collapsed_from) != toggled.contains(&node.key);
        let next = if is_collapsed { node.end as usize } else { at + 1 };
        if !is_long_enough(node, options.min_duration) {
            at = node.end as usize;
            continue;
        }
        let row = Row { node: number(at), is_collapsed, lane: None };
        let is_opened = !is_collapsed && opened.contains(&node.key);
        for row in lanes(picture, row, is_opened, options.min_duration) {
            each(row, place);
            place += 1;
        }
        at = next;
    }
}

/// The row itself, or one for each of its lanes.
fn lanes(picture: &Picture, row: Row, is_opened: bool, min_duration: i64) -> impl Iterator<Item = Row> {
    let count = if is_opened { picture.lane_count(row.node, min_duration) } else { 0 };
    let lane = move |lane| if count > 1 { Row { lane: Some(lane), ..row } } else { row };
    (0..count.max(1)).map(lane)
}

fn keys(keys: &[u64]) -> HashSet<u64> {
    keys.iter().copied().collect()
}

/// Whether it or anything below it is drawn.
fn is_long_enough(node: &Node, min_duration: i64) -> bool {
    let (own, below) = (node.figures.own, node.figures.below);
    let has_unknown = own.open + own.unknown_start + below.open + below.unknown_start > 0;
    min_duration <= 0 || has_unknown || node.figures.max_within.is_some_and(|longest| longest >= min_duration)
}
