//! The last lines of what a command writes.

use std::collections::VecDeque;

/// Bytes that are kept at most, whatever the number of lines.
const BYTES: usize = 8 << 10;

/// Keeps the end of what goes by.
#[derive(Debug, Default)]
pub(super) struct Tail(VecDeque<u8>);

impl Tail {
    /// Takes note of what was written.
    pub(super) fn push(&mut self, written: &[u8]) {
        let last = written.get(written.len().saturating_sub(BYTES)..).unwrap_or_default();
        let spare = (self.0.len() + last.len()).saturating_sub(BYTES);
        self.0.drain(..spare);
        self.0.extend(last);
    }

    /// The last `lines` lines, or the end of them.
    pub(super) fn lines(&self, lines: u16) -> String {
        let bytes: Vec<u8> = self.0.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches(['\n', '\r']);
        let mut ends = text.rmatch_indices('\n').map(|(position, _)| position + 1);
        let start = ends.nth(usize::from(lines).saturating_sub(1)).unwrap_or(0);
        text.get(start..).unwrap_or_default().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(written: &[&str], lines: u16) -> String {
        let mut tail = Tail::default();
        written.iter().for_each(|part| tail.push(part.as_bytes()));
        tail.lines(lines)
    }

    #[test]
    fn lines_are_put_together_from_what_is_written() {
        for (written, count, expected) in [
            (&["a\nb\nc\n"][..], 2, "b\nc"),
            (&["a\nb", "b\nc"], 2, "bb\nc"),
            (&["a\n", "\n\n"], 1, "a"),
            (&["a"], 9, "a"),
            (&[], 3, ""),
        ] {
            assert_eq!(lines(written, count), expected);
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let long = "x".repeat(3 * BYTES);
        assert_eq!(lines(&[&long, "y"], 5), "x".repeat(BYTES - 1) + "y");
        let mut tail = Tail::default();
        tail.push(long.as_bytes());
        assert!(tail.0.len() == BYTES);
    }
}
