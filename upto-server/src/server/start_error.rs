//! Why a server does not start.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::doors::TlsError;
use crate::store::StoreError;
use crate::watch::alerts::SendProblem;

/// Why a server did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// A listener can't be opened.
    #[error("{protocol} {address}: {}", explain(source))]
    Listen {
        /// `udp` or `http`.
        protocol: &'static str,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The store has only a part of what it is to have, and what a server adds would contradict the rest.
    #[error(
        "an import into this store was begun and not completed; run the same upto-server store import once more, or \
         empty the store"
    )]
    Imported,
    /// Everybody who reaches this address could read and write everything.
    #[error(
        "http {0}: anybody who reaches this address could read and write everything; make a token first \
         (upto-server token create), listen on loopback, or say --no-auth if that is meant"
    )]
    Exposed(SocketAddr),
    /// The certificate or its key can't be used.
    #[error("tls: {0}")]
    Tls(#[from] TlsError),
    /// A channel of alerts, or a ping, can't be made ready.
    #[error("watch: {0}")]
    Watch(#[from] SendProblem),
    /// An agent, or a server that asks agents, can't use what it is told of the other side.
    #[error("{0}")]
    Target(String),
    /// The fleet can't be as the settings say.
    #[error("fleet: {0}")]
    Fleet(String),
    /// A cluster can't be watched.
    #[error("clusters: {0}")]
    Clusters(String),
    /// The system gives no threads to receive with.
    #[error("no threads to receive with: {0}")]
    Threads(#[source] io::Error),
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => {
            "the port is taken by another program; choose another one, or 0 for any".to_owned()
        }
        io::ErrorKind::AddrNotAvailable => "this machine does not have the address".to_owned(),
        io::ErrorKind::PermissionDenied => {
            "not allowed to listen there (ports below 1024 need privileges)".to_owned()
        }
        _ => error.to_string(),
    }
}
