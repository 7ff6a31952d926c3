//! A server that runs, for who started it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::handover::Asked;
use crate::ingest::{Ingest, Unstored};
use crate::input::Inputs;

/// A server that runs. Dropping this does not end it; [`Handle::shutdown`] does.
#[derive(Debug)]
pub struct Handle {
    pub(super) udp_addresses: Vec<SocketAddr>,
    pub(super) http_addresses: Vec<SocketAddr>,
    pub(super) is_tls: bool,
    /// Of what takes requests, and of the committer.
    pub(super) stops: Arc<(watch::Sender<bool>, watch::Sender<bool>)>,
    pub(super) datagrams: Inputs,
    pub(super) tasks: Vec<JoinHandle<()>>,
    pub(super) committer: JoinHandle<Result<(), Unstored>>,
    pub(super) ingest: Arc<Ingest>,
    pub(super) grace: Duration,
}

impl Handle {
    /// Begins to ask these agents.
    pub(super) fn ask(&mut self, agents: Vec<Asked>) {
        let stop = self.stops.0.subscribe();
        self.tasks.extend(agents.into_iter().map(|asked| tokio::spawn(asked.run(stop.clone()))));
    }

    /// Where datagrams are received.
    #[must_use]
    pub fn udp_addresses(&self) -> &[SocketAddr] {
        &self.udp_addresses
    }

    /// Where HTTP is served.
    #[must_use]
    pub fn http_addresses(&self) -> &[SocketAddr] {
        &self.http_addresses
    }

    /// The page's and the API's addresses as people type them.
    pub fn http_urls(&self) -> impl Iterator<Item = String> + '_ {
        let scheme = if self.is_tls { "https" } else { "http" };
        self.http_addresses.iter().map(move |address| format!("{scheme}://{address}"))
    }

    /// Stops taking messages, answers what was asked, stores what was taken, and ends. Whoever is not done
    /// within the [grace](super::ServerBuilder::grace) is cut off: a client that does not read, a store that does not answer.
    ///
    /// # Errors
    /// The store did not take everything, and the rest is lost.
    pub async fn shutdown(self) -> Result<(), Unstored> {
        let Handle { stops, mut datagrams, mut tasks, .. } = self;
        stops.0.send_replace(true);
        let inputs = async {
            datagrams.stop().await;
            for task in &mut tasks {
                // A task that panicked has ended too.
                let _ = task.await;
            }
        };
        if timeout(self.grace, inputs).await.is_err() {
            datagrams.abandon();
            tasks.iter().for_each(JoinHandle::abort);
        }
        stops.1.send_replace(true);
        match timeout(self.grace, self.committer).await {
            Ok(ended) => ended.unwrap_or_else(|error| Err(Unstored::new(self.ingest.waiting_bytes(), error))),
            Err(_) => match self.ingest.waiting_bytes() {
                0 => Ok(()),
                bytes => Err(Unstored::new(bytes, "the store does not answer in time")),
            },
        }
    }
}
