//! `upto-server agent` in a process of its own.

use std::net::SocketAddr;
use std::path::Path;

use upto_bench_harness::api::Api;

use crate::failure::Failure;
use crate::process::Process;
use crate::receiver::{Counts, Receiver};
use crate::server::{ANY_PORTS, Listening, command, read};

/// An agent, on the core of what is measured.
pub(crate) struct Agent {
    process: Process,
    address: SocketAddr,
    api: Api,
    pub(crate) url: String,
}

impl Agent {
    /// Starts one on the spool in `folder`, that hands over to this server, or is asked by one.
    ///
    /// # Errors
    /// It was not built, or does not start.
    pub(crate) fn start(folder: &Path, server: Option<&str>) -> Result<Self, Failure> {
        let mut command = command(folder)?;
        command.arg("agent").arg("--spool").arg(folder.join("spool")).args(ANY_PORTS);
        server.into_iter().for_each(|url| _ = command.args(["--server", url]));
        let Listening { process, address, url } = Listening::start(&mut command)?;
        Ok(Agent { process, address, api: Api::new(url.clone()), url })
    }
}

impl Receiver for Agent {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn process(&self) -> &Process {
        &self.process
    }

    fn counts(&mut self) -> Result<Counts, Failure> {
        read(&self.api.json("/api/inputs")?).ok_or(Failure::Missing("the counts of the agent's inputs"))
    }
}
