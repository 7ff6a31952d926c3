//! An agent as a worker of a fleet: it answers for its host, and takes part in asking the others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use super::push::Notices;
use crate::clock::Clock;
use crate::fleet::worker::{Identity, Parts, Worker};
use crate::fleet::{Local, OwnCheck};
use crate::rounds::Rounds;
use crate::store::{self, Store, StoreUrl};
use crate::watch::alerts::Hidden;

/// How often it is tried to open a store that can't be reached.
const RETRY: Duration = Duration::from_secs(1);

/// How an agent is a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentFleet {
    /// The store of the servers.
    pub store: StoreUrl,
    /// Where others ask this host; `None`: at its first address.
    pub address: Option<String>,
    /// What is shown to hosts that want a token.
    pub token: Option<Hidden>,
    /// Checks of one's own.
    pub checks: Vec<OwnCheck>,
}

impl AgentFleet {
    /// Where others ask an agent that listens there; `None`: nobody but itself can tell.
    pub(super) fn address(&self, http: &[SocketAddr], is_tls: bool) -> Option<String> {
        let scheme = if is_tls { "https" } else { "http" };
        let first = http.first().filter(|address| !address.ip().is_unspecified());
        self.address.clone().or_else(|| first.map(|address| format!("{scheme}://{address}")))
    }
}

/// Works for a fleet until it is stopped.
pub(super) struct FleetWork {
    pub(super) fleet: AgentFleet,
    pub(super) local: Local,
    pub(super) address: String,
    /// What all runs on this spool have in common.
    pub(super) owner: String,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) notices: Arc<Notices>,
}

impl FleetWork {
    /// Opens the store as soon as it is there, and works.
    pub(super) async fn run(self, stop: watch::Receiver<bool>) {
        let Some(store) = self.open(stop.clone()).await else { return };
        let FleetWork { fleet, local, address, owner, clock, notices } = self;
        let Local { name, instance, this } = local;
        let parts = Parts {
            store,
            clock,
            identity: Identity { name, address, instance, owner },
            this,
            token: fleet.token,
            members: Arc::default(),
            stored: Arc::new(Notify::new()),
            notices: notices.clone(),
        };
        match Worker::new(parts) {
            Ok(worker) => Arc::new(worker).run(stop).await,
            Err(problem) => notices(&format!("fleet: {problem}")),
        }
    }

    /// The store, as soon as it can be opened; `None` when this is to end.
    async fn open(&self, stop: watch::Receiver<bool>) -> Option<Arc<dyn Store>> {
        let (mut rounds, mut is_told) = (Rounds::every(RETRY, stop), false);
        while rounds.begin().await {
            match rounds.work(store::open(&self.fleet.store, self.clock.clone())).await? {
                Ok(store) => return Some(store),
                Err(error) if !is_told => {
                    is_told = true;
                    (self.notices)(&format!("fleet: {error}; trying again"));
                }
                Err(_) => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_told_an_address_that_leads_here() {
        let fleet = AgentFleet { store: StoreUrl::Memory, address: None, token: None, checks: Vec::new() };
        let at = |text: &str| fleet.address(&[text.parse().expect("an address")], true);
        assert_eq!(at("10.0.0.7:80").as_deref(), Some("https://10.0.0.7:80"));
        assert_eq!(at("[::1]:80").as_deref(), Some("https://[::1]:80"));
        assert_eq!(at("0.0.0.0:80"), None);
        let told = AgentFleet { address: Some("http://h:1".into()), ..fleet.clone() };
        assert_eq!(told.address(&[], true).as_deref(), Some("http://h:1"));
    }
}
