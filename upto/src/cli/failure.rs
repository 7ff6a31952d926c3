//! What goes wrong, in words for the one who typed the command.

use std::io::{self, Write as _};

use thiserror::Error;
use upto::wire::limits;

use super::text::harmless;

/// Why an operation did not do what it was to do.
#[derive(Debug, Error)]
pub(super) enum Failure {
    /// The variables `UPTO_…` are not what they are to be.
    #[error("{0}")]
    Settings(#[from] upto::InitError),
    /// What is to be sent is no message.
    #[error("this can't be sent: {0}")]
    Message(String),
    /// A datagram holds less.
    #[error("a message of {0} bytes can't be sent: a datagram has at most {most}", most = limits::DATAGRAM_BYTES)]
    TooLong(usize),
    /// The server's name leads nowhere.
    #[error("the server's name {host:?} can't be resolved: {source}")]
    Resolve { host: String, source: io::Error },
    /// The system did not take a datagram.
    #[error("nothing can be sent to {address}: {source}")]
    Send { address: std::net::SocketAddr, source: io::Error },
    /// No answer came.
    #[error(
        "{url} does not answer: {source} (is upto-server running there? --url or UPTO_URL say where else)"
    )]
    Unreachable { url: String, source: Box<ureq::Error> },
    /// The server answered that it does not want to.
    #[error("{url} answered {status}: {detail}")]
    Refused { url: String, status: u16, detail: String },
    /// Something else than upto-server answered, or another version of it.
    #[error("{url} did not answer as upto-server does: {problem}")]
    Answer { url: String, problem: String },
    /// No answer was waited for any longer.
    #[error("the server has not confirmed that it has stored the event's end")]
    Unconfirmed,
    /// There is no URL to begin at.
    #[error("{0:?} is not the URL of a server: expected http://HOST:PORT or https://HOST:PORT")]
    Url(String),
    /// The token can't be one. It is not repeated: it may be a secret with a mistake.
    #[error("the variable UPTO_TOKEN is not a token")]
    Token,
    /// There is no manual page of that name.
    #[error("there is no command {0:?}: `upto --help` lists those that there are")]
    NoCommand(String),
    /// The server knows no context of that name.
    #[error("there is no context {0:?}: `upto contexts` lists those that there are")]
    NoContext(String),
    /// The context is empty.
    #[error("the context {0:?} has no timeline yet: `upto run` with --context makes one of a command")]
    NoTimelines(String),
    /// The context has no timeline of that name.
    #[error(
        "the context {context:?} has no timeline {timeline:?}: `upto timelines` with the context lists those that it has"
    )]
    NoTimeline { context: String, timeline: String },
    /// The server asks no address for this service.
    #[error("the server asks no address for {0:?}: its configuration names those that it does")]
    NoPing(String),
    /// A file can't be written.
    #[error("{file:?} can't be written: {source}")]
    File { file: std::path::PathBuf, source: io::Error },
    /// The output can't be written.
    #[error("the output can't be written: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// One line for standard error; what the server said can't do anything to the terminal.
    pub(super) fn tell(&self) {
        tell(&self.to_string());
    }
}

/// Writes a line to standard error.
pub(super) fn tell(problem: &str) {
    // There is nobody else to tell.
    let _ = writeln!(io::stderr().lock(), "upto: {}", harmless(problem));
}
