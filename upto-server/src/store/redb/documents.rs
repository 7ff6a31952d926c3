//! Documents in redb: the table `documents`.

use std::ops::Bound::{Excluded, Included, Unbounded};

use async_trait::async_trait;
use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};

use super::RedbStore;
use super::failure::Failure;
use super::file::Outcome;
use crate::store::operation::Operation;
use crate::store::{Document, Documents, Result, StoreErrorKind};

/// Version and value by key.
const DOCUMENTS: TableDefinition<'_, &str, (u64, &[u8])> = TableDefinition::new("documents");

#[async_trait]
impl Documents for RedbStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        let operation = Operation::on("get", "document", key)?;
        let key = key.to_owned();
        self.reading(operation, move |transaction| get(transaction, &key)).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("put", "document", key)?.value("a value", &value)?;
        let key = key.to_owned();
        let put = self.writing(operation, move |transaction| put(transaction, &key, expected, &value));
        put.await?.ok_or_else(|| operation.failed(StoreErrorKind::Conflict))
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        let operation = Operation::on("delete", "document", key)?;
        let key = key.to_owned();
        let deleted = self.writing(operation, move |transaction| delete(transaction, &key, expected));
        if deleted.await? { Ok(()) } else { Err(operation.failed(StoreErrorKind::Conflict)) }
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        let operation = Operation::on("list", "documents", prefix)?;
        Operation::on("list", "documents", after.unwrap_or_default())?;
        let (prefix, after) = (prefix.to_owned(), after.map(str::to_owned));
        let list = move |transaction: &_| list(transaction, &prefix, after.as_deref(), limit);
        self.reading(operation, list).await
    }
}

pub(super) fn create(transaction: &WriteTransaction) -> Result<(), Failure> {
    transaction.open_table(DOCUMENTS)?;
    Ok(())
}

fn document((version, value): (u64, &[u8])) -> Document {
    Document { version, value: value.to_vec() }
}

fn get(transaction: &ReadTransaction, key: &str) -> Result<Option<Document>, Failure> {
    let documents = transaction.open_table(DOCUMENTS)?;
    Ok(documents.get(key)?.map(|stored| document(stored.value())))
}

/// The new version, or none when the present one is not `expected`.
fn put(
    transaction: &WriteTransaction,
    key: &str,
    expected: Option<u64>,
    value: &[u8],
) -> Result<Outcome<Option<u64>>, Failure> {
    let mut documents = transaction.open_table(DOCUMENTS)?;
    if version(&documents, key)? != expected {
        return Ok(Outcome::Unchanged(None));
    }
    let version = expected.unwrap_or(0) + 1;
    documents.insert(key, (version, value))?;
    Ok(Outcome::Changed(Some(version)))
}

/// Whether the present version was `expected`.
fn delete(transaction: &WriteTransaction, key: &str, expected: u64) -> Result<Outcome<bool>, Failure> {
    let mut documents = transaction.open_table(DOCUMENTS)?;
    if version(&documents, key)? != Some(expected) {
        return Ok(Outcome::Unchanged(false));
    }
    documents.remove(key)?;
    Ok(Outcome::Changed(true))
}

fn version(
    documents: &impl ReadableTable<&'static str, (u64, &'static [u8])>,
    key: &str,
) -> Result<Option<u64>, Failure> {
    Ok(documents.get(key)?.map(|stored| stored.value().0))
}

fn list(
    transaction: &ReadTransaction,
    prefix: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<(String, Document)>, Failure> {
    let documents = transaction.open_table(DOCUMENTS)?;
    let start = match after {
        Some(after) if after >= prefix => Excluded(after),
        _ => Included(prefix),
    };
    let mut found = Vec::new();
    for entry in documents.range::<&str>((start, Unbounded))?.take(limit) {
        let (key, stored) = entry?;
        if !key.value().starts_with(prefix) {
            break;
        }
        found.push((key.value().to_owned(), document(stored.value())));
    }
    Ok(found)
}
