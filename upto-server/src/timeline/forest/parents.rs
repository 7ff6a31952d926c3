//! Which event each event is part of, as far as ids tell.

use hashbrown::HashMap;

use super::super::table::{NONE, Place, Table, number};
use super::Grouping;

/// The parent of each event, or `NONE`; no cycles. Empty if no event has one.
pub(super) fn of(table: &Table, grouping: Grouping) -> Vec<Place> {
    if table.rows().all(|row| row.parent == 0) {
        return Vec::new();
    }
    let ids = first_of_ids(table);
    let hosts = table.host_numbers();
    let is_near =
        |place: usize, parent: Place| grouping == Grouping::Names || hosts[place] == hosts[parent as usize];
    let parent = |(place, row): (usize, super::super::table::Row)| {
        let parent = ids.get(&row.parent).copied().filter(|_| row.parent != 0);
        parent.filter(|parent| is_near(place, *parent)).unwrap_or(NONE)
    };
    let mut parents = table.rows().enumerate().map(parent).collect::<Vec<_>>();
    cut_cycles(&mut parents);
    parents
}

/// Of several events with one id, the first one counts.
fn first_of_ids(table: &Table) -> HashMap<u64, Place> {
    let mut ids = HashMap::with_capacity(table.len());
    for (place, row) in (0..).zip(table.rows()).filter(|(_, row)| row.id != 0) {
        ids.entry(row.id).or_insert(place);
    }
    ids
}

/// What is part of itself, by any number of steps, has no parent.
fn cut_cycles(parents: &mut [Place]) {
    let mut walked = vec![false; parents.len()];
    let mut is_on_way = vec![false; parents.len()];
    let mut way = Vec::new();
    for first in 0..number(parents.len()) {
        let mut at = first;
        while at != NONE && !walked[at as usize] && !is_on_way[at as usize] {
            is_on_way[at as usize] = true;
            way.push(at);
            at = parents[at as usize];
        }
        let cycle = way.iter().position(|place| *place == at).unwrap_or(way.len());
        for place in &way[cycle..] {
            parents[*place as usize] = NONE;
        }
        for place in way.drain(..) {
            (walked[place as usize], is_on_way[place as usize]) = (true, false);
        }
    }
}
