//! A crate that allows next to nothing.
#![deny(warnings, unused, missing_docs, unreachable_pub, rust_2018_idioms, single_use_lifetimes)]
#![forbid(unsafe_code)]

/// A trait with a default method.
pub trait Work {
    /// Works.
    #[upto::event(ret)]
    fn work(&self, times: u32) -> u32 {
        times
    }
}

/// Works.
#[derive(Clone, Copy, Debug)]
pub struct Worker;

impl Work for Worker {}

/// Fails where there is no text.
#[upto::event(err)]
pub fn check(text: &str) -> Result<usize, String> {
    if text.is_empty() { Err("empty".to_owned()) } else { Ok(text.len()) }
}

/// The same, later.
#[upto::event(err, ret, fields(text))]
pub async fn check_later(text: &str) -> Result<usize, String> {
    check(text)
}

fn main() {
    assert_eq!(Worker.work(3), 3);
    assert_eq!(check("text"), Ok(4));
    drop(check_later("text"));
}
