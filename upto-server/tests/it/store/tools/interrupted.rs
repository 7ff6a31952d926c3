//! An export that somebody interrupts says how it goes on.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{Connection, Executor};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::store::kills::{Keeper, SqlServer};
use crate::store::postgres::Postgres;
use crate::support::{ServerProcess, command};

const TIMELINES: u64 = 30;

/// A command of `upto-server` in this folder, on the store that the environment names.
fn in_folder(folder: &Path, url: &str) -> Command {
    let mut command = command();
    command.current_dir(folder).env("UPTO_SERVER_STORE", url);
    command
}

/// The words behind `upto-server` of the command that a message ends with.
fn told(message: &str) -> Vec<String> {
    let (_, told) = message.trim_end().split_once("go on with: upto-server ").expect("a command");
    told.split(' ').map(str::to_owned).collect()
}

fn interrupt(process: u32) {
    let sent = Command::new("kill").args(["-s", "INT", &process.to_string()]).status().expect("kill");
    assert!(sent.success());
}

#[test]
fn what_it_tells_goes_on_where_it_was() {
    let (keeper, folder) = (SqlServer::<Postgres>::start(), TempDir::new().expect("a folder"));
    let server = ServerProcess::on_store(&keeper.url());
    for timeline in 0..TIMELINES {
        let event = json!({"context": "c", "timeline": timeline.to_string(), "name": "n", "type": "event"});
        server.client.post(&event.to_string());
    }
    drop(server);
    let runtime = Runtime::new().expect("a runtime");
    // As long as somebody holds this, no block can be read.
    let mut holder = runtime.block_on(PgConnection::connect(&keeper.url())).expect("a connection");
    let lock = "BEGIN; LOCK TABLE upto_blocks IN ACCESS EXCLUSIVE MODE";
    runtime.block_on(holder.execute(lock)).expect("a lock");
    let mut export = in_folder(folder.path(), &keeper.url());
    export.args(["store", "export", "file"]).stderr(Stdio::piped()).stdout(Stdio::piped());
    let export = export.spawn().expect("the server's binary");
    while !is_waited_for(&runtime, &keeper) {
        std::thread::yield_now();
    }
    interrupt(export.id());
    let output = export.wait_with_output().expect("it ends");
    let message = String::from_utf8(output.stderr).expect("text");
    assert_eq!((output.status.code(), message.lines().count()), (Some(1), 1), "{message}");
    assert!(message.starts_with("upto-server: interrupted; "), "{message}");
    assert!(!folder.path().join("file").exists() && folder.path().join("file.part").exists());
    runtime.block_on(holder.close()).expect("it closes");
    let again = in_folder(folder.path(), &keeper.url()).args(told(&message)).output().expect("the binary");
    assert!(again.status.success(), "{again:?}");
    let text = String::from_utf8(again.stdout).expect("text");
    assert!(text.contains(&format!("and {TIMELINES} blocks")), "{text}");
    assert!(folder.path().join("file").exists());
}

/// Whether somebody waits for the lock.
fn is_waited_for(runtime: &Runtime, keeper: &SqlServer<Postgres>) -> bool {
    let mut connection = runtime.block_on(PgConnection::connect(&keeper.url())).expect("a connection");
    let query = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
    let waiting: i64 =
        runtime.block_on(sqlx::query_scalar(query).fetch_one(&mut connection)).expect("a number");
    waiting > 0
}
