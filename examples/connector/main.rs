//! A connector of one's own, in a server of one's own: how many entries a folder has.
//!
//! ```sh
//! cargo run --bin connector -- /tmp
//! UPTO_URL=http://127.0.0.1:PORT upto clusters       # the address that it printed
//! ```
//!
//! You should see the cluster `folder` there, and on the page's Clusters at that address: `up`, with the figure `entries`, and
//! `degraded` as soon as there are over a thousand.
#![allow(clippy::print_stdout)]

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use upto_server::Server;
use upto_server::probe::{Connector, Kept, Probe, ProbeError};
use upto_server::server::told_to_end;
use upto_server::store::StoreUrl;

/// Counts the entries of a folder.
struct Folder(PathBuf);

#[upto_server::probe::async_trait]
impl Connector for Folder {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let unreadable = |error: std::io::Error| ProbeError::Unreachable(error.to_string());
        // Short work on a local disk; what may wait belongs into a task of its own.
        let entries = std::fs::read_dir(&self.0).map_err(unreadable)?.count();
        let probe = Probe::up().with("entries", f64::from(u32::try_from(entries).unwrap_or(u32::MAX)));
        Ok(if entries > 1_000 { probe.but("somebody should tidy up") } else { probe })
    }

    fn period(&self) -> Duration {
        Duration::from_secs(1)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map_or_else(std::env::temp_dir, PathBuf::from);
    let server = Server::builder().any_port().store(StoreUrl::Memory);
    let server = server.connector("folder", Arc::new(Folder(folder)), Kept::default()).start().await?;
    server.http_urls().for_each(|url| println!("upto {url}"));
    told_to_end().await?;
    Ok(server.shutdown().await?)
}
