//! Why bytes are not a block.

use thiserror::Error;

/// What is wrong with a block.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlockError {
    /// It ends before its body begins.
    #[error("a block is longer than this")]
    Short,
    /// A newer version wrote it, or something else did.
    #[error("a block of the unknown version {0}")]
    Version(u8),
    /// Its bytes are not those that were written.
    #[error("the block's checksum is another one")]
    Checksum,
    /// Its body is said to be longer than any.
    #[error("the block's body is over its limit")]
    TooLong,
    /// It has more texts, marks, fields or attributes than any.
    #[error("the block has more {0} than a block may have")]
    TooMany(&'static str),
    /// What was compressed is damaged.
    #[error("what is compressed in the block can't be read: {0}")]
    Compressed(String),
    /// A column ends before the marks do.
    #[error("the column `{0}` ends too early")]
    Ends(&'static str),
    /// A column has more than the marks need.
    #[error("the column `{0}` does not end with the marks")]
    Surplus(&'static str),
    /// A column has what it can't have.
    #[error("the column `{column}` has {what}")]
    Content {
        /// Which column.
        column: &'static str,
        /// What it has.
        what: &'static str,
    },
    /// How sessions stood can't be read.
    #[error("the sessions' counts can't be read: {0}")]
    Sessions(String),
}
