//! The wire format: what `WIRE.md` promises, what random messages and random bytes show.
#![cfg(feature = "wire")]
// In a test, a panic is how a helper says what is wrong.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "wire/agreement.rs"]
mod agreement;
#[path = "wire/bytes.rs"]
mod bytes;
#[path = "wire/document.rs"]
mod document;
#[path = "wire/hostile.rs"]
mod hostile;
#[path = "wire/limits.rs"]
mod limits;
#[path = "wire/packets.rs"]
mod packets;
#[path = "wire/reasons.rs"]
mod reasons;
#[path = "wire/sent.rs"]
mod sent;
#[path = "wire/singles.rs"]
mod singles;
