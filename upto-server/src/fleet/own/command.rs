//! A program that prints a number.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of what it prints that are read.
const OUTPUT_BYTES: u64 = 4 << 10;
/// How often it is looked whether a program has ended that has closed its output.
const LOOK: Duration = Duration::from_millis(2);

/// Runs it, and reads the number that it prints. Blocks up to `timeout`; what runs longer is ended, with all that it
/// began.
///
/// # Errors
/// Why there is no number.
pub(super) fn measure(words: &[String], timeout: Duration) -> Result<f64, String> {
    let until = Instant::now() + timeout;
    let mut child = start(words)?;
    let output = read(&mut child, until);
    let status = output.as_ref().ok().and_then(|_| wait(&mut child, until));
    end(&mut child);
    match (output, status) {
        (Ok(output), Some(status)) if status.success() => number(&output),
        (Ok(_), Some(status)) => Err(format!("the command failed: {status}")),
        _ => Err(format!("the command took longer than {timeout:?}")),
    }
}

fn start(words: &[String]) -> Result<Child, String> {
    let (program, arguments) = words.split_first().ok_or("the command is empty")?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.spawn().map_err(|error| format!("the command does not start: {error}"))
}

/// What it prints until it closes its output.
fn read(child: &mut Child, until: Instant) -> Result<Vec<u8>, RecvTimeoutError> {
    let (tell, told) = mpsc::channel();
    let output = child.stdout.take();
    thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut output) = output {
            // What can't be read is no number.
            let _ = output.by_ref().take(OUTPUT_BYTES).read_to_end(&mut text);
        }
        // Nobody waits for it any more where it took too long.
        let _ = tell.send(text);
    });
    told.recv_timeout(until.saturating_duration_since(Instant::now()))
}

fn wait(child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < until => thread::sleep(LOOK),
            _ => return None,
        }
    }
}

/// Ends what is left of it.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(group) = i32::try_from(child.id()) {
        // There is none where all have ended.
        let _ =
            nix::sys::signal::killpg(nix::unistd::Pid::from_raw(group), nix::sys::signal::Signal::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn number(output: &[u8]) -> Result<f64, String> {
    let text = str::from_utf8(output).unwrap_or_default().trim();
    text.parse().map_err(|_| {
        let shown: String = text.chars().take(40).collect();
        format!("the command printed {shown:?}, which is no number")
    })
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    fn shell(script: &str, timeout: Duration) -> Result<f64, String> {
        measure(&["sh".into(), "-c".into(), script.into()], timeout)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn what_it_prints_is_the_value() {
        assert_eq!(shell("echo ' 42.5 '", LONG), Ok(42.5));
        assert_eq!(shell("echo -1e3; exec >&-; true", LONG), Ok(-1000.0));
    }

    #[test]
    fn what_is_no_number_is_told() {
        for (script, expected) in [
            ("echo lots", "no number"),
            ("true", "no number"),
            ("echo 1; exit 3", "failed"),
            ("yes", "failed"),
        ] {
            assert!(shell(script, LONG).is_err_and(|reason| reason.contains(expected)), "{script}");
        }
        let missing = measure(&["/nonexistent/program".into()], LONG);
        assert!(missing.is_err_and(|reason| reason.contains("does not start")));
    }

    #[test]
    fn who_takes_too_long_is_ended_with_all_that_it_began() {
        let folder = tempfile::tempdir().expect("a folder");
        let pid = folder.path().join("pid");
        let script = format!("sleep 1000 & echo $! > {}; wait", pid.display());
        let problem = shell(&script, Duration::from_millis(500)).expect_err("it takes long");
        assert!(problem.contains("longer than"), "{problem}");
        let sleeper = std::fs::read_to_string(&pid).expect("it began").trim().parse().expect("a number");
        let sleeper = nix::unistd::Pid::from_raw(sleeper);
        let until = Instant::now() + LONG;
        while is_alive(sleeper) {
            assert!(Instant::now() < until, "it goes on");
            thread::yield_now();
        }
    }

    /// One that nobody has waited for yet is dead all the same.
    fn is_alive(process: nix::unistd::Pid) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z")
    }

    #[test]
    fn who_closes_its_output_and_stays_is_ended_too() {
        let problem = shell("echo 1; exec >&- 2>&-; sleep 1000", Duration::from_millis(200));
        assert!(problem.is_err_and(|reason| reason.contains("longer than")));
    }
}
