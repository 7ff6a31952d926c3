//! What is known of each agent: a document, which all servers on a store share.

use serde::{Deserialize, Serialize};

use super::{Arrived, Outcome, Undelivered};
use crate::agent::{Backlog, Delivery, Identity, Place, readable};
use crate::catalog::document;
use crate::doors::Caller;
use crate::store::{self, Store, StoreErrorKind};

/// Agents that are known at most.
pub(crate) const AGENTS: usize = 1_000;
/// Documents of agents begin with this; the id follows.
const PREFIX: &str = "agent/";

/// An agent, as it stood when it was heard of last. Times are by the server's clock, in nanoseconds since the epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KnownAgent {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) software: String,
    pub(crate) way: Way,
    /// Where it handed over from; `None` where it was asked.
    pub(crate) address: Option<String>,
    /// The id of the token that it showed.
    pub(crate) token: Option<String>,
    pub(crate) first_seen: i64,
    pub(crate) last_seen: i64,
    /// What it had that was not handed over, without what came with the last delivery.
    pub(crate) backlog_bytes: u64,
    pub(crate) backlog_messages: u64,
    /// When the oldest of that was received.
    pub(crate) oldest: Option<i64>,
    /// Messages of it that were taken.
    pub(crate) messages: u64,
    /// Messages that it had to drop.
    pub(crate) lost: u64,
    /// What of it was refused.
    pub(crate) refused: u64,
    /// Agents before it, at most.
    pub(crate) hops: u64,
    /// The last block that is stored.
    pub(crate) stored: Option<Place>,
}

/// Who asked whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Way {
    /// The agent hands over.
    Push,
    /// The server asks for it.
    Pull,
}

impl Way {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Way::Push => "push",
            Way::Pull => "pull",
        }
    }
}

impl KnownAgent {
    fn new(id: u64, now: i64) -> Self {
        KnownAgent {
            id,
            name: String::new(),
            software: String::new(),
            way: Way::Push,
            address: None,
            token: None,
            first_seen: now,
            last_seen: now,
            backlog_bytes: 0,
            backlog_messages: 0,
            oldest: None,
            messages: 0,
            lost: 0,
            refused: 0,
            hops: 0,
            stored: None,
        }
    }

    fn note(
        &mut self,
        delivery: &Delivery<'_>,
        arrived: &Arrived<'_>,
        outcome: &Outcome,
        last: Option<Place>,
    ) {
        let Identity { name, software, .. } = &delivery.agent;
        (self.name, self.software) = (name.clone(), software.clone());
        self.way = arrived.way;
        self.address = arrived.peer.map(|peer| peer.to_canonical().to_string());
        self.token = match arrived.caller {
            Caller::Anybody => None,
            Caller::Holder(token) | Caller::Certified(token) => Some(token.id.clone()),
        };
        self.last_seen = self.last_seen.max(arrived.at);
        let Backlog { bytes, messages, oldest } = delivery.backlog;
        let here = |time: i64| time.saturating_add(arrived.at.saturating_sub(delivery.now));
        (self.backlog_bytes, self.backlog_messages, self.oldest) = (bytes, messages, oldest.map(here));
        self.messages = self.messages.saturating_add(outcome.messages);
        self.lost = self.lost.saturating_add(outcome.lost);
        self.refused = self.refused.saturating_add(outcome.refused);
        self.hops = outcome.hops.max(if last.is_some() { 0 } else { self.hops });
        self.stored = last.or(self.stored);
    }

    /// For how long the oldest of what it has waits, in nanoseconds; 0 if it has nothing.
    pub(crate) fn lag(&self, now: i64) -> i64 {
        self.oldest.map_or(0, |oldest| now.saturating_sub(oldest).max(0))
    }
}

/// What is known of this agent.
///
/// # Errors
/// What the store says.
pub(crate) async fn get(store: &dyn Store, id: u64) -> store::Result<Option<KnownAgent>> {
    let key = key(id);
    let stored = store.get(&key).await?;
    stored.map(|stored| document::decode(&key, &stored.value)).transpose()
}

/// All that are known, by their ids.
///
/// # Errors
/// What the store says.
pub(crate) async fn all(store: &dyn Store) -> store::Result<Vec<KnownAgent>> {
    let listed = store.list(PREFIX, None, AGENTS).await?;
    listed.iter().map(|(key, stored)| document::decode(key, &stored.value)).collect()
}

/// Forgets an agent, until it is heard of again; false: it is not known.
///
/// # Errors
/// What the store says.
pub(crate) async fn forget(store: &dyn Store, id: u64) -> store::Result<bool> {
    let key = key(id);
    while let Some(stored) = store.get(&key).await? {
        match store.delete(&key, stored.version).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done.map(|()| true),
        }
    }
    Ok(false)
}

/// Notes a delivery that is stored, of which `last` is the last block.
///
/// # Errors
/// [`Undelivered::Store`], or [`Undelivered::TooMany`]: it is a new one, and there is no place for it.
pub(super) async fn note(
    store: &dyn Store,
    delivery: &Delivery<'_>,
    arrived: &Arrived<'_>,
    outcome: &Outcome,
    last: Option<Place>,
) -> Result<KnownAgent, Undelivered> {
    let (id, key) = (delivery.agent.id, key(delivery.agent.id));
    loop {
        let stored = store.get(&key).await?;
        let mut agent = match &stored {
            Some(stored) => document::decode(&key, &stored.value)?,
            None if all(store).await?.len() >= AGENTS => return Err(Undelivered::TooMany),
            None => KnownAgent::new(id, arrived.at),
        };
        agent.note(delivery, arrived, outcome, last);
        let value = document::encode(&agent, &key)?;
        match store.put(&key, stored.map(|stored| stored.version), value).await {
            // Another server was told something of it at the same time.
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => return done.map(|_| agent).map_err(Undelivered::from),
        }
    }
}

fn key(id: u64) -> String {
    format!("{PREFIX}{}", readable(id))
}
