//! What the types of settings do not say.

use std::ops::RangeInclusive;

use super::traceparent::traceparent;
use super::{Mistakes, Settings, address, limits};
use crate::error::InitError;
use crate::value::ends_in_escape;

/// Bytes of a packet: from what every network carries, with room for a message, to what a datagram can be.
const PACKET_BYTES: RangeInclusive<usize> = 512..=limits::DATAGRAM_BYTES;
/// Bytes of a thread's queue at least: two of the pieces that it is made of.
const THREAD_BYTES_AT_LEAST: usize = 20 << 10;

impl Settings {
    /// Checks nothing else.
    #[cfg(test)]
    pub(crate) fn checked(self) -> Result<Self, InitError> {
        self.checked_with(Ok(())).map(|(settings, ())| settings)
    }

    /// Checks them, beside something else that may be wrong, and fills in `host` where it is `auto`.
    pub(crate) fn checked_with<T: Default>(
        mut self,
        other: Result<T, InitError>,
    ) -> Result<(Self, T), InitError> {
        let mut mistakes = Mistakes::default();
        let other = mistakes.note(other).unwrap_or_default();
        if self.host == "auto" {
            self.host = machine_name();
        }
        if ends_in_escape(&self.parent) {
            self.parent.push('\\');
        }
        if let Err(problem) = address::check(&self.server_host, self.server_port) {
            mistakes.add("server", &self.server(), problem);
        }
        self.check_names(&mut mistakes);
        self.check_sizes(&mut mistakes);
        match traceparent(&self.traceparent) {
            _ if self.traceparent.is_empty() => {}
            Some(known) => self.traceparent = known,
            None => {
                let expected = "expected `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`";
                mistakes.add("traceparent", &self.traceparent, expected);
            }
        }
        mistakes.or((self, other))
    }

    fn check_names(&self, mistakes: &mut Mistakes) {
        mistakes.check_name("context", &self.context);
        mistakes.check_name("timeline", &self.timeline);
        mistakes.check_name("host", &self.host);
        mistakes.check_parent("parent", &self.parent);
        if self.context.is_empty() {
            mistakes.add("context", "", "a context has a name");
        }
    }

    fn check_sizes(&self, mistakes: &mut Mistakes) {
        let Settings { packet_bytes, thread_bytes, total_bytes, .. } = *self;
        if !PACKET_BYTES.contains(&packet_bytes) {
            let (least, most) = (PACKET_BYTES.start(), PACKET_BYTES.end());
            mistakes.add("packet_bytes", &packet_bytes, format!("a packet has {least} to {most} bytes"));
        }
        if thread_bytes < THREAD_BYTES_AT_LEAST {
            let problem = format!("a thread's queue has {THREAD_BYTES_AT_LEAST} bytes or more");
            mistakes.add("thread_bytes", &thread_bytes, problem);
        }
        if total_bytes < thread_bytes.max(THREAD_BYTES_AT_LEAST) {
            let problem = format!(
                "all queues have {} bytes or more, as one may have",
                thread_bytes.max(THREAD_BYTES_AT_LEAST)
            );
            mistakes.add("total_bytes", &total_bytes, problem);
        }
    }
}

/// This machine's name, or an empty text where the system does not tell.
fn machine_name() -> String {
    let of_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let of_environment =
        || ["HOSTNAME", "COMPUTERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    of_kernel.or_else(of_environment).map(|name| name.trim().to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(change: impl FnOnce(&mut Settings)) -> Result<Settings, String> {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.checked().map_err(|error| error.to_string())
    }

    #[test]
    fn sizes_out_of_range_are_told_with_their_range() {
        for (bytes, is_good) in [(511, false), (512, true), (65_507, true), (65_508, false), (0, false)] {
            assert_eq!(settings(|settings| settings.packet_bytes = bytes).is_ok(), is_good, "{bytes}");
        }
        for (bytes, is_good) in [(20_479, false), (20_480, true), (16 << 20, true), ((16 << 20) + 1, false)] {
            assert_eq!(settings(|settings| settings.thread_bytes = bytes).is_ok(), is_good, "{bytes}");
        }
        let error = settings(|settings| settings.packet_bytes = 9).expect_err("too small");
        assert_eq!(error, "packet_bytes=\"9\": a packet has 512 to 65507 bytes");
        let error = settings(|settings| settings.total_bytes = 9).expect_err("too small");
        assert_eq!(error, "total_bytes=\"9\": all queues have 262144 bytes or more, as one may have");
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let error = settings(|settings| {
            settings.server_port = 0;
            settings.context.clear();
            settings.host = "h".repeat(limits::NAME_BYTES + 1);
            settings.traceparent = "00-no".to_owned();
            (settings.packet_bytes, settings.thread_bytes, settings.total_bytes) = (0, 0, 0);
        });
        let error = error.expect_err("mistakes");
        let names: Vec<_> = error.split("; ").filter_map(|mistake| mistake.split_once('=')).collect();
        let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();
        let expected =
            ["server", "host", "context", "packet_bytes", "thread_bytes", "total_bytes", "traceparent"];
        assert_eq!(names, expected, "{error}");
    }

    #[test]
    fn a_backslash_at_the_end_of_the_parents_path_escapes_no_dot() {
        for (parent, expected) in [(r"C:\", r"C:\\"), (r"C:\\", r"C:\\"), (r"v1\.2", r"v1\.2")] {
            let checked = settings(|settings| settings.parent = parent.to_owned());
            assert_eq!(checked.expect("good settings").parent, expected);
        }
    }

    #[test]
    fn what_else_is_wrong_is_told_beside() {
        let mut settings = Settings::default();
        settings.context.clear();
        let other = super::super::is_allowed(|_| Some("maybe".into()));
        let error = settings.checked_with(other).expect_err("two mistakes").to_string();
        assert!(error.starts_with("UPTO=\"maybe\": ") && error.contains("; context="), "{error}");
    }
}
