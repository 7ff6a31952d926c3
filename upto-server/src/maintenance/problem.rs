//! Why a tool could not do its work.

use std::io;

use thiserror::Error;

use crate::store::StoreError;

/// Why a tool stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ToolError {
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file of an export can't be read or written.
    #[error("cannot read or write the export: {0}")]
    Io(#[from] io::Error),
    /// What is read is not an export, or it was changed since it was written.
    #[error("this is not an export of upto-server, or it is damaged: {0}")]
    Damaged(String),
    /// A newer version wrote it.
    #[error("the export is of version {0}, of a newer upto-server; this one knows version {known}: use the newer one", known = super::format::VERSION)]
    Newer(u32),
    /// It ends before its end.
    #[error(
        "the export is incomplete: it was interrupted; run `upto-server store export` again to complete it"
    )]
    Incomplete,
    /// There is something where nothing may be.
    #[error("{0}")]
    Refused(String),
}

impl ToolError {
    /// Whether the same may come about another time.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            ToolError::Store(error) => error.is_temporary(),
            ToolError::Io(_) => true,
            ToolError::Damaged(_) | ToolError::Newer(_) | ToolError::Incomplete | ToolError::Refused(_) => {
                false
            }
        }
    }
}
