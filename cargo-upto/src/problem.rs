//! Why a build was not run or not shown.

use std::io;
use std::path::PathBuf;

use thiserror::Error;
use upto_server::{StartError, Unstored};

/// What ends this program before it is done. A build that fails is none: that is shown like any other.
#[derive(Debug, Error)]
pub(crate) enum Problem {
    #[error("there is no Cargo.toml in {}", .0.display())]
    NoPackage(PathBuf),
    #[error(
        "the workspace that this program was compiled in is not at {} any more: say what to build",
        .0.display()
    )]
    NoWorkspace(PathBuf),
    #[error("{0} is this program's own affair: leave it out of cargo's arguments")]
    OwnArgument(&'static str),
    #[error("cannot {what}: {source}")]
    System { what: &'static str, source: io::Error },
    #[error("cannot run {program}: {source}")]
    Cargo { program: String, source: io::Error },
    #[error(
        "another process has ./upto-data open, probably an earlier build that still serves its page\n  \
         stop that one with Ctrl-C, or let this build use its server:\n  \
         UPTO_SERVER=127.0.0.1:8123 UPTO_URL=http://127.0.0.1:8080 (it has printed its addresses)"
    )]
    Locked,
    #[error(
        "another process has {} open: a `cargo upto` of this workspace that runs, or serves its page\n  \
         wait for it or end it, or say another folder with --data",
        .0.display()
    )]
    InUse(PathBuf),
    #[error("nobody says where your data are: set HOME, or say a folder with --data")]
    NoData,
    #[error("UPTO says that nothing is sent of what programs do: unset it, or run cargo without upto")]
    Off,
    #[error(transparent)]
    Start(StartError),
    #[error(
        "UPTO_SERVER={server}: no upto-server answers at {url}: {cause}\n  \
         start one there, or say in UPTO_URL where its page is"
    )]
    Unreachable { server: String, url: String, cause: String },
    #[error("cannot {what}: {cause}")]
    Api { what: &'static str, cause: String },
    #[error(transparent)]
    Unstored(#[from] Unstored),
    #[error(transparent)]
    Client(#[from] upto::InitError),
}

impl Problem {
    /// For `map_err`: what was being done when the system refused.
    pub(crate) fn system(what: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Problem::System { what, source }
    }
}
