//! What is known of a context or a timeline that changed.

use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::OnceCell;

/// A context or a timeline, whatever it is called. Contexts come before their timelines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// The first name of the context.
    pub(crate) context: Arc<str>,
    /// The timeline's place in the order; `None`: the context itself.
    pub(crate) ordinal: Option<u64>,
}

/// Something that changed.
#[derive(Debug)]
pub(super) struct Noted {
    /// What its context is called.
    pub(super) context: Arc<str>,
    /// What it is not called any more, if that is what changed.
    pub(super) former: Option<Arc<str>>,
}

/// A context or a timeline that changed, at its latest change.
#[derive(Debug)]
pub(crate) struct Entry {
    number: u64,
    key: Key,
    /// What its context is called.
    context: Arc<str>,
    /// What it is not called any more, with the number of the change since when. As many as it may have names.
    former: Vec<(u64, Arc<str>)>,
    text: OnceCell<Bytes>,
}

impl Entry {
    pub(super) fn new(number: u64, key: Key, noted: Noted, earlier: Option<&Entry>) -> Self {
        let Noted { context, former } = noted;
        let mut known: Vec<_> = earlier.map(|earlier| earlier.former.clone()).unwrap_or_default();
        if let Some(name) = former {
            known.retain(|(_, other)| *other != name);
            known.push((number, name));
        }
        Entry { number, key, context, former: known, text: OnceCell::new() }
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// What its context was called at that change.
    pub(crate) fn context(&self) -> &str {
        &self.context
    }

    /// What it is not called any more, but was for who was told up to there.
    pub(super) fn former_after(&self, number: u64) -> impl Iterator<Item = &Arc<str>> {
        self.former.iter().filter(move |(since, _)| *since > number).map(|(_, name)| name)
    }

    /// What is told of it. The first who asks writes it; `None` and later again if that fails.
    pub(crate) async fn text<E>(
        &self,
        write: impl AsyncFnOnce() -> Result<Bytes, E>,
    ) -> Result<(Bytes, bool), E> {
        let mut is_new = false;
        let write = async || {
            is_new = true;
            write().await
        };
        let text = self.text.get_or_try_init(write).await?.clone();
        Ok((text, is_new))
    }

    pub(super) fn text_bytes(&self) -> usize {
        self.text.get().map_or(0, Bytes::len)
    }
}
