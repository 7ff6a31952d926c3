//! Asking agents for what they have, where they can't reach the server.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;
use tokio::time::sleep;

use super::{Arrived, Handover, Taken, Undelivered, Way};
use crate::agent::{Backoff, Courier, CourierError, Delivery, Place, Target};
use crate::catalog::Catalog;
use crate::clock::Clock;
use crate::doors::Caller;
use crate::ingest::Ingest;
use crate::metrics::Metrics;
use crate::store::StoreError;

/// Where an agent is asked.
const PATH: &str = "/api/spool/take";
/// How long an agent waits for something to hand over before it answers that there is nothing.
const WAIT_SECONDS: u64 = 20;
/// For how long one of several servers is the one that asks. Longer than an answer takes.
const HOLD: Duration = Duration::from_secs(90);
/// How often the others look whether it is still there.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// Takes what whoever runs the server should know, one line each.
type Notices = dyn Fn(&str) + Send + Sync;

/// Asks agents again and again.
#[derive(Clone)]
pub(crate) struct Puller {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) ingest: Arc<Ingest>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) notices: Arc<Notices>,
}

/// Why nothing came of it.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Courier(#[from] CourierError),
    #[error("{0}")]
    Undelivered(#[from] Undelivered),
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// One agent that is asked.
pub(crate) struct Asked {
    puller: Puller,
    url: String,
    courier: Courier,
    /// What tells this server from others.
    owner: String,
    /// The last block that is stored, which the agent is told with the next question.
    stored: Option<Place>,
}

impl Puller {
    /// Makes ready to ask these agents.
    ///
    /// # Errors
    /// [`CourierError::Target`]: one can't be asked.
    pub(crate) fn prepare(&self, targets: &[Target]) -> Result<Vec<Asked>, CourierError> {
        targets.iter().map(|target| self.asked(target)).collect()
    }

    fn asked(&self, target: &Target) -> Result<Asked, CourierError> {
        let courier = Courier::start(target, self.clock.clone())?;
        let owner = format!("{:016x}", RandomState::new().hash_one(&target.url));
        Ok(Asked { puller: self.clone(), url: target.url.clone(), courier, owner, stored: None })
    }
}

impl Asked {
    /// Asks until `stop` is told.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.pull() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn pull(&mut self) {
        let (mut backoff, mut told) = (Backoff::default(), None);
        loop {
            let problem = match self.is_mine().await {
                Ok(true) => self.ask().await.err(),
                Ok(false) => {
                    sleep(LOOK_EVERY).await;
                    continue;
                }
                Err(error) => Some(error.into()),
            };
            let problem = problem.map(|failure| failure.to_string());
            if problem != told {
                (self.puller.notices)(&match &problem {
                    Some(problem) => format!("agent {}: nothing comes from it: {problem}", self.url),
                    None => format!("agent {}: it hands over", self.url),
                });
                told.clone_from(&problem);
            }
            match problem {
                Some(_) => sleep(backoff.next()).await,
                None => backoff = Backoff::default(),
            }
        }
    }

    /// Whether this one of the servers that share a store is the one that asks.
    async fn is_mine(&self) -> Result<bool, StoreError> {
        let store = self.puller.catalog.store();
        if !store.is_shared() {
            return Ok(true);
        }
        Ok(store.acquire(&format!("pull/{}", self.url), &self.owner, HOLD).await?.is_some())
    }

    /// Asks once, which takes as long as the agent has nothing.
    async fn ask(&mut self) -> Result<(), Failure> {
        let acknowledged = self
            .stored
            .map(|Place { run, number }| json!({"run": crate::agent::readable(run), "number": number}));
        let question = json!({"acknowledged": acknowledged, "wait_seconds": WAIT_SECONDS}).to_string();
        let answer = self.courier.post(PATH, "application/json", question.into_bytes()).await?;
        let delivery = Delivery::decode(&answer.body).map_err(Undelivered::from)?;
        let Puller { catalog, ingest, metrics, .. } = &self.puller;
        let arrived = Arrived { at: answer.at, way: Way::Pull, peer: None, caller: &Caller::Anybody };
        let Taken { last, .. } = Handover { catalog, ingest, metrics }.take(&delivery, arrived).await?;
        self.stored = last.or(self.stored);
        Ok(())
    }
}
