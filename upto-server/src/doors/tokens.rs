//! The tokens of a store, which all servers on it share: made, listed, revoked, and known without asking each time.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use thiserror::Error;

use super::token::{self, Secret, Token, Wanted};
use crate::catalog::changes;
use crate::catalog::document::{self, Listing};
use crate::store::{Result as Stored, Store, StoreError, StoreErrorKind};

/// Documents of tokens begin with this. Then follows the id.
const PREFIX: &str = "token/";
/// The document that tells that tokens changed.
pub(super) const CHANGES: &str = "changes-of-tokens";
/// Tokens in a store at most, those that are worth nothing any more included.
const TOKENS: usize = 1_000;

/// Why a token was not made.
#[derive(Debug, Error)]
pub(crate) enum TokenError {
    /// It is not one.
    #[error("{0}")]
    Fault(&'static str),
    /// There are enough.
    #[error("there are {TOKENS} tokens already; revoke some")]
    TooMany,
    /// The system has no random numbers.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether a document is a token that can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Stored<()>> {
    key.starts_with(PREFIX).then(|| document::decode::<Token>(key, value).map(drop))
}

/// All tokens of a store, the oldest first, and whether there are some that can't be read.
pub(crate) async fn all(store: &dyn Store) -> Stored<(Vec<Token>, bool)> {
    let (mut tokens, mut is_damaged, mut listing) = (Vec::new(), false, Listing::of(store, PREFIX));
    loop {
        let page = listing.next().await?;
        if page.is_empty() {
            tokens.sort_by(|a: &Token, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
            return Ok((tokens, is_damaged));
        }
        for (key, stored) in page {
            match document::decode(&key, &stored.value) {
                Ok(token) => tokens.push(token),
                Err(_) => is_damaged = true,
            }
        }
    }
}

/// Makes a token. The secret is told here and nowhere else.
///
/// # Errors
/// [`TokenError`]: none was made; after one of the store, there may be one that nobody knows the secret of.
pub(crate) async fn create(
    store: &dyn Store,
    wanted: Wanted,
    now: i64,
) -> Result<(Token, Secret), TokenError> {
    if let Some(fault) = wanted.fault() {
        return Err(TokenError::Fault(fault));
    }
    make_room(store, now).await?;
    let (token, secret) = wanted.make(now)?;
    let key = key(&token.id);
    store.put(&key, None, document::encode(&token, &key)?).await?;
    changes::tell(store, CHANGES).await?;
    Ok((token, secret))
}

/// Forgets those that are worth nothing, if there are too many.
async fn make_room(store: &dyn Store, now: i64) -> Result<(), TokenError> {
    let (tokens, _) = all(store).await?;
    if tokens.len() < TOKENS {
        return Ok(());
    }
    let worthless: Vec<_> = tokens.into_iter().filter(|token| !token.is_valid(now)).collect();
    if worthless.is_empty() {
        return Err(TokenError::TooMany);
    }
    for token in worthless {
        let key = key(&token.id);
        if let Some(stored) = store.get(&key).await? {
            delete(store, &key, stored.version).await?;
        }
    }
    Ok(())
}

/// Revokes a token; `None` if there is no such one. It stays listed, so that a server which asked for tokens goes on doing
/// so.
pub(crate) async fn revoke(store: &dyn Store, id: &str, now: i64) -> Stored<Option<Token>> {
    if !token::is_id(id) {
        return Ok(None);
    }
    let key = key(id);
    while let Some(stored) = store.get(&key).await? {
        let mut token: Token = document::decode(&key, &stored.value)?;
        if token.revoked.is_some() {
            // Who did that may not have come to telling it.
            changes::tell(store, CHANGES).await?;
            return Ok(Some(token));
        }
        (token.revoked, token.hash) = (Some(now), Vec::new());
        match store.put(&key, Some(stored.version), document::encode(&token, &key)?).await {
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            done => {
                done?;
                changes::tell(store, CHANGES).await?;
                return Ok(Some(token));
            }
        }
    }
    Ok(None)
}

fn key(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// Deletes what another one may have deleted or changed already.
pub(super) async fn delete(store: &dyn Store, key: &str, version: u64) -> Stored<()> {
    match store.delete(key, version).await {
        Err(error) if error.kind() == StoreErrorKind::Conflict => Ok(()),
        done => done,
    }
}

/// The tokens as they were read last.
#[derive(Debug, Default)]
pub(super) struct Tokens(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    by_id: HashMap<String, Arc<Token>>,
    has_any: bool,
}

impl Tokens {
    /// Reads them again. What is known stays where the store does not answer.
    pub(super) async fn refresh(&self, store: &dyn Store) -> Stored<()> {
        let (tokens, is_damaged) = all(store).await?;
        let has_any = is_damaged || !tokens.is_empty();
        let by_id = tokens.into_iter().map(|token| (token.id.clone(), Arc::new(token))).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Known { by_id, has_any };
        Ok(())
    }

    /// Whether there are tokens, worth something or not: then nobody gets in without one.
    pub(super) fn has_any(&self) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).has_any
    }

    /// Whether somebody can get in.
    pub(super) fn has_valid(&self, now: i64) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.by_id.values().any(|token| token.is_valid(now))
    }

