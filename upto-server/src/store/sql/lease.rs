//! Leases: the table `upto_leases`.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;

use super::failure::Failure;
use super::key::{Key, Kind};
use super::session::{Session, Work};
use super::{SqlStore, counters, number_of};
use crate::store::operation::Operation;
use crate::store::{Lease, Leases, Result, hold};

#[async_trait]
impl Leases for SqlStore {
    async fn acquire(&self, name: &str, owner: &str, hold: Duration) -> Result<Option<Lease>> {
        let operation = Operation::on("acquire", "lease", name)?.owner(owner)?;
        let acquire = Acquire { key: Key::new(Kind::Lease, name), owner, hold };
        let token = self.writing(operation, &acquire).await?;
        let token = token.and_then(|token| u64::try_from(token).ok());
        Ok(token.map(|token| Lease { name: name.to_owned(), owner: owner.to_owned(), token }))
    }

    async fn renew(&self, lease: &Lease, hold: Duration) -> Result<bool> {
        let operation = Operation::on("renew", "lease", &lease.name)?;
        let Some(token) = number_of(lease.token) else { return Ok(false) };
        self.writing(operation, &Renew { held: Held::new(lease, token), hold }).await
    }

    async fn release(&self, lease: &Lease) -> Result<()> {
        let operation = Operation::on("release", "lease", &lease.name)?;
        let Some(token) = number_of(lease.token) else { return Ok(()) };
        self.writing(operation, &Release(Held::new(lease, token))).await
    }
}

struct Acquire<'a> {
    key: Key,
    owner: &'a str,
    hold: Duration,
}

impl Work for Acquire<'_> {
    type Output = Option<i64>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Option<i64>, Failure> {
        let (owner, token, until) = self.lock(session).await?;
        let now = session.now().await?;
        let token = match !hold::is_over(until, now) {
            true if owner != self.owner.as_bytes() => return Ok(None),
            true => token,
            false => counters::next(session, Key::new(Kind::Number, "token")).await?,
        };
        let query =
            session.query("UPDATE upto_leases SET owner = ?, token = ?, held_until = ? WHERE spread = ?");
        let query = query.bind(self.owner.as_bytes().to_vec()).bind(token).bind(hold::end(now, self.hold));
        session.execute(query.bind(self.key.spread().to_vec())).await?;
        Ok(Some(token))
    }
}

impl Acquire<'_> {
    /// Owner, token and end of the lease, with its row locked. Where there is none, one comes into
    /// being that ended long ago: a row that is not there can't be locked.
    async fn lock(&self, session: &mut Session<'_>) -> Result<(Vec<u8>, i64, i64), Failure> {
        let query = session.query(
            "INSERT INTO upto_leases (spread, name, owner, token, held_until) VALUES (?, ?, ?, 0, ?) \
             {or, of what is there,} token = upto_leases.token",
        );
        let query = query.bind(self.key.spread().to_vec()).bind(self.key.qualified().to_vec());
        session.execute(query.bind(Vec::new()).bind(i64::MIN)).await?;
        let query = session.query("SELECT owner, token, held_until FROM upto_leases WHERE spread = ?");
        let row = session.row(query.bind(self.key.spread().to_vec())).await?.ok_or(Failure::Number)?;
        Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?))
    }
}

/// A lease as somebody claims to hold it.
struct Held<'a> {
    key: Key,
    owner: &'a str,
    token: i64,
}

impl<'a> Held<'a> {
    fn new(lease: &'a Lease, token: i64) -> Self {
        Held { key: Key::new(Kind::Lease, &lease.name), owner: &lease.owner, token }
    }
}

struct Renew<'a> {
    held: Held<'a>,
    hold: Duration,
}

impl Work for Renew<'_> {
    type Output = bool;

    async fn run(&self, session: &mut Session<'_>) -> Result<bool, Failure> {
        let Held { key, owner, token } = &self.held;
        let now = session.now().await?;
        let query = session.query(
            "UPDATE upto_leases SET held_until = ? \
             WHERE spread = ? AND owner = ? AND token = ? AND held_until > ?",
        );
        let query = query.bind(hold::end(now, self.hold)).bind(key.spread().to_vec());
        let query = query.bind(owner.as_bytes().to_vec()).bind(*token).bind(now);
        Ok(session.execute(query).await? > 0)
    }
}

struct Release<'a>(Held<'a>);

impl Work for Release<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let Release(Held { key, owner, token }) = self;
        let query = session.query("DELETE FROM upto_leases WHERE spread = ? AND owner = ? AND token = ?");
        let query = query.bind(key.spread().to_vec()).bind(owner.as_bytes().to_vec()).bind(*token);
        session.execute(query).await?;
        Ok(())
    }
}
