//! What is stored of a timeline's marks: blocks, each of what one commit brought. `block/BLOCK.md` tells the layout.
//!
//! Marks are laid out in columns while they arrive ([`BlockWriter`]), in the order of arrival; reading them
//! ([`Block`]) gives the same marks in the same order, straight into a fold. No bytes make that panic, or need memory
//! out of proportion.

mod column;
mod dictionary;
mod error;
mod frame;
mod lanes;
mod layout;
mod reader;
mod spare;
mod stamps;
mod starts;
mod writer;

pub use self::error::BlockError;
pub use self::reader::Block;
pub use self::writer::BlockWriter;

#[cfg(test)]
mod tests;
