//! What is done again and again, as long as the server runs.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Rounds that follow one another until they are stopped.
pub(crate) struct Rounds {
    ticks: Interval,
    stop: watch::Receiver<bool>,
}

impl Rounds {
    /// One at once, and one every `period` after that, until `stop` is told. One that takes longer than that is followed
    /// by the next after another period.
    pub(crate) fn every(period: Duration, stop: watch::Receiver<bool>) -> Self {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Rounds { ticks, stop }
    }

    /// Waits for the next round; false: there is none.
    pub(crate) async fn begin(&mut self) -> bool {
        tokio::select! {
            _ = self.ticks.tick() => true,
            _ = self.stop.wait_for(|stop| *stop) => false,
        }
    }

    /// Does the round, or gives it up when it is stopped.
    pub(crate) async fn work<T>(&mut self, round: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = round => Some(done),
            _ = self.stop.wait_for(|stop| *stop) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test]
    async fn rounds_follow_one_another_until_they_are_stopped() {
        let (stop, stopped) = watch::channel(false);
        let (mut rounds, mut count) = (Rounds::every(Duration::from_millis(1), stopped), 0);
        while rounds.begin().await {
            count += 1;
            if count == 3 {
                stop.send_replace(true);
            }
        }
        assert_eq!(count, 3);
    }

    #[tokio::test]
    async fn a_round_that_never_ends_is_given_up() {
        let (stop, stopped) = watch::channel(false);
        let mut rounds = Rounds::every(Duration::from_millis(1), stopped);
        assert!(rounds.begin().await);
        stop.send_replace(true);
        assert_eq!(rounds.work(pending::<()>()).await, None);
        assert!(!rounds.begin().await);
    }
}
