//! What a child process is to be told, so that its events are part of the one that started it.

use super::running;
use crate::local;
use crate::path::{LongPath, Node, NodeRef};
use crate::settings::{PARENT_BYTES, Settings};

/// The variables that a child process is started with, so that what it does is nested under the event that is
/// current here: `UPTO_SERVER`, `UPTO_CONTEXT`, `UPTO_TIMELINE`, `UPTO_HOST` and `UPTO_PARENT`, and `TRACEPARENT` if
/// this process is part of a trace. None if nothing is sent.
///
/// ```no_run
/// use std::process::Command;
///
/// let _unit = upto::event("unit");
/// Command::new("cc").arg("unit.c").envs(upto::child_environment()).status()?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// A program that calls [`init`](crate::init) takes them. Where the event is of a timeline of its own
/// ([`EventBuilder::timeline`](crate::EventBuilder::timeline)), so is the child. A path so long that nothing would fit
/// below it is that of an event further up; a zero byte, which no variable may hold, becomes U+FFFD.
#[must_use]
pub fn child_environment() -> Vec<(&'static str, String)> {
    running::current().map_or_else(Vec::new, |client| {
        let (node, timeline) = (local::current(), client.latest_timeline());
        variables(&client.settings, &node, &timeline)
    })
}

fn variables(settings: &Settings, node: &NodeRef, timeline: &str) -> Vec<(&'static str, String)> {
    let given = node.given();
    let own = |given: Option<&str>, otherwise: &str| given.unwrap_or(otherwise).to_owned();
    let mut variables = vec![
        ("UPTO_SERVER", settings.server()),
        ("UPTO_CONTEXT", own(given.and_then(|given| given.context.as_deref()), &settings.context)),
        ("UPTO_TIMELINE", own(given.and_then(|given| given.timeline.as_deref()), timeline)),
        ("UPTO_HOST", own(given.and_then(|given| given.host.as_deref()), &settings.host)),
        ("UPTO_PARENT", path(&settings.parent, node.clone())),
    ];
    if !settings.traceparent.is_empty() {
        variables.push(("TRACEPARENT", settings.traceparent.clone()));
    }
    for (_, value) in &mut variables {
        if value.contains('\0') {
            *value = value.replace('\0', "\u{fffd}");
        }
    }
    variables
}

/// The path below the process's own parent; that of an event above where it is too long.
fn path(parent: &str, mut node: NodeRef) -> String {
    // A replaced zero byte takes three.
    let bytes = |path: &str| path.len() + 2 * path.matches('\0').count();
    while !node.is_root() {
        let path = below(parent, &node);
        if bytes(&path) <= PARENT_BYTES {
            return path;
        }
        node = node.parent();
    }
    parent.to_owned()
}

fn below(parent: &str, node: &Node) -> String {
    let mut scratch = LongPath::default();
    let path = node.path(&mut scratch);
    if parent.is_empty() { path.to_owned() } else { [parent, ".", path].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::path::{Given, child, counted_child, root};

    fn settings() -> Settings {
        Settings { context: "ci".to_owned(), parent: "build".to_owned(), ..Settings::default() }
    }

    fn value(variables: &[(&'static str, String)], name: &str) -> Option<String> {
        variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.clone())
    }

    #[test]
    fn what_the_event_was_given_goes_before_what_the_client_says() {
        let given = Given { context: Some("other".into()), timeline: None, host: Some("h".into()) };
        let node = counted_child(&root(), "unit".into(), &[], &given).expect("a node");
        let variables = variables(&settings(), &node, "7");
        for (name, expected) in [
            ("UPTO_SERVER", Some("127.0.0.1:8123")),
            ("UPTO_CONTEXT", Some("other")),
            ("UPTO_TIMELINE", Some("7")),
            ("UPTO_HOST", Some("h")),
            ("UPTO_PARENT", Some("build.unit")),
            ("TRACEPARENT", None),
        ] {
            assert_eq!(value(&variables, name).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn what_is_given_is_what_settings_take() {
        let (mut settings, long) = (settings(), "n".repeat(16_000));
        settings.set_server("server", "[fe80::1]:9000").expect("an address");
        settings.traceparent = format!("00-{}-{}-01", "a".repeat(32), "b".repeat(16));
        let outer = child(&root(), &"outer\0".into(), &[]).expect("a node");
        let inner = child(&outer, &long.into(), &[]).expect("a node");
        let deep = child(&inner, &"x".repeat(300).into(), &[]).expect("a node");
        let child = |node| {
            let variables = variables(&settings, node, "");
            Settings::from_variables(|name| value(&variables, name))
                .and_then(Settings::checked)
                .expect("good settings")
        };
        let made = child(&deep);
        assert_eq!((made.server_host.as_str(), made.server_port), ("fe80::1", 9000));
        assert_eq!((&made.traceparent, made.timeline.as_str()), (&settings.traceparent, ""));
        assert!(made.parent.starts_with("build.outer\u{fffd}.nnn"), "{}", made.parent.len());
        let too_deep = crate::path::child(&deep, &"y".repeat(66).into(), &[]).expect("a node");
        assert_eq!(child(&too_deep).parent, made.parent);
    }
}
