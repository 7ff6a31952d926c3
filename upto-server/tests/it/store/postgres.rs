//! PostgreSQL for the tests of the store: a real server.

use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::sync::OnceCell;

use super::database_server::{Kind, Server, as_user, own_like, words};
use super::sql::Engine;
use super::sql::tls::Certificate;

/// Marks the engine.
pub(super) struct Postgres;

impl Engine for Postgres {
    // A schema is as good a place as a database, and created at once.
    const PLACE: &str = "SCHEMA";
    const ADMINISTRATION: &str = "public";
    const DUMP: &str = "postgres.sql";
    const ENCRYPTED: &str = "sslmode=require";
    const VERIFIED: &str = "sslmode=verify-full&sslrootcert=";

    fn shared() -> &'static OnceCell<Server> {
        static SERVER: OnceCell<Server> = OnceCell::const_new();
        &SERVER
    }

    fn launch() -> Server {
        Server::start(kind(), &command)
    }

    fn launch_with_tls(address: SocketAddr, certificate: &Certificate) -> Server {
        Server::start(kind(), &|folder| {
            let (certificate, key) = certificate.write(folder);
            let rules = folder.join("rules");
            fs::write(&rules, "local all all trust\nhostssl all all all trust\n").expect("a file");
            own_like(&folder.join("data"), &rules);
            let mut command = command(folder);
            for (name, value) in [
                ("listen_addresses", address.ip().to_string()),
                ("port", address.port().to_string()),
                ("ssl", "on".to_owned()),
                ("ssl_cert_file", certificate.display().to_string()),
                ("ssl_key_file", key.display().to_string()),
                ("hba_file", rules.display().to_string()),
            ] {
                command.extend(["-c".into(), format!("{name}={value}").into()]);
            }
            command
        })
    }

    fn address(folder: &Path, place: &str) -> String {
        let folder = folder.display();
        format!("postgres://upto:hunter2@localhost/postgres?host={folder}&options=-csearch_path%3D{place}")
    }

    fn remote(address: SocketAddr, parameters: &str) -> String {
        format!("postgres://upto:hunter2@{address}/postgres?{parameters}")
    }

    async fn execute(address: &str, statement: &str) -> sqlx::Result<()> {
        let mut connection = PgConnection::connect(address).await?;
        connection.execute(AssertSqlSafe(statement)).await?;
        connection.close().await
    }

    fn dump(folder: &Path, place: &str) -> Command {
        let mut dump = Command::new(program("pg_dump"));
        dump.args(["--inserts", "--no-owner", "--no-acl", "--schema", place, "--username=upto", "--host"]);
        dump.arg(folder).arg("postgres");
        dump
    }

    async fn number(address: &str, query: &str) -> sqlx::Result<i64> {
        let mut connection = PgConnection::connect(address).await?;
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await
    }
}

/// One for tests that are not of the store. It may not answer yet.
pub(crate) fn private() -> Server {
    Postgres::launch()
}

fn command(folder: &Path) -> Vec<OsString> {
    let mut command = words(&as_user("postgres", &program("postgres")));
    command.extend(["-D".into(), folder.join("data").into(), "-k".into(), folder.into()]);
    command.extend(["-c", "listen_addresses="].map(OsString::from));
    // What the tests kill is the server, not the machine: the system keeps what it was given.
    command.extend(["-c", "fsync=off"].map(OsString::from));
    command
}

fn kind() -> Kind {
    let mut version = Command::new(program("postgres"));
    version.arg("--version");
    let mut create = as_user("postgres", Path::new("sh"));
    create.args(["-c", CREATE, "create"]).args([program("initdb"), program("postgres")]);
    Kind { name: "postgres", user: "postgres", version, create, stop: "QUIT" }
}

/// Without the databases that others would be copies of: most of the files are theirs.
const CREATE: &str = r#"
"$1" --username=upto --auth=trust --no-sync --wal-segsize=1 --no-locale --encoding=UTF8 -D "$3" &&
"$2" --single -D "$3" postgres <<'END'
UPDATE pg_database SET datistemplate = false
DROP DATABASE template0
DROP DATABASE template1
END
"#;

/// Where Debian's package puts it, the newest one; else wherever it is found.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbers = versions.filter_map(|version| version.file_name().to_str()?.parse::<u32>().ok());
    match numbers.max() {
        Some(newest) => PathBuf::from(format!("/usr/lib/postgresql/{newest}/bin/{name}")),
        None => PathBuf::from(name),
    }
}
