//! A child process has its parent's memory, and no flusher: it goes quiet.

#![allow(unsafe_code)]

#[cfg(unix)]
#[cfg(test)]
mod tests;

/// Makes children go quiet, from now on.
pub(super) fn watch() {
    #[cfg(unix)]
    {
        use std::sync::Once;
        static WATCH: Once = Once::new();
        WATCH.call_once(|| {
            // SAFETY: the handler touches atomics, tries a lock, touches the thread's own variables, and
            // allocates nothing, nor waits.
            // It stays registered for ever, as long as its code does.
            // An error says that there is no memory, and then there will be no fork either.
            let _ = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        });
    }
}

#[cfg(unix)]
extern "C" fn in_child() {
    crate::state::set_off();
    super::running::clear();
    crate::local::detach_after_fork();
    crate::current::check_after_fork();
    crate::span::check_after_fork();
    crate::testing::check_after_fork();
}
