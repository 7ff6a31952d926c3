//! All events as columns.

use std::sync::Arc;

use super::Question;
use crate::timeline::fold::{Fold, Glimpse, Text};
use crate::timeline::table::{Table, TableBuilder};
use crate::timeline::{Skew, Times};

/// Which events are there? All of them, with these times.
#[derive(Debug)]
pub(crate) struct TableQuestion {
    times: Times,
    skew: Arc<Skew>,
    builder: TableBuilder,
}

impl TableQuestion {
    pub(crate) fn new(times: Times) -> Self {
        TableQuestion { times, skew: Arc::default(), builder: TableBuilder::default() }
    }
}

impl Question for TableQuestion {
    type Answer = Table;
    const QUARTERS: usize = 2;

    fn least_bytes(&self, events: u64) -> usize {
        usize::try_from(events).unwrap_or(usize::MAX).saturating_mul(TableBuilder::EVENT_BYTES)
    }

    fn begin(&mut self, whole: &Fold) {
        self.skew = whole.skew_in(self.times);
    }

    fn look_at(&mut self, part: &Fold) {
        let TableQuestion { skew, builder, .. } = self;
        builder.reserve(usize::try_from(part.summary().total).unwrap_or(0));
        let mut names = Numbers::new(part.text_count());
        let mut hosts = Numbers::new(part.text_count());
        for event in part.glimpses(skew) {
            let name = names.of(event.name_text(), &event, |event| builder.name(event.name()));
            let host = hosts.of(event.host_text(), &event, |event| builder.host(event.host()));
            builder.push(&event.row(name, host));
        }
    }

    fn bytes(&self) -> usize {
        self.builder.bytes()
    }

    fn answer(self) -> Table {
        self.builder.finish()
    }
}

/// The builder's numbers of a part's texts, so that each is looked up once.
struct Numbers(Vec<Option<u32>>);

impl Numbers {
    fn new(count: usize) -> Self {
        Numbers(vec![None; count])
    }

    fn of(&mut self, text: Text, event: &Glimpse<'_>, number: impl FnOnce(&Glimpse<'_>) -> u32) -> u32 {
        match self.0.get_mut(text.index()) {
            Some(known) => *known.get_or_insert_with(|| number(event)),
            None => number(event),
        }
    }
}
