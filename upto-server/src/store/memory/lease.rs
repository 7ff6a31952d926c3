//! Leases in memory.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;

use super::{MemoryStore, lock};
use crate::store::operation::Operation;
use crate::store::{Lease, Leases, Result, hold};

/// All leases by name. One counter makes the tokens of all of them, so that a lease that was given
/// back leaves nothing to remember.
#[derive(Debug, Default)]
pub(super) struct LeaseTable {
    last_token: u64,
    held: HashMap<String, Held>,
}

#[derive(Debug)]
struct Held {
    owner: String,
    token: u64,
    until: i64,
}

impl LeaseTable {
    /// The lease while it lasts.
    fn present(&mut self, name: &str, now: i64) -> Option<&mut Held> {
        self.held.get_mut(name).filter(|held| !hold::is_over(held.until, now))
    }

    fn acquire(&mut self, name: &str, owner: &str, now: i64, until: i64) -> Option<u64> {
        if let Some(held) = self.present(name, now) {
            if held.owner != owner {
                return None;
            }
            held.until = until;
            return Some(held.token);
        }
        self.last_token += 1;
        let held = Held { owner: owner.to_owned(), token: self.last_token, until };
        self.held.insert(name.to_owned(), held);
        Some(self.last_token)
    }

    fn renew(&mut self, lease: &Lease, now: i64, until: i64) -> bool {
        match self.present(&lease.name, now) {
            Some(held) if held.is(lease) => {
                held.until = until;
                true
            }
            _ => false,
        }
    }

    fn release(&mut self, lease: &Lease) {
        if self.held.get(&lease.name).is_some_and(|held| held.is(lease)) {
            self.held.remove(&lease.name);
        }
    }
}

impl Held {
    fn is(&self, lease: &Lease) -> bool {
        self.token == lease.token && self.owner == lease.owner
    }
}

#[async_trait]
impl Leases for MemoryStore {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        Operation::on("acquire", "lease", name)?.owner(owner)?;
        let mut leases = lock(&self.leases);
        let now = self.clock.now();
        let token = leases.acquire(name, owner, now, hold::end(now, hold));
        Ok(token.map(|token| Lease { name: name.to_owned(), owner: owner.to_owned(), token }))
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        Operation::on("renew", "lease", &lease.name)?;
        let mut leases = lock(&self.leases);
        let now = self.clock.now();
        Ok(leases.renew(lease, now, hold::end(now, hold)))
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        Operation::on("release", "lease", &lease.name)?;
        lock(&self.leases).release(lease);
        Ok(())
    }
}
