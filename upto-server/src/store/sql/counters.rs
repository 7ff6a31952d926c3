//! Numbers given out in the order of the commits: the cursors of a stream, the tasks of a queue.
//!
//! Whoever takes a number holds the counter's row until the commit, so the next one gets its number
//! only then: a reader who sees a number has seen all lower ones. A sequence of the database would
//! give out numbers before the commit, and a reader would skip those that commit late.

use std::collections::BTreeMap;

use sqlx::Row;

use super::failure::Failure;
use super::key::{Key, Kind};
use super::rows::{Value, bind_all, pieces, tuples};
use super::session::Session;

/// The counter that outlives the others: see [`forget`].
fn floor() -> Key {
    Key::new(Kind::Number, "highest of the streams that were dropped")
}

/// Takes for each key as many numbers as are said and returns the first of them.
///
/// The rows are locked in the order of their keys, so that nobody waits for one another in a circle.
pub(super) async fn take(
    session: &mut Session<'_>,
    counts: &BTreeMap<Key, i64>,
) -> Result<BTreeMap<Key, i64>, Failure> {
    let last = raise_all(session, counts).await?;
    let mut floor = None;
    let mut first = BTreeMap::new();
    for (key, &count) in counts {
        let mut before = *last.get(key.spread()).ok_or(Failure::Number)? - count;
        // Only a counter that came into being just now has given out no number before these.
        if before == 0 {
            before = match floor {
                Some(floor) => floor,
                None => *floor.insert(highest_dropped(session).await?),
            };
            if before > 0 {
                set(session, key, before + count).await?;
            }
        }
        first.insert(key.clone(), before + 1);
    }
    Ok(first)
}

/// Raises the counters, which locks their rows, and returns where they are then.
async fn raise_all(
    session: &mut Session<'_>,
    counts: &BTreeMap<Key, i64>,
) -> Result<BTreeMap<Vec<u8>, i64>, Failure> {
    let rows: Vec<_> = counts
        .iter()
        .map(|(key, &count)| {
            [Value::Bytes(key.spread()), Value::Bytes(key.qualified()), Value::Number(count)]
        })
        .collect();
    let mut last = BTreeMap::new();
    for piece in pieces(&rows) {
        raise(session, piece).await?;
        last.extend(read(session, piece).await?);
    }
    Ok(last)
}

/// Takes one number.
pub(super) async fn next(session: &mut Session<'_>, key: Key) -> Result<i64, Failure> {
    take(session, &BTreeMap::from([(key, 1)])).await?.into_values().next().ok_or(Failure::Number)
}

/// Removes a counter such that one of the same key never gives out its numbers again: whatever
/// begins anew begins above the highest number that was ever removed.
pub(super) async fn forget(session: &mut Session<'_>, key: &Key, last: i64) -> Result<(), Failure> {
    let raised = session.query("UPDATE upto_counters SET last = ? WHERE spread = ? AND last < ?");
    session.execute(raised.bind(last).bind(floor().spread().to_vec()).bind(last)).await?;
    let gone = session.query("DELETE FROM upto_counters WHERE spread = ?");
    session.execute(gone.bind(key.spread().to_vec())).await?;
    Ok(())
}

/// The last number given out, with its row locked; `None` if there is no such counter.
pub(super) async fn lock(session: &mut Session<'_>, key: &Key) -> Result<Option<i64>, Failure> {
    let query = session.query("SELECT last FROM upto_counters WHERE spread = ? {for update}");
    let row = session.row(query.bind(key.spread().to_vec())).await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Creates what has to be there from the beginning.
pub(super) async fn create(session: &mut Session<'_>) -> Result<(), Failure> {
    let floor = floor();
    let row = [Value::Bytes(floor.spread()), Value::Bytes(floor.qualified()), Value::Number(0)];
    raise(session, &[row]).await
}

async fn raise(session: &mut Session<'_>, rows: &[[Value<'_>; 3]]) -> Result<(), Failure> {
    let query = session.query(&format!(
        "INSERT INTO upto_counters (spread, name, last) VALUES {} {{or, of what is there,}} last = {{there}} + {{given}}",
        tuples(rows.len(), 3)
    ));
    session.execute(bind_all(query, rows)).await?;
    Ok(())
}

async fn read(session: &mut Session<'_>, rows: &[[Value<'_>; 3]]) -> Result<Vec<(Vec<u8>, i64)>, Failure> {
    let keys: Vec<_> = rows.iter().map(|&[spread, ..]| [spread]).collect();
    let query = session.query(&format!(
        "SELECT spread, last FROM upto_counters WHERE spread IN ({})",
        vec!["?"; keys.len()].join(", ")
    ));
    let found = session.rows(bind_all(query, &keys)).await?;
    found.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

async fn set(session: &mut Session<'_>, key: &Key, last: i64) -> Result<(), Failure> {
    let query = session.query("UPDATE upto_counters SET last = ? WHERE spread = ?");
    session.execute(query.bind(last).bind(key.spread().to_vec())).await?;
    Ok(())
}

async fn highest_dropped(session: &mut Session<'_>) -> Result<i64, Failure> {
    let query = session.query("SELECT last FROM upto_counters WHERE spread = ?");
    let row = session.row(query.bind(floor().spread().to_vec())).await?;
    // Its row is created with the tables.
    Ok(row.ok_or(Failure::Number)?.try_get(0)?)
}
