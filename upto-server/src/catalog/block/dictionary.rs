//! The names, hosts and keys of a block, each written once.

use hashbrown::HashMap;

use super::column::write_text;
use crate::timeline::Text;

/// Texts get numbers in the order in which they are first used.
#[derive(Debug, Default)]
pub(super) struct Dictionary {
    /// By the number that a text has in the timeline's fold, so that none is hashed again.
    numbers: HashMap<Text, u32>,
    latest: Option<(Text, u32)>,
    bytes: Vec<u8>,
}

impl Dictionary {
    /// The number of `text`, whose place in the fold is `place`.
    pub(super) fn number(&mut self, place: Text, text: &str) -> u32 {
        match self.latest {
            Some((latest, number)) if latest == place => number,
            _ => self.look_up(place, text),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// All texts, each after its length.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn look_up(&mut self, place: Text, text: &str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(place).or_insert_with(|| {
            write_text(text, &mut self.bytes);
            next
        });
        self.latest = Some((place, number));
        number
    }
}
