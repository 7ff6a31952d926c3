//! An alert on its way to one target: what is stored of it.

use serde::{Deserialize, Serialize};

use super::super::heartbeat::AlertTarget;
use super::super::notice::{Notice, Turn};
use crate::catalog::document::{self, escaped};
use crate::store::{Result, Store, StoreErrorKind};

/// Documents of deliveries begin with this. Then follows the id, escaped.
const PREFIX: &str = "alert/";
/// The queue of deliveries that are not done.
pub(super) const OUTBOX: &str = "alerts";

/// How far a delivery has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Standing {
    Waiting,
    Sent,
    /// Nobody is told at that time.
    Quiet,
    /// It was tried for long enough, or can't be sent at all.
    GivenUp,
}

impl Standing {
    /// Those of deliveries that are done.
    pub(crate) const DONE: [Self; 3] = [Self::Sent, Self::Quiet, Self::GivenUp];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Standing::Waiting => "waiting",
            Standing::Sent => "sent",
            Standing::Quiet => "quiet",
            Standing::GivenUp => "given-up",
        }
    }
}

/// An alert on its way to one target. Times are in nanoseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Delivery {
    /// The notice's and the target's: the same each time.
    pub(crate) id: String,
    pub(crate) notice: Notice,
    pub(crate) target: AlertTarget,
    pub(crate) standing: Standing,
    pub(crate) created: i64,
    /// How often it was tried.
    pub(crate) attempts: u32,
    /// Not before this time.
    pub(crate) next_attempt: i64,
    /// Somebody is sending it, and has been given up by this time.
    pub(crate) sending_until: i64,
    /// The message that it is a part of, if it was sent with others.
    pub(crate) message: Option<String>,
    /// When it was done.
    pub(crate) done: Option<i64>,
    /// Why it was not sent yet, or will not be.
    pub(crate) problem: Option<String>,
}

impl Delivery {
    pub(super) fn new(notice: Notice, target: AlertTarget, now: i64) -> Self {
        Delivery {
            id: id_of(&notice.id, &target),
            notice,
            target,
            standing: Standing::Waiting,
            created: now,
            attempts: 0,
            next_attempt: now,
            sending_until: 0,
            message: None,
            done: None,
            problem: None,
        }
    }

    /// The id of what tells the same target of the problem that this tells to be over.
    pub(super) fn problem_id(&self) -> Option<String> {
        let is_over = matches!(self.notice.turn, Turn::Resolved | Turn::Closed);
        is_over.then(|| id_of(&format!("{}/problem", self.notice.incident), &self.target))
    }

    pub(super) fn is_done(&self) -> bool {
        self.standing != Standing::Waiting
    }

    /// Whether it may be sent now.
    pub(super) fn is_due(&self, now: i64) -> bool {
        !self.is_done() && self.next_attempt <= now && self.sending_until <= now
    }

    /// It is done, for this reason.
    pub(super) fn end(self, standing: Standing, now: i64, problem: Option<String>) -> Self {
        Delivery { standing, done: Some(now), sending_until: 0, problem, ..self }
    }
}

/// The id of the delivery of a notice to a target.
pub(super) fn id_of(notice: &str, target: &AlertTarget) -> String {
    format!("{notice}@{}:{}", target.kind, target.address)
}

fn key(id: &str) -> String {
    format!("{PREFIX}{}", escaped(id))
}

/// A delivery as it is stored, with the version by which it may be changed.
pub(super) async fn get(store: &dyn Store, id: &str) -> Result<Option<(Delivery, u64)>> {
    let key = key(id);
    let Some(stored) = store.get(&key).await? else { return Ok(None) };
    Ok(Some((document::decode(&key, &stored.value)?, stored.version)))
}

/// Stores a delivery over the version that is expected; the new one, or none if somebody else was faster.
pub(super) async fn put(
    store: &dyn Store,
    delivery: &Delivery,
    expected: Option<u64>,
) -> Result<Option<u64>> {
    let key = key(&delivery.id);
    match store.put(&key, expected, document::encode(delivery, &key)?).await {
        Ok(version) => Ok(Some(version)),
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(None),
        Err(error) => Err(error),
    }
}

/// Up to `limit` deliveries behind the one with the id `after`, in the order of their ids.
///
/// # Errors
/// What the store says.
pub(crate) async fn list(store: &dyn Store, after: Option<&str>, limit: usize) -> Result<Vec<Delivery>> {
    let after = after.map(key);
    let page = store.list(PREFIX, after.as_deref(), limit).await?;
    page.into_iter().map(|(key, stored)| document::decode(&key, &stored.value)).collect()
}

/// Removes what was done before this time, among those behind `after`; where to go on.
pub(super) async fn remove_done(
    store: &dyn Store,
    before: i64,
    after: Option<&str>,
    limit: usize,
) -> Result<Option<String>> {
    let page = store.list(PREFIX, after, limit).await?;
    for (key, stored) in &page {
        let delivery: Delivery = document::decode(key, &stored.value)?;
        if delivery.done.is_some_and(|done| done < before) {
            match store.delete(key, stored.version).await {
                Err(error) if error.kind() != StoreErrorKind::Conflict => return Err(error),
                _ => {}
            }
        }
    }
    Ok(page.last().filter(|_| page.len() == limit).map(|(key, _)| key.clone()))
}

/// Has a delivery that waits done, if the document is one: where documents alone were copied, there is no task of it.
///
/// # Errors
/// What the store says.
pub(crate) async fn resume(store: &dyn Store, key: &str, value: &[u8]) -> Result<()> {
    if !key.starts_with(PREFIX) {
        return Ok(());
    }
    match document::decode::<Delivery>(key, value) {
        Ok(delivery) if !delivery.is_done() => store.push(OUTBOX, delivery.id.into_bytes()).await.map(drop),
        // One that can't be read is told by who checks the store.
        _ => Ok(()),
    }
}

/// Whether a document is a delivery that can be read; `None` if it is something else.
pub(super) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<Delivery>(key, value).map(drop))
}
