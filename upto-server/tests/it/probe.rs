//! Clusters: what connectors find out, how it is kept, and how clients and collectors get and bring it.

mod cockroach;
mod collector;
mod damaged;
#[cfg(all(feature = "postgres", feature = "redis"))]
mod databases;
mod exporter;
mod grpc;
mod mutual_tls;
mod pages;
mod python;
mod reload;
mod several_servers;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tonic::transport::{Channel, Endpoint};
use upto_server::doors::Scope;
use upto_server::probe::protocol::v1;
use upto_server::probe::protocol::v1::probes_client::ProbesClient;
use upto_server::probe::{Command, Connector, Kept, Probe, ProbeError};
use upto_server::store::StoreUrl;
use upto_server::{Server, ServerBuilder};

use crate::support::{PATIENCE, TestServer};

/// A connector that counts how often it was asked.
#[derive(Default)]
struct Counting(AtomicU64);

#[async_trait]
impl Connector for Counting {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let count = u32::try_from(self.0.fetch_add(1, Ordering::SeqCst)).expect("few");
        Ok(Probe::up().with("count", f64::from(count)).with_detail("[{\"ID\":1}]".into()))
    }

    fn period(&self) -> Duration {
        Duration::from_millis(100)
    }

    fn commands(&self) -> Vec<Command> {
        let command = |name: &str, needs| Command { name: name.into(), description: "x".into(), needs };
        vec![
            command("echo", Scope::Read),
            command("drain", Scope::Admin),
            command("hang", Scope::Read),
            command("break", Scope::Admin),
        ]
    }

    async fn command(&self, name: &str, argument: &str) -> Result<String, ProbeError> {
        match name {
            "hang" => std::future::pending().await,
            "break" => Err(ProbeError::Unreachable("it is broken".into())),
            _ => Ok(format!("{name} {argument}")),
        }
    }
}

/// A server in memory that watches a counting cluster of this name.
fn counting(name: &str) -> ServerBuilder {
    counting_beside(Server::builder().store(StoreUrl::Memory), name)
}

/// The same server, which watches one, too.
pub(crate) fn counting_beside(server: ServerBuilder, name: &str) -> ServerBuilder {
    let connector: Arc<dyn Connector> = Arc::new(Counting::default());
    server.connector(name, connector, Kept::default())
}

/// A runtime for clients.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// Runs what has to be done within [`PATIENCE`].
fn run<T>(work: impl Future<Output = T>) -> T {
    runtime().block_on(async { tokio::time::timeout(PATIENCE, work).await.expect("in time") })
}

async fn channel(url: &str) -> Channel {
    let endpoint = Endpoint::from_shared(url.to_owned()).expect("a URL");
    endpoint.connect().await.expect("the server answers")
}

async fn client(server: &TestServer) -> ProbesClient<Channel> {
    ProbesClient::new(channel(&server.url).await)
}

/// Waits until a cluster has so many probes.
fn eventually_probes(server: &TestServer, cluster: &str, count: u64) {
    let path = format!("/api/clusters/{cluster}");
    server.eventually("probes", || {
        server.json(&path)["latest"]["number"].as_u64().filter(|number| *number >= count)
    });
}

fn pull(cluster: &str, cursor: u64, limit: u32) -> v1::PullRequest {
    v1::PullRequest { cluster: cluster.into(), cursor, limit }
}

fn numbers(probes: &[v1::Probe]) -> Vec<u64> {
    probes.iter().map(|probe| probe.number).collect()
}
