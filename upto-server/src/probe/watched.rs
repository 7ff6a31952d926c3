//! Which clusters are asked: those of the settings, which may change while the program runs, and those that were given.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use super::connector::ProbeError;
use super::connectors::Fetcher;
use super::runner::{Planned, Runner, Sink, Unplanned, plan};
use super::settings::ClusterSettings;

/// All clusters that this server, or collector, asks.
pub(crate) struct Watched<S> {
    sink: Arc<S>,
    runner: Runner<S>,
    fetcher: Fetcher,
    /// Those of the settings that are being asked.
    settings: Mutex<BTreeMap<String, ClusterSettings>>,
}

/// What changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) begun: usize,
    pub(crate) ended: usize,
    pub(crate) changed: usize,
}

impl<S: Sink> Watched<S> {
    /// # Errors
    /// No requests can be sent.
    pub(crate) fn new(sink: Arc<S>) -> Result<Self, ProbeError> {
        let runner = Runner::new(sink.clone());
        Ok(Watched { runner, sink, fetcher: Fetcher::new()?, settings: Mutex::default() })
    }

    /// Asks the clusters of these settings, and those that were given with their connectors.
    ///
    /// # Errors
    /// [`Unplanned`].
    pub(crate) async fn begin(
        &self,
        settings: &[ClusterSettings],
        given: Vec<Planned>,
    ) -> Result<(), Unplanned> {
        for planned in given {
            self.add(planned).await?;
        }
        self.apply(settings).await.map(drop)
    }

    /// # Errors
    /// [`Unplanned`].
    async fn add(&self, planned: Planned) -> Result<(), Unplanned> {
        planned.expect_name()?;
        self.sink.register(&planned).await?;
        self.runner.begin(planned.name, planned.connector);
        Ok(())
    }

    /// Asks these clusters, and those of earlier settings no more. Those that did not change are left alone.
    ///
    /// # Errors
    /// [`Unplanned`]: of connectors, before anything changed. Of the store, what is not done yet is when the same are
    /// applied again.
    pub(crate) async fn apply(&self, wanted: &[ClusterSettings]) -> Result<Changed, Unplanned> {
        let mut present = self.settings.lock().await;
        let is_new = |settings: &&ClusterSettings| present.get(&settings.name) != Some(*settings);
        let planned = wanted.iter().filter(is_new).map(|settings| plan(settings, &self.fetcher));
        let planned = planned.collect::<Result<Vec<_>, _>>()?;
        let mut wanted: BTreeMap<_, _> =
            wanted.iter().map(|settings| (settings.name.clone(), settings.clone())).collect();
        let mut done = Changed::default();
        present.retain(|name, _| {
            let stays = wanted.contains_key(name);
            if !stays {
                self.runner.end(name);
                self.sink.unregister(name);
                done.ended += 1;
            }
            stays
        });
        for planned in planned {
            let name = planned.name.clone();
            self.add(planned).await?;
            let before = wanted.remove(&name).and_then(|settings| present.insert(name, settings));
            *(if before.is_some() { &mut done.changed } else { &mut done.begun }) += 1;
        }
        Ok(done)
    }

    /// Asks until `stop` is told.
    pub(crate) async fn run(self: Arc<Self>, stop: watch::Receiver<bool>) {
        self.runner.stop(stop).await;
    }
}
