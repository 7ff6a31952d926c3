//! The log of what admins did: streams in the store, one for each month, with a record before an action is done and one
//! when it is answered. So nothing is done that is not written down, and what was killed between has no answer.

use jiff::{Timestamp, ToSpan, Zoned, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

use super::token::random_hex;
use super::{Arrival, Caller, Doors};
use crate::catalog::document;
use crate::store::{Append, Cursor, Result, Store};

/// Streams of the log begin with this. Then follows the month.
const PREFIX: &str = "audit/";
/// Months that are kept beside the present one.
pub(crate) const MONTHS: i64 = 24;
/// Months before those, which are removed if they are still there.
const REMOVED: i64 = 12;
/// Bytes of an action that are written down at most.
const ACTION_BYTES: usize = 8 << 10;

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The same for an action and its answer.
    pub(crate) action_id: String,
    /// Nanoseconds since the epoch.
    pub(crate) time: i64,
    /// The id of the token; `None`: none was needed.
    pub(crate) token: Option<String>,
    /// What the token was called then.
    pub(crate) name: Option<String>,
    /// Where the request came from.
    pub(crate) address: String,
    /// The method and the path, and which command of which cluster.
    pub(crate) action: String,
    /// How it was answered, in HTTP's numbers; `None` before that.
    pub(crate) status: Option<u16>,
}

impl Record {
    /// Somebody begins to do something now.
    fn begin(caller: &Caller, address: String, action: &str, time: i64) -> Self {
        let (token, name) = match caller {
            Caller::Anybody => (None, None),
            Caller::Holder(token) | Caller::Certified(token) => {
                (Some(token.id.clone()), Some(token.name.clone()))
            }
        };
        let action = beginning(action, ACTION_BYTES).to_owned();
        let action_id = random_hex::<8>().unwrap_or_default();
        Record { action_id, time, token, name, address, action, status: None }
    }

    /// What was begun is answered.
    fn answered(self, status: u16, time: i64) -> Self {
        Record { status: Some(status), time, ..self }
    }

    /// Writes it down.
    ///
    /// # Errors
    /// What the store says.
    async fn append(&self, store: &dyn Store) -> Result<()> {
        let stream = stream(&month_of(self.time));
        let block = document::encode(self, &stream)?;
        store.append(vec![Append { stream, block }]).await
    }
}

impl Doors {
    /// Does something that changes what only some may change, and writes it down: before, and with the status, in HTTP's
    /// numbers, when it is done.
    ///
    /// # Errors
    /// What the store says: what can't be written down is not done.
    pub(crate) async fn audited<T>(
        &self,
        caller: &Caller,
        arrival: Option<Arrival>,
        action: &str,
        work: impl Future<Output = (T, u16)>,
    ) -> Result<T> {
        let address = arrival.map(|arrival| arrival.peer.ip().to_canonical().to_string());
        let record = Record::begin(caller, address.unwrap_or_default(), action, self.clock.now());
        record.append(self.store.as_ref()).await?;
        let (done, status) = work.await;
        let answered = record.answered(status, self.clock.now());
        // That it was begun is written down already.
        let _ = answered.append(self.store.as_ref()).await;
        Ok(done)
    }
}

/// Up to `limit` records of a month after `after`, the earliest first, each with its place.
pub(crate) async fn read(
    store: &dyn Store,
    month: &str,
    after: Cursor,
    limit: usize,
) -> Result<Vec<(Cursor, Record)>> {
    let stream = stream(month);
    let blocks = store.read(&stream, after, limit).await?;
    blocks.into_iter().map(|block| Ok((block.cursor, document::decode(&stream, &block.bytes)?))).collect()
}

/// Removes what is older than what is kept.
pub(super) async fn remove_old(store: &dyn Store, now: i64) -> Result<()> {
    for month in months_before(now, MONTHS + 1, MONTHS + REMOVED) {
        store.drop_stream(&stream(&month)).await?;
    }
    Ok(())
}

