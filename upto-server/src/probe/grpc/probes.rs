//! Our own protocol for clients.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, Stream};
use prost::Message;
use serde_json::json;
use tokio::time::timeout;
use tonic::{Code, Request, Response, Status, async_trait};

use super::super::connector::{Command, Connector, ProbeError};
use super::super::protocol::v1::probes_server::Probes;
use super::super::protocol::v1::{
    CommandReply, CommandRequest, PullReply, PullRequest, WatchReply, WatchRequest,
};
use super::super::registry::{Cluster, Limits};
use super::watch::Watcher;
use super::{MESSAGE_BYTES, Served, caller, deadline, of_store, probe_of};
use crate::doors::grpc::status;
use crate::doors::{Arrival, Caller, Scope};

/// Probes of an answer where nothing is said, and at most.
const COUNTS: (usize, usize) = (100, 1_000);
/// Bytes of a command's argument at most.
const ARGUMENT_BYTES: usize = 64 << 10;
/// Bytes of what a command answers at most.
const OUTPUT_BYTES: usize = 1 << 20;

#[async_trait]
impl Probes for Served {
    async fn pull(&self, request: Request<PullRequest>) -> Result<Response<PullReply>, Status> {
        let caller = caller(&request)?;
        let PullRequest { cluster, cursor, limit } = request.into_inner();
        let cluster = self.cluster(&caller, &cluster)?;
        let count = match usize::try_from(limit).unwrap_or(usize::MAX) {
            0 => COUNTS.0,
            count => count.min(COUNTS.1),
        };
        let limits = Limits { count, bytes: MESSAGE_BYTES / 2 };
        let read = self.registry.read(&cluster, cursor, limits).await?;
        let mut reply = PullReply { cursor, more: read.has_more, missed: read.missed, probes: Vec::new() };
        let mut bytes = 1 << 10;
        for record in &read.records {
            let probe = probe_of(cluster.name(), record);
            bytes += probe.encoded_len() + 10;
            if bytes > MESSAGE_BYTES && !reply.probes.is_empty() {
                reply.more = true;
                break;
            }
            reply.cursor = probe.number;
            reply.probes.push(probe);
        }
        Ok(Response::new(reply))
    }

    type WatchStream = Pin<Box<dyn Stream<Item = Result<WatchReply, Status>> + Send>>;

    async fn watch(&self, request: Request<WatchRequest>) -> Result<Response<Self::WatchStream>, Status> {
        let caller = caller(&request)?;
        let watcher = Watcher::begin(self.clone(), caller, request.into_inner())?;
        Ok(Response::new(Box::pin(watcher.into_stream())))
    }

    async fn command(&self, request: Request<CommandRequest>) -> Result<Response<CommandReply>, Status> {
        let (caller, limit) = (caller(&request)?, deadline::of(request.metadata()));
        let arrival = request.extensions().get::<Arrival>().copied();
        let CommandRequest { cluster, command, argument } = request.into_inner();
        let cluster = self.cluster(&caller, &cluster)?;
        if argument.len() > ARGUMENT_BYTES {
            return Err(Status::invalid_argument("the argument has over 64 KiB"));
        }
        let output = match command.as_str() {
            "health" => self.health(&cluster),
            "info" => info(&cluster),
            other => {
                let offered = Offered::of(&cluster, &caller, other)?;
                let told = offered.tell(&argument, limit);
                match offered.command.needs {
                    Scope::Read => told.await?,
                    _ => self.noted(&caller, arrival, &offered.action(&cluster), told).await?,
                }
            }
        };
        Ok(Response::new(CommandReply { output }))
    }
}

impl Served {
    /// Writes down what changes something.
    async fn noted(
        &self,
        caller: &Caller,
        arrival: Option<Arrival>,
        action: &str,
        told: impl Future<Output = Result<String, Status>>,
    ) -> Result<String, Status> {
        let work = told.map(|told| {
            let code = told.as_ref().map_or_else(Status::code, |_| Code::Ok);
            (told, status(code))
        });
        self.doors.audited(caller, arrival, action, work).await.map_err(|error| of_store(&error))?
    }

