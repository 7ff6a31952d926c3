//! What was lost on the way here, as somebody tells who knows: it can't always be counted from what came.

use std::sync::{Arc, PoisonError};

use upto::wire::{Batch, Message, SessionInfo};

use super::runs::Run;
use super::sessions::Observed;
use super::{Ingest, Receipt, Refusal, assign};
use crate::catalog::{Opened, Timeline};
use crate::timeline::SessionCount;

/// Packets of one session that were sent and will never come.
#[derive(Debug)]
pub(crate) struct Missed<'m> {
    /// The first one.
    pub(crate) first: SessionInfo,
    /// The last one.
    pub(crate) last: SessionInfo,
    /// Messages in the last one.
    pub(crate) messages: u64,
    /// Messages with the contexts and timelines that those in the packets were for; the rest of them does not matter.
    pub(crate) places: Vec<Message<'m>>,
}

impl Ingest {
    /// Notes on the timelines of `places` what is missing there, once however often it is told.
    ///
    /// # Errors
    /// [`Refusal`]: why it was not noted.
    pub(crate) async fn take_loss(
        &self,
        places: Vec<Message<'_>>,
        count: SessionCount,
    ) -> Result<Receipt, Refusal> {
        let timelines = self.timelines_of(places).await?;
        self.note_counts(timelines.into_iter().map(|timeline| (timeline, count)).collect());
        Ok(Receipt::of_commit(self.commits.ticket()))
    }

    /// Counts packets that will not come as lost.
    ///
    /// # Errors
    /// [`Refusal`]: why they were not counted.
    pub(crate) async fn take_missed(&self, missed: Missed<'_>) -> Result<Receipt, Refusal> {
        let Missed { first, last, messages, places } = missed;
        let timelines = self.timelines_of(places).await?;
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let Observed { expected, received, counts, .. } = sessions.miss(&first, &last, messages, &timelines);
        drop(sessions);
        self.note_counts(counts);
        self.metrics.sessions.count(expected, received);
        Ok(Receipt::of_commit(self.commits.ticket()))
    }

    /// Notes on each timeline how a session stands for it.
    pub(super) fn note_counts(&self, counts: Vec<(Arc<Timeline>, SessionCount)>) {
        for (timeline, count) in counts {
            if let Some(bytes) = timeline.take_session(count) {
                self.commits.add(&timeline, bytes);
            }
        }
    }

    /// The timelines that such messages would go to; they are opened if need be.
    async fn timelines_of(&self, places: Vec<Message<'_>>) -> Result<Vec<Arc<Timeline>>, Refusal> {
        let batch = Batch { messages: places, ..Batch::default() };
        let (contexts, runs) = self.place(&batch).await?;
        let timeline_of = |(run, destination): (Run<'_, '_>, Option<Opened>)| {
            let context = contexts.get(run.first()?.context)?;
            let assigned = assign::assign_all(context, destination).map(|assigned| assigned.timeline);
            assigned.or_else(|| context.latest())
        };
        Ok(runs.into_iter().filter_map(timeline_of).collect())
    }
}
