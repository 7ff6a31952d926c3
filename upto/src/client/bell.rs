//! How callers reach the flusher: to wake it, to wait for it, to end it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::Duration;

#[derive(Debug, Default)]
pub(crate) struct Bell {
    closing: AtomicBool,
    hurried: AtomicBool,
    thread: OnceLock<Thread>,
    requests: Mutex<Requests>,
    answered: Condvar,
}

#[derive(Debug, Default)]
struct Requests {
    asked: u64,
    done: u64,
    ended: bool,
}

impl Bell {
    /// Says which thread is to be woken.
    pub(super) fn is_heard_by(&self, thread: Thread) {
        let _ = self.thread.set(thread);
    }

    /// Wakes the flusher, if it rests.
    pub(super) fn ring(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    /// Asks the flusher not to wait for more, as a queue fills up. Costs little if it has been asked already.
    pub(super) fn hurry(&self) {
        if !self.hurried.load(Ordering::Relaxed) && !self.hurried.swap(true, Ordering::Relaxed) {
            self.ring();
        }
    }

    /// True if that was asked since this was.
    pub(super) fn is_hurried(&self) -> bool {
        self.hurried.swap(false, Ordering::Relaxed)
    }

    /// Asks for everything queued so far to be sent, and waits for it; false if `deadline` came first.
    pub(super) fn flush(&self, deadline: Duration) -> bool {
        let mut requests = self.requests();
        requests.asked += 1;
        let asked = requests.asked;
        self.ring();
        self.wait(requests, deadline, |requests| requests.done >= asked)
    }

    /// Asks for everything to be sent and the thread to end, and waits for it likewise.
    pub(super) fn close(&self, deadline: Duration) -> bool {
        self.closing.store(true, Ordering::SeqCst);
        let requests = self.requests();
        self.ring();
        self.wait(requests, deadline, |requests| requests.ended)
    }

    fn wait(
        &self,
        requests: MutexGuard<'_, Requests>,
        deadline: Duration,
        met: impl Fn(&Requests) -> bool,
    ) -> bool {
        let waited = self
            .answered
            .wait_timeout_while(requests, deadline, |requests| !(met(requests) || requests.ended));
        met(&waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    /// What has been asked so far; for [`Bell::answer`], once it is done.
    pub(super) fn asked(&self) -> u64 {
        self.requests().asked
    }

    pub(super) fn answer(&self, asked: u64) {
        let mut requests = self.requests();
        if requests.done < asked {
            requests.done = asked;
            self.answered.notify_all();
        }
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::SeqCst)
    }

    /// True if somebody waits.
    pub(super) fn is_called(&self) -> bool {
        let requests = self.requests();
        requests.asked > requests.done || self.is_closing()
    }

    /// The flusher ends.
    pub(super) fn end(&self) {
        self.requests().ended = true;
        self.answered.notify_all();
    }

    fn requests(&self) -> MutexGuard<'_, Requests> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
