//! Signals: events in their handlers, which are not meant to be there and must not damage anything; and the host's own,
//! which the flusher's thread leaves to it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::thread;

use upto::Client;
use upto::wire::Kind;

use super::{DEADLINE, Receiver, dropped, run_child, turn};

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

/// Starts a client, blocks a signal, and waits for it: one that any other thread takes ends the process.
fn wait_for_a_signal() {
    let guard = upto::init().expect("a client");
    let mut taken = 0;
    // SAFETY: the set is made by the first call, and it and the number are ours.
    unsafe {
        let mut asked = std::mem::MaybeUninit::uninit();
        libc::sigemptyset(asked.as_mut_ptr());
        let mut asked = asked.assume_init();
        libc::sigaddset(&raw mut asked, libc::SIGTERM);
        assert_eq!(libc::pthread_sigmask(libc::SIG_BLOCK, &raw const asked, std::ptr::null_mut()), 0);
        assert_eq!(libc::kill(libc::getpid(), libc::SIGTERM), 0);
        assert_eq!(libc::sigwait(&raw const asked, &raw mut taken), 0);
    }
    assert_eq!(taken, libc::SIGTERM);
    upto::point("ended in order");
    drop(guard);
}

/// Run by the test below, as a process of its own.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_whose_child_waits_for_a_signal() {
    if !super::is_child() {
        return;
    }
    // The tests' own threads take signals, too: after a fork, there is none but this.
    // SAFETY: the child calls nothing that other threads may have locked but the allocator, which survives a fork.
    match unsafe { libc::fork() } {
        -1 => panic!("no process"),
        0 => {
            let done = std::panic::catch_unwind(wait_for_a_signal);
            // SAFETY: ends this process without what the parent has registered.
            unsafe { libc::_exit(i32::from(done.is_err())) }
        }
        process => {
            let mut status = 0;
            // SAFETY: `status` is ours.
            assert_eq!(unsafe { libc::waitpid(process, &raw mut status, 0) }, process);
            assert_eq!(status, 0);
        }
    }
}

#[test]
fn a_signal_that_the_host_blocks_later_is_not_taken_by_the_flusher() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = run_child("signals::child_whose_child_waits_for_a_signal", &receiver);
    assert!(output.status.success(), "{output:?}");
    let (_, messages) = receiver.session();
    assert_eq!(messages.iter().map(|message| message.name.as_str()).collect::<Vec<_>>(), ["ended in order"]);
}

/// The signals that this thread blocks.
fn blocked() -> Vec<libc::c_int> {
    let mut set = std::mem::MaybeUninit::uninit();
    // SAFETY: the call makes the set, which is asked for numbers that there are.
    unsafe {
        assert_eq!(libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), set.as_mut_ptr()), 0);
        let set = set.assume_init();
        (1..32).filter(|signal| libc::sigismember(&raw const set, *signal) == 1).collect()
    }
}

#[test]
fn who_starts_a_client_takes_the_signals_that_it_took_before() {
    let _turn = turn();
    let before = blocked();
    let guard = Receiver::new("127.0.0.1:0").builder().init().expect("a client");
    assert_eq!(blocked(), before);
    drop(guard);
}
