//! Documents that can't be read, and streams that can't be added to. What they say is not served, all else is; whoever
//! runs the server is told of each once, and how many there are is told to whoever asks.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::{Result, StoreError, StoreErrorKind};

/// How many are known one by one; of more than these it is only known that there are some.
const KNOWN: usize = 1_000;

/// Takes a line for whoever runs the server.
type Tell = dyn Fn(&str) + Send + Sync;

/// The documents and streams with which that was so when it was tried last, by their keys.
pub(crate) struct Damages {
    known: Mutex<HashSet<String>>,
    tell: Arc<Tell>,
}

impl Damages {
    /// None so far. Of each that is found, `tell` is told.
    pub(crate) fn told_to(tell: Arc<Tell>) -> Self {
        Damages { known: Mutex::default(), tell }
    }

    /// Likewise, where nobody is told.
    pub(crate) fn unheard() -> Self {
        Self::told_to(Arc::new(|_| {}))
    }

    /// How many there are, a thousand at most.
    pub(crate) fn count(&self) -> usize {
        self.known().len()
    }

    /// What came of reading the document `key`; `None` if it is damaged, which is noted: it hides no others.
    ///
    /// # Errors
    /// Whatever else went wrong.
    pub(crate) fn noting<T>(&self, key: &str, read: Result<T>) -> Result<Option<T>> {
        match read {
            Ok(read) => {
                self.forget(key);
                Ok(Some(read))
            }
            Err(error) if error.kind() == StoreErrorKind::Damaged => {
                self.note(key, &error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What is under this key can't be read, or not be added to.
    pub(crate) fn note(&self, key: &str, error: &StoreError) {
        let mut known = self.known();
        let is_new = known.len() < KNOWN && known.insert(key.to_owned());
        drop(known);
        if is_new {
            (self.tell)(&format!(
                "{error}; all else is served, and `upto-server store check` tells all there is"
            ));
        }
    }

    /// It can be again.
    pub(crate) fn forget(&self, key: &str) {
        let mut known = self.known();
        if !known.is_empty() {
            known.remove(key);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashSet<String>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_told_once_until_it_was_readable_again() {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let heard = told.clone();
        let damages =
            Damages::told_to(Arc::new(move |line| heard.lock().expect("lines").push(line.to_owned())));
        let damaged = || Err::<(), _>(StoreError::new(StoreErrorKind::Damaged, "decode", "\"context/c\""));
        assert_eq!(damages.noting("context/c", damaged()).expect("it is noted"), None);
        assert_eq!(damages.noting("context/c", damaged()).expect("it is noted"), None);
        assert_eq!((damages.count(), told.lock().expect("lines").len()), (1, 1));
        assert!(told.lock().expect("lines")[0].contains("context/c"));
        assert_eq!(damages.noting("context/c", Ok(7)).expect("it is readable"), Some(7));
        assert_eq!(damages.count(), 0);
        assert_eq!(damages.noting("context/c", damaged()).expect("it is noted"), None);
        assert_eq!(told.lock().expect("lines").len(), 2);
    }

    #[test]
    fn what_else_goes_wrong_stays_an_error() {
        let damages = Damages::unheard();
        let gone = StoreError::new(StoreErrorKind::Unavailable, "read", "it");
        assert!(damages.noting("a", Err::<(), _>(gone)).is_err());
        assert_eq!(damages.count(), 0);
    }

    #[test]
    fn no_more_are_remembered_than_there_is_room_for() {
        let damages = Damages::unheard();
        for number in 0..2 * KNOWN {
            let damaged = StoreError::new(StoreErrorKind::Damaged, "decode", "it");
            damages.noting(&number.to_string(), Err::<(), _>(damaged)).expect("it is noted");
        }
        assert_eq!(damages.count(), KNOWN);
    }
}
