//! The instants at which pixels begin.

/// A range of time, divided into pixels.
#[derive(Clone, Copy, Debug)]
pub(in crate::timeline::view) struct Window {
    pub(super) from: i64,
    pub(super) to: i64,
    /// How long a pixel is, in nanoseconds; at least 1.
    pub(super) pixel: i64,
}

impl Window {
    /// Of a range that is not empty and a width that is not 0. The last pixel may reach beyond the range.
    pub(in crate::timeline::view) fn new(from: i64, to: i64, width: u32) -> Self {
        let length = u64::try_from(i128::from(to) - i128::from(from)).unwrap_or(1);
        let pixel = length.div_ceil(u64::from(width.max(1)));
        Window { from, to, pixel: i64::try_from(pixel).unwrap_or(i64::MAX).max(1) }
    }

    /// The beginning of the pixel that this instant is in.
    pub(super) fn floor(&self, at: i64) -> i64 {
        let since = i128::from(at.max(self.from)) - i128::from(self.from);
        let begin = i128::from(self.from) + since - since % i128::from(self.pixel);
        i64::try_from(begin).unwrap_or(i64::MAX).min(self.to)
    }

    /// The beginning of the next pixel, or the end of the range.
    pub(super) fn next(&self, at: i64) -> i64 {
        self.floor(at).saturating_add(self.pixel).min(self.to)
    }
}
