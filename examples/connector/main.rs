//! A connector of one's own, in a server of one's own: how many files a folder has.
//!
//! `cargo run -p examples --bin connector`, and then the page's Clusters, or `upto clusters`.

use std::sync::Arc;
use std::time::Duration;

use upto_server::Server;
use upto_server::probe::{Connector, Kept, Probe, ProbeError};
use upto_server::server::told_to_end;
use upto_server::store::StoreUrl;

/// Counts the entries of a folder.
struct Folder(&'static str);

#[upto_server::probe::async_trait]
impl Connector for Folder {
    async fn probe(&self) -> Result<Probe, ProbeError> {
        let unreadable = |error: std::io::Error| ProbeError::Unreachable(error.to_string());
        // Short work on a local disk; what may wait belongs into a task of its own.
        let entries = std::fs::read_dir(self.0).map_err(unreadable)?.count();
        let probe = Probe::up().with("entries", f64::from(u32::try_from(entries).unwrap_or(u32::MAX)));
        Ok(if entries > 1_000 { probe.but("somebody should tidy up") } else { probe })
    }

    fn period(&self) -> Duration {
        Duration::from_secs(5)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = Server::builder().store(StoreUrl::Memory);
    let server =
        server.connector("temporary files", Arc::new(Folder("/tmp")), Kept::default()).start().await?;
    server.http_urls().for_each(|url| log(&format!("{url}/api/clusters")));
    told_to_end().await?;
    Ok(server.shutdown().await?)
}

#[expect(clippy::print_stdout, reason = "this is a program, and it says where it is")]
fn log(text: &str) {
    println!("{text}");
}