    fn health(&self, cluster: &Cluster) -> String {
        let standing = cluster.standing(self.registry.now());
        let latest = standing.latest.as_ref();
        let state = latest.map_or("unknown", |latest| latest.probe.state.as_str());
        json!({
            "state": state,
            "stale": standing.is_stale,
            "time": latest.map(|latest| latest.time),
            "problem": latest.and_then(|latest| latest.probe.problem.as_deref()),
        })
        .to_string()
    }
}

/// What a cluster can be told by the caller, beside what the server answers itself.
pub(super) fn commands(cluster: &Cluster) -> Vec<Command> {
    let connector = cluster.about().connector;
    let all = connector.map(|connector| connector.commands()).unwrap_or_default();
    all.into_iter().filter(|command| !["health", "info"].contains(&command.name.as_str())).collect()
}

fn info(cluster: &Cluster) -> String {
    let about = cluster.about();
    let own = [("health", "how it is"), ("info", "what it is")].map(|(name, description)| {
        let (name, description) = (name.to_owned(), description.to_owned());
        Command { name, description, needs: Scope::Read }
    });
    let all = own.into_iter().chain(commands(cluster));
    let commands = all.map(|command| {
        let Command { name, description, needs } = command;
        json!({"name": name, "description": description, "needs": needs.as_str()})
    });
    let commands: Vec<_> = commands.collect();
    json!({
        "cluster": cluster.name().as_ref(),
        "connector": about.kind,
        "period_seconds": about.period.as_secs_f64(),
        "collector": about.collector,
        "latest": cluster.latest_number(),
        "commands": commands,
    })
    .to_string()
}

/// A command that the caller may give, and who does it.
struct Offered {
    command: Command,
    connector: Arc<dyn Connector>,
}

impl Offered {
    /// # Errors
    /// There is none of this name here, or the caller may not give it.
    fn of(cluster: &Cluster, caller: &Caller, name: &str) -> Result<Self, Status> {
        let about = cluster.about();
        if let Some(collector) = &about.collector {
            return Err(Status::failed_precondition(format!(
                "the collector {collector:?} asks this cluster"
            )));
        }
        let command = commands(cluster).into_iter().find(|command| command.name == name);
        let unknown = || Status::unimplemented(format!("this cluster has no command {name:?}"));
        let (command, connector) = command.zip(about.connector).ok_or_else(unknown)?;
        if !caller.allows(command.needs) {
            let scope = command.needs.as_str();
            return Err(Status::permission_denied(format!("this needs a token with the scope {scope}")));
        }
        Ok(Offered { command, connector })
    }

    /// As it is written down. The argument may be a secret.
    fn action(&self, cluster: &Cluster) -> String {
        format!("POST /upto.v1.Probes/Command {:?} {:?}", cluster.name(), self.command.name)
    }

    /// Has the connector do it.
    async fn tell(&self, argument: &str, limit: Duration) -> Result<String, Status> {
        let told = AssertUnwindSafe(self.connector.command(&self.command.name, argument)).catch_unwind();
        let late = |_| Status::deadline_exceeded("the cluster did not answer in time");
        let caught = timeout(limit, told).await.map_err(late)?;
        let output =
            caught.map_err(|_| Status::internal("the connector panicked"))?.map_err(|error| of(&error))?;
        match output.len() {
            0..=OUTPUT_BYTES => Ok(output),
            _ => Err(Status::resource_exhausted("the answer has over 1 MiB")),
        }
    }
}

fn of(error: &ProbeError) -> Status {
    let text = error.to_string();
    match error {
        ProbeError::Late(_) => Status::deadline_exceeded(text),
        ProbeError::Unreachable(_) => Status::unavailable(text),
        ProbeError::TooLarge(_) => Status::resource_exhausted(text),
        ProbeError::Unknown(_) => Status::unimplemented(text),
        ProbeError::Status(_) | ProbeError::Malformed(_) => Status::failed_precondition(text),
        ProbeError::Panicked(_) => Status::internal(text),
    }
}
