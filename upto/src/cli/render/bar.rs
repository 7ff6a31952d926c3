//! Bars on a time axis of so many columns.

/// The span of time that the columns stand for, in nanoseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Scale {
    first: i64,
    last: i64,
    columns: usize,
}

/// What a bar is made of.
const DONE: char = '█';
/// Where it goes on, as far as is known.
const OPEN: char = '▒';

impl Scale {
    /// One from `first` to `last`, which is not before it.
    pub(in crate::cli) fn new(first: i64, last: i64, columns: usize) -> Self {
        Scale { first, last: last.max(first), columns }
    }

    /// A bar from `start` to `end` (`None`: it goes on), in exactly the scale's columns. However short it is, it can be
    /// seen; where its start is not known, there is none.
    pub(in crate::cli) fn bar(&self, start: Option<i64>, end: Option<i64>) -> String {
        let Some(start) = start else { return " ".repeat(self.columns) };
        let from = self.column(start).min(self.columns.saturating_sub(1));
        let to = end
            .map_or(self.columns, |end| self.column(end))
            .clamp((from + 1).min(self.columns), self.columns);
        let piece = if end.is_some() { DONE } else { OPEN };
        let column = |column| if (from..to).contains(&column) { piece } else { ' ' };
        (0..self.columns).map(column).collect()
    }

    /// The column at which an instant is, from 0 to their number.
    fn column(&self, time: i64) -> usize {
        let span = i128::from(self.last) - i128::from(self.first);
        let part = (i128::from(time) - i128::from(self.first)).clamp(0, span);
        // At most their number, by the line above; no span at all is at the beginning.
        let columns = i128::try_from(self.columns).unwrap_or(0);
        usize::try_from((part * columns + span / 2).checked_div(span).unwrap_or(0)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_lie_where_their_times_do() {
        let scale = Scale::new(100, 200, 10);
        for (start, end, expected) in [
            (Some(100), Some(200), "██████████"),
            (Some(150), Some(180), "     ███  "),
            (Some(120), Some(120), "  █       "),
            (Some(200), Some(200), "         █"),
            (Some(170), None, "       ▒▒▒"),
            (Some(i64::MIN), Some(i64::MAX), "██████████"),
            (None, Some(150), "          "),
        ] {
            assert_eq!(scale.bar(start, end), expected);
        }
    }

    #[test]
    fn scales_without_a_span_or_columns_are_fine() {
        assert_eq!(Scale::new(5, 5, 3).bar(Some(5), Some(5)), "█  ");
        assert_eq!(Scale::new(5, 1, 3).bar(Some(9), None), "▒▒▒");
        assert_eq!(Scale::new(i64::MIN, i64::MAX, 2).bar(Some(0), Some(i64::MAX)), " █");
        assert_eq!(Scale::new(0, 1, 0).bar(Some(0), Some(1)), "");
    }
}
