//! Ctrl-C, and what ends services: told to cargo while that runs, and to whoever waits for it.

use std::io;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::runtime::Runtime;
use tokio::sync::watch;

/// Whether somebody asked this program to end.
#[derive(Clone, Debug)]
pub(crate) struct Interrupt {
    told: watch::Receiver<bool>,
    child: Receiver,
}

/// The process that is told too, as long as it is there.
type Receiver = Arc<Mutex<Option<u32>>>;

/// A child is told as long as this lives. It must not live longer than until the child is waited for.
#[derive(Debug)]
#[must_use = "dropping this ends it"]
pub(crate) struct Forwarding(Receiver);

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// The system refuses.
    pub(crate) fn listen(runtime: &Runtime) -> io::Result<Self> {
        let (tell, told) = watch::channel(false);
        let child = Receiver::default();
        let _in_runtime = runtime.enter();
        runtime.spawn(Signals::new()?.run(tell, child.clone()));
        Ok(Interrupt { told, child })
    }

    /// True if it was asked already.
    pub(crate) fn is_told(&self) -> bool {
        *self.told.borrow()
    }

    /// Until it is asked.
    pub(crate) async fn wait(&self) {
        // The one that tells goes only with the runtime.
        let _ = self.told.clone().wait_for(|told| *told).await;
    }

    /// Passes signals on to `child`, one that came before included. Those from a terminal reach it anyway;
    /// twice does no harm.
    pub(crate) fn forward_to(&self, child: &Child) -> Forwarding {
        set(&self.child, Some(child.id()));
        if self.is_told() {
            interrupt(&self.child);
        }
        Forwarding(self.child.clone())
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        set(&self.0, None);
    }
}

fn set(receiver: &Receiver, child: Option<u32>) {
    *receiver.lock().unwrap_or_else(PoisonError::into_inner) = child;
}

#[cfg(unix)]
use self::unix::{Signals, interrupt};

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::PoisonError;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::signal::unix::{self, SignalKind};
    use tokio::sync::watch;

    pub(super) struct Signals {
        interrupt: unix::Signal,
        terminate: unix::Signal,
        hangup: unix::Signal,
    }

    impl Signals {
        pub(super) fn new() -> io::Result<Self> {
            Ok(Signals {
                interrupt: unix::signal(SignalKind::interrupt())?,
                terminate: unix::signal(SignalKind::terminate())?,
                hangup: unix::signal(SignalKind::hangup())?,
            })
        }

        pub(super) async fn run(mut self, tell: watch::Sender<bool>, child: super::Receiver) {
            loop {
                let signal = tokio::select! {
                    _ = self.interrupt.recv() => Signal::INT,
                    _ = self.terminate.recv() => Signal::TERM,
                    _ = self.hangup.recv() => Signal::HUP,
                };
                tell.send_replace(true);
                pass_on(&child, signal);
            }
        }
    }

    pub(super) fn interrupt(child: &super::Receiver) {
        pass_on(child, Signal::INT);
    }

    fn pass_on(child: &super::Receiver, signal: Signal) {
        let child = child.lock().unwrap_or_else(PoisonError::into_inner);
        let pid = child.and_then(|child| Pid::from_raw(i32::try_from(child).ok()?));
        // It may have ended already.
        let _ = pid.map(|pid| kill_process(pid, signal));
    }
}

#[cfg(not(unix))]
fn interrupt(_child: &Receiver) {}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Signals)
    }

    /// Elsewhere, what is pressed at a console reaches everything that runs there.
    async fn run(self, tell: watch::Sender<bool>, _child: Receiver) {
        while tokio::signal::ctrl_c().await.is_ok() {
            tell.send_replace(true);
        }
    }
}
