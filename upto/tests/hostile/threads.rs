//! A system that gives no thread.

use upto::{Client, InitError};

use super::{DEADLINE, Receiver, run_child, turn};

/// The process's addresses, in bytes.
fn address_space() -> libc::rlim_t {
    let sizes = std::fs::read_to_string("/proc/self/statm").expect("the process's sizes");
    let pages: libc::rlim_t =
        sizes.split(' ').next().and_then(|pages| pages.parse().ok()).expect("a number of pages");
    // SAFETY: no preconditions.
    let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) };
    pages * libc::rlim_t::try_from(page).expect("a size")
}

/// Run by the test below, as a process of its own: it has no memory left for a thread's stack, until it says so.
#[test]
#[ignore = "a process of its own for other tests"]
fn child_without_another_thread_at_first() {
    if !super::is_child() {
        return;
    }
    let mut usual = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls read or write the limit that is given, which is ours.
    let set = |limit: &libc::rlimit| unsafe { libc::setrlimit(libc::RLIMIT_AS, limit) };
    // SAFETY: as above.
    assert_eq!(unsafe { libc::getrlimit(libc::RLIMIT_AS, &raw mut usual) }, 0);
    // Enough for the client itself; a stack has 2 MiB.
    let scarce = libc::rlimit { rlim_cur: address_space() + (1 << 20), ..usual };
    for _ in 0..2 {
        assert_eq!(set(&scarce), 0);
        let refused = upto::init();
        assert_eq!(set(&usual), 0);
        assert!(matches!(refused, Err(InitError::Thread(_))), "{refused:?}");
        assert_eq!((Client::stats(), Client::is_active()), (None, false));
    }
    upto::point("unseen");
    let guard = upto::init().expect("a client");
    upto::point("seen");
    assert!(guard.flush(DEADLINE));
}

#[test]
fn without_a_thread_there_is_no_client_and_there_can_be_one_later() {
    let _turn = turn();
    let receiver = Receiver::new("127.0.0.1:0");
    let output = run_child("threads::child_without_another_thread_at_first", &receiver);
    assert!(output.status.success(), "{output:?}");
    let (_, messages) = receiver.session();
    assert_eq!(messages.iter().map(|message| message.name.as_str()).collect::<Vec<_>>(), ["seen"]);
}
