//! How far a long read is, and what is waited for, for whoever waits at a terminal.

use std::io::{self, IsTerminal as _, Read, Write as _};
use std::time::{Duration, Instant};

/// Nothing is said for so long: most reads are over by then.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often it is said anew.
const PERIOD: Duration = Duration::from_millis(200);

/// A reader that tells how much has come through it.
pub(super) struct Told<R, S: FnMut(Option<u64>)> {
    inner: R,
    bytes: u64,
    next: Instant,
    /// What is said: so many bytes have come, or (`None`) that nothing is said any more.
    say: S,
    has_said: bool,
}

/// Tells on standard error, if that is a terminal.
pub(super) fn told<R: Read>(inner: R) -> Told<R, impl FnMut(Option<u64>)> {
    let is_seen = io::stderr().is_terminal();
    Told::new(inner, Instant::now() + PATIENCE, move |bytes| {
        if is_seen {
            say(&amount(bytes));
        }
    })
}

fn amount(bytes: Option<u64>) -> String {
    bytes.map(|bytes| format!("{} KB", bytes / 1_000)).unwrap_or_default()
}

impl<R, S: FnMut(Option<u64>)> Told<R, S> {
    fn new(inner: R, next: Instant, say: S) -> Self {
        Told { inner, bytes: 0, next, say, has_said: false }
    }
}

impl<R: Read, S: FnMut(Option<u64>)> Read for Told<R, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes += read as u64;
        let now = Instant::now();
        if now >= self.next {
            (self.next, self.has_said) = (now + PERIOD, true);
            (self.say)(Some(self.bytes));
        }
        Ok(read)
    }
}

impl<R, S: FnMut(Option<u64>)> Drop for Told<R, S> {
    fn drop(&mut self) {
        if self.has_said {
            (self.say)(None);
        }
    }
}

/// Tells on standard error, if that is a terminal, what is waited for and for how long, once that is for longer than a moment.
pub(super) struct Waiting {
    began: Instant,
    is_seen: bool,
    has_said: bool,
}

impl Waiting {
    /// From now on.
    pub(super) fn begin() -> Self {
        Waiting { began: Instant::now(), is_seen: io::stderr().is_terminal(), has_said: false }
    }

    /// It is still waited for `what`.
    pub(super) fn tell(&mut self, what: &str) {
        let waited = self.began.elapsed();
        if self.is_seen && waited >= PATIENCE {
            self.has_said = true;
            say(&format!("{what}: {} s", waited.as_secs()));
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.has_said {
            say("");
        }
    }
}

/// The line anew.
fn say(text: &str) {
    // Nobody else is to be told that it can't be told.
    let _ = io::stderr().write_all(anew(text).as_bytes());
}

/// Back to its beginning, and nothing of the one before behind it.
fn anew(text: &str) -> String {
    format!("\r{text}\u{1b}[K")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_how_much_has_come_and_leaves_nothing_behind() {
        let mut said = Vec::new();
        let mut reader = Told::new([7_u8; 3_500].as_slice(), Instant::now(), |bytes| said.push(bytes));
        let mut read = Vec::new();
        reader.read_to_end(&mut read).expect("bytes");
        drop(reader);
        assert_eq!(read.len(), 3_500);
        assert!(said.len() >= 2 && said[0].is_some_and(|bytes| bytes > 0), "{said:?}");
        assert_eq!(said.last(), Some(&None));
        let lines = [Some(3_500), None].map(|bytes| anew(&amount(bytes)));
        assert_eq!(lines, ["\r3 KB\u{1b}[K", "\r\u{1b}[K"]);
    }

    #[test]
    fn who_waits_for_a_moment_is_told_nothing() {
        let mut said = Vec::new();
        let later = Instant::now() + Duration::from_secs(3_600);
        let mut reader = Told::new([7_u8; 10].as_slice(), later, |bytes| said.push(bytes));
        assert_eq!(reader.read_to_end(&mut Vec::new()).expect("bytes"), 10);
        drop(reader);
        assert!(said.is_empty(), "{said:?}");
    }
}
