//! What Unix has of it: signals.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use super::Ended;

/// What people and service managers send to end something.
const PASSED_ON: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

pub(super) fn run(command: &mut Command, meanwhile: impl FnOnce(&mut Child)) -> io::Result<Ended> {
    // Before the program starts, so that no signal falls in between.
    let signals = Signals::new(PASSED_ON)?;
    let mut child = command.spawn()?;
    let forwarder = Forwarder::start(signals, &child);
    meanwhile(&mut child);
    wait_without_reaping(&child);
    // As long as the child is not reaped, its number belongs to nobody else.
    let was_asked = forwarder.stop();
    Ok(Ended { status: child.wait()?, was_asked })
}

pub(super) fn die_as(status: ExitStatus) {
    if let Some(signal) = status.signal() {
        // Returns only where the signal does not end a process; then the exit code tells of it.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

fn wait_without_reaping(child: &Child) {
    let Some(pid) = pid(child) else { return };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    // Whatever else goes wrong here, `Child::wait` tells it.
    let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
}

fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

/// The thread that passes on signals. It answers whether there were any.
struct Forwarder {
    handle: Handle,
    thread: JoinHandle<bool>,
}

impl Forwarder {
    fn start(mut signals: Signals, child: &Child) -> Self {
        let pid = pid(child);
        let handle = signals.handle();
        let thread = thread::spawn(move || {
            let passed_on = signals.forever().map(|signal| pass_on(pid, signal));
            passed_on.count() > 0
        });
        Forwarder { handle, thread }
    }

    fn stop(self) -> bool {
        self.handle.close();
        // It has no way to panic.
        self.thread.join().unwrap_or(false)
    }
}

fn pass_on(pid: Option<Pid>, signal: i32) {
    if let (Some(pid), Some(signal)) = (pid, Signal::from_named_raw(signal)) {
        // The child may have ended, and then there is nobody to tell.
        let _ = kill_process(pid, signal);
    }
}
