//! Publishing notices that are stored: as alerts, and into the journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::Watch;
use super::journal::Kept;
use super::keeper::SHARDS;
use super::notice::{Notice, Source};
use super::pings::Pings;
use crate::rounds::Rounds;

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
                let _ = self.alerts().forget_incidents(|notice| !self.is_watched(notice)).await;
            };
            rounds.work(round).await;
        }
    }

    /// Whether the settings still name what a notice is about. That of heartbeats ends with them.
    fn is_watched(&self, notice: &Notice) -> bool {
        let settings = self.settings();
        match notice.source {
            Source::Ping => settings.pings.iter().any(|ping| ping.service == notice.subject),
            Source::Event | Source::Timeline => {
                settings.timelines.iter().any(|rule| rule.is_about(&notice.subject))
            }
            Source::Heartbeat | Source::Journal | Source::Test => true,
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
        let (count, mut incidents) = (notices.len(), BTreeMap::<String, Vec<Notice>>::new());
        for notice in notices {
            incidents.entry(notice.incident.clone()).or_default().push(notice);
        }
        let raised = incidents.into_values().map(|incident| self.raise_in_order(number, incident));
        let (mut done, mut last) = (Vec::new(), None);
        for notice in join_all(raised).await.into_iter().flatten() {
            last = Some(self.enter(&notice).await);
            done.push(notice.id);
        }
        if let Some(last) = last {
            self.journal().stored(last).await;
        }
        self.end_publishing(number, &done);
        done.len() == count
    }

    /// Has somebody told of an incident, one thing after the other; what of it the store took. Whatever was done of it before
    /// is not done again.
    async fn raise_in_order(&self, number: usize, incident: Vec<Notice>) -> Vec<Notice> {
        let mut raised: Vec<Notice> = Vec::new();
        for notice in incident {
            let mut before = self.earlier(number, &notice);
            before.retain(|earlier| raised.iter().all(|known| known.id != earlier.id));
            for each in before.iter().chain([&notice]) {
                if self.alerts().raise(each).await.is_err() {
                    return raised;
                }
            }
            raised.push(notice);
        }
        raised
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
