//! A part of a timeline's events, for a fold that can't have all of them.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

/// Which events are in a part: those whose hash leaves this remainder. All that have the same name, host and id are in
/// the same one, so every event is whole there.
///
/// Events without ids that have the same name and host can't be told apart by that. If they are too many, they are divided
/// by time: the parts that their slices are follow one another, and what is open at the end of one goes on in the next.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// Seeded at random: nobody who chooses names and ids can choose those that are in one part.
    hasher: DefaultHashBuilder,
    remainder: u64,
    divisor: u64,
    ids: Ids,
}

/// Which of the events are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ids {
    Any,
    /// Only those with ids.
    Some,
    /// Only those without, as far as marks within a slice of time tell of them.
    None(Slice),
}

/// A span of time, in nanoseconds since the epoch, without its end; `None`: it has no end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::timeline) struct Slice {
    pub(in crate::timeline) from: i64,
    pub(super) to: Option<i64>,
}

impl Default for Slice {
    /// All of time.
    fn default() -> Self {
        Slice { from: i64::MIN, to: None }
    }
}

impl Slice {
    #[inline]
    pub(in crate::timeline) fn has(&self, time: i64) -> bool {
        time >= self.from && self.to.is_none_or(|to| time < to)
    }
}

/// Spreads a hash over all its bits: which of them are good is the hasher's own affair.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Part {
    /// The parts of a timeline that is divided into so many, at least one.
    pub(crate) fn all(parts: u64) -> impl Iterator<Item = Part> {
        let (hasher, divisor) = (DefaultHashBuilder::default(), parts.max(1));
        (0..divisor).map(move |remainder| Part { hasher: hasher.clone(), remainder, divisor, ids: Ids::Any })
    }

    /// The same events in two parts, by their hashes.
    pub(super) fn halves(self) -> [Part; 2] {
        let Part { hasher, remainder, divisor, ids } = self;
        let half = |remainder| Part { hasher: hasher.clone(), remainder, divisor: 2 * divisor, ids };
        [half(remainder), half(remainder + divisor)]
    }

    /// The same events in several parts, by whether they have ids and, of those that have none, by whether they were
    /// before this time, which is not the slice's first instant. They are to be folded in this order.
    pub(crate) fn slices(self, at: i64) -> Vec<Part> {
        let slice = match self.ids {
            Ids::Some => return vec![self],
            Ids::Any => Slice::default(),
            Ids::None(slice) => slice,
        };
        let before = Ids::None(Slice { to: Some(at), ..slice });
        let behind = Ids::None(Slice { from: at, ..slice });
        let with_ids = (self.ids == Ids::Any).then_some(Ids::Some);
        let of = |ids| Part { ids, ..self.clone() };
        with_ids.into_iter().chain([before, behind]).map(of).collect()
    }

    /// The slice of time, if it is divided by that.
    pub(in crate::timeline) fn slice(&self) -> Option<Slice> {
        match self.ids {
            Ids::None(slice) => Some(slice),
            Ids::Any | Ids::Some => None,
        }
    }

    /// How many of these would be the whole, but for slices of time.
    pub(super) fn divisor(&self) -> u64 {
        self.divisor
    }

    /// The hash of a name or a host, the same in all parts of a timeline.
    pub(crate) fn hash(&self, text: &str) -> u64 {
        self.hasher.hash_one(text)
    }

    /// Whether the event is in it whose name and host have these hashes, at any time.
    #[inline]
    pub(crate) fn has(&self, name: u64, host: u64, id: u64) -> bool {
        let is_meant = match self.ids {
            Ids::Any => true,
            Ids::Some => id != 0,
            Ids::None(_) => id == 0,
        };
        let hash = self.hasher.hash_one((name, host, id)).wrapping_mul(SPREAD) >> 32;
        is_meant && hash % self.divisor == self.remainder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_in_one_part_and_the_parts_are_about_as_large() {
        for divisor in [1, 2, 3, 7, 64] {
            let parts: Vec<Part> = Part::all(divisor).collect();
            let mut counts = vec![0_u64; parts.len()];
            for id in 0..20_000 {
                let is_in: Vec<usize> = (0..parts.len())
                    .filter(|part| parts[*part].has(parts[*part].hash("n"), parts[*part].hash(""), id))
                    .collect();
                assert_eq!(is_in.len(), 1, "{id} of {divisor}");
                counts[is_in[0]] += 1;
            }
            let even = 20_000 / divisor;
            assert!(counts.iter().all(|count| (even / 2..=even * 2).contains(count)), "{counts:?}");
        }
    }

    #[test]
    fn the_halves_are_the_part() {
        let part = Part::all(3).nth(1).expect("a part");
        let halves = part.clone().halves();
        for id in 0..1_000 {
            let has = |part: &Part| part.has(1, 2, id);
            assert_eq!(u8::from(has(&part)), halves.iter().map(|half| u8::from(has(half))).sum::<u8>());
        }
        assert_eq!(halves[0].divisor(), 6);
    }

    #[test]
    fn the_slices_are_the_part_each_instant_once_in_the_order_of_time() {
        let whole = Part::all(1).next().expect("a part");
        let [with_ids, before, behind] = &*whole.slices(10) else { panic!("three parts") };
        let [earliest, earlier] = &*before.clone().slices(-7) else { panic!("two parts") };
        assert!(with_ids.has(1, 2, 3) && !with_ids.has(1, 2, 0) && with_ids.slice().is_none());
        let slices = [earliest, earlier, behind].map(|part| {
            assert!(part.has(1, 2, 0) && !part.has(1, 2, 3));
            part.slice().expect("a slice")
        });
        for time in [i64::MIN, -8, -7, 0, 9, 10, i64::MAX] {
            assert_eq!(slices.iter().filter(|slice| slice.has(time)).count(), 1, "{time}");
        }
        assert!(slices.windows(2).all(|pair| pair[0].to == Some(pair[1].from)));
    }
}
