//! Reading the clusters again while the server, or the collector, runs: on SIGHUP.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::runner::{Sink, Unplanned};
use super::settings::ClusterSettings;
use super::watched::Watched;
use crate::config::ConfigError;
use crate::doors::Hangups;

/// How long after the store did not answer it is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Reads the clusters again from where they were read at the start.
pub type Reread = dyn Fn() -> Result<Vec<ClusterSettings>, ConfigError> + Send + Sync;

/// Reads the clusters again when the process is told SIGHUP, until `stop` is told. Where something is wrong with them,
/// all goes on as it was, and `notice` is told what. Where the store does not answer, it is tried again until it does.
pub(crate) async fn follow<S: Sink>(
    watched: Arc<Watched<S>>,
    reread: Arc<Reread>,
    mut hangups: Hangups,
    notice: impl Fn(&str),
    mut stop: watch::Receiver<bool>,
) {
    let mut unfinished = None;
    loop {
        let is_told = tokio::select! {
            () = hangups.next() => true,
            () = sleep(AGAIN), if unfinished.is_some() => false,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let (text, is_finished) = reload(&watched, reread.as_ref()).await;
        if is_told || unfinished.as_ref() != Some(&text) {
            notice(&text);
        }
        unfinished = Some(text).filter(|_| !is_finished);
    }
}

/// What came of it, for who runs this, and whether that is all.
async fn reload<S: Sink>(watched: &Watched<S>, reread: &Reread) -> (String, bool) {
    let read = match reread() {
        Ok(read) => read,
        Err(error) => {
            return (format!("the clusters in use stay, since the new ones can't be read: {error}"), true);
        }
    };
    match watched.apply(&read).await {
        Ok(done) => {
            let super::watched::Changed { begun, ended, changed } = done;
            (format!("clusters: {begun} begun, {changed} changed, {ended} ended"), true)
        }
        Err(Unplanned::Store(error)) if error.is_temporary() => {
            (format!("the clusters are not all taken yet, and it is tried again and again: {error}"), false)
        }
        Err(error @ Unplanned::Connector(..)) => (format!("the clusters in use stay: {error}"), true),
        Err(error) => (format!("the clusters were not all taken: {error}"), true),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::super::model::Record;
    use super::super::runner::Planned;
    use super::super::settings::{Asked, Kept};
    use super::*;
    use crate::store::{StoreError, StoreErrorKind};

    /// Has room for some clusters until the store is away.
    struct Ready {
        room: Mutex<usize>,
    }

    impl Sink for Ready {
        async fn register(&self, _: &Planned) -> Result<(), Unplanned> {
            let mut room = self.room.lock().expect("not poisoned");
            let away = || StoreError::new(StoreErrorKind::Unavailable, "get", "it");
            *room = room.checked_sub(1).ok_or_else(away)?;
            Ok(())
        }

        fn unregister(&self, _: &str) {}

        async fn is_wanted(&self, _: &str) -> bool {
            false
        }

        fn take(&self, _: &str, _: Record) -> bool {
            false
        }

        fn now(&self) -> i64 {
            0
        }

        fn note_delay(&self, _: Duration) {}
    }

    fn cluster(name: &str) -> ClusterSettings {
        ClusterSettings {
            name: name.into(),
            period: Duration::from_secs(1),
            timeout: Duration::from_millis(500),
            kept: Kept::default(),
            asked: Asked::Command(vec!["true".into()]),
        }
    }

    #[tokio::test]
    async fn what_the_store_was_away_for_is_done_the_next_time() {
        let sink = Arc::new(Ready { room: Mutex::new(2) });
        let watched = Watched::new(sink.clone()).expect("requests");
        watched.begin(&[cluster("a")], Vec::new()).await.expect("room");
        let reread = || Ok(["b", "c", "d"].map(cluster).into());
        let (text, is_finished) = reload(&watched, &reread).await;
        assert!(!is_finished && text.contains("again and again"), "{text}");
        *sink.room.lock().expect("not poisoned") = 9;
        let done = ("clusters: 2 begun, 0 changed, 0 ended".to_owned(), true);
        assert_eq!(reload(&watched, &reread).await, done);
        let nothing = ("clusters: 0 begun, 0 changed, 0 ended".to_owned(), true);
        assert_eq!(reload(&watched, &reread).await, nothing);
    }
}