/// The months that may have records, the present one first.
pub(crate) fn months(now: i64) -> Vec<String> {
    months_before(now, 0, MONTHS)
}

/// The streams that may have records, the earliest first.
pub(crate) fn streams(now: i64) -> Vec<String> {
    months(now).iter().rev().map(|month| stream(month)).collect()
}

/// Whether a stream has records of this log.
pub(crate) fn is_stream(stream: &str) -> bool {
    stream.strip_prefix(PREFIX).is_some_and(is_month)
}

/// Whether a block of a stream can be read, if it is one of this log; `None` if it is something else.
pub(crate) fn readable_block(stream: &str, block: &[u8]) -> Option<Result<()>> {
    is_stream(stream).then(|| document::decode::<Record>(stream, block).map(drop))
}

/// Whether a text is a month as it is written here.
pub(crate) fn is_month(text: &str) -> bool {
    text.len() == 7 && format!("{text}-01").parse::<Date>().is_ok()
}

/// The text up to so many bytes, cut between characters.
fn beginning(text: &str, bytes: usize) -> &str {
    let cut = (0..=bytes.min(text.len())).rev().find_map(|end| text.get(..end));
    cut.unwrap_or_default()
}

fn months_before(now: i64, first: i64, last: i64) -> Vec<String> {
    let begin = zoned(now).date().first_of_month();
    let month =
        |ago: i64| begin.checked_sub(ago.months()).ok().map(|date| date.strftime("%Y-%m").to_string());
    (first..=last).filter_map(month).collect()
}

fn month_of(time: i64) -> String {
    zoned(time).strftime("%Y-%m").to_string()
}

fn zoned(time: i64) -> Zoned {
    Timestamp::from_nanosecond(time.into()).unwrap_or_default().to_zoned(TimeZone::UTC)
}

fn stream(month: &str) -> String {
    format!("{PREFIX}{month}")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::SystemClock;
    use crate::store::MemoryStore;

    /// 15 January 2026, noon.
    const NOW: i64 = 1_768_478_400_000_000_000;

    #[tokio::test]
    async fn what_is_written_down_is_read_month_by_month() {
        let store = MemoryStore::new(Arc::new(SystemClock));
        let begun = Record::begin(&Caller::Anybody, "127.0.0.1".into(), "DELETE /api", NOW);
        let answered = begun.clone().answered(200, NOW + 5);
        begun.append(&store).await.expect("written");
        answered.append(&store).await.expect("written");
        let read_all = read(&store, "2026-01", Cursor::START, 10).await.expect("read");
        assert_eq!(read_all.iter().map(|(_, record)| record).collect::<Vec<_>>(), [&begun, &answered]);
        let rest = read(&store, "2026-01", read_all[0].0, 10).await.expect("read");
        assert_eq!(rest.len(), 1);
        remove_old(&store, NOW).await.expect("removed");
        assert_eq!(read(&store, "2026-01", Cursor::START, 1).await.expect("read").len(), 1);
        // 25 months later.
        remove_old(&store, NOW + 25 * 31 * 86_400 * 1_000_000_000).await.expect("removed");
        assert_eq!(read(&store, "2026-01", Cursor::START, 1).await.expect("read").len(), 0);
    }

    #[test]
    fn months_are_listed_over_the_turn_of_the_year() {
        let months = months(NOW);
        assert_eq!((months[0].as_str(), months[1].as_str()), ("2026-01", "2025-12"));
        assert_eq!(months.len(), 25);
        assert!(is_month("2026-01"));
        for text in ["", "2026-13", "2026-1", "26-01", "2026-01-", "../../x"] {
            assert!(!is_month(text), "{text}");
        }
    }

    #[test]
    fn a_long_action_is_cut_between_characters() {
        let record = Record::begin(&Caller::Anybody, String::new(), &"☃".repeat(ACTION_BYTES), NOW);
        assert!(record.action.len() <= ACTION_BYTES && record.action.ends_with('☃'));
    }
}
