//! How the suite gets its stores.

use std::sync::Arc;

use tempfile::TempDir;
use upto_server::clock::ManualClock;
use upto_server::store::{self, Append, MemoryStore, Store, StoreUrl};

/// A place of its own for one test; it is removed when this is dropped.
pub(super) trait Backend: Sized {
    fn fresh() -> Self;

    /// Opens the place; a durable one finds what was there before.
    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store>;
}

/// A back end that a server can be told by its URL.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "redis"))]
pub(super) trait Place: Backend {
    /// The text that `--store` takes.
    async fn url(&self) -> String;
}

/// What a behaviour is tried on.
pub(super) struct Subject {
    pub(super) store: Arc<dyn Store>,
    /// The clock of the store's claims and leases.
    pub(super) clock: Arc<ManualClock>,
}

impl Subject {
    pub(super) async fn open(backend: &impl Backend) -> Self {
        let clock = Arc::new(ManualClock::new(1_700_000_000_000_000_000));
        Subject { store: backend.open(Arc::clone(&clock)).await, clock }
    }
}

pub(super) struct Memory;

impl Backend for Memory {
    fn fresh() -> Self {
        Memory
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        Arc::new(MemoryStore::new(clock))
    }
}

pub(super) struct Redb(TempDir);

impl Backend for Redb {
    fn fresh() -> Self {
        Redb(TempDir::new().expect("a temporary folder"))
    }

    async fn open(&self, clock: Arc<ManualClock>) -> Arc<dyn Store> {
        let url = StoreUrl::Redb(self.0.path().join("data"));
        store::open(&url, clock).await.expect("a store in a fresh folder")
    }
}

pub(super) fn append(stream: &str, block: impl Into<Vec<u8>>) -> Append {
    Append { stream: stream.to_owned(), block: block.into() }
}

/// Names that something might take for more than data: separators, markup, paths, and the ends of
/// the ranges that keys are compared by.
pub(super) const HOSTILE_NAMES: &[&str] = &[
    "",
    " ",
    "/",
    "//",
    "../../etc/passwd",
    "\0",
    "a",
    "a\0",
    "a\0\0\0\0\0\0\0\u{1}",
    "a/b",
    "a:b",
    "{a}",
    "<script>alert(1)</script>",
    "'; DROP TABLE blocks; --",
    "%00%2f*?[]",
    "ä",
    "a\u{308}",
    "\u{7f}",
    "\u{80}",
    "\u{7ff}",
    "\u{ffff}",
    "\u{10ffff}",
    "\u{10ffff}\u{10ffff}",
    "\u{1f980}\u{200d}\u{1f525}",
    "\u{202e}desrever",
    "line\nline\r\n",
];
