//! Sessions of browsers: a cookie with an opaque id, and a document in the store that says whose it is.
//!
//! The id is kept on the server's side, and not signed, so that logging out ends it everywhere, and no key has to be shared
//! by servers. A session is worth what its token is worth: it ends with that at the latest.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::token::{hex, random_hex};
use super::tokens::{TokenError, delete};
use crate::catalog::document;
use crate::store::{Result, Store};

/// Documents of sessions begin with this. Then follows the SHA-256 of the id: who reads the store can't use them.
const PREFIX: &str = "session/";
/// Bytes of an id.
const ID_BYTES: usize = 32;
/// Nanoseconds that a session lasts: half a day, so that nobody has to log in twice in a day's work.
pub(crate) const LASTS: i64 = 12 * 3_600 * 1_000_000_000;
/// Sessions that are looked at when somebody logs in, to delete those that have ended.
const LOOKED_AT: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Session {
    /// The id of the token that its holder logged in with.
    token: String,
    /// Nanoseconds since the epoch.
    expires: i64,
}

/// Begins a session for who showed the token of this id; returns the session's id, for the cookie.
///
/// # Errors
/// No random numbers, or what the store says.
pub(crate) async fn begin(store: &dyn Store, token: &str, now: i64) -> Result<String, TokenError> {
    clean(store, now).await?;
    let id = random_hex::<ID_BYTES>()?;
    let session = Session { token: token.to_owned(), expires: now.saturating_add(LASTS) };
    let key = key(&id);
    store.put(&key, None, document::encode(&session, &key)?).await?;
    Ok(id)
}

/// The id of the token that the session of this id began with; `None` if there is no such session any more.
pub(super) async fn token_of(store: &dyn Store, id: &str, now: i64) -> Result<Option<String>> {
    let key = key(id);
    let Some(stored) = store.get(&key).await? else { return Ok(None) };
    let session: Session = document::decode(&key, &stored.value)?;
    Ok((now < session.expires).then_some(session.token))
}

/// Ends a session, if it is one.
pub(crate) async fn end(store: &dyn Store, id: &str) -> Result<()> {
    let key = key(id);
    match store.get(&key).await? {
        Some(stored) => delete(store, &key, stored.version).await,
        None => Ok(()),
    }
}

/// Deletes some of those that have ended. Their keys are random, so in the long run all of them come first.
async fn clean(store: &dyn Store, now: i64) -> Result<()> {
    let from = random_hex::<2>().unwrap_or_default();
    for (key, stored) in store.list(PREFIX, Some(&format!("{PREFIX}{from}")), LOOKED_AT).await? {
        let session: Option<Session> = document::decode(&key, &stored.value).ok();
        if session.is_none_or(|session| session.expires <= now) {
            delete(store, &key, stored.version).await?;
        }
    }
    Ok(())
}

fn key(id: &str) -> String {
    format!("{PREFIX}{}", hex(&Sha256::digest(id)))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::{Documents, MemoryStore};

    #[tokio::test]
    async fn a_session_is_known_by_its_id_until_it_ends() {
        let store = MemoryStore::new(Arc::new(SystemClock));
        let id = begin(&store, "t", 5).await.expect("begun");
        assert_eq!(token_of(&store, &id, 6).await.expect("asked").as_deref(), Some("t"));
        assert_eq!(token_of(&store, "other", 6).await.expect("asked"), None);
        assert_eq!(token_of(&store, &id, 5 + LASTS).await.expect("asked"), None);
        let stored = store.list("", None, 10).await.expect("listed");
        assert!(!stored[0].0.contains(&id), "who reads the store can't use it");
        end(&store, &id).await.expect("ended");
        assert_eq!(token_of(&store, &id, 6).await.expect("asked"), None);
        end(&store, &id).await.expect("ended twice");
    }

    #[tokio::test]
    async fn those_that_have_ended_are_deleted() {
        let store = MemoryStore::new(Arc::new(SystemClock));
        for _ in 0..300 {
            begin(&store, "t", 0).await.expect("begun");
        }
        // Each looks behind a random place, so a few dozen see nearly all; what is left is bounded either way.
        for _ in 0..60 {
            begin(&store, "t", LASTS).await.expect("begun");
        }
        let left = store.list(PREFIX, None, 1_000).await.expect("listed").len();
        assert!(left < 60 + 30, "{left} are left");
    }
}
