//! The order of names that earlier timelines of a context keep.
//!
//! What always came after another thing is taken to wait for it, until one run shows the contrary: M. Chow et al., "The
//! Mystery Machine: End-to-end Performance Analysis of Large-scale Internet Services", OSDI 2014.

use std::collections::HashSet;

use super::critical_path::Order;
use super::forecast::Pattern;
use super::table::{NameNumber, Table, number};

/// Which names always came before which, by the numbers that they have in one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LearnedOrder(HashSet<(NameNumber, NameNumber)>);

impl LearnedOrder {
    /// What the pattern of earlier runs says of the names of a table.
    #[must_use]
    pub fn of(pattern: &Pattern, table: &Table) -> Self {
        let find =
            |name: &str| table.names().binary_search_by(|known| known.as_ref().cmp(name)).ok().map(number);
        let pairs = pattern.always_before();
        LearnedOrder(pairs.filter_map(|(before, after)| Some((find(before)?, find(after)?))).collect())
    }

    /// True if nothing is known of any two names.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Order for LearnedOrder {
    fn is_always_before(&self, before: NameNumber, after: NameNumber) -> bool {
        self.0.contains(&(before, after))
    }
}

#[cfg(test)]
mod tests {
    use super::super::digest::Digest;
    use super::super::made::done;
    use super::*;

    type Run<'a> = &'a [(&'a str, i64, i64)];

    fn order(runs: &[Run<'_>], table: &Table) -> LearnedOrder {
        let digest = |run: &Run<'_>| {
            let seconds: Vec<_> = run
                .iter()
                .map(|(name, from, to)| (*name, from * 1_000_000_000, to * 1_000_000_000))
                .collect();
            Digest::of(&done(&seconds)).expect("events")
        };
        let digests: Vec<Digest> = runs.iter().map(digest).collect();
        LearnedOrder::of(&Pattern::of(&digests.iter().collect::<Vec<_>>()), table)
    }

    #[test]
    fn an_order_is_learned_and_dropped_on_one_counter_example() {
        let table = done(&[("a", 0, 1), ("b", 1, 2), ("c", 0, 9)]);
        let (a, b, c) = (0, 1, 2);
        let (usual, other): (Run<'_>, Run<'_>) =
            (&[("a", 0, 3), ("b", 4, 6), ("c", 1, 5)], &[("a", 5, 6), ("b", 0, 2), ("c", 1, 5)]);
        let learned = order(&[usual, usual, usual], &table);
        assert!(learned.is_always_before(a, b) && !learned.is_always_before(b, a));
        assert!(!learned.is_always_before(a, c) && !learned.is_always_before(c, b), "they overlap");
        assert!(!order(&[usual, usual, other], &table).is_always_before(a, b));
        assert!(order(&[usual], &table).is_empty(), "one run is no rule");
    }
}
