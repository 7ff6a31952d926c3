//! Blocks as rows of a table in PostgreSQL, by nothing but the client.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};

use super::{BLOCKS, Bare};
use crate::failure::Failure;

const PEER: &str = "the bare client of PostgreSQL";

pub(super) struct Client {
    connection: PgConnection,
    /// Of the next block, in each stream.
    sequence: i64,
    insert: String,
}

const TABLE: &str = "CREATE TABLE bare (stream BIGINT NOT NULL, sequence BIGINT NOT NULL, bytes BYTEA NOT NULL, \
                     PRIMARY KEY (stream, sequence))";

impl Client {
    /// # Errors
    /// PostgreSQL does not answer.
    pub(super) async fn connect(url: &str) -> Result<Self, Failure> {
        let mut connection = PgConnection::connect(url).await.map_err(Failure::peer(PEER))?;
        connection.execute(TABLE).await.map_err(Failure::peer(PEER))?;
        Ok(Client { connection, sequence: 0, insert: insert(BLOCKS) })
    }
}

/// All rows of a commit in one statement, which is a transaction by itself.
fn insert(rows: usize) -> String {
    let rows = (0..rows).map(|row| format!("(${}, ${}, ${})", 3 * row + 1, 3 * row + 2, 3 * row + 3));
    format!("INSERT INTO bare (stream, sequence, bytes) VALUES {}", rows.collect::<Vec<_>>().join(", "))
}

impl Bare for Client {
    async fn write(&mut self, blocks: &[Vec<u8>]) -> Result<(), Failure> {
        let mut query = sqlx::query(AssertSqlSafe(self.insert.as_str()));
        for (stream, block) in (0_i64..).zip(blocks) {
            query = query.bind(stream).bind(self.sequence).bind(block.as_slice());
        }
        query.execute(&mut self.connection).await.map_err(Failure::peer(PEER))?;
        self.sequence += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_own_parameters() {
        assert!(insert(2).ends_with("VALUES ($1, $2, $3), ($4, $5, $6)"), "{}", insert(2));
    }
}
