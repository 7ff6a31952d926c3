//! What takes no room as long as there is nothing in it: of most timelines, nothing is in memory but their names.

use std::ops::{Deref, DerefMut};
use std::sync::LazyLock;

use crate::catalog::large::Large;
use crate::catalog::tables::Tables;
use crate::timeline::Fold;

/// Something that is mostly empty. It takes its room when it is borrowed to be changed.
#[derive(Debug)]
pub(crate) struct Lean<T>(Option<Box<T>>);

/// What can be empty.
pub(crate) trait Empty: Default + 'static {
    /// The one that stands for all that are.
    fn empty() -> &'static Self;
}

impl<T> Lean<T> {
    /// Empties it, and gives back its room.
    pub(crate) fn clear(&mut self) {
        self.0 = None;
    }

    /// It, unless it is empty.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }
}

impl<T> Default for Lean<T> {
    fn default() -> Self {
        Lean(None)
    }
}

impl<T> From<T> for Lean<T> {
    fn from(whole: T) -> Self {
        Lean(Some(Box::new(whole)))
    }
}

impl<T: Empty> Deref for Lean<T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            Some(whole) => whole,
            None => T::empty(),
        }
    }
}

impl<T: Empty> DerefMut for Lean<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }
}

impl Empty for Fold {
    fn empty() -> &'static Self {
        static EMPTY: LazyLock<Fold> = LazyLock::new(Fold::default);
        &EMPTY
    }
}

impl Empty for Tables {
    fn empty() -> &'static Self {
        static EMPTY: LazyLock<Tables> = LazyLock::new(Tables::default);
        &EMPTY
    }
}

impl Empty for Large {
    fn empty() -> &'static Self {
        static EMPTY: LazyLock<Large> = LazyLock::new(Large::default);
        &EMPTY
    }
}
