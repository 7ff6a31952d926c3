//! How a timeline stands.

use std::sync::Arc;

use super::Question;
use crate::timeline::fold::{Extent, Fold, union};
use crate::timeline::{Skew, Summary, Times};

/// What is known of one host's clock, estimated.
const HOST_BYTES: usize = 1 << 10;

/// A timeline in numbers, with all times that there are.
#[derive(Clone, Debug)]
pub(crate) struct Numbers {
    raw: Summary,
    corrected: Summary,
    /// How far clocks are apart.
    pub(crate) skew: Arc<Skew>,
}

impl Numbers {
    /// Bytes of memory, estimated.
    pub(crate) fn bytes(&self) -> usize {
        size_of::<Self>() + self.skew.hosts().len() * HOST_BYTES
    }

    /// The numbers with these times.
    pub(crate) fn summary(&self, times: Times) -> &Summary {
        match times {
            Times::Raw => &self.raw,
            Times::Corrected => &self.corrected,
        }
    }
}

/// How does it stand?
#[derive(Debug, Default)]
pub(crate) struct NumbersQuestion {
    /// Of the timeline without events; those are added.
    whole: Option<Numbers>,
    counts: (u64, u64, u64),
    /// By the server's clock, where that is not to be had without looking at every event.
    extent: Option<Extent>,
}

impl Question for NumbersQuestion {
    type Answer = Numbers;

    fn begin(&mut self, whole: &Fold) {
        let (raw, skew) = (whole.summary(), whole.skew());
        let extent = if skew.has_jumps() { None } else { whole.extent_by(&skew) };
        self.whole = Some(Numbers { raw, corrected: Summary { extent, ..raw }, skew });
    }

    fn look_at(&mut self, part: &Fold) {
        let Summary { total, open, failed, .. } = part.summary();
        self.counts = (self.counts.0 + total, self.counts.1 + open, self.counts.2 + failed);
        if let Some(Numbers { skew, .. }) = self.whole.as_ref().filter(|whole| whole.skew.has_jumps()) {
            self.extent = union(self.extent, part.extent_of_all(skew));
        }
    }

    fn is_about_events(&self, whole: &Fold) -> bool {
        whole.skew().has_jumps()
    }

    fn bytes(&self) -> usize {
        size_of::<Self>()
    }

    fn answer(self) -> Numbers {
        let Some(Numbers { raw, corrected, skew }) = self.whole else {
            let nothing = Fold::default();
            return NumbersQuestion::default().ask_whole(&nothing).answer();
        };
        let extent = if skew.has_jumps() { self.extent } else { corrected.extent };
        let raw = raw.with_counts(self.counts);
        Numbers { raw, corrected: Summary { extent, ..raw }, skew }
    }
}
