//! One fold of two.

use super::numbered::Key;
use super::texts::Text;
use super::{Counts, Fold};
use crate::timeline::MarkKind;

impl Fold {
    /// Takes everything that another fold of the same timeline has: the result is the fold of the marks of both. It costs
    /// as much as the other one is large.
    pub(crate) fn merge(&mut self, other: &Fold) {
        let texts: Vec<Text> = other.texts.all().map(|(text, _)| self.texts.intern(&text)).collect();
        // A fold has every text that its events name.
        let text = |of_other: Text| texts.get(of_other.index()).copied().unwrap_or(of_other);
        self.merge_numbered(other, text);
        self.merge_loose(other, text);
        for count in other.sessions.counts() {
            self.sessions.merge(*count);
        }
        self.extents.merge(&other.extents, text);
        self.readings.merge_all(&other.readings, text);
        self.changes += 1;
        self.settle();
    }

    fn merge_numbered(&mut self, other: &Fold, text: impl Fn(Text) -> Text) {
        for event in other.numbered.iter() {
            let is_point = event.span.is_point();
            let key = Key { name: text(event.name), host: text(event.host), id: event.id, is_point };
            let kind = if is_point { MarkKind::Point } else { MarkKind::Start };
            let (place, is_new) = self.numbered.place_of(&key, kind);
            let span = self.numbered.span_mut(place);
            let old_counts = if is_new { Counts::default() } else { Counts::of(span) };
            let old_bytes = span.detail_bytes();
            span.merge(&event.span, &text);
            self.counts.replace(old_counts, Counts::of(span));
            self.bytes = self.bytes + span.detail_bytes() - old_bytes;
        }
    }

    fn merge_loose(&mut self, other: &Fold, text: impl Fn(Text) -> Text) {
        for ((name, host), loose) in &other.loose {
            let place = (text(*name), text(*host));
            let own = self.loose.entry(place).or_default();
            let (old_counts, old_bytes) = (own.counts(), own.bytes());
            own.merge(loose, &text);
            self.counts.replace(old_counts, own.counts());
            self.bytes = self.bytes + own.bytes() - old_bytes;
            self.stale.push(place);
        }
    }
}
