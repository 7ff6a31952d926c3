//! A store in memory: for tests, and for whoever wants to keep nothing.
//!
//! It is not durable, and says so: everything is gone when the process ends. Nothing bounds its
//! size.

mod documents;
mod lease;
mod log;
mod queue;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::lease::LeaseTable;
use self::log::Streams;
use self::queue::Queues;
use super::{Document, Store};
use crate::clock::Clock;

/// The store that `memory:` names.
pub struct MemoryStore {
    clock: Arc<dyn Clock>,
    streams: Mutex<Streams>,
    documents: Mutex<BTreeMap<String, Document>>,
    queues: Mutex<Queues>,
    leases: Mutex<LeaseTable>,
}

impl MemoryStore {
    /// An empty store whose claims and leases end by `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        MemoryStore {
            clock,
            streams: Mutex::default(),
            documents: Mutex::default(),
            queues: Mutex::default(),
            leases: Mutex::default(),
        }
    }
}

impl Store for MemoryStore {
    fn description(&self) -> String {
        "memory".to_owned()
    }

    fn is_shared(&self) -> bool {
        false
    }
}

/// Each change is complete or has not begun, so there is nothing half done to fear after a panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
