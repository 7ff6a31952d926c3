//! By which clock claims and leases end.

use std::sync::Arc;
use std::time::Duration;

use super::script::Call;
use crate::clock::Clock;

/// Servers that share a store may disagree about the time, so that of Redis counts; a test gives one instead.
pub(super) enum Time {
    OfRedis,
    Given(Arc<dyn Clock>),
}

impl Time {
    /// Adds now, in seconds and nanoseconds since the epoch; nothing where Redis has to ask its own clock.
    pub(super) fn now<'a>(&self, call: Call<'a>) -> Call<'a> {
        let Time::Given(clock) = self else { return call.text("").text("") };
        // No store is older than the epoch.
        let now = Duration::from_nanos(u64::try_from(clock.now()).unwrap_or(0));
        call.number(now.as_secs()).number(now.subsec_nanos().into())
    }

    /// Adds now and how long something is to be held from then on.
    pub(super) fn now_and<'a>(&self, hold: Duration, call: Call<'a>) -> Call<'a> {
        self.now(call).number(hold.as_secs()).number(hold.subsec_nanos().into())
    }
}
