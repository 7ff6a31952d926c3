//! `upto-server store`, as people run it.

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};
use tempfile::TempDir;
use upto_server::clock::SystemClock;
use upto_server::store::{Log, RedbStore};

use crate::store::backend::append;
use crate::support::{ServerProcess, command};

fn run(arguments: &[&str], folder: &Path) -> Output {
    command().arg("store").args(arguments).current_dir(folder).output().expect("the server's binary")
}

fn text(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).expect("text")
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

/// A folder with a store in `data` that has some timelines.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let server = ServerProcess::start(&folder.path().join("data"));
    for id in 1..20 {
        let message = json!({"context": "c", "timeline": "t", "name": "n", "type": "start", "id": id});
        server.client.post(&message.to_string());
    }
    server.kill();
    folder
}

#[test]
fn a_store_goes_to_a_file_and_into_another_store() {
    let folder = folder();
    let done = |arguments: &[&str]| {
        let output = run(arguments, folder.path());
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), ""), "{arguments:?}");
        output
    };
    let checked = done(&["check", "--data", "data", "--json"]);
    assert_eq!(json_of(&checked)["damaged"], 0);
    assert_eq!(json_of(&checked)["timelines"], 1);
    let compacted = done(&["compact", "--data", "data"]);
    assert!(text(&compacted.stdout).starts_with("1 timelines: 19 blocks are 1 now, "), "{compacted:?}");
    let exported = done(&["export", "file", "--data", "data", "--json"]);
    assert_eq!(json_of(&exported)["blocks"], 1);
    let imported = done(&["import", "file", "--store", "redb:copy"]);
    assert_eq!(text(&imported.stdout), "2 documents and 1 blocks\n");
    let copy = ServerProcess::start(&folder.path().join("copy"));
    assert_eq!(copy.client.events("/api/contexts/c/timelines/t").len(), 19);
}

#[test]
fn an_export_may_be_the_output_and_an_import_the_input() {
    let folder = folder();
    let exported = run(&["export", "-", "--data", "data"], folder.path());
    assert_eq!(exported.status.code(), Some(0));
    assert!(text(&exported.stderr).starts_with("2 documents"), "{exported:?}");
    std::fs::write(folder.path().join("file"), &exported.stdout).expect("a file");
    let file = std::fs::File::open(folder.path().join("file")).expect("a file");
    let mut import = command();
    import.args(["store", "import", "-", "--json", "--data", "copy"]).current_dir(folder.path()).stdin(file);
    let output = import.output().expect("the server's binary");
    assert_eq!(json_of(&output), json!({"documents": 2, "blocks": 19, "resumed_after": 0}));
}

#[test]
fn what_cannot_be_done_is_one_clear_line() {
    let folder = folder();
    let ended = |code: i32, arguments: &[&str], message: &str| {
        let output = run(arguments, folder.path());
        let line = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), ""), "{line}");
        assert!(line.lines().count() == 1 && line.contains(message), "{line}");
    };
    let refused = |arguments: &[&str], message: &str| ended(1, arguments, message);
    let mistaken = |arguments: &[&str], message: &str| ended(2, arguments, message);
    for tool in [&["check"][..], &["compact"], &["export", "file"]] {
        refused(&[tool, &["--data", "nowhere"]].concat(), "there is no such store");
    }
    assert!(!folder.path().join("nowhere").exists());
    refused(&["import", "nothing", "--data", "new"], "nothing: No such file");
    assert!(!folder.path().join("new").exists());
    mistaken(&["check", "--store", "memory:"], "is empty");
    mistaken(&["check", "--store", "floppy:me:secret"], "unknown scheme");
    mistaken(&["check", "--store", "memory:", "--data", "data"], "--store and --data: say one");
    std::fs::write(folder.path().join("junk"), [b'x'; 100]).expect("a file");
    refused(&["import", "junk", "--data", "new"], "not an export");
    let server = ServerProcess::start(&folder.path().join("data"));
    refused(&["check", "--data", "data"], "another upto-server has it open");
    drop(server);
    refused(&["import", "junk", "--data", "data"], "not an export");
}

#[test]
fn damage_has_an_exit_code_of_its_own() {
    let folder = folder();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let clock = std::sync::Arc::new(SystemClock);
        let store = RedbStore::open(&folder.path().join("data"), clock).await.expect("a store");
        store.append(vec![append("marks/c/t/1", "no block")]).await.expect("an append");
    });
    let output = run(&["check", "--data", "data"], folder.path());
    let told = text(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{told}");
    assert!(told.contains("1 damaged\n\"marks/c/t/1\", block "), "{told}");
    assert_eq!(run(&["compact", "--data", "data"], folder.path()).status.code(), Some(3));
}

/// redb tells some damage by a panic.
#[test]
fn a_file_with_garbage_anywhere_is_told_as_damaged_or_whole_and_in_one_line() {
    const PAGE: usize = 4 << 10;
    let folder = folder();
    let file = folder.path().join("data/upto.redb");
    let whole = std::fs::read(&file).expect("the file");
    let used = whole.chunks(PAGE).enumerate().filter(|(_, page)| page.iter().any(|byte| *byte != 0));
    let pages: Vec<usize> = used.map(|(number, _)| number).collect();
    let mut damaged = 0;
    for page in pages.iter().take(40) {
        let mut bytes = whole.clone();
        let end = bytes.len().min((page + 1) * PAGE);
        bytes[page * PAGE..end].fill(0xa5);
        std::fs::write(&file, bytes).expect("the file");
        let output = run(&["check", "--data", "data"], folder.path());
        let told = text(&output.stderr);
        assert!(told.lines().count() <= 1 && !told.contains("panicked"), "page {page}: {told}");
        let code = output.status.code();
        assert!(code == Some(0) || code == Some(3), "page {page}: {code:?}, {told}");
        damaged += u64::from(code == Some(3));
    }
    assert!(damaged > 0, "some of {} pages are needed", pages.len());
}
