//! Names of marks that were taken together. A packet has each text once, so the marks with one name borrow it from
//! one place: where that is tells which text it is, and nothing is hashed.

use super::super::mark::Mark;
use super::Fold;
use super::placed::{PlacedMark, Stamp};
use super::texts::{Text, Texts};

/// How many are remembered: about as many as a packet has.
const SLOTS: usize = 64;

/// Texts of one fold that marks borrow. Of a fold that others use, too, it is true only as long as nobody else does.
pub(crate) struct KnownTexts<'m>([Option<(&'m str, Text)>; SLOTS]);

impl Default for KnownTexts<'_> {
    fn default() -> Self {
        KnownTexts([None; SLOTS])
    }
}

impl<'m> KnownTexts<'m> {
    fn place(&mut self, text: &'m str, texts: &mut Texts) -> Text {
        // Texts lie behind one another and are a few bytes long, so that the lowest bits differ.
        let Some(slot) = self.0.get_mut(text.as_ptr().addr() / 2 % SLOTS) else { return texts.intern(text) };
        match slot {
            // Slices that are the same place and length are the same text, as both are borrowed.
            Some((known, place)) if std::ptr::eq(*known, text) => *place,
            _ => slot.insert((text, texts.intern(text))).1,
        }
    }
}

impl Fold {
    /// As `with_stamped`, of marks that are taken one after the other.
    pub(crate) fn with_known<'m, T>(
        &mut self,
        mark: &Mark<'m>,
        stamp: Stamp,
        known: &mut KnownTexts<'m>,
        take: impl FnOnce(&mut Self, &PlacedMark<'_>) -> T,
    ) -> T {
        let texts = &mut self.texts;
        let names = (known.place(mark.name, texts), known.place(mark.host, texts));
        self.with_names(mark, stamp, names, take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_wherever_it_is_and_others_at_its_place_are_others() {
        let (mut known, mut texts) = (KnownTexts::default(), Texts::default());
        let bytes = "abc".repeat(SLOTS);
        let mut place = |from: usize, to: usize| {
            let text = bytes.get(from..to).expect("ASCII");
            (known.place(text, &mut texts), texts.intern(text))
        };
        for from in 0..2 * SLOTS {
            for length in [0, 3, 2, 3] {
                let (place, interned) = place(from, from + length);
                assert_eq!(place, interned, "{from} and {length}");
            }
        }
        assert_eq!(texts.count(), 1 + 3 + 3);
    }
}
