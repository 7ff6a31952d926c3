//! Who is alive, what they have to say, and who has to know: heartbeats, the journal, and alerts.
//!
//! `heartbeat` is pure: what changes one, and what of that is news. A `shard` is a part of all of them, with an index by
//! deadline, and a document in the store. `keeper` has all shards, stores what changed, and looks what is due. News are
//! `notice`s, which are stored with what they are about and published after that: into the `journal`, and to whoever has
//! to know. So whoever comes after a server that was killed publishes what that one decided on.
//!
//! Nobody is declared dead for the time in which no server ran: what came due then is armed once more.

pub mod alerts;
pub(crate) mod heartbeat;
pub(crate) mod journal;
mod keeper;
mod notice;
mod pings;
mod publish;
mod report;
pub(crate) mod requests;
mod settings;
mod shard;

use jiff::Timestamp;

use crate::store::Result;

pub(crate) use self::heartbeat::AlertTarget;
pub(crate) use self::keeper::{Ticket, TooMany, Watch};
pub use self::pings::PingSettings;
pub(crate) use self::pings::{Outcome, PingStanding, Pings};
pub(crate) use self::report::{Report, ReportFault};
pub use self::settings::WatchSettings;
pub(crate) use self::shard::{Haste, Step};

/// Whether a document of this module can be read; `None` if it is something else.
pub(crate) fn readable(key: &str, value: &[u8]) -> Option<Result<()>> {
    keeper::readable(key, value)
        .or_else(|| alerts::readable(key, value))
        .or_else(|| pings::readable(key, value))
}

/// A time for people, to the second.
fn time(nanoseconds: i64) -> String {
    let seconds = nanoseconds.div_euclid(1_000_000_000);
    Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.to_string())
}
