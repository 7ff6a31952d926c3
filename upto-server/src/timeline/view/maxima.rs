//! The greatest of a range, and the next that is great enough, in logarithmic time.

/// How many numbers the next level has one for.
const FAN: usize = 8;

/// The maxima of blocks of numbers, of blocks of those, and so on. The numbers themselves are asked of whoever has them.
#[derive(Clone, Debug, Default)]
pub(super) struct Maxima {
    count: usize,
    levels: Vec<Vec<i64>>,
}

impl Maxima {
    pub(super) fn of(count: usize, leaf: impl Fn(usize) -> i64) -> Self {
        let mut levels: Vec<Vec<i64>> = Vec::new();
        let mut length = count;
        while length > 1 {
            let below = levels.last();
            let value = |place: usize| below.map_or_else(|| leaf(place), |level| level[place]);
            let maximum = |block: usize| (block * FAN..length.min((block + 1) * FAN)).map(value).max();
            let level: Vec<i64> = (0..length.div_ceil(FAN)).filter_map(maximum).collect();
            length = level.len();
            levels.push(level);
        }
        Maxima { count, levels }
    }

    fn length(&self, level: usize) -> usize {
        if level == 0 { self.count } else { self.levels.get(level - 1).map_or(0, Vec::len) }
    }

    fn value(&self, level: usize, place: usize, leaf: &impl Fn(usize) -> i64) -> i64 {
        if level == 0 { leaf(place) } else { self.levels[level - 1][place] }
    }

    /// The first place from `from` on whose number is at least `least`.
    pub(super) fn next(&self, from: usize, least: i64, leaf: impl Fn(usize) -> i64) -> Option<usize> {
        let (mut level, mut begin) = (0, from);
        loop {
            let length = self.length(level);
            let end = length.min((begin / FAN + 1) * FAN);
            if let Some(found) = (begin..end).find(|place| self.value(level, *place, &leaf) >= least) {
                return self.descend(level, found, least, &leaf);
            }
            if end >= length {
                return None;
            }
            (level, begin) = (level + 1, end / FAN);
        }
    }

    /// The first place within a block that has one.
    fn descend(
        &self,
        mut level: usize,
        mut block: usize,
        least: i64,
        leaf: &impl Fn(usize) -> i64,
    ) -> Option<usize> {
        while level > 0 {
            level -= 1;
            let end = self.length(level).min((block + 1) * FAN);
            block = (block * FAN..end).find(|place| self.value(level, *place, leaf) >= least)?;
        }
        Some(block)
    }

    /// The greatest number from `from` to before `to`, and a place that has it; `None` if there is none.
    pub(super) fn greatest(
        &self,
        from: usize,
        to: usize,
        leaf: impl Fn(usize) -> i64,
    ) -> Option<(i64, usize)> {
        let (mut level, mut begin, mut end) = (0, from, to.min(self.count));
        let mut greatest: Option<(i64, usize, usize)> = None;
        while begin < end {
            let left = begin..end.min(begin.next_multiple_of(FAN));
            let right = left.end.max(end / FAN * FAN)..end;
            for place in left.clone().chain(right.clone()) {
                let value = self.value(level, place, &leaf);
                if greatest.is_none_or(|greatest| value > greatest.0) {
                    greatest = Some((value, level, place));
                }
            }
            (level, begin, end) = (level + 1, left.end.div_ceil(FAN), right.start / FAN);
        }
        let (value, level, block) = greatest?;
        Some((value, self.descend(level, block, value, &leaf)?))
    }

    pub(super) fn bytes(&self) -> usize {
        self.levels.iter().map(|level| level.len() * size_of::<i64>()).sum()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn answers_are_those_of_looking_at_all(
            numbers in prop::collection::vec(-9_i64..99, 0..700), from in 0_usize..700, to in 0_usize..700, least in -9_i64..100,
        ) {
            let maxima = Maxima::of(numbers.len(), |place| numbers[place]);
            let (from, to) = (from.min(numbers.len()), to.min(numbers.len()));
            let next = (from..numbers.len()).find(|place| numbers[*place] >= least);
            prop_assert_eq!(maxima.next(from, least, |place| numbers[place]), next);
            let greatest = maxima.greatest(from, to, |place| numbers[place]);
            let expected = numbers.get(from..to).into_iter().flatten().copied().max();
            prop_assert_eq!(greatest.map(|(number, _)| number), expected);
            prop_assert!(greatest.is_none_or(|(number, place)| (from..to).contains(&place) && numbers[place] == number));
        }
    }
}
