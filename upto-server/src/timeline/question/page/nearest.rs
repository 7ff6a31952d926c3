//! The first or last ones of many, without keeping the others.

/// Which ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    First,
    Last,
}

/// At least as many items as wanted, if there are so many, those with the first or the last instants; and all that have
/// the same instant as one of them.
#[derive(Debug)]
pub(super) struct Nearest<T> {
    side: Side,
    wanted: usize,
    items: Vec<(i64, T)>,
    /// Beyond this instant, nothing is near enough any more.
    edge: Option<i64>,
    /// As soon as there are so many, those that are not near enough are left out.
    full: usize,
}

impl<T> Nearest<T> {
    pub(super) fn new(side: Side, wanted: usize) -> Self {
        Nearest { side, wanted, items: Vec::new(), edge: None, full: full(wanted) }
    }

    /// None of its own, for what might be among these.
    pub(super) fn for_part<U>(&self) -> Nearest<U> {
        Nearest { edge: self.edge, ..Nearest::new(self.side, self.wanted) }
    }

    pub(super) fn offer(&mut self, instant: i64, item: T) {
        if self.edge.is_some_and(|edge| self.is_beyond(instant, edge)) {
            return;
        }
        self.items.push((instant, item));
        if self.items.len() >= self.full {
            self.trim();
        }
    }

    /// Those that are kept, in no order.
    pub(super) fn items(&self) -> impl Iterator<Item = &T> {
        self.items.iter().map(|(_, item)| item)
    }

    /// Those that are near enough, in no order.
    pub(super) fn into_items(mut self) -> impl Iterator<Item = (i64, T)> {
        self.trim();
        self.items.into_iter()
    }

    fn is_beyond(&self, instant: i64, edge: i64) -> bool {
        match self.side {
            Side::First => instant > edge,
            Side::Last => instant < edge,
        }
    }

    /// Leaves out those that are not near enough.
    pub(super) fn trim(&mut self) {
        let Some(last) = self.wanted.checked_sub(1).filter(|last| *last < self.items.len()) else { return };
        let (_, (edge, _), _) = match self.side {
            Side::First => self.items.select_nth_unstable_by_key(last, |(instant, _)| *instant),
            Side::Last => {
                self.items.select_nth_unstable_by_key(last, |(instant, _)| std::cmp::Reverse(*instant))
            }
        };
        let (edge, side) = (*edge, self.side);
        self.edge = Some(edge);
        self.items.retain(|(instant, _)| match side {
            Side::First => *instant <= edge,
            Side::Last => *instant >= edge,
        });
        // Where many have the same instant, they are not gone through again for each one that comes.
        self.full = full(self.items.len());
    }
}

fn full(kept: usize) -> usize {
    kept.saturating_mul(2).saturating_add(64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn those_nearest_are_kept_with_all_of_the_same_instant(
            instants in prop::collection::vec(0_i64..60, 0..400),
            wanted in 1_usize..30,
            is_first in any::<bool>(),
        ) {
            let side = if is_first { Side::First } else { Side::Last };
            let mut nearest = Nearest::new(side, wanted);
            for (number, instant) in instants.iter().enumerate() {
                nearest.offer(*instant, number);
            }
            let mut kept: Vec<i64> = nearest.into_items().map(|(instant, _)| instant).collect();
            let mut expected = instants.clone();
            expected.sort_unstable();
            kept.sort_unstable();
            if !is_first {
                expected.reverse();
                kept.reverse();
            }
            if let Some(edge) = expected.get(wanted - 1).copied() {
                expected.retain(|instant| if is_first { *instant <= edge } else { *instant >= edge });
            }
            prop_assert_eq!(kept, expected);
        }
    }
}
