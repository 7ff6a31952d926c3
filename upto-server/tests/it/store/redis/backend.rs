//! What the suite runs on.

use std::sync::Arc;

use upto_server::clock::ManualClock;
use upto_server::store::{RedisStore, Store};

use super::cluster::Cluster;
use super::server::Server;
use crate::store::backend::{Backend, Place};
use crate::store::kills::Keeper;

pub(in crate::store) struct OneServer(Server);

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

    fn crash(&mut self) {
        self.0.kill();
        self.0.restart();
    }
}

pub(in crate::store) struct ThreeMasters(Cluster);

impl Backend for ThreeMasters {
    fn fresh() -> Self {
        ThreeMasters(Cluster::start())
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        Arc::new(RedisStore::open_with_clock(&self.0.url(), clock).await.expect("a store"))
    }
}

impl Place for ThreeMasters {
    async fn url(&self) -> String {
        self.0.address()
    }
}
