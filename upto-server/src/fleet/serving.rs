//! A fleet within a server: what runs of it.

use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::measure::IsReady;
use super::worker::{Identity, Notices, Parts, Worker};
use super::{Fleet, FleetSettings, Local};
use crate::clock::Clock;
use crate::store::Store;

/// What a server knows of the host that it runs on.
pub(crate) struct Here {
    /// Where others can ask it, if they can.
    pub(crate) address: Option<String>,
    /// Whether it takes work at present.
    pub(crate) is_ready: IsReady,
    /// Takes what whoever runs it should know.
    pub(crate) notices: Arc<Notices>,
}

/// Told where a server has no worker and nobody said so.
const ONLY_ASKS: &str = "fleet: hosts answer that run `upto-server agent --store` with the store of this server, which is no \
                         host itself unless fleet.worker is true";

impl Fleet {
    /// What there is by these settings, with a worker if they say so.
    ///
    /// # Errors
    /// Why it can't be as they say.
    pub(crate) fn open(
        settings: FleetSettings,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        here: Here,
    ) -> Result<Self, String> {
        let settings = Arc::new(settings);
        let mut fleet = Fleet::new(settings.clone(), store.clone(), clock.clone());
        let Here { address, is_ready, notices } = here;
        if settings.enabled && settings.worker.is_none() && store.is_networked() {
            notices(ONLY_ASKS);
        }
        if !settings.enabled || !settings.worker.unwrap_or(!store.is_networked()) {
            return Ok(fleet);
        }
        let address = settings.address.clone().or(address);
        let address =
            address.ok_or("say in the section fleet by which address others ask this host: address")?;
        let local = Local::new(settings.name.as_deref(), &settings.checks, is_ready, clock.clone())?;
        let (name, instance, this) = (local.name.clone(), local.instance.clone(), local.this.clone());
        // Where one program alone has the store, whoever had the name before is gone.
        let owner = if store.is_shared() { instance.clone() } else { name.clone() };
        let parts = Parts {
            store,
            clock,
            identity: Identity { name, address, instance, owner },
            this,
            token: settings.token.clone(),
            members: fleet.members.clone(),
            stored: fleet.stored.clone(),
            notices,
        };
        fleet.local = Some((local, Arc::new(Worker::new(parts)?)));
        Ok(fleet)
    }

    /// This host, if it is one of the fleet.
    pub(crate) fn local(&self) -> Option<&Local> {
        self.local.as_ref().map(|(local, _)| local)
    }

    /// Runs what there is until `stop` is told.
    pub(crate) fn start(self: &Arc<Self>, stop: &watch::Receiver<bool>) -> Vec<JoinHandle<()>> {
        if !self.settings.enabled {
            return Vec::new();
        }
        let mut tasks = vec![
            tokio::spawn(self.clone().read(stop.clone())),
            tokio::spawn(self.scheduler().run(stop.clone())),
        ];
        let worker = self.local.as_ref().map(|(_, worker)| worker.clone());
        tasks.extend(worker.map(|worker| tokio::spawn(worker.run(stop.clone()))));
        tasks
    }
}