    /// The token of this id, if it is worth something now.
    pub(super) fn valid(&self, id: &str, now: i64) -> Option<Arc<Token>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.by_id.get(id).filter(|token| token.is_valid(now)).cloned()
    }

    /// The token that somebody shows, if it is one and worth something now.
    pub(super) fn shown(&self, shown: &str, now: i64) -> Option<Arc<Token>> {
        let (id, secret) = token::parts(shown)?;
        self.valid(id, now).filter(|token| token.is_secret(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scope::Scope;
    use super::*;
    use crate::clock::SystemClock;
    use crate::store::{Documents, MemoryStore};

    fn store() -> MemoryStore {
        MemoryStore::new(Arc::new(SystemClock))
    }

    fn wanted(name: &str, expires: Option<i64>) -> Wanted {
        Wanted { name: name.into(), scopes: vec![Scope::Read], contexts: vec!["*".into()], expires }
    }

    #[tokio::test]
    async fn a_token_is_known_until_it_is_revoked_and_stays_listed() {
        let (store, tokens) = (store(), Tokens::default());
        let (token, secret) = create(&store, wanted("a", None), 1).await.expect("made");
        assert!(!tokens.has_any());
        tokens.refresh(&store).await.expect("read");
        assert_eq!(tokens.shown(secret.reveal(), 2).as_deref(), Some(&token));
        let other =
            secret.reveal().replace(|digit: char| digit == secret.reveal().chars().last().expect("one"), "0");
        assert_eq!(tokens.shown(&other, 2), None);
        let revoked = revoke(&store, &token.id, 3).await.expect("revoked").expect("it was there");
        assert_eq!((revoked.revoked, revoked.hash.len()), (Some(3), 0));
        tokens.refresh(&store).await.expect("read");
        assert_eq!(tokens.shown(secret.reveal(), 4), None);
        assert!(tokens.has_any() && !tokens.has_valid(4));
        assert_eq!(revoke(&store, "0123456789abcdef", 5).await.expect("asked"), None);
        assert_eq!(revoke(&store, "../token", 5).await.expect("asked"), None);
    }

    #[tokio::test]
    async fn a_token_that_can_not_be_read_keeps_the_doors_closed() {
        let (store, tokens) = (store(), Tokens::default());
        store.put("token/0123456789abcdef", None, b"?".to_vec()).await.expect("put");
        tokens.refresh(&store).await.expect("read");
        assert!(tokens.has_any() && !tokens.has_valid(0));
    }

    #[tokio::test]
    async fn there_are_so_many_at_most_and_worthless_ones_make_room() {
        let store = store();
        for number in 0..TOKENS {
            let expires = (number == 0).then_some(5);
            create(&store, wanted(&number.to_string(), expires), 1).await.expect("made");
        }
        assert!(matches!(create(&store, wanted("more", None), 4).await, Err(TokenError::TooMany)));
        create(&store, wanted("more", None), 5).await.expect("one has expired");
        assert_eq!(all(&store).await.expect("listed").0.len(), TOKENS);
    }
}
