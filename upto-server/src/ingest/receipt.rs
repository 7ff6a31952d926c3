//! What became of messages that were taken.

use std::collections::HashMap;
use std::sync::Arc;

use super::assign::Assigned;
use super::reports::Reported;
use crate::catalog::Timeline;

/// So many timelines are found by looking at each. Few batches are for more.
const FEW: usize = 8;

/// What became of messages that were taken.
#[derive(Default)]
pub(crate) struct Receipt {
    /// The timelines that they went to, each once, in the order of the messages.
    pub timelines: Vec<Arc<Timeline>>,
    /// Whether those were opened by these messages.
    pub opened: Vec<bool>,
    /// Bytes that they have added to each.
    bytes: Vec<usize>,
    /// Where each timeline behind the first [`FEW`] is in those lists, by its address in memory.
    places: HashMap<usize, usize>,
    /// The commit that they are in.
    pub(super) commit: u64,
    /// What became of those of services.
    pub(super) reported: Reported,
}

impl Receipt {
    /// Of no messages, but of something else that is in this commit.
    pub(super) fn of_commit(commit: u64) -> Self {
        Receipt { commit, ..Receipt::default() }
    }

    /// Notes where messages went, and the bytes that they have added there; the place of their timeline.
    pub(super) fn add(&mut self, assigned: &Assigned, bytes: usize) -> usize {
        let place = self.place_of(&assigned.timeline);
        match (self.opened.get_mut(place), self.bytes.get_mut(place)) {
            (Some(opened), Some(sum)) => {
                *opened |= assigned.is_new;
                *sum += bytes;
            }
            _ => {
                self.timelines.push(assigned.timeline.clone());
                self.opened.push(assigned.is_new);
                self.bytes.push(bytes);
            }
        }
        place
    }

    /// The timelines to which something was added, and how many bytes that is.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&Arc<Timeline>, usize)> {
        let all = self.timelines.iter().zip(self.bytes.iter().copied());
        all.filter(|(_, bytes)| *bytes > 0)
    }

    /// Where the timeline is, or will be, in the lists.
    fn place_of(&mut self, timeline: &Arc<Timeline>) -> usize {
        let is_it = |known: &Arc<Timeline>| Arc::ptr_eq(known, timeline);
        let next = self.timelines.len();
        match self.timelines.iter().take(FEW).position(is_it) {
            Some(place) => place,
            None if next < FEW => next,
            None if self.timelines.last().is_some_and(is_it) => next - 1,
            None => *self.places.entry(Arc::as_ptr(timeline).addr()).or_insert(next),
        }
    }
}
