//! Where the event of a command belongs.

use std::path::Path;

use super::RunArguments;
use super::ci::{self, Build};
use crate::cli::attribute::Attribute;
use crate::cli::destination::Environment;

/// Where an event belongs, and what is known of it from the beginning.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) context: String,
    /// Empty: the newest one of the context.
    pub(super) timeline: String,
    /// The timeline is to be opened.
    pub(super) is_new: bool,
    /// The whole path, from the first ancestor on.
    pub(super) path: String,
    /// Empty: none.
    pub(super) host: String,
    pub(super) auto_ip: bool,
    pub(super) attributes: Vec<Attribute>,
}

impl Place {
    pub(super) fn new(
        arguments: &RunArguments,
        environment: &Environment,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Self {
        let program = program(arguments);
        let context = arguments.context.as_ref().or(environment.context.as_ref());
        let context = context.unwrap_or(&program).clone();
        let build = if arguments.ci { ci::build(variable) } else { None };
        let (inherited, parent) = environment.place_in(&context);
        Place {
            timeline: timeline(arguments, build.as_ref(), inherited),
            is_new: arguments.new,
            path: below(
                parent,
                arguments.event.clone().unwrap_or_else(|| upto::escape(&program).into_owned()),
            ),
            host: arguments.host.host(environment),
            auto_ip: arguments.host.auto_ip,
            attributes: attributes(build, &arguments.attributes),
            context,
        }
    }
}

/// The command's name, without where it is.
fn program(arguments: &RunArguments) -> String {
    let program = arguments.command.first().map(Path::new);
    let name = program.and_then(|path| path.file_name().or(Some(path.as_os_str())));
    let name = name.map(|name| name.to_string_lossy().into_owned()).filter(|name| !name.is_empty());
    name.unwrap_or_else(|| "command".to_owned())
}

fn timeline(arguments: &RunArguments, build: Option<&Build>, inherited: &str) -> String {
    match (&arguments.timeline, build) {
        (Some(name), _) => name.clone(),
        (None, Some(build)) => build.name.clone(),
        // It has to be known here, because the command is told: named by its time, as the server would.
        (None, None) if arguments.new => format!("{:.9}", jiff::Timestamp::now()),
        (None, None) => inherited.to_owned(),
    }
}

fn below(parent: &str, path: String) -> String {
    if parent.is_empty() { path } else { [parent, ".", &path].concat() }
}

/// What the CI system tells, and what was given, which comes later and so replaces it.
fn attributes(build: Option<Build>, given: &[Attribute]) -> Vec<Attribute> {
    let known = build.map(|Build { system, url, commit, .. }| {
        [("ci", system.to_owned()), ("run_url", url), ("commit", commit)]
    });
    let known = known
        .into_iter()
        .flatten()
        .filter(|(key, value)| !value.is_empty() && given.iter().all(|attribute| attribute.key != *key));
    known.map(|(key, value)| Attribute::new(key, &value)).chain(given.iter().cloned()).collect()
}
