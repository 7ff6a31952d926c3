//! Tokens in a store that this process opens.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::{Order, Outcome, Shown};
use crate::clock::{Clock, SystemClock};
use crate::doors::token::{Token, Wanted};
use crate::doors::tokens;
use crate::store::{self, Store, StoreErrorKind, StoreUrl};

/// A store, and what its work runs on.
pub(super) struct Stored {
    runtime: Runtime,
    store: Arc<dyn Store>,
}

impl Stored {
    pub(super) fn open(url: &StoreUrl) -> Outcome<Self> {
        if *url == StoreUrl::Memory {
            return Err("a store in memory is of one process alone: ask the server by --url".into());
        }
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let opened = runtime.block_on(store::open(url, Arc::new(SystemClock)));
        let store = opened.map_err(|error| match error.kind() {
            StoreErrorKind::Locked => format!("{error}; or ask the server that has it open by --url"),
            _ => error.to_string(),
        })?;
        Ok(Stored { runtime, store })
    }

    pub(super) fn create(&self, order: Order) -> Outcome<String> {
        let Order { name, scopes, contexts, expires } = order;
        let expires = expires.map(|text| text.parse::<Timestamp>()).transpose()?;
        let expires = expires.map(|time| i64::try_from(time.as_nanosecond()).unwrap_or(i64::MAX));
        let wanted = Wanted { name, scopes, contexts, expires };
        let creating = tokens::create(self.store.as_ref(), wanted, SystemClock.now());
        Ok(self.runtime.block_on(creating)?.1.reveal().to_owned())
    }

    pub(super) fn list(&self) -> Outcome<Vec<Shown>> {
        let (tokens, is_damaged) = self.runtime.block_on(tokens::all(self.store.as_ref()))?;
        match is_damaged {
            true => Err("there are tokens that can't be read: damaged, or of a newer version".into()),
            false => Ok(tokens.into_iter().map(shown).collect()),
        }
    }

    pub(super) fn revoke(&self, id: &str) -> Outcome<()> {
        let revoking = tokens::revoke(self.store.as_ref(), id, SystemClock.now());
        self.runtime.block_on(revoking)?.map(drop).ok_or_else(|| "there is no token with this id".into())
    }
}

fn shown(token: Token) -> Shown {
    let Token { id, name, scopes, contexts, created, expires, revoked, .. } = token;
    let time = |time: i64| Timestamp::from_nanosecond(time.into()).unwrap_or_default().to_string();
    Shown {
        id,
        name,
        scopes,
        contexts,
        created: time(created),
        expires: expires.map(time),
        revoked: revoked.map(time),
    }
}
