//! What is kept of a context, and for how long: by age, by count and by bytes.
//!
//! Limits are off unless somebody sets them, for the whole server or for a context. The active timeline is never removed,
//! and neither is one that is pinned. Of several servers on a store, the one that holds a lease sweeps.

mod limits;
mod measure;
mod removal;
mod removed_contexts;
mod sweep;

pub use self::limits::Retention;
pub(crate) use self::limits::{own, readable, reset, set};
pub(crate) use self::removal::{noted as noted_removal, remove as remove_timeline};
pub(crate) use self::removed_contexts::remove as remove_context;
pub(crate) use self::sweep::Sweeper;

#[cfg(test)]
mod tests;
