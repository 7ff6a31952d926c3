//! In the place of the linker: the linking of a crate becomes an event of its own.

use std::ffi::{OsStr, OsString};
use std::process::{Command, ExitCode};

use crate::{ending, process, role};

/// Runs the real linker with these arguments as they are.
pub(crate) fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.collect();
    let linker = std::env::var_os(role::LINKER).unwrap_or_else(|| "cc".into());
    let mut command = Command::new(&linker);
    command.args(&arguments);
    forget_variables(&mut command);
    if links(&arguments) { link(&linker, &arguments, &mut command) } else { process::replace(&mut command) }
}

fn link(linker: &OsStr, arguments: &[OsString], command: &mut Command) -> ExitCode {
    let client = upto::Client::builder().from_env().and_then(upto::ClientBuilder::init);
    let event = upto::event("link");
    event.attr("linker", linker.to_string_lossy().into_owned());
    let result = process::run(command);
    if let Some(bytes) = output(arguments).and_then(|file| Some(std::fs::metadata(file).ok()?.len())) {
        event.attr("output_bytes", bytes);
    }
    ending::end(event, &result);
    drop(client);
    result.map_or_else(|error| process::not_started(command, &error), |ended| process::end_as(ended.status))
}

/// A linker may have as many arguments as the system allows, together with its variables. `rustc` found
/// that these here fit; without the variables that nobody below needs, they still do under a longer name.
fn forget_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let is_ours = ["BUILD_SYSTEM_", "UPTO_"].iter().any(|ours| name.to_string_lossy().starts_with(ours));
        if is_ours {
            command.env_remove(name);
        }
    }
}

/// False for calls that only ask the linker something.
fn links(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument == "-o" || argument.to_string_lossy().starts_with('@'))
}

/// The file that is made, unless its name is in a file of arguments.
fn output(arguments: &[OsString]) -> Option<&OsString> {
    let option = arguments.iter().position(|argument| argument == "-o")?;
    arguments.get(option + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(Into::into).collect()
    }

    #[test]
    fn questions_are_no_links() {
        assert!(links(&words(&["-m64", "a.o", "-o", "a"])));
        assert!(links(&words(&["@/tmp/linker-arguments"])));
        assert!(!links(&words(&["--version"])));
        assert!(!links(&words(&[])));
    }

    #[test]
    fn the_output_is_what_follows_the_option() {
        assert_eq!(output(&words(&["a.o", "-o", "a"])), Some(&"a".into()));
        assert_eq!(output(&words(&["@file"])), None);
        assert_eq!(output(&words(&["-o"])), None);
    }
}
