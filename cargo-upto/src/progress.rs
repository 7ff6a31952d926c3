//! How far the build is, on standard error: one line that changes, or where that is not a terminal, a line
//! now and then.
#![allow(clippy::print_stderr)]

mod state;

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use self::state::State;
use crate::terminal::Terminal;

/// How often the line changes at least, for the time in it.
const LIVE: Duration = Duration::from_millis(100);
/// How often there is another line elsewhere.
const SPARSE: Duration = Duration::from_secs(10);
/// To the beginning of the line, and nothing in it.
const CLEAR: &str = "\r\u{1b}[2K";

/// Shows progress until it is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    shared: Arc<Shared>,
    ticker: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    terminal: Option<Terminal>,
    began: Instant,
    shown: Mutex<Shown>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Shown {
    state: State,
    has_ended: bool,
}

impl Progress {
    /// Shows a build of at most `total` packages, if that is known, on standard error.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(total: Option<usize>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::new(Some(Terminal::of_errors()), total));
        let shows = shared.clone();
        let ticker = thread::Builder::new().name("progress".to_owned()).spawn(move || shows.run())?;
        Ok(Progress { shared, ticker: Some(ticker) })
    }

    /// Shows nothing.
    #[cfg(test)]
    pub(crate) fn silent() -> Self {
        Progress { shared: Arc::new(Shared::new(None, None)), ticker: None }
    }

    /// A crate is being compiled.
    pub(crate) fn started(&self, crate_name: String) {
        self.shared.lock().state.started(crate_name);
    }

    /// It is done, and so are `packages` packages.
    pub(crate) fn made(&self, crate_name: &str, packages: usize) {
        self.shared.lock().state.made(crate_name, packages);
    }

    /// Cargo does something else.
    pub(crate) fn doing(&self, status: String) {
        self.shared.lock().state.doing(status);
    }

    /// Shows a line that stays, above the one that changes.
    pub(crate) fn print(&self, line: &str) {
        let Some(terminal) = self.shared.terminal else { return };
        let shown = self.shared.lock();
        if terminal.is_live {
            eprint!("{CLEAR}{line}\n{}", self.shared.line(&shown.state, terminal));
        } else {
            eprintln!("{line}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_all();
        // A ticker that has panicked has ended too.
        let _ = self.ticker.take().map(JoinHandle::join);
    }
}

impl Shared {
    fn new(terminal: Option<Terminal>, total: Option<usize>) -> Self {
        let shown = Mutex::new(Shown { state: State::of(total), has_ended: false });
        Shared { terminal, began: Instant::now(), shown, changed: Condvar::new() }
    }

    fn run(&self) {
        let Some(terminal) = self.terminal else { return };
        let pause = if terminal.is_live { LIVE } else { SPARSE };
        let mut shown = self.lock();
        loop {
            let waited = self.changed.wait_timeout_while(shown, pause, |shown| !shown.has_ended);
            shown = waited.unwrap_or_else(PoisonError::into_inner).0;
            match (shown.has_ended, terminal.is_live) {
                (false, true) => eprint!("{CLEAR}{}", self.line(&shown.state, terminal)),
                (false, false) => eprintln!("{}", self.line(&shown.state, terminal)),
                (true, true) => return eprint!("{CLEAR}"),
                (true, false) => return,
            }
        }
    }

    fn line(&self, state: &State, terminal: Terminal) -> String {
        // A line that fills the last column would move on to the next one.
        state.line(self.began.elapsed(), terminal.width - 1)
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
