//! The tools for stores that nobody needs every day: reading everything to find damage, merging small blocks, and
//! carrying all of a store to another one. `upto-server store` is their command.
//!
//! They see of a store what the server does, the four primitives, so they work on every back end, and on those that
//! are shared also while servers run.

mod check;
mod command;
mod compact;
mod export;
mod format;
mod import;
mod marks;
mod problem;

pub use self::check::{CheckReport, Damage, check};
pub use self::command::{StoreArguments, run};
pub use self::compact::{CompactReport, compact};
pub use self::export::{ExportReport, export, export_to_file};
pub(crate) use self::import::is_unfinished as is_import_unfinished;
pub use self::import::{ImportReport, import};
pub use self::problem::ToolError;
