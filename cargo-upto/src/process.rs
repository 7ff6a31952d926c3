//! Running another program in the place of this one: the same streams, the same signals, the same end.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};

#[cfg(unix)]
mod unix;

/// How a program has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    /// What the system says.
    pub(crate) status: ExitStatus,
    /// True if it was asked to end while it ran, whether it obeyed or not.
    pub(crate) was_asked: bool,
}

/// Runs `command` to its end and passes on the signals that reach this process meanwhile.
///
/// # Errors
/// It can't be started.
pub(crate) fn run(command: &mut Command) -> io::Result<Ended> {
    run_while(command, |_| ())
}

/// Likewise, and lets `hear` see each line that it writes to its standard error, which goes on to that of this process.
///
/// # Errors
/// It can't be started.
pub(crate) fn run_heard(command: &mut Command, mut hear: impl FnMut(&[u8])) -> io::Result<Ended> {
    command.stderr(Stdio::piped());
    run_while(command, |child| {
        let Some(errors) = child.stderr.take() else { return };
        // Where that can't be read any more there is nothing to pass on; how the program ends is told all the same.
        let _ = pass_on(BufReader::new(errors), &mut hear);
    })
}

fn pass_on(mut errors: impl BufRead, hear: &mut impl FnMut(&[u8])) -> io::Result<()> {
    let mut line = Vec::new();
    while errors.read_until(b'\n', &mut line)? > 0 {
        hear(&line);
        // Nobody may listen any more; the program is still to find that out by itself.
        let _ = io::stderr().write_all(&line);
        line.clear();
    }
    Ok(())
}

/// Runs `command`, and does `meanwhile` before waiting for its end.
fn run_while(command: &mut Command, meanwhile: impl FnOnce(&mut Child)) -> io::Result<Ended> {
    #[cfg(unix)]
    return unix::run(command, meanwhile);
    #[cfg(not(unix))]
    {
        let mut child = command.spawn()?;
        meanwhile(&mut child);
        child.wait().map(|status| Ended { status, was_asked: false })
    }
}

impl Ended {
    /// True if it was given up rather than that it failed by itself. Some programs end with an exit code when
    /// they are asked to, and some only find out when nobody reads any more what they write.
    pub(crate) fn is_cancelled(self) -> bool {
        const HANGUP: i32 = 1;
        const INTERRUPT: i32 = 2;
        const PIPE: i32 = 13;
        const TERMINATE: i32 = 15;
        let is_ended = matches!(signal(self.status), Some(HANGUP | INTERRUPT | PIPE | TERMINATE));
        is_ended || self.was_asked && !self.status.success()
    }
}

/// Becomes `command`. Returns only where that is not possible: then with how `command` ended, or with
/// what shells answer when it can't be started.
pub(crate) fn replace(command: &mut Command) -> ExitCode {
    #[cfg(unix)]
    let result = Err(std::os::unix::process::CommandExt::exec(command));
    #[cfg(not(unix))]
    let result = command.status();
    result.map_or_else(|error| not_started(command, &error), end_as)
}

/// Ends this process the way another one has ended: by the same signal, or with the same exit code.
pub(crate) fn end_as(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    unix::die_as(status);
    ExitCode::from(exit_code(status))
}

/// The exit code as shells have it: 128 and the signal's number for what a signal ended.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| signal(status).map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

fn signal(status: ExitStatus) -> Option<i32> {
    #[cfg(unix)]
    return std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    {
        let _ = status;
        None
    }
}

/// Says why a program was not started, and gives the exit code that shells give.
#[allow(clippy::print_stderr)]
pub(crate) fn not_started(command: &Command, error: &io::Error) -> ExitCode {
    let own = std::env::args_os().next().unwrap_or_default();
    let own = Path::new(&own).file_name().unwrap_or_default();
    eprintln!("{}: cannot run {}: {error}", own.display(), command.get_program().display());
    ExitCode::from(if error.kind() == io::ErrorKind::NotFound { 127 } else { 126 })
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Ended {
        run(Command::new("sh").args(["-c", script])).expect("a shell")
    }

    #[test]
    fn exit_codes_are_passed_on() {
        for code in [0, 1, 101, 255] {
            assert_eq!(exit_code(shell(&format!("exit {code}")).status), code);
        }
    }

    #[test]
    fn a_signal_is_told_from_an_exit_code() {
        let killed = shell("kill -KILL $$");
        assert_eq!((killed.status.code(), exit_code(killed.status)), (None, 137));
        assert!(!killed.is_cancelled());
        assert!(shell("kill -TERM $$").is_cancelled());
        assert!(!shell("exit 130").is_cancelled());
    }

    #[test]
    fn what_was_asked_to_end_and_did_not_succeed_is_cancelled() {
        let asked = |script| Ended { was_asked: true, ..shell(script) };
        assert!(asked("exit 1").is_cancelled());
        assert!(!asked("exit 0").is_cancelled());
    }

    #[test]
    fn what_a_program_says_is_heard_line_by_line() {
        let mut heard = Vec::new();
        let mut command = Command::new("sh");
        let ended = run_heard(command.args(["-c", "echo one >&2; printf two >&2; exit 3"]), |line| {
            heard.push(String::from_utf8_lossy(line).into_owned());
        });
        assert_eq!(
            (exit_code(ended.expect("a shell").status), heard),
            (3, vec!["one\n".into(), "two".into()])
        );
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let error = run(&mut Command::new("/nowhere/rustc")).expect_err("it is not there");
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
