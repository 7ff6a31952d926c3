//! Long values, in parts: servers limit the length of a statement and of a row.
//!
//! A value of up to [`PART`] is in the row it belongs to. A longer one leaves that empty, and is in
//! rows of `upto_parts` under the same leading key, so on the same node of a distributed engine.

use sqlx::Row;

use super::failure::Failure;
use super::key::Key;
use super::rows::{Value, bind_all, pieces, tuples};
use super::session::Session;

/// The longest value in one row, in bytes: 1 MiB.
const PART: usize = 1 << 20;

/// A value as its row has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stored<'a> {
    /// How many rows of `upto_parts` hold it; 0 when the row itself does.
    pub(super) parts: i64,
    /// The value, or nothing.
    pub(super) inline: &'a [u8],
}

impl<'a> Stored<'a> {
    pub(super) fn new(value: &'a [u8]) -> Self {
        match value.len() {
            0..=PART => Stored { parts: 0, inline: value },
            length => Stored { parts: i64::try_from(length.div_ceil(PART)).unwrap_or(i64::MAX), inline: &[] },
        }
    }
}

/// Stores the parts of a value that is the `number`th under `key`, if it is long.
pub(super) async fn insert(
    session: &mut Session<'_>,
    key: &Key,
    number: i64,
    value: &[u8],
) -> Result<(), Failure> {
    if Stored::new(value).parts == 0 {
        return Ok(());
    }
    let rows: Vec<_> = (0..)
        .zip(value.chunks(PART))
        .map(|(part, bytes)| {
            [Value::Bytes(key.spread()), Value::Number(number), Value::Number(part), Value::Bytes(bytes)]
        })
        .collect();
    for piece in pieces(&rows) {
        let values = tuples(piece.len(), 4);
        let query =
            session.query(&format!("INSERT INTO upto_parts (spread, number, part, bytes) VALUES {values}"));
        session.execute(bind_all(query, piece)).await?;
    }
    Ok(())
}

/// The whole value, of which `inline` is in its row; `None` if it was removed meanwhile.
pub(super) async fn whole(
    session: &mut Session<'_>,
    spread: &[u8],
    number: i64,
    parts: i64,
    inline: Vec<u8>,
) -> Result<Option<Vec<u8>>, Failure> {
    if parts == 0 {
        return Ok(Some(inline));
    }
    let query = session.query("SELECT bytes FROM upto_parts WHERE spread = ? AND number = ? ORDER BY part");
    let rows = session.rows(query.bind(spread.to_vec()).bind(number)).await?;
    if i64::try_from(rows.len()) != Ok(parts) {
        return Ok(None);
    }
    let mut value = inline;
    for row in &rows {
        value.extend_from_slice(row.try_get(0)?);
    }
    Ok(Some(value))
}

/// Removes the parts of one value.
pub(super) async fn delete(session: &mut Session<'_>, key: &Key, number: i64) -> Result<(), Failure> {
    let query = session.query("DELETE FROM upto_parts WHERE spread = ? AND number = ?");
    session.execute(query.bind(key.spread().to_vec()).bind(number)).await?;
    Ok(())
}

/// Removes the parts of all values under `key`.
pub(super) async fn delete_all(session: &mut Session<'_>, key: &Key) -> Result<(), Failure> {
    let query = session.query("DELETE FROM upto_parts WHERE spread = ?");
    session.execute(query.bind(key.spread().to_vec())).await?;
    Ok(())
}
