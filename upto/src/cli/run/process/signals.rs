//! Signals that are meant for the command.

mod disposition;

use std::io;
use std::process::Child;
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::exfiltrator::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::{Cause, Origin};

/// What people and service managers send to end something.
const PASSED_ON: [i32; 4] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM];

/// Takes the signals that are meant for the command, from before it starts.
pub(super) struct Waiting {
    signals: SignalsInfo<WithOrigin>,
}

impl Waiting {
    /// From now on signals wait here. Those that this process was told to ignore stay ignored, by the command too: so
    /// `nohup` works.
    pub(super) fn new() -> io::Result<Self> {
        disposition::keep_children();
        take().map(|signals| Waiting { signals })
    }

    /// Passes them on to this child.
    pub(super) fn pass_on_to(mut self, child: &Child) -> PassingOn {
        let (handle, pid) = (self.signals.handle(), pid(child));
        let pass_on = move || self.signals.forever().for_each(|origin| pass_on(pid, &origin));
        // Without a thread, the command gets what is sent to it itself, and nothing else.
        let thread = thread::Builder::new().name("upto-signals".to_owned()).spawn(pass_on).ok();
        PassingOn { handle, thread }
    }
}

/// Signals are being passed on.
pub(super) struct PassingOn {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl PassingOn {
    /// The command has ended, and is not reaped. What was sent before that can't end this process instead: from now on
    /// signals do nothing.
    pub(super) fn stop(self) {
        self.handle.close();
        // It has no way to panic.
        self.thread.map(JoinHandle::join);
    }
}

/// Has signals end this process, as they do others: it waits for something that may never come.
pub(super) fn let_end() {
    let end = |mut signals: SignalsInfo<WithOrigin>| {
        if let Some(origin) = signals.forever().next() {
            std::process::exit(128 + origin.signal);
        }
    };
    let Ok(signals) = take() else { return };
    // Without a thread, it ends when what it waits for has come.
    let _ = thread::Builder::new().name("upto-signals".to_owned()).spawn(move || end(signals));
}

fn take() -> io::Result<SignalsInfo<WithOrigin>> {
    SignalsInfo::new(PASSED_ON.into_iter().filter(|signal| !disposition::is_ignored(*signal)))
}

pub(super) fn pid(child: &Child) -> Option<Pid> {
    Pid::from_raw(i32::try_from(child.id()).ok()?)
}

fn pass_on(child: Option<Pid>, origin: &Origin) {
    // By a terminal: it has told the command as well.
    if origin.cause == Cause::Kernel {
        return;
    }
    if let (Some(child), Some(signal)) = (child, Signal::from_named_raw(origin.signal)) {
        // It may have ended at this moment, and then there is nobody to tell.
        let _ = kill_process(child, signal);
    }
}
