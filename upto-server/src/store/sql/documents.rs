//! Documents: the table `upto_documents`.
//!
//! A document is found by the hash of its key, and listed by an index on the first bytes of its key
//! itself; where keys agree in all of those, the keys decide.

use async_trait::async_trait;
use sqlx::Row;
use sqlx::any::AnyRow;

use super::failure::Failure;
use super::key::{HEAD_LENGTH, Key, Kind, head, range};
use super::parts::{self, Stored};
use super::session::{Session, Work};
use super::{SqlStore, limit_of, number_of};
use crate::store::operation::Operation;
use crate::store::{Document, Documents, Result, StoreErrorKind};

/// How often a long document is read anew when it was changed while it was read.
const READINGS: u32 = 10;

#[async_trait]
impl Documents for SqlStore {
    async fn get(&self, key: &str) -> Result<Option<Document>> {
        let operation = Operation::on("get", "document", key)?;
        self.reading(operation, &Get(Key::new(Kind::Document, key))).await
    }

    async fn put(&self, key: &str, expected: Option<u64>, value: Vec<u8>) -> Result<u64> {
        let operation = Operation::on("put", "document", key)?.value("a value", &value)?;
        let conflict = || operation.failed(StoreErrorKind::Conflict);
        let document = Key::new(Kind::Document, key);
        match expected {
            None => self.writing(operation, &Create { key: document, name: key, value: &value }).await?,
            Some(expected) => {
                let expected = number_of(expected).ok_or_else(conflict)?;
                self.writing(operation, &Replace { key: document, expected, value: &value }).await?;
            }
        }
        // It was compared with what is stored, so it is far from the end of all numbers.
        Ok(expected.unwrap_or(0).saturating_add(1))
    }

    async fn delete(&self, key: &str, expected: u64) -> Result<()> {
        let operation = Operation::on("delete", "document", key)?;
        let expected = number_of(expected).ok_or_else(|| operation.failed(StoreErrorKind::Conflict))?;
        self.writing(operation, &Delete { key: Key::new(Kind::Document, key), expected }).await
    }

    async fn list(&self, prefix: &str, after: Option<&str>, limit: usize) -> Result<Vec<(String, Document)>> {
        let operation = Operation::on("list", "documents", prefix)?;
        Operation::on("list", "documents", after.unwrap_or_default())?;
        let (from, to) = range(prefix, after);
        self.reading(operation, &List { from, to, limit }).await
    }
}

struct Get(Key);

impl Work for Get {
    type Output = Option<Document>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Option<Document>, Failure> {
        get(session, self.0.spread()).await
    }
}

async fn get(session: &mut Session<'_>, spread: &[u8]) -> Result<Option<Document>, Failure> {
    for _ in 0..READINGS {
        let query = session.query("SELECT version, parts, bytes FROM upto_documents WHERE spread = ?");
        let Some(row) = session.row(query.bind(spread.to_vec())).await? else { return Ok(None) };
        if let Some(document) = document(session, spread, &row).await? {
            return Ok(Some(document));
        }
    }
    Err(Failure::Restless("a document"))
}

/// The document of a row that begins with version, parts and bytes; `None` when it was changed
/// meanwhile.
async fn document(
    session: &mut Session<'_>,
    spread: &[u8],
    row: &AnyRow,
) -> Result<Option<Document>, Failure> {
    let stored: i64 = row.try_get(0)?;
    let version = u64::try_from(stored).map_err(|_| Failure::Number)?;
    let value = parts::whole(session, spread, stored, row.try_get(1)?, row.try_get(2)?).await?;
    Ok(value.map(|value| Document { version, value }))
}

struct Create<'a> {
    key: Key,
    name: &'a str,
    value: &'a [u8],
}

impl Work for Create<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let stored = Stored::new(self.value);
        let query = session.query(
            "INSERT INTO upto_documents (spread, head, name, version, parts, bytes) VALUES (?, ?, ?, 1, ?, ?)",
        );
        let name = self.name.as_bytes();
        let query = query.bind(self.key.spread().to_vec()).bind(head(name).to_vec()).bind(name.to_vec());
        match session.execute(query.bind(stored.parts).bind(stored.inline.to_vec())).await {
            Err(failure) if failure.is_present() => return Err(Failure::Conflict),
            other => other?,
        };
        parts::insert(session, &self.key, 1, self.value).await
    }
}

