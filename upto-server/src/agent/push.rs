//! Handing over to a server that can be reached.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::courier::{Courier, CourierError};
use super::delivery::{CONTENT_TYPE, ENOUGH_BYTES};
use super::spool::{Outgoing, Spool};
use crate::store::StoreError;

/// Where deliveries go.
pub(crate) const PATH: &str = "/api/deliveries";
/// How often a server is told how this agent stands if there is nothing to hand over.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// How long it is waited after the first failure in a row, and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Takes what whoever runs the agent should know, one line each.
pub(super) type Notices = dyn Fn(&str) + Send + Sync;

/// Hands over to one server.
pub(crate) struct Pusher {
    pub(crate) spool: Arc<Spool>,
    pub(crate) courier: Courier,
    pub(crate) notices: Arc<Notices>,
}

/// Why nothing was handed over.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("what is spooled can't be read: {0}")]
    Spool(#[from] StoreError),
    #[error("{0}")]
    Courier(#[from] CourierError),
    #[error("{0}")]
    Encode(#[from] super::block::Malformed),
}

impl Pusher {
    /// Hands over until `stop` is told. What is on its way then is handed over again by the next run.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        tokio::select! {
            () = self.push() => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    async fn push(&self) {
        let (mut backoff, mut told) = (Backoff::default(), None);
        loop {
            let problem = self.deliver().await.err().map(|failure| failure.to_string());
            if problem != told {
                (self.notices)(&match &problem {
                    Some(problem) => {
                        format!("nothing is handed over, and it is tried again and again: {problem}")
                    }
                    None => "what is spooled is being handed over".to_owned(),
                });
                told.clone_from(&problem);
            }
            match problem {
                Some(_) => sleep(backoff.next()).await,
                None => {
                    backoff = Backoff::default();
                    self.spool.wait(SIGN_OF_LIFE).await;
                }
            }
        }
    }

    async fn deliver(&self) -> Result<(), Failure> {
        let Outgoing { delivery, last } = self.spool.next(ENOUGH_BYTES).await?;
        let answered = self.courier.post(PATH, CONTENT_TYPE, delivery.encode()?).await;
        match (&answered, last) {
            (Ok(_), Some(last)) => self.spool.acknowledge(last).await,
            (Ok(_), None) => {}
            (Err(_), _) => self.spool.take_back().await,
        }
        Ok(answered.map(drop)?)
    }
}

/// How long to wait: twice as long after each failure, and not as long as others who fail at the same time.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Backoff(BACKOFF.0)
    }
}

impl Backoff {
    /// Between half and all of the present span.
    pub(crate) fn next(&mut self) -> Duration {
        let span = self.0;
        self.0 = (span * 2).min(BACKOFF.1);
        // Each state hashes with other keys.
        let share = RandomState::new().hash_one(span) % 1_024;
        span / 2 + (span / 2).mul_f64(share as f64 / 1_024.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_limit() {
        let mut backoff = Backoff::default();
        let mut span = BACKOFF.0;
        for _ in 0..20 {
            let wait = backoff.next();
            assert!((span / 2..=span).contains(&wait), "{wait:?} of {span:?}");
            span = (span * 2).min(BACKOFF.1);
        }
        assert_eq!(span, BACKOFF.1);
    }
}
