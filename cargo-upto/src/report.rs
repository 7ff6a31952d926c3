//! What is told when a build is done. Pure: from events to text.

mod difference;
mod duration;
mod own_time;
mod tree;

use std::fmt::Write;

use upto_server::timeline::{Event, State};

pub(crate) use self::duration::{change, duration, percent};
use crate::terminal::{Colour, Terminal, harmless};

/// Attributes of the outermost event that say what was built.
pub(crate) const COMMAND: &str = "command";
/// The folder in which cargo ran.
pub(crate) const FOLDER: &str = "folder";

/// A build as its timeline tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build<'a> {
    /// The timeline's name.
    pub(crate) timeline: &'a str,
    /// Everything in it.
    pub(crate) events: &'a [Event],
    /// The path of the event that spans the build.
    pub(crate) root: &'a str,
}

impl<'a> Build<'a> {
    /// The event that spans the build; `None` if it never arrived.
    pub(crate) fn outermost(&self) -> Option<&'a Event> {
        self.events.iter().find(|event| *event.name == *self.root)
    }

    /// How long it took, in nanoseconds, if that is known.
    fn duration(&self) -> Option<i64> {
        self.outermost()?.duration()
    }

    fn has_failed(&self) -> bool {
        self.outermost().is_some_and(|event| matches!(event.state, State::Failed | State::Cancelled))
    }

    /// What was built: command and folder.
    fn subject(&self) -> Vec<&'a upto_server::timeline::AttributeValue> {
        let attributes = self.outermost().map(|event| event.attributes.as_slice()).unwrap_or_default();
        let is_subject = |key: &str| key == COMMAND || key == FOLDER;
        attributes.iter().filter(|(key, _)| is_subject(key)).map(|(_, value)| value).collect()
    }
}

/// The whole timeline as a tree, and what failed in it.
pub(crate) fn timeline(build: &Build<'_>, terminal: Terminal) -> String {
    let took = build.duration().map_or_else(String::new, |took| format!(", {}", duration(took)));
    let heading = format!("{}: {}{took}", harmless(build.timeline), counted(build.events.len(), "event"));
    let mut text =
        format!("{}\n\n{}", terminal.paint(Colour::Bold, &heading), tree::render(build.events, terminal));
    text.push_str(&reasons(build.events, terminal));
    text
}

/// What became slower and faster since `before`; `None`: there is nothing to compare with.
pub(crate) fn difference(before: Option<&Build<'_>>, after: &Build<'_>, terminal: Terminal) -> String {
    match before {
        _ if after.events.is_empty() => "there is nothing to compare\n".to_owned(),
        Some(before) => difference::render(before, after, terminal),
        None => "this is the first build of this context: run it again to compare\n".to_owned(),
    }
}

/// A number of things, in words that go with it.
fn counted(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn reasons(events: &[Event], terminal: Terminal) -> String {
    let mut text = String::new();
    for event in events {
        let (word, colour) = match event.state {
            State::Failed => ("failed", Colour::Bad),
            State::Cancelled => ("cancelled", Colour::Doubtful),
            State::Open => ("still open", Colour::Doubtful),
            State::UnknownStart => ("start unknown", Colour::Doubtful),
            State::Done | State::Point => continue,
        };
        let reason =
            if event.text.is_empty() { String::new() } else { format!(": {}", harmless(&event.text)) };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{}  {}{reason}", terminal.paint(colour, word), harmless(&event.name));
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::own_time::tests::event;

    const PLAIN: Terminal = Terminal { width: 60, is_live: false, has_colours: false };

    fn build(events: &[Event]) -> Build<'_> {
        Build { timeline: "t", events, root: "build" }
    }

    #[test]
    fn a_failure_is_told_with_its_reason() {
        let failed = Event {
            state: State::Failed,
            text: "exit status: 1".into(),
            ..event("build.a.lib", 0, 2_000_000_000)
        };
        let events = [event("build", 0, 3_000_000_000), failed];
        let text = timeline(&build(&events), PLAIN);
        assert!(text.starts_with("t: 2 events, 3.00 s\n\nbuild"), "{text}");
        assert!(text.ends_with("\n\nfailed  build.a.lib: exit status: 1\n"), "{text}");
    }

    #[test]
    fn a_build_without_its_outermost_event_has_no_duration() {
        let events = [event("build.a.lib", 0, 2_000_000_000)];
        assert!(timeline(&build(&events), PLAIN).starts_with("t: 1 event\n"));
    }

    #[test]
    fn a_first_build_has_nothing_to_compare_with() {
        let events = [event("build", 0, 2_000_000_000)];
        assert!(difference(None, &build(&events), PLAIN).contains("first build"));
        assert!(difference(Some(&build(&events)), &build(&[]), PLAIN).contains("nothing to compare"));
    }
}
