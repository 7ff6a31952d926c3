//! Leases in redb: the table `leases`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use redb::{ReadableTable, Table, TableDefinition, WriteTransaction};

use super::RedbStore;
use super::failure::Failure;
use super::file::Outcome;
use super::numbers::Counter;
use crate::store::operation::Operation;
use crate::store::{Lease, Leases, Result, hold};

/// Token, end and owner by name.
const LEASES: TableDefinition<'_, &str, (u64, i64, &str)> = TableDefinition::new("leases");

#[async_trait]
impl Leases for RedbStore {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        let operation = Operation::on("acquire", "lease", name)?.owner(owner)?;
        let (name, owner, clock) = (name.to_owned(), owner.to_owned(), Arc::clone(&self.clock));
        let acquire = move |transaction: &_| acquire(transaction, &name, &owner, clock.now(), hold);
        self.writing(operation, acquire).await
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        let operation = Operation::on("renew", "lease", &lease.name)?;
        let (lease, clock) = (lease.clone(), Arc::clone(&self.clock));
        self.writing(operation, move |transaction| renew(transaction, &lease, clock.now(), hold)).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let operation = Operation::on("release", "lease", &lease.name)?;
        let lease = lease.clone();
        self.writing(operation, move |transaction| release(transaction, &lease)).await
    }
}

pub(super) fn create(transaction: &WriteTransaction) -> Result<(), Failure> {
    transaction.open_table(LEASES)?;
    Ok(())
}

/// What is stored of a lease, which may have run out.
struct Held {
    lease: Lease,
    until: i64,
}

impl Held {
    fn get(
        leases: &Table<'_, &'static str, (u64, i64, &'static str)>,
        name: &str,
    ) -> Result<Option<Self>, Failure> {
        let Some(stored) = leases.get(name)? else { return Ok(None) };
        let (token, until, owner) = stored.value();
        let lease = Lease { name: name.to_owned(), owner: owner.to_owned(), token };
        Ok(Some(Held { lease, until }))
    }

    fn lasts(&self, now: i64) -> bool {
        !hold::is_over(self.until, now)
    }
}

fn acquire(
    transaction: &WriteTransaction,
    name: &str,
    owner: &str,
    now: i64,
    hold: Duration,
) -> Result<Outcome<Option<Lease>>, Failure> {
    let mut leases = transaction.open_table(LEASES)?;
    let token = match Held::get(&leases, name)?.filter(|held| held.lasts(now)) {
        Some(held) if held.lease.owner != owner => return Ok(Outcome::Unchanged(None)),
        Some(held) => held.lease.token,
        None => Counter::Token.next(transaction)?,
    };
    leases.insert(name, (token, hold::end(now, hold), owner))?;
    Ok(Outcome::Changed(Some(Lease { name: name.to_owned(), owner: owner.to_owned(), token })))
}

/// Whether it was still held.
fn renew(
    transaction: &WriteTransaction,
    lease: &Lease,
    now: i64,
    hold: Duration,
) -> Result<Outcome<bool>, Failure> {
    let mut leases = transaction.open_table(LEASES)?;
    let held = Held::get(&leases, &lease.name)?;
    if !held.is_some_and(|held| held.lasts(now) && held.lease == *lease) {
        return Ok(Outcome::Unchanged(false));
    }
    leases.insert(lease.name.as_str(), (lease.token, hold::end(now, hold), lease.owner.as_str()))?;
    Ok(Outcome::Changed(true))
}

fn release(transaction: &WriteTransaction, lease: &Lease) -> Result<Outcome<()>, Failure> {
    let mut leases = transaction.open_table(LEASES)?;
    if !Held::get(&leases, &lease.name)?.is_some_and(|held| held.lease == *lease) {
        return Ok(Outcome::Unchanged(()));
    }
    leases.remove(lease.name.as_str())?;
    Ok(Outcome::Changed(()))
}
