//! What is said of the fleet, checked.

use std::path::PathBuf;

use super::super::fleet::AgentFleet;
use crate::config::{address_fault, checks_in, fleet_token};
use crate::store::StoreUrl;

/// What is said of the fleet.
pub(super) struct FleetArguments {
    pub(super) store: Option<String>,
    pub(super) address: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) checks: Option<PathBuf>,
}

impl FleetArguments {
    /// How it works for a fleet; not at all without a store.
    ///
    /// # Errors
    /// Everything that is wrong with that.
    pub(super) fn checked(self) -> Result<Option<AgentFleet>, Vec<String>> {
        let Some(store) = self.store else { return Ok(None) };
        let mut problems = Vec::new();
        let store = shared_store(&store).map_err(|problem| problems.push(problem));
        problems.extend(self.address.as_deref().and_then(address_fault));
        let token = self.token_file.as_deref().map(fleet_token).transpose();
        let token = token.map_err(|problem| problems.push(problem));
        let checks = self.checks.as_deref().map(checks_in).transpose();
        let checks = checks.map_err(|mistakes| problems.extend(mistakes));
        match (store, token, checks) {
            (Ok(store), Ok(token), Ok(checks)) if problems.is_empty() => Ok(Some(AgentFleet {
                store,
                address: self.address,
                token: token.map(Into::into),
                checks: checks.unwrap_or_default(),
            })),
            _ => Err(problems),
        }
    }
}

fn shared_store(url: &str) -> Result<StoreUrl, String> {
    // The URL may have a password in it.
    match url.parse() {
        Ok(StoreUrl::Memory | StoreUrl::Redb(_)) => {
            Err("store: one program alone can use this; the servers \
             and agents of a fleet share one such as redis://… or postgres://…"
                .to_owned())
        }
        Ok(url) => Ok(url),
        Err(error) => Err(format!("store: {error}")),
    }
}
