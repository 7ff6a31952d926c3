//! Queues: the table `upto_tasks`.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::failure::Failure;
use super::key::{Key, Kind};
use super::parts::{self, Stored};
use super::rows::{Value, bind_all, pieces};
use super::session::{Session, Work};
use super::{SqlStore, counters, limit_of, number_of};
use crate::store::operation::Operation;
use crate::store::{Claim, Queue, Result, StoreErrorKind, hold};

#[async_trait]
impl Queue for SqlStore {
    async fn push(&self, queue: &str, payload: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("push to", "queue", queue)?.value("a task", &payload)?;
        let push = Push { key: Key::new(Kind::Queue, queue), payload: &payload };
        let task = self.writing(operation, &push).await?;
        u64::try_from(task).map_err(|_| operation.failed(StoreErrorKind::Damaged))
    }

    async fn claim(&self, queue: &str, limit: usize, hold: Duration) -> Result<Vec<Claim>> {
        let operation = Operation::on("claim from", "queue", queue)?;
        if limit == 0 {
            return Ok(Vec::new());
        }
        self.writing(operation, &ClaimTasks { key: Key::new(Kind::Queue, queue), limit, hold }).await
    }

    async fn acknowledge(&self, queue: &str, claim: &Claim) -> Result<bool> {
        let operation = Operation::on("acknowledge a task of", "queue", queue)?;
        let Some(task) = number_of(claim.task) else { return Ok(false) };
        let key = Key::new(Kind::Queue, queue);
        self.writing(operation, &Acknowledge { key, task, attempt: claim.attempt }).await
    }

    async fn reclaim(&self, queue: &str) -> Result<usize> {
        let operation = Operation::on("reclaim tasks of", "queue", queue)?;
        let freed = self.writing(operation, &Reclaim(Key::new(Kind::Queue, queue))).await?;
        Ok(usize::try_from(freed).unwrap_or(usize::MAX))
    }

    async fn waiting(&self, queue: &str) -> Result<u64> {
        let operation = Operation::on("count tasks of", "queue", queue)?;
        self.reading(operation, &Waiting(Key::new(Kind::Queue, queue))).await
    }
}

struct Push<'a> {
    key: Key,
    payload: &'a [u8],
}

impl Work for Push<'_> {
    type Output = i64;

    async fn run(&self, session: &mut Session<'_>) -> Result<i64, Failure> {
        let task = counters::next(session, self.key.clone()).await?;
        let stored = Stored::new(self.payload);
        let query = session.query(
            "INSERT INTO upto_tasks (spread, task, claimed, attempt, held_until, parts, bytes) \
             VALUES (?, ?, 0, 0, 0, ?, ?)",
        );
        let query = query.bind(self.key.spread().to_vec()).bind(task);
        session.execute(query.bind(stored.parts).bind(stored.inline.to_vec())).await?;
        parts::insert(session, &self.key, task, self.payload).await?;
        Ok(task)
    }
}

struct ClaimTasks {
    key: Key,
    limit: usize,
    hold: Duration,
}

impl Work for ClaimTasks {
    type Output = Vec<Claim>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Vec<Claim>, Failure> {
        // Those that another one is claiming at this moment are left to that one.
        let query = session.query(
            "SELECT task, attempt, parts, bytes FROM upto_tasks WHERE spread = ? AND claimed = 0 \
             ORDER BY task LIMIT ? {skip locked}",
        );
        let query = query.bind(self.key.spread().to_vec()).bind(limit_of(self.limit));
        let rows = session.rows(query).await?;
        let mut claims = Vec::with_capacity(rows.len());
        for row in rows {
            claims.push(claim(session, &self.key, &row).await?);
        }
        let tasks = claims.iter().filter_map(|claim| number_of(claim.task)).collect();
        self.hold(session, tasks).await?;
        Ok(claims)
    }
}

impl ClaimTasks {
    async fn hold(&self, session: &mut Session<'_>, tasks: Vec<i64>) -> Result<(), Failure> {
        if tasks.is_empty() {
            return Ok(());
        }
        let until = hold::end(session.now().await?, self.hold);
        let tasks: Vec<_> = tasks.into_iter().map(|task| [Value::Number(task)]).collect();
        for piece in pieces(&tasks) {
            let query = session.query(&format!(
                "UPDATE upto_tasks SET claimed = 1, attempt = attempt + 1, held_until = ? \
                 WHERE spread = ? AND task IN ({})",
                vec!["?"; piece.len()].join(", ")
            ));
            let query = query.bind(until).bind(self.key.spread().to_vec());
            session.execute(bind_all(query, piece)).await?;
        }
        Ok(())
    }
}

async fn claim(session: &mut Session<'_>, key: &Key, row: &AnyRow) -> Result<Claim, Failure> {
    let task: i64 = row.try_get(0)?;
    let attempts: i64 = row.try_get(1)?;
    let payload = parts::whole(session, key.spread(), task, row.try_get(2)?, row.try_get(3)?).await?;
    Ok(Claim {
        task: u64::try_from(task).map_err(|_| Failure::Number)?,
        attempt: u32::try_from(attempts.saturating_add(1)).map_err(|_| Failure::Number)?,
        // Its row is locked, so nobody removed it meanwhile.
        payload: payload.ok_or(Failure::Number)?,
    })
}

struct Acknowledge {
    key: Key,
    task: i64,
    attempt: u32,
}

impl Work for Acknowledge {
    type Output = bool;

    async fn run(&self, session: &mut Session<'_>) -> Result<bool, Failure> {
        let query = session
            .query("DELETE FROM upto_tasks WHERE spread = ? AND task = ? AND claimed = 1 AND attempt = ?");
        let query = query.bind(self.key.spread().to_vec()).bind(self.task).bind(i64::from(self.attempt));
        let ended = session.execute(query).await? > 0;
        if ended {
            parts::delete(session, &self.key, self.task).await?;
        }
        Ok(ended)
    }
}

struct Reclaim(Key);

impl Work for Reclaim {
    type Output = u64;

    async fn run(&self, session: &mut Session<'_>) -> Result<u64, Failure> {
        let now = session.now().await?;
        let query = session
            .query("UPDATE upto_tasks SET claimed = 0 WHERE spread = ? AND claimed = 1 AND held_until <= ?");
        session.execute(query.bind(self.0.spread().to_vec()).bind(now)).await
    }
}

struct Waiting(Key);

impl Work for Waiting {
    type Output = u64;

    async fn run(&self, session: &mut Session<'_>) -> Result<u64, Failure> {
        let query = session.query("SELECT COUNT(*) FROM upto_tasks WHERE spread = ? AND claimed = 0");
        let row = session.row(query.bind(self.0.spread().to_vec())).await?;
        let count: i64 = row.map_or(Ok(0), |row| row.try_get(0))?;
        u64::try_from(count).map_err(|_| Failure::Number)
    }
}
