//! The version of the layout, and the counters that cursors, tasks and tokens come from.

use redb::{ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, TableError, WriteTransaction};

use super::failure::Failure;

/// The version of the layout that this code reads and writes.
pub(super) const LAYOUT: u64 = 1;

/// Every version has this table, and in it the number `layout`.
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("upto");
const LAYOUT_KEY: &str = "layout";

/// What is numbered throughout the file, from 1, without ever using a number again.
#[derive(Clone, Copy, Debug)]
pub(super) enum Counter {
    Cursor,
    Task,
    Token,
}

impl Counter {
    fn key(self) -> &'static str {
        match self {
            Counter::Cursor => "cursor",
            Counter::Task => "task",
            Counter::Token => "token",
        }
    }

    /// Takes the next number.
    pub(super) fn next(self, transaction: &WriteTransaction) -> Result<u64, Failure> {
        self.take(transaction, 1)
    }

    /// Takes the next `count` numbers and returns the first of them.
    pub(super) fn take(self, transaction: &WriteTransaction, count: u64) -> Result<u64, Failure> {
        let mut numbers = transaction.open_table(NUMBERS)?;
        let last = numbers.get(self.key())?.map_or(0, |last| last.value());
        numbers.insert(self.key(), last + count)?;
        Ok(last + 1)
    }
}

/// Marks a new file as one of this layout.
pub(super) fn create(transaction: &WriteTransaction) -> Result<(), Failure> {
    transaction.open_table(NUMBERS)?.insert(LAYOUT_KEY, LAYOUT)?;
    Ok(())
}

/// Refuses a file that is not ours, or that this version can't read.
pub(super) fn check_layout(database: &impl ReadableDatabase) -> Result<(), Failure> {
    match layout(&database.begin_read()?)? {
        Some(LAYOUT) => Ok(()),
        Some(newer) if newer > LAYOUT => Err(Failure::Newer(newer)),
        _ => Err(Failure::Foreign),
    }
}

fn layout(transaction: &ReadTransaction) -> Result<Option<u64>, Failure> {
    match transaction.open_table(NUMBERS) {
        Ok(numbers) => Ok(numbers.get(LAYOUT_KEY)?.map(|version| version.value())),
        Err(TableError::Storage(error)) => Err(error.into()),
        // There is no such table, or it is another kind of table: somebody else's file.
        Err(_) => Ok(None),
    }
}
