//! A list that grows without ever being copied.

/// Items lie in pieces of so many. The first piece grows with the list: most lists are small.
const PIECE: usize = 1 << PIECE_BITS;
const PIECE_BITS: u32 = 10;

#[derive(Clone, Debug)]
pub(super) struct Pieces<T> {
    pieces: Vec<Vec<T>>,
    count: u32,
}

impl<T> Default for Pieces<T> {
    fn default() -> Self {
        Pieces { pieces: Vec::new(), count: 0 }
    }
}

impl<T> Pieces<T> {
    /// How many there are: the number that the next one gets.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    pub(super) fn push(&mut self, item: T) {
        match self.pieces.last_mut() {
            Some(piece) if piece.len() < PIECE => piece.push(item),
            None => self.pieces.push(vec![item]),
            Some(_) => {
                let mut piece = Vec::with_capacity(PIECE);
                piece.push(item);
                self.pieces.push(piece);
            }
        }
        self.count += 1;
    }

    /// The item of this number, which there is.
    #[inline]
    pub(super) fn get(&self, number: u32) -> &T {
        &self.pieces[piece(number)][within(number)]
    }

    #[inline]
    pub(super) fn get_mut(&mut self, number: u32) -> &mut T {
        &mut self.pieces[piece(number)][within(number)]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.pieces.iter().flatten()
    }

    /// Bytes of memory, without what the items point to.
    pub(super) fn bytes(&self) -> usize {
        let last = self.pieces.last().map_or(0, Vec::capacity);
        (self.pieces.len().saturating_sub(1) * PIECE + last) * size_of::<T>()
    }
}

fn piece(number: u32) -> usize {
    (number >> PIECE_BITS) as usize
}

fn within(number: u32) -> usize {
    number as usize % PIECE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_keep_their_numbers_and_their_addresses() {
        let mut pieces = Pieces::default();
        (0..PIECE).for_each(|item| pieces.push(item));
        let first: *const usize = pieces.get(0);
        (PIECE..5 * PIECE).for_each(|item| pieces.push(item));
        assert!(std::ptr::eq(first, pieces.get(0)));
        assert!((0_u32..).zip(pieces.iter()).all(|(number, item)| *item == number as usize));
        *pieces.get_mut(3_000) += 1;
        assert_eq!((*pieces.get(3_000), pieces.count()), (3_001, 5 * 1_024));
        assert_eq!(pieces.bytes(), 5 * PIECE * size_of::<usize>());
    }
}
