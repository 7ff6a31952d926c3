//! Another process: what it costs, and how it is paused and ended.

use std::process::{Child, Command};
use std::{fs, io};

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::time::{ClockId, clock_getcpuclockid};
use nix::unistd::Pid;

use crate::cores;
use crate::failure::Failure;

/// A process on the receiver's core. It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    pid: Pid,
    clock: ClockId,
}

impl Process {
    /// Starts it.
    ///
    /// # Errors
    /// The system does not, which `doing` tells.
    pub(crate) fn start(command: &mut Command, doing: &'static str) -> Result<Self, Failure> {
        let mut child = cores::spawn(command, doing)?;
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        match clock_getcpuclockid(pid) {
            Ok(clock) => Ok(Process { child, pid, clock }),
            Err(error) => {
                // Nobody else would end it.
                let _ = child.kill();
                let _ = child.wait();
                Err(Failure::system("find a process's clock")(error.into()))
            }
        }
    }

    /// Its pipes.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// CPU time of all threads that it has and had, in seconds.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn cpu_seconds(&self) -> Result<f64, Failure> {
        let time = self.clock.now().map_err(system("ask for a process's CPU time"))?;
        Ok(time.tv_sec() as f64 + time.tv_nsec() as f64 / 1e9)
    }

    /// The most memory that it has had at any time, in bytes.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn peak_bytes(&self) -> Result<u64, Failure> {
        let path = format!("/proc/{}/status", self.pid);
        let status = fs::read_to_string(path).map_err(Failure::system("read a process's status"))?;
        peak_of(&status).ok_or(Failure::Missing("the system does not tell a process's peak memory"))
    }

    /// Stops it where it is, so that nothing of it runs once this returns.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn pause(&self) -> Result<(), Failure> {
        let doing = "pause a process";
        kill(self.pid, Signal::SIGSTOP).map_err(system(doing))?;
        waitpid(self.pid, Some(WaitPidFlag::WUNTRACED)).map_err(system(doing))?;
        Ok(())
    }

    /// Lets it run again.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn resume(&self) -> Result<(), Failure> {
        kill(self.pid, Signal::SIGCONT).map_err(system("resume a process"))
    }

    /// Sends it a signal, and waits until it has ended.
    pub(crate) fn end(&mut self, signal: Signal) {
        // It may have ended already.
        let _ = kill(self.pid, signal);
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Once waited for, it may be another process's number.
        if matches!(self.child.try_wait(), Ok(None)) {
            self.end(Signal::SIGKILL);
        }
    }
}

fn system(doing: &'static str) -> impl FnOnce(nix::Error) -> Failure {
    move |error| Failure::system(doing)(io::Error::from(error))
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim_end().parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn the_peak_is_read_in_bytes() {
        assert_eq!(peak_of("VmPeak:\t   9 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n"), Some(2 << 20));
        assert_eq!(peak_of("VmRSS:\t 1 kB\n"), None);
    }

    #[test]
    fn what_is_paused_does_not_run_and_what_is_resumed_does() {
        let mut command = Command::new("sh");
        command.args(["-c", "while :; do :; done"]).stdin(Stdio::null());
        let process = Process::start(&mut command, "start a shell").expect("two cores, and a shell");
        process.pause().expect("it runs");
        let before = process.cpu_seconds().expect("a time");
        assert_eq!(process.cpu_seconds().expect("a time"), before);
        process.resume().expect("it is there");
        while process.cpu_seconds().expect("a time") == before {
            std::thread::yield_now();
        }
        assert!(process.peak_bytes().expect("a number") > 0);
    }
}
