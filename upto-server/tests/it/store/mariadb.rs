//! MariaDB for the tests of the store: a real server.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use tokio::sync::OnceCell;

use super::database_server::{Kind, Server, as_user, words};
use super::sql::Engine;
use super::sql::tls::Certificate;

/// Marks the engine.
pub(super) struct MariaDb;

impl Engine for MariaDb {
    const PLACE: &str = "DATABASE";
    const ADMINISTRATION: &str = "mysql";
    const DUMP: &str = "mariadb.sql";
    const ENCRYPTED: &str = "ssl-mode=REQUIRED";
    const VERIFIED: &str = "ssl-mode=VERIFY_IDENTITY&ssl-ca=";

    fn shared() -> &'static OnceCell<Server> {
        static SERVER: OnceCell<Server> = OnceCell::const_new();
        &SERVER
    }

    fn launch() -> Server {
        Server::start(kind(), &|folder| {
            let mut command = command(folder);
            command.push("--skip-networking".into());
            command
        })
    }

    fn launch_with_tls(address: SocketAddr, certificate: &Certificate) -> Server {
        Server::start(kind(), &|folder| {
            let (certificate, key) = certificate.write(folder);
            let mut command = command(folder);
            command.push(format!("--bind-address={}", address.ip()).into());
            command.push(format!("--port={}", address.port()).into());
            command.push("--require-secure-transport=ON".into());
            command.extend([option_with("--ssl-cert=", &certificate), option_with("--ssl-key=", &key)]);
            command
        })
    }

    fn address(folder: &Path, place: &str) -> String {
        format!("mysql://upto:hunter2@localhost/{place}?socket={}", folder.join("socket").display())
    }

    fn remote(address: SocketAddr, parameters: &str) -> String {
        format!("mariadb://upto:hunter2@{address}/test?{parameters}")
    }

    async fn execute(address: &str, statement: &str) -> sqlx::Result<()> {
        let mut connection = MySqlConnection::connect(address).await?;
        connection.execute(AssertSqlSafe(statement)).await?;
        connection.close().await
    }

    fn dump(folder: &Path, place: &str) -> Command {
        let mut dump = Command::new("mariadb-dump");
        dump.args(["--no-defaults", "--user=upto", "--password=hunter2", "--hex-blob", "--skip-comments"]);
        dump.args(["--skip-add-locks", "--skip-lock-tables", "--skip-dump-date"]);
        dump.arg(option_with("--socket=", &folder.join("socket"))).args(["--databases", place]);
        dump
    }

    async fn number(address: &str, query: &str) -> sqlx::Result<i64> {
        let mut connection = MySqlConnection::connect(address).await?;
        sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut connection).await
    }
}

fn command(folder: &Path) -> Vec<OsString> {
    let mut command = words(&as_user("mysql", Path::new("mariadbd")));
    command.push("--no-defaults".into());
    let named = [("--datadir=", "data"), ("--socket=", "socket"), ("--pid-file=", "data/pid")];
    command.extend(named.map(|(option, name)| option_with(option, &folder.join(name))));
    // Enough for tests, and quick to read when it starts.
    command.extend(["--innodb-buffer-pool-size=64M", "--key-buffer-size=1M"].map(OsString::from));
    // What the tests kill is the server, not the machine: the system keeps what it was given.
    command.push("--innodb-flush-method=nosync".into());
    command
}

fn option_with(option: &str, path: &Path) -> OsString {
    let mut option = OsString::from(option);
    option.push(path);
    option
}

fn kind() -> Kind {
    let mut version = Command::new("mariadbd");
    version.arg("--version");
    // As a script, so that the user and the password of the tests are there from the beginning.
    let mut create = as_user("mysql", Path::new("sh"));
    create.args(["-c", CREATE, "create"]);
    Kind { name: "mariadbd", user: "mysql", version, create, stop: "KILL" }
}

const CREATE: &str = r#"
mariadb-install-db --no-defaults --datadir="$1" --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve --innodb-log-file-size=8M
mariadbd --no-defaults --datadir="$1" --bootstrap <<'END'
FLUSH PRIVILEGES;
CREATE DATABASE test;
CREATE USER upto@'%' IDENTIFIED BY 'hunter2';
GRANT ALL ON *.* TO upto@'%';
END
"#;
