//! Reading of a block only what a fold is to have that can't have everything.

use super::{Block, BlockError, Marks, placed};
use crate::timeline::{Applied, Fold, MarkKind, Part, SpanPlace, Text};

impl Block<'_> {
    /// Adds what concerns the timeline as a whole: sessions, readings of clocks, and the extents of all marks; but no
    /// event. After an error, some of it may have been added.
    ///
    /// # Errors
    /// [`BlockError`]: what is wrong with the block.
    pub(crate) fn apply_head(&self, fold: &mut Fold) -> Result<(), BlockError> {
        let mut marks = Marks::of(&self.body)?;
        let mut texts = Texts::of(&marks);
        while let Some(entry) = marks.next()? {
            let host = texts.text(entry.host, fold);
            fold.widen(&placed(&entry, host, host, &[]));
        }
        for count in marks.sessions {
            fold.apply_session(count);
        }
        for reading in marks.readings {
            fold.apply_reading(&reading);
        }
        Ok(())
    }

    /// Adds the events of a part, and nothing else. After an error, some of them may have been added.
    ///
    /// # Errors
    /// [`BlockError`]: what is wrong with the block.
    pub(crate) fn apply_part(&self, fold: &mut Fold, part: &Part) -> Result<(), BlockError> {
        let mut marks = Marks::of(&self.body)?;
        let mut texts = Texts::of(&marks);
        let hashes: Vec<u64> = texts.dictionary.iter().map(|text| part.hash(text)).collect();
        let mut attributes = Vec::new();
        let mut places: Vec<Option<SpanPlace>> = Vec::new();
        while let Some(entry) = marks.next()? {
            let known = entry.pair.and_then(|start| places.get(start).copied().flatten());
            // An end that is paired is in the part if its start is.
            let is_in = match entry.pair {
                Some(_) => known.is_some(),
                None => part.has(hashes[entry.name], hashes[entry.host], entry.id),
            };
            let mut place = None;
            if is_in {
                let (name, host) = (texts.text(entry.name, fold), texts.text(entry.host, fold));
                attributes.clear();
                attributes
                    .extend(marks.attributes.iter().map(|(key, value)| (texts.text(*key, fold), *value)));
                let mark = placed(&entry, name, host, &attributes);
                let applied = match known {
                    Some(place) => fold.apply_to(place, &mark),
                    None => fold.apply_placed(&mark),
                };
                Applied { place, .. } = applied;
            }
            if entry.kind == MarkKind::Start && entry.id != 0 {
                places.push(place);
            }
        }
        Ok(())
    }
}

/// The fold's texts of a block's dictionary, each looked up when it is needed: a part needs few of them.
struct Texts<'a> {
    dictionary: Vec<&'a str>,
    texts: Vec<Option<Text>>,
}

impl<'a> Texts<'a> {
    fn of(marks: &Marks<'a>) -> Self {
        Texts { dictionary: marks.dictionary.clone(), texts: vec![None; marks.dictionary.len()] }
    }

    fn text(&mut self, number: usize, fold: &mut Fold) -> Text {
        *self.texts[number].get_or_insert_with(|| fold.text(self.dictionary[number]))
    }
}
