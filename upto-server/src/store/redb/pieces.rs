//! Blocks in pieces that fill redb's pages.
//!
//! redb keeps a value that is larger than a page in a run of pages whose number is a power of two: a block of 17 KiB
//! would occupy 32. So blocks are stored as pieces, each of which fills such a run, and a rest. The rest comes last and
//! first by turns, so that two of them lie side by side and share a page.

/// The first byte of a value: more of the block is in the next one.
const CONTINUED: u8 = 1;
/// The first byte of a value: the block ends here.
pub(super) const LAST: u8 = 0;

const PAGE_BYTES: usize = 4_096;
/// What redb needs of a page for a key and a value beside the stream's name, and a little more.
const OVERHEAD_BYTES: usize = 64;
/// The largest run that is filled, in pages: beyond, a rest matters little.
const PAGES: usize = 1_024;

/// A part of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    is_last: bool,
}

impl<'a> Piece<'a> {
    /// A block that is not divided.
    pub(super) fn whole(bytes: &'a [u8]) -> Self {
        Piece { bytes, is_last: true }
    }

    /// Writes the value, which is one byte longer than the piece.
    pub(super) fn write(self, value: &mut [u8]) {
        if let Some((head, rest)) = value.split_first_mut() {
            *head = if self.is_last { LAST } else { CONTINUED };
            rest.copy_from_slice(self.bytes);
        }
    }
}

/// The pieces of a block in order, in a stream whose name has so many bytes; an empty block has an empty one.
pub(super) fn pieces_of(block: &[u8], name: usize, rest_first: bool) -> Vec<Piece<'_>> {
    let mut lengths = lengths_of(block.len(), name);
    if rest_first {
        lengths.reverse();
    }
    let (mut pieces, mut more) = (Vec::with_capacity(lengths.len()), block);
    for length in lengths {
        let (bytes, after) = more.split_at_checked(length).unwrap_or((more, &[]));
        more = after;
        pieces.push(Piece { bytes, is_last: false });
    }
    if let Some(last) = pieces.last_mut() {
        last.is_last = true;
    }
    pieces
}

/// True if another rest may find room beside a value of so many bytes.
pub(super) fn is_rest(value: usize) -> bool {
    value < PAGE_BYTES / 2
}

/// The largest first.
fn lengths_of(block: usize, name: usize) -> Vec<usize> {
    let first = piece_length(name, block);
    let (mut lengths, mut more) = (vec![first], block - first);
    while more > 0 {
        let length = piece_length(name, more);
        lengths.push(length);
        more -= length;
    }
    lengths
}

/// What of `length` bytes fills the largest run of pages; all of it, if it does not fill any. As the name is in each
/// run, there is no gain where it takes more than a quarter.
fn piece_length(name: usize, length: usize) -> usize {
    let room = |run: usize| run.checked_sub(name + OVERHEAD_BYTES).filter(|room| *room >= run / 4 * 3);
    let runs = std::iter::successors(Some(PAGES), |pages| Some(pages / 2).filter(|pages| *pages > 0));
    runs.filter_map(|pages| room(pages * PAGE_BYTES)).find(|room| *room <= length).unwrap_or(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(name: usize, length: usize) -> Vec<usize> {
        let block: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
        let [last, first] = [false, true].map(|rest_first| {
            let pieces = pieces_of(&block, name, rest_first);
            assert_eq!(pieces.iter().filter(|piece| piece.is_last).count(), 1);
            assert!(pieces.last().is_some_and(|piece| piece.is_last));
            assert_eq!(pieces.iter().map(|piece| piece.bytes).collect::<Vec<_>>().concat(), block);
            pieces.iter().map(|piece| piece.bytes.len()).collect::<Vec<_>>()
        });
        assert!(last.iter().eq(first.iter().rev()));
        last
    }

    #[test]
    fn pieces_fill_runs_of_pages() {
        assert_eq!(lengths(36, 0), [0]);
        assert_eq!(lengths(36, 3_995), [3_995]);
        assert_eq!(lengths(36, 17_000), [16_284, 716]);
        assert_eq!(lengths(36, 40_000), [32_668, 3_996, 3_336]);
        assert_eq!(lengths(36, 16 << 20).iter().sum::<usize>(), 16 << 20);
        assert!(lengths(36, 16 << 20).len() < 20);
    }

    #[test]
    fn where_the_name_is_long_there_are_no_small_pieces() {
        assert_eq!(lengths(60_000, 100_000), [100_000]);
        assert_eq!(lengths(60_000, 300_000), [202_080, 97_920]);
    }
}
