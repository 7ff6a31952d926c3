//! Publishing notices that are stored: as alerts, and into the journal.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Watch;
use super::journal::Kept;
use super::keeper::SHARDS;
use super::notice::Notice;
use super::pings::Pings;
use crate::rounds::Rounds;
use crate::store::Result;

/// How often it is looked what of the journal is over what is kept.
const SWEEP_PERIOD: Duration = Duration::from_secs(60);
/// How long after a refusal the store is asked again.
const RETRY: Duration = Duration::from_millis(500);

impl Watch {
    /// Starts everything that has to run, until `stop` is told.
    pub(crate) fn start(self: Arc<Self>, pings: Pings, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        let (journal, writing) = (self.journal().clone(), stop.clone());
        vec![
            tokio::spawn(self.clone().run(stop.clone())),
            tokio::spawn(self.clone().follow(stop.clone())),
            tokio::spawn(self.clone().publish(stop.clone())),
            tokio::spawn(self.alerts().clone().run(stop.clone())),
            tokio::spawn(pings.run(self.clone(), stop.clone())),
            tokio::spawn(self.sweep(stop.clone())),
            tokio::spawn(async move { journal.write(writing).await }),
        ]
    }

    /// Drops what of the journal is over what is kept.
    async fn sweep(self: Arc<Self>, stop: watch::Receiver<bool>) {
        let kept = Kept { age: self.settings().journal_age, bytes: self.settings().journal_bytes };
        let mut rounds = Rounds::every(SWEEP_PERIOD, stop);
        while rounds.begin().await {
            let round = async {
                // Where the store does not answer, the next round does it.
                let _ = self.journal().note_sizes().await;
                let _ = self.journal().sweep(kept).await;
                let _ = self.sweep_pings().await;
            };
            rounds.work(round).await;
        }
    }

    /// Publishes until `stop` is told. What is not published by then is by the next server.
    async fn publish(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        let publish = async {
            loop {
                self.something_to_publish().await;
                while !self.publish_all().await {
                    sleep(RETRY).await;
                }
            }
        };
        tokio::select! {
            () = publish => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    /// Whether all of it was published; else the store does not answer.
    pub(super) async fn publish_all(&self) -> bool {
        let mut is_done = true;
        for number in 0..SHARDS {
            let notices = self.unpublished(number);
            if !notices.is_empty() {
                is_done &= self.publish_each(number, notices).await;
            }
        }
        is_done
    }

    async fn publish_each(&self, number: usize, notices: Vec<Notice>) -> bool {
        let raised = join_all(notices.iter().map(|notice| self.raise(number, notice))).await;
        let (mut done, mut last) = (Vec::new(), None);
        for (notice, raised) in notices.into_iter().zip(&raised) {
            if raised.is_ok() {
                last = Some(self.enter(&notice).await);
                done.push(notice.id);
            }
        }
        if let Some(last) = last {
            self.journal().stored(last).await;
        }
        self.end_publishing(number, &done);
        done.len() == raised.len()
    }

    /// Has somebody told of a notice. Whatever was done of it before is not done again.
    async fn raise(&self, number: usize, notice: &Notice) -> Result<()> {
        for earlier in self.earlier(number, notice) {
            self.alerts().raise(&earlier).await?;
        }
        self.alerts().raise(notice).await
    }

    /// Enters a notice into the journal, once there is room.
    async fn enter(&self, notice: &Notice) -> u64 {
        loop {
            let number = self.journal().add(&notice.subject, notice.level, &notice.line(), true);
            if let Some(number) = number {
                return number;
            }
            self.journal().has_room().await;
        }
    }
}
