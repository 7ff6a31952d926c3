//! A server in this process.

use std::net::SocketAddr;

use tempfile::TempDir;
use tokio::runtime::Runtime;
use upto_bench_harness::api::{Api, Timeline};
use upto_server::Handle;

use crate::failure::Failure;

/// A server with the defaults, but for its ports and its folder.
pub(crate) struct Server {
    runtime: Runtime,
    handle: Option<Handle>,
    udp: SocketAddr,
    api: Api,
    _folder: TempDir,
}

impl Server {
    /// Starts one. Its threads are those of the calling thread's cores.
    ///
    /// # Errors
    /// It does not start.
    pub(crate) fn start() -> Result<Self, Failure> {
        let doing = "start a server";
        let folder = tempfile::tempdir().map_err(Failure::system(doing))?;
        let runtime = Runtime::new().map_err(Failure::system(doing))?;
        let server = upto_server::Server::builder().any_port().data(folder.path());
        let handle = runtime.block_on(server.start()).map_err(Failure::peer("upto-server"))?;
        let none = Failure::Missing("the server does not listen");
        let (udp, url) = match (handle.udp_addresses().first(), handle.http_urls().next()) {
            (Some(udp), Some(url)) => (*udp, url),
            _ => return Err(none),
        };
        Ok(Server { runtime, handle: Some(handle), udp, api: Api::new(url), _folder: folder })
    }

    /// Where it receives datagrams.
    pub(crate) fn udp(&self) -> SocketAddr {
        self.udp
    }

    /// Datagrams that came so far.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) fn datagrams(&self) -> Result<u64, Failure> {
        self.api.counter("upto_datagrams_total")
    }

    /// What it says of its only context's newest timeline.
    ///
    /// # Errors
    /// It does not answer, or has no context.
    pub(crate) fn timeline(&self) -> Result<Timeline, Failure> {
        self.api.timeline()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(handle) = self.handle.take() {
            // What was to be counted has been by now.
            let _ = self.runtime.block_on(handle.shutdown());
        }
    }
}
