//! In the place of `rustc`: each crate becomes an event. Nothing of it may ever fail a build.

mod frontend;
mod link;
mod rustc;
mod unit;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use self::rustc::Arguments;
use self::unit::Unit;
use crate::{ending, process, role};

/// What this program does when cargo starts it as `RUSTC_WRAPPER`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrapper {
    /// The folder of the names under which the linker's calls come back to this program.
    pub(crate) linkers: PathBuf,
    /// The user's own wrapper, which is run in between.
    pub(crate) chained: Option<OsString>,
}

impl Wrapper {
    /// Runs `rustc`: the first of `arguments`, with the rest of them.
    pub(crate) fn run(self, arguments: impl Iterator<Item = OsString>) -> ExitCode {
        let given: Vec<OsString> = arguments.collect();
        let mut words = self.chained.iter().chain(&given);
        let mut command = Command::new(words.next().cloned().unwrap_or_else(|| "rustc".into()));
        command.args(words);
        let arguments = Arguments::of(&given);
        match Unit::of(&arguments, |name| std::env::var(name).ok()) {
            Some(unit) => self.compile(&unit, &arguments, &mut command),
            None => process::replace(&mut command),
        }
    }

    fn compile(&self, unit: &Unit, arguments: &Arguments, command: &mut Command) -> ExitCode {
        // Without a client, events do nothing: the build goes on.
        let client = upto::Client::builder().from_env().and_then(upto::ClientBuilder::init);
        let event = unit.event();
        if let Some(scope) = event.scope() {
            command.env("UPTO_PARENT", scope.path());
            self.watch_linker(unit, arguments, command);
        }
        let result = frontend::run(arguments, command);
        ending::end(event, &result);
        drop(client);
        result
            .map_or_else(|error| process::not_started(command, &error), |ended| process::end_as(ended.status))
    }

    /// Has `rustc` call this program in the place of the linker, where that makes no difference to it.
    fn watch_linker(&self, unit: &Unit, arguments: &Arguments, command: &mut Command) {
        let Some(linker) = link::linker(arguments).filter(|_| unit.links) else { return };
        if let Ok(name) = self.name_for(linker) {
            let mut option = OsString::from("linker=");
            option.push(name);
            command.arg("-C").arg(option).env(role::LINKER, linker);
        }
    }

    /// This program under the linker's name, from which `rustc` concludes how to speak to it.
    fn name_for(&self, linker: &str) -> io::Result<PathBuf> {
        let file = Path::new(linker).file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let name = self.linkers.join(file);
        match link::to_this_program(&name) {
            // Another wrapper of this build was first.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(name),
            made => made.map(|()| name),
        }
    }
}
