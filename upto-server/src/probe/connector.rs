//! The plug that asks one cluster.

use std::time::Duration;

use async_trait::async_trait;
use thiserror::Error;

use super::model::Probe;
use crate::doors::Scope;

/// Asks one cluster how it is.
///
/// What a connector has to do is [`probe`](Self::probe), again and again; `examples/connector` is a whole one. It is asked
/// by one task at a time. A probe that takes longer than [`timeout`](Self::timeout) is dropped where it waits, one that
/// panics is told as down with what the panic said; the next one is asked in its turn either way, and other connectors
/// do not notice. Never wait without `await`: a thread that is held can't be taken back.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// Asks once.
    ///
    /// # Errors
    /// [`ProbeError`]: the cluster is told as down, and why.
    async fn probe(&self) -> Result<Probe, ProbeError>;

    /// How often it is asked, from 100 ms to a day; what is outside of that is taken as the nearer end.
    fn period(&self) -> Duration;

    /// How long one probe may take: less than the period. By default 4/5 of it, at most 10 s.
    fn timeout(&self) -> Duration {
        (self.period() * 4 / 5).min(Duration::from_secs(10))
    }

    /// What it is called among people: `cockroachdb`, `prometheus`.
    fn kind(&self) -> &str {
        "custom"
    }

    /// What it can be told to do, beside `health` and `info`, which the server answers itself.
    fn commands(&self) -> Vec<Command> {
        Vec::new()
    }

    /// Does what [`commands`](Self::commands) lists; the answer, at most 1 MiB.
    ///
    /// # Errors
    /// [`ProbeError`].
    async fn command(&self, name: &str, _argument: &str) -> Result<String, ProbeError> {
        Err(ProbeError::Unknown(name.to_owned()))
    }
}

/// Something that a connector can be told to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What it is called.
    pub name: String,
    /// What it does, for people.
    pub description: String,
    /// Who may tell it: [`Scope::Read`] for what changes nothing, [`Scope::Admin`] for all else.
    pub needs: Scope,
}

/// Why there is no answer. Never contains secrets.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// It did not answer in time.
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// It can't be reached.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// It answered with this status of HTTP.
    #[error("the status is {0}")]
    Status(u16),
    /// The answer has more bytes than this.
    #[error("the answer has over {0} bytes")]
    TooLarge(usize),
    /// The answer is not what it should be.
    #[error("{0}")]
    Malformed(String),
    /// There is no such command.
    #[error("there is no command {0:?}")]
    Unknown(String),
    /// The connector panicked.
    #[error("the connector panicked: {0}")]
    Panicked(String),
}
