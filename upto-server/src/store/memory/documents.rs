//! Documents in memory.

use std::ops::Bound::{Excluded, Included, Unbounded};

use async_trait::async_trait;

use super::{MemoryStore, lock};
use crate::store::operation::Operation;
use crate::store::{Document, Documents, Result, StoreErrorKind};

#[async_trait]
impl Documents for MemoryStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        Operation::on("get", "document", key)?;
        Ok(lock(&self.documents).get(key).cloned())
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("put", "document", key)?.value("a value", &value)?;
        let mut documents = lock(&self.documents);
        if documents.get(key).map(|document| document.version) != expected {
            return Err(operation.failed(StoreErrorKind::Conflict));
        }
        let version = expected.unwrap_or(0) + 1;
        documents.insert(key.to_owned(), Document { version, value });
        Ok(version)
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        let operation = Operation::on("delete", "document", key)?;
        let mut documents = lock(&self.documents);
        if documents.get(key).map(|document| document.version) != Some(expected) {
            return Err(operation.failed(StoreErrorKind::Conflict));
        }
        documents.remove(key);
        Ok(())
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        Operation::on("list", "documents", prefix)?;
        Operation::on("list", "documents", after.unwrap_or_default())?;
        let start = match after {
            Some(after) if after >= prefix => Excluded(after),
            _ => Included(prefix),
        };
        let documents = lock(&self.documents);
        let matching =
            documents.range::<str, _>((start, Unbounded)).take_while(|(key, _)| key.starts_with(prefix));
        Ok(matching.take(limit).map(|(key, document)| (key.clone(), document.clone())).collect())
    }
}