struct Replace<'a> {
    key: Key,
    expected: i64,
    value: &'a [u8],
}

impl Work for Replace<'_> {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let stored = Stored::new(self.value);
        let query = session.query(
            "UPDATE upto_documents SET version = version + 1, parts = ?, bytes = ? \
             WHERE spread = ? AND version = ?",
        );
        let query = query.bind(stored.parts).bind(stored.inline.to_vec());
        let replaced = session.execute(query.bind(self.key.spread().to_vec()).bind(self.expected)).await?;
        if replaced == 0 {
            return Err(Failure::Conflict);
        }
        parts::delete_all(session, &self.key).await?;
        parts::insert(session, &self.key, self.expected + 1, self.value).await
    }
}

struct Delete {
    key: Key,
    expected: i64,
}

impl Work for Delete {
    type Output = ();

    async fn run(&self, session: &mut Session<'_>) -> Result<(), Failure> {
        let query = session.query("DELETE FROM upto_documents WHERE spread = ? AND version = ?");
        let deleted = session.execute(query.bind(self.key.spread().to_vec()).bind(self.expected)).await?;
        if deleted == 0 {
            return Err(Failure::Conflict);
        }
        parts::delete_all(session, &self.key).await
    }
}

/// The documents from one key inclusively to another one exclusively.
struct List {
    from: Vec<u8>,
    to: Vec<u8>,
    limit: usize,
}

/// A row of a list, with the name it is sorted by.
struct Listed {
    name: Vec<u8>,
    row: AnyRow,
}

impl Work for List {
    type Output = Vec<(String, Document)>;

    async fn run(&self, session: &mut Session<'_>) -> Result<Self::Output, Failure> {
        let mut listed = self.by_head(session).await?;
        listed.sort_by(|one, other| one.name.cmp(&other.name));
        listed.truncate(self.limit);
        let mut documents = Vec::with_capacity(listed.len());
        for Listed { name, row } in listed {
            let spread: Vec<u8> = row.try_get(3)?;
            let document = match document(session, &spread, &row).await? {
                Some(document) => Some(document),
                None => get(session, &spread).await?,
            };
            let name = String::from_utf8(name).map_err(|error| sqlx::Error::Decode(error.into()))?;
            documents.extend(document.map(|document| (name, document)));
        }
        Ok(documents)
    }
}

impl List {
    /// At least the first `limit` of them, in the order of the index, which is that of the heads.
    async fn by_head(&self, session: &mut Session<'_>) -> Result<Vec<Listed>, Failure> {
        let ends = (head(&self.from), head(&self.to));
        let mut listed = self.between(session, ends, "ORDER BY head").await?;
        let Some(last) = listed.last().map(|last| head(&last.name).to_vec()) else { return Ok(listed) };
        if last.len() == HEAD_LENGTH {
            // Those of the same head came in any order, and some may be missing.
            listed.retain(|listed| head(&listed.name) != last);
            listed.extend(self.between(session, (&last, &last), "ORDER BY name").await?);
        }
        Ok(listed)
    }

    /// The first `limit` of those whose head is between these, both inclusively.
    async fn between(
        &self,
        session: &mut Session<'_>,
        heads: (&[u8], &[u8]),
        order: &str,
    ) -> Result<Vec<Listed>, Failure> {
        let query = session.query(&format!(
            "SELECT version, parts, bytes, spread, name FROM upto_documents \
             WHERE head >= ? AND head <= ? AND name >= ? AND name < ? {order} LIMIT ?"
        ));
        let query = query.bind(heads.0.to_vec()).bind(heads.1.to_vec());
        let query = query.bind(self.from.clone()).bind(self.to.clone()).bind(limit_of(self.limit));
        let rows = session.rows(query).await?;
        rows.into_iter().map(|row| Ok(Listed { name: row.try_get(4)?, row })).collect()
    }
}
