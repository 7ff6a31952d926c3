//! Folds of parts: where they begin, how they are divided when they turn out to be too large, and what goes on in the
//! next one where they are slices of time.

use super::Fold;
use super::loose::Loose;
use super::part::Part;
use super::summary::Counts;

/// How often a part may be halved.
const HALVINGS: u32 = 16;

/// What goes on in the next slice of time: the open events without ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carry(Fold);

impl Fold {
    /// The fold of a part, before any mark of it was taken; `carry` is what the part before it left.
    #[must_use]
    pub(crate) fn of_part(part: &Part, carry: &Carry) -> Self {
        match part.slice() {
            None => Fold::default(),
            // The first slice begins anew.
            Some(slice) if slice.from == i64::MIN => Fold { slice, ..Fold::default() },
            Some(slice) => Fold { slice, ..carry.0.clone() },
        }
    }

    /// What goes on in the next slice of the part that this is the fold of. It is not in this fold any more then.
    pub(crate) fn carry(&mut self, part: &Part) -> Carry {
        if part.slice().is_none_or(|slice| slice.to.is_none()) {
            return Carry::default();
        }
        let mut next = Fold { texts: self.texts.clone(), ..Fold::default() };
        for (place, loose) in &mut self.loose {
            let old = loose.counts();
            let Some(open) = loose.take_open() else { continue };
            self.counts.replace(old, loose.counts());
            let open = Loose::continuing(open);
            next.counts.replace(Counts::default(), open.counts());
            next.bytes += open.bytes();
            next.loose.insert(*place, open);
        }
        Carry(next)
    }

    /// The parts that the part is to be divided into of which this fold is more than `limit` bytes; they are to be folded
    /// in this order. `None`: no division would help.
    ///
    /// Where marks of one name and host without ids are a good deal of it, they are divided by time: nothing else does.
    pub(crate) fn divided(&self, part: Part, limit: usize) -> Option<Vec<Part>> {
        let largest = self.loose.values().max_by_key(|loose| loose.bytes());
        match largest.filter(|loose| part.slice().is_some() || loose.bytes() > limit / 4) {
            Some(largest) => self.time_within(largest, &part).map(|at| part.slices(at)),
            None if part.divisor() < 1 << HALVINGS => Some(part.halves().to_vec()),
            None => None,
        }
    }

    /// An instant with about three quarters of what there is of it before, so that what comes in the order of time
    /// needs few divisions; `None` if all is at the part's first instant.
    fn time_within(&self, largest: &Loose, part: &Part) -> Option<i64> {
        let from = part.slice().unwrap_or_default().from;
        let mut instants: Vec<i64> = largest.instants().filter(|instant| *instant > from).collect();
        let three_quarters = instants.len() / 4 * 3;
        let (_, at, _) = (!instants.is_empty()).then(|| instants.select_nth_unstable(three_quarters))?;
        Some(*at)
    }
}
