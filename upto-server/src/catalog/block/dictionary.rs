//! The names, hosts and keys of a block, each written once.

use hashbrown::HashMap;

use super::column::write_text;
use crate::timeline::Text;

/// Texts whose places in the fold are below this are found in a list, as most are; those of a timeline with very many
/// in a table, so that a block of few of them is no larger for the others.
const LISTED: usize = 4_096;
/// In the list: the text has no number.
const NONE: u32 = u32::MAX;

/// Texts get numbers in the order in which they are first used.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// By the number that a text has in the timeline's fold, so that none is hashed again.
    listed: Vec<u32>,
    others: HashMap<Text, u32>,
    count: u32,
    bytes: Vec<u8>,
}

impl Dictionary {
    /// The number of `text`, whose place in the fold is `place`.
    #[inline]
    pub(super) fn number(&mut self, place: Text, text: &str) -> u32 {
        match self.listed.get(place.index()) {
            Some(number) if *number != NONE => *number,
            _ => self.look_up(place, text),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count as usize
    }

    /// All texts, each after its length.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn look_up(&mut self, place: Text, text: &str) -> u32 {
        let next = self.count;
        let slot = self.slot(place);
        if *slot == NONE {
            *slot = next;
            self.count += 1;
            write_text(text, &mut self.bytes);
            return next;
        }
        *slot
    }

    fn slot(&mut self, place: Text) -> &mut u32 {
        let index = place.index();
        if index >= LISTED {
            return self.others.entry(place).or_insert(NONE);
        }
        if index >= self.listed.len() {
            self.listed.resize(index + 1, NONE);
        }
        &mut self.listed[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::Fold;

    #[test]
    fn texts_at_any_place_have_numbers_in_the_order_of_their_use() {
        let (mut fold, mut dictionary) = (Fold::default(), Dictionary::default());
        let texts: Vec<_> = (0..LISTED + 10).map(|number| number.to_string()).collect();
        let places: Vec<_> = texts.iter().map(|text| fold.text(text)).collect();
        let used = [3, LISTED + 1, 0, LISTED - 1, LISTED, 3, LISTED + 1, LISTED, 0];
        let numbers = used.map(|index| dictionary.number(places[index], &texts[index]));
        assert_eq!(numbers, [0, 1, 2, 3, 4, 0, 1, 4, 2]);
        assert_eq!((dictionary.len(), dictionary.others.len()), (5, 2));
        assert!(dictionary.bytes().starts_with(b"\x013\x044097\x010"));
    }
}
