//! Leases: token, end and owner by name.
//!
//! Redis could let a key expire by itself, but by its own clock only, in milliseconds, and a copy
//! that is promoted may see it earlier or later. So the end is a value like any other.

use std::time::Duration;

use async_trait::async_trait;

use super::RedisStore;
use super::script::{self, Call};
use super::shard::Shard;
use crate::store::operation::Operation;
use crate::store::{Lease, Leases, Result};

#[async_trait]
impl Leases for RedisStore {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        let operation = Operation::on("acquire", "lease", name)?.owner(owner)?;
        let acquire = |shard: &Shard| {
            let call = Call::new(&script::ACQUIRE, [shard.key("numbers"), shard.key("leases")]);
            self.time.now_and(hold, call).text(name).text(owner)
        };
        let token: Result<Option<u64>, _> = self.in_shard_of(name, acquire).await;
        let token = token.map_err(|failure| failure.of(operation))?;
        Ok(token.map(|token| Lease { name: name.to_owned(), owner: owner.to_owned(), token }))
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        let operation = Operation::on("renew", "lease", &lease.name)?;
        let renew = |shard: &Shard| {
            let call = self.time.now_and(hold, Call::new(&script::RENEW, [shard.key("leases")]));
            call.text(&lease.name).text(&lease.owner).number(lease.token)
        };
        let renewed: Result<u64, _> = self.in_shard_of(&lease.name, renew).await;
        Ok(renewed.map_err(|failure| failure.of(operation))? > 0)
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let operation = Operation::on("release", "lease", &lease.name)?;
        let release = |shard: &Shard| {
            let call = Call::new(&script::RELEASE, [shard.key("leases")]);
            call.text(&lease.name).text(&lease.owner).number(lease.token)
        };
        let released: Result<u64, _> = self.in_shard_of(&lease.name, release).await;
        released.map(|_count| ()).map_err(|failure| failure.of(operation))
    }
}
