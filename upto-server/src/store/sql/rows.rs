//! Many rows by one statement.

use sqlx::Any;
use sqlx::any::AnyArguments;
use sqlx::query::Query;

/// The most rows of one statement.
const ROWS: usize = 64;

/// How many bytes of values one statement holds, if it holds more than one row: servers limit the
/// length of a statement, at 4 MiB in the strictest default.
const BYTES: usize = 1 << 20;

/// One value of a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value<'a> {
    Number(i64),
    Bytes(&'a [u8]),
}

impl Value<'_> {
    fn length(&self) -> usize {
        match self {
            Value::Number(_) => size_of::<i64>(),
            Value::Bytes(bytes) => bytes.len(),
        }
    }
}

/// `(?, ?), (?, ?)`: as many times as there are rows, as many values as there are columns.
pub(super) fn tuples(rows: usize, columns: usize) -> String {
    let tuple = format!("({})", vec!["?"; columns].join(", "));
    vec![tuple; rows].join(", ")
}

pub(super) fn bind_all<'v, const COLUMNS: usize>(
    query: Query<'static, Any, AnyArguments>,
    rows: &[[Value<'v>; COLUMNS]],
) -> Query<'static, Any, AnyArguments> {
    rows.iter().flatten().fold(query, |query, value| match *value {
        Value::Number(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
    })
}

/// The rows in pieces that fit a statement. Their lengths are powers of two, so that few different
/// statements have to be prepared.
pub(super) fn pieces<'r, 'v, const COLUMNS: usize>(
    mut rows: &'r [[Value<'v>; COLUMNS]],
) -> impl Iterator<Item = &'r [[Value<'v>; COLUMNS]]> {
    std::iter::from_fn(move || {
        let (piece, rest) = rows.split_at(piece(rows));
        rows = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

fn piece<const COLUMNS: usize>(rows: &[[Value<'_>; COLUMNS]]) -> usize {
    let mut bytes = 0_usize;
    let lengths = rows.iter().map(|row| row.iter().map(Value::length).sum::<usize>());
    let fitting = lengths.take(ROWS).take_while(|length| {
        bytes = bytes.saturating_add(*length);
        bytes <= BYTES
    });
    let fitting = fitting.count().max(1).min(rows.len());
    // The highest power of two that is not more.
    fitting.checked_ilog2().map_or(0, |exponent| 1 << exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(rows: &[[Value<'_>; 1]]) -> Vec<usize> {
        pieces(rows).map(<[_]>::len).collect()
    }

    #[test]
    fn pieces_are_powers_of_two_and_complete() {
        assert_eq!(lengths(&[]), [0; 0]);
        assert_eq!(lengths(&[[Value::Number(1)]; 7]), [4, 2, 1]);
        assert_eq!(lengths(&[[Value::Number(1)]; 130]), [64, 64, 2]);
    }

    #[test]
    fn pieces_are_limited_in_bytes() {
        let half = vec![0; BYTES / 2];
        assert_eq!(lengths(&[[Value::Bytes(&half)]; 3]), [2, 1]);
        let more = vec![0; BYTES + 1];
        assert_eq!(lengths(&[[Value::Bytes(&more)]; 2]), [1, 1], "a row has to go somewhere");
    }

    #[test]
    fn tuples_are_written_out() {
        assert_eq!(tuples(2, 3), "(?, ?, ?), (?, ?, ?)");
    }
}
