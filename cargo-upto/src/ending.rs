//! How an event ends that stands for a program.

use std::io;

use upto::Event;

use crate::process::Ended;

/// Ends `event` the way the program has ended: failed with its exit status, cancelled if somebody ended it.
pub(crate) fn end(event: Event, result: &io::Result<Ended>) {
    match result {
        Ok(ended) if ended.is_cancelled() => return event.cancel(),
        Ok(ended) if ended.status.success() => {}
        Ok(ended) => {
            event.fail(ended.status);
            if let Some(code) = ended.status.code() {
                event.attr("exit_code", code);
            }
        }
        Err(error) => {
            event.fail(error);
        }
    }
    event.end();
}
