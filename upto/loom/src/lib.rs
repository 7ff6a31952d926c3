//! The parts of `upto` that threads share without locks, for loom.
#![cfg(loom)]
// What the checks do not use is used by the SDK.
#![allow(dead_code, unused_imports)]

#[path = "../../src"]
mod upto {
    pub(crate) mod ring;
    pub(crate) mod sync;

    pub(crate) mod current {
        pub(crate) mod open;
    }
}

// Where these modules expect it.
use upto::sync;

#[cfg(test)]
mod tests;
