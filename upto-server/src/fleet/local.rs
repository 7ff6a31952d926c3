//! This host within a fleet: who it is, and how it is measured.

use std::sync::Arc;

use super::check::{OwnCheck, name_fault};
use super::measure::{IsReady, ThisHost};
use super::worker::instance;
use crate::clock::Clock;

/// A host in this process.
#[derive(Clone)]
pub(crate) struct Local {
    /// What it is called.
    pub(crate) name: String,
    /// Which run of it this is.
    pub(crate) instance: String,
    /// What it answers.
    pub(crate) this: Arc<ThisHost>,
}

impl Local {
    /// A host of this name, or else of the system's.
    ///
    /// # Errors
    /// The name can't be one, or why no requests can be sent.
    pub(crate) fn new(
        name: Option<&str>,
        own: &[OwnCheck],
        is_ready: IsReady,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        let name = name.map(str::to_owned).or_else(sysinfo::System::host_name);
        let name = name.unwrap_or_else(|| "localhost".to_owned());
        if let Some(fault) = name_fault(&name) {
            return Err(format!("the host {name:?}: {fault}"));
        }
        let this = Arc::new(ThisHost::new(own, is_ready, clock)?);
        Ok(Local { name, instance: instance(), this })
    }
}
