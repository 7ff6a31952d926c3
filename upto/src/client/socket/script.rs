//! What the system answers to calls of this thread, for tests of what it does not do on demand.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;

/// What is asked of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::client) enum Call {
    /// To send one packet.
    Packet,
    /// To send many, by splitting what it gets.
    #[cfg(target_os = "linux")]
    Segments,
}

/// Why the system does not do it.
#[derive(Clone, Copy, Debug)]
pub(in crate::client) enum Fault {
    Kind(io::ErrorKind),
    /// By the system's own number, of those that have no kind.
    #[cfg(target_os = "linux")]
    System(i32),
}

impl From<Fault> for io::Error {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Kind(kind) => kind.into(),
            #[cfg(target_os = "linux")]
            Fault::System(number) => io::Error::from_raw_os_error(number),
        }
    }
}

/// A call and its answer; `None`: the system's own.
type Answer = (Call, Option<Fault>);

thread_local! {
    static ANSWERS: RefCell<VecDeque<Answer>> = const { RefCell::new(VecDeque::new()) };
}

/// From now on, these are the next calls, and so they are answered. Those after them go to the system.
pub(in crate::client) fn expect(answers: impl IntoIterator<Item = Answer>) {
    ANSWERS.with_borrow_mut(|expected| expected.extend(answers));
}

/// True if all calls that were expected have been made.
#[cfg(target_os = "linux")]
pub(in crate::client) fn is_done() -> bool {
    ANSWERS.with_borrow(VecDeque::is_empty)
}

/// The answer to this call, if it is the next one that is expected.
pub(super) fn answer(call: Call) -> io::Result<()> {
    let Some((expected, answer)) = ANSWERS.with_borrow_mut(VecDeque::pop_front) else { return Ok(()) };
    assert_eq!(call, expected, "another call was expected");
    answer.map_or(Ok(()), |fault| Err(fault.into()))
}
