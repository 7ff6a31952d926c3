//! The tree of names.

use std::sync::Arc;

use hashbrown::HashMap;

use super::Question;
use crate::timeline::fold::{Fold, Text};
use crate::timeline::tree::{Node, Tally, TreeBuilder};
use crate::timeline::{Skew, Times};

/// Which names are there, and what are their events, with these times?
#[derive(Debug)]
pub(crate) struct TreeQuestion {
    times: Times,
    skew: Arc<Skew>,
    builder: TreeBuilder,
}

impl TreeQuestion {
    pub(crate) fn new(times: Times) -> Self {
        TreeQuestion { times, skew: Arc::default(), builder: TreeBuilder::default() }
    }
}

impl Question for TreeQuestion {
    type Answer = Vec<Node>;

    fn begin(&mut self, whole: &Fold) {
        self.skew = whole.skew_in(self.times);
    }

    fn look_at(&mut self, part: &Fold) {
        let mut tallies = HashMap::<(Text, Text), (Tally, &str, &str)>::new();
        for event in part.glimpses(&self.skew) {
            let place = (event.name_text(), event.host_text());
            let (tally, ..) =
                tallies.entry(place).or_insert_with(|| (Tally::default(), event.name(), event.host()));
            tally.count(event.state(), event.duration(), (event.first(), event.last()));
        }
        for (tally, name, host) in tallies.values() {
            self.builder.add(name, host, tally);
        }
    }

    fn bytes(&self) -> usize {
        self.builder.bytes()
    }

    fn answer(self) -> Vec<Node> {
        self.builder.finish()
    }
}
