//! Events in signal handlers, which interrupt events. They are not meant to be there, and must not damage anything.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use upto::Client;
use upto::wire::Kind;

use super::{DEADLINE, Receiver, dropped, turn};

/// Signals that are handled.
const SIGNALS: u64 = 2_000;

/// Has [`busy`] do what handlers do: what happens for the first time allocates, which they must not.
const WARM: u64 = u64::MAX;

static HANDLED: AtomicU64 = AtomicU64::new(0);

#[upto::event(name = "busy")]
fn busy(number: u64) -> u64 {
    if number == WARM {
        handled();
    }
    std::hint::black_box(number)
}

#[upto::event(name = "handled")]
fn handled() {
    HANDLED.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn handle(_signal: libc::c_int) {
    handled();
}

/// A thread to send signals to.
struct Target(libc::pthread_t);

impl Target {
    /// This thread, which handles them from now on.
    fn this() -> Self {
        let handler: extern "C" fn(libc::c_int) = handle;
        // SAFETY: the handler touches atomics and this crate, which is what is tested. What the thread does meanwhile
        // allocates only where the handler's events are refused.
        unsafe { libc::signal(libc::SIGUSR2, handler as libc::sighandler_t) };
        // SAFETY: no preconditions.
        Target(unsafe { libc::pthread_self() })
    }

    fn signal(&self) {
        // SAFETY: the thread has not ended, as it waits to be told.
        assert_eq!(unsafe { libc::pthread_kill(self.0, libc::SIGUSR2) }, 0);
    }
}

/// Makes events until told to stop; how many that were.
fn work(stop: &AtomicBool) -> u64 {
    (0..).take_while(|number| busy(*number) == *number && !stop.load(Ordering::SeqCst)).count() as u64 + 1
}

#[test]
fn what_handlers_record_is_recorded_or_dropped_and_damages_nothing() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let guard = receiver.builder().init().expect("a client");
    let stop = AtomicBool::new(false);
    let (tell, told) = channel();
    let received = thread::scope(|scope| {
        let received = scope.spawn(|| receiver.session().1);
        let worker = scope.spawn(|| {
            busy(WARM);
            handled();
            tell.send(Target::this()).expect("it is waited for");
            work(&stop)
        });
        let target = told.recv().expect("a target");
        while HANDLED.load(Ordering::SeqCst) < SIGNALS {
            target.signal();
        }
        stop.store(true, Ordering::SeqCst);
        let events = 1 + worker.join().expect("no panic") + HANDLED.load(Ordering::SeqCst);
        assert!(guard.flush(DEADLINE));
        let stats = Client::stats().expect("a client");
        assert!(stats.sent + dropped(&stats) <= 2 * events, "of {events}: {stats:?}");
        drop(guard);
        received.join().expect("good packets")
    });
    let names = ["busy", "busy.handled", "handled"];
    assert!(received.iter().all(|message| names.contains(&message.name.as_str())));
    assert!(received.iter().any(|message| message.name.ends_with("handled")));
    assert!(received.iter().all(|message| message.kind != Kind::End || message.started.is_some()));
}
