//! Reading the clusters again while the server, or the collector, runs: on SIGHUP.

use std::sync::Arc;

use tokio::sync::watch;

use super::runner::Sink;
use super::settings::ClusterSettings;
use super::watched::Watched;
use crate::config::ConfigError;
use crate::doors::Hangups;

/// Reads the clusters again from where they were read at the start.
pub type Reread = dyn Fn() -> Result<Vec<ClusterSettings>, ConfigError> + Send + Sync;

/// Reads the clusters again when the process is told SIGHUP, until `stop` is told. Where something is wrong with them,
/// all goes on as it was, and `notice` is told what.
pub(crate) async fn follow<S: Sink>(
    watched: Arc<Watched<S>>,
    reread: Arc<Reread>,
    mut hangups: Hangups,
    notice: impl Fn(&str),
    mut stop: watch::Receiver<bool>,
) {
    loop {
        let is_told = tokio::select! {
            () = hangups.next() => true,
            _ = stop.wait_for(|stop| *stop) => false,
        };
        if !is_told {
            return;
        }
        notice(&reload(&watched, reread.as_ref()).await);
    }
}

/// What came of it, for who runs this.
async fn reload<S: Sink>(watched: &Watched<S>, reread: &Reread) -> String {
    let read = match reread() {
        Ok(read) => read,
        Err(error) => return format!("the clusters in use stay, since the new ones can't be read: {error}"),
    };
    match watched.apply(&read).await {
        Ok(done) => {
            let super::watched::Changed { begun, ended, changed } = done;
            format!("clusters: {begun} begun, {changed} changed, {ended} ended")
        }
        Err(error) => format!("the clusters were not all taken: {error}"),
    }
}
