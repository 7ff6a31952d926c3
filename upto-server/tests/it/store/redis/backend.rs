//! What the suite runs on.

use std::sync::Arc;

use upto_server::clock::ManualClock;
use upto_server::store::{RedisStore, Store};

use super::cluster::Cluster;
use super::server::Server;
use crate::store::backend::{Backend, Place};
use crate::store::kills::Keeper;

pub(in crate::store) struct OneServer(pub(super) Server);

impl Backend for OneServer {
    fn fresh() -> Self {
        OneServer(Server::start())
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        Arc::new(RedisStore::open_with_clock(&self.0.url(), clock).await.expect("a store"))
    }
}

impl Place for OneServer {
    async fn url(&self) -> String {
        format!("redis://{}", self.0.address())
    }
}

impl Keeper for OneServer {
    fn start() -> Self {
        Self::fresh()
    }

    fn url(&self) -> String {
        format!("redis://{}", self.0.address())
    }

    fn leave(&mut self) {
        self.0.kill();
    }

    fn come_back(&mut self) {
        self.0.restart();
    }
}

pub(in crate::store) struct ThreeMasters {
    pub(super) cluster: Cluster,
    /// The master that is lost next.
    lost: usize,
}

impl Backend for ThreeMasters {
    fn fresh() -> Self {
        ThreeMasters { cluster: Cluster::start(), lost: 0 }
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        Arc::new(RedisStore::open_with_clock(&self.cluster.url(), clock).await.expect("a store"))
    }
}

impl Place for ThreeMasters {
    async fn url(&self) -> String {
        self.cluster.address()
    }
}

impl Keeper for ThreeMasters {
    fn start() -> Self {
        Self::fresh()
    }

    fn url(&self) -> String {
        self.cluster.address()
    }

    /// Loses a master: each of them in turn.
    fn leave(&mut self) {
        self.cluster.masters[self.lost].kill();
    }

    fn come_back(&mut self) {
        let masters = &mut self.cluster.masters;
        masters[self.lost].restart();
        self.lost = (self.lost + 1) % masters.len();
        self.cluster.await_agreement();
    }
}
