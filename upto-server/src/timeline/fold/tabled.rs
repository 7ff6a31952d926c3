//! The events as a table.

use std::sync::Arc;

use super::super::skew::{Skew, Times};
use super::super::table::{Row, Table};
use super::Fold;
use super::corrected;
use super::span::Span;
use super::texts::Text;

/// Texts in their order, and which number each has there.
struct Numbers {
    texts: Vec<Arc<str>>,
    numbers: Vec<u32>,
}

impl Numbers {
    /// Of those texts that `used` gives, of `count` that there may be.
    fn of(fold: &Fold, count: usize, used: impl Iterator<Item = Text>) -> Self {
        let mut is_used = vec![false; count];
        for text in used {
            if let Some(is_used) = is_used.get_mut(text.index()) {
                *is_used = true;
            }
        }
        let mut sorted: Vec<(Arc<str>, Text)> =
            fold.texts.all().filter(|(_, text)| is_used.get(text.index()) == Some(&true)).collect();
        sorted.sort_unstable();
        let mut numbers = vec![0; count];
        for (number, (_, text)) in (0..).zip(&sorted) {
            if let Some(place) = numbers.get_mut(text.index()) {
                *place = number;
            }
        }
        Numbers { texts: sorted.into_iter().map(|(text, _)| text).collect(), numbers }
    }

    fn number(&self, text: Text) -> u32 {
        self.numbers.get(text.index()).copied().unwrap_or_default()
    }
}

impl Fold {
    /// All events as columns, with these times.
    #[must_use]
    pub fn table(&self, times: Times) -> Table {
        let skew = match times {
            Times::Raw => Arc::default(),
            Times::Corrected => self.skew(),
        };
        let count = self.texts.count();
        let names = Numbers::of(self, count, self.spans().map(|((name, ..), _)| name));
        let hosts = Numbers::of(self, count, self.spans().map(|((_, host, _), _)| host));
        let row = |(key, span)| self.row(key, span, &skew, (&names, &hosts));
        let rows = self.spans().map(row).collect();
        Table::new(names.texts, hosts.texts, rows)
    }

    fn row(
        &self,
        (name, host, id): (Text, Text, u64),
        span: &Span,
        skew: &Skew,
        (names, hosts): (&Numbers, &Numbers),
    ) -> Row {
        let (start, end) = match skew.is_applied() {
            true => corrected::times(span, &self.texts.get(host), skew),
            false => (span.start(), span.end()),
        };
        let (name, host) = (names.number(name), hosts.number(host));
        Row { name, host, id, parent: span.parent(), start, end, state: span.state() }
    }
}

#[cfg(test)]
mod tests;
