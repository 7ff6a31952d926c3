//! Hearing what was stored by other servers.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::document::LatelyDocument;
use super::{PREFIX, Telling};
use crate::catalog::Key;
use crate::catalog::document::Listing;
use crate::store::{Document, Result, Store};

/// A server that has said nothing for so long is gone.
const DEAD: Duration = Duration::from_secs(20);
/// How often it is listened while nobody wants to know: documents of servers that are gone are removed then.
const SELDOM: Duration = Duration::from_secs(60);

/// What was heard of the other servers.
#[derive(Default)]
pub(in crate::catalog) struct Hearing {
    servers: HashMap<String, Heard>,
    /// When it was listened last.
    at: Option<Instant>,
}

/// What was heard of a server.
struct Heard {
    version: u64,
    /// The last round.
    number: u64,
    at: Instant,
}

/// What is new.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::catalog) struct News {
    /// Something was stored in these timelines.
    pub(in crate::catalog) timelines: Vec<Key>,
    /// Something may have been stored in others.
    pub(in crate::catalog) is_more: bool,
}

impl Hearing {
    /// Whether it is time to listen; `is_wanted` if somebody wants to know.
    pub(in crate::catalog) fn is_due(&mut self, is_wanted: bool, now: Instant) -> bool {
        let at = *self.at.get_or_insert(now);
        is_wanted || now.saturating_duration_since(at) >= SELDOM
    }

    /// What the others stored since this was asked last.
    ///
    /// # Errors
    /// What the store says. What was heard by then is heard again.
    pub(in crate::catalog) async fn hear(
        &mut self,
        own: &Telling,
        store: &dyn Store,
        now: Instant,
    ) -> Result<News> {
        let (mut news, mut listing, mut servers) =
            (News::default(), Listing::of(store, PREFIX), HashMap::new());
        loop {
            let page = listing.next().await?;
            if page.is_empty() {
                break;
            }
            for (key, document) in page.into_iter().filter(|(key, _)| key != own.key()) {
                let heard = self.hear_one(&key, &document, &mut news, now);
                if now.saturating_duration_since(heard.at) < DEAD {
                    servers.insert(key, heard);
                } else {
                    // Another one may do so, too.
                    let _ = store.delete(&key, document.version).await;
                    news.is_more = true;
                }
            }
        }
        (self.servers, self.at) = (servers, Some(now));
        Ok(news)
    }

    fn hear_one(&self, key: &str, document: &Document, news: &mut News, now: Instant) -> Heard {
        let known = self.servers.get(key);
        if let Some(Heard { version, number, at }) = known.filter(|known| known.version == document.version) {
            return Heard { version: *version, number: *number, at: *at };
        }
        // What can't be read is a newer version's: it can't be known what that stored.
        let told = LatelyDocument::decode(key, &document.value).ok();
        let timelines = told.as_ref().and_then(|told| told.after(known.map(|known| known.number)));
        news.is_more |= timelines.is_none();
        news.timelines.extend(timelines.unwrap_or_default());
        Heard { version: document.version, number: told.map_or(0, |told| told.number), at: now }
    }
}
