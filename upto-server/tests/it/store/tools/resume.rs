//! Exports and imports that were interrupted go on.

use std::fs;
use std::io::{self, Read};
use std::sync::Arc;

use indicatif::ProgressBar;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use upto_server::maintenance::{ToolError, check, export_to_file, import};
use upto_server::store::Store;

use super::{answers, exported, filled, import_all, memory};

/// Gives so many bytes, then fails.
struct Failing<'a> {
    bytes: &'a [u8],
}

impl Read for Failing<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.bytes.read(to)? {
            0 => Err(io::Error::other("the wire is cut")),
            read => Ok(read),
        }
    }
}

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

#[test]
fn an_export_that_was_cut_off_anywhere_goes_on() {
    let (store, folder) = (filled(), TempDir::new().expect("a folder"));
    let expected = answers(&store);
    let (whole, part) = (folder.path().join("whole"), folder.path().join("cut.part"));
    let hidden = ProgressBar::hidden();
    let report = runtime().block_on(export_to_file(store.as_ref(), &whole, &hidden)).expect("an export");
    let bytes = fs::read(&whole).expect("a file");
    assert_eq!(report.bytes, bytes.len() as u64);
    for length in (0..bytes.len()).step_by(bytes.len() / 40).chain([bytes.len() - 1, bytes.len()]) {
        fs::write(&part, &bytes[..length]).expect("a file");
        let path = folder.path().join("cut");
        let again = runtime().block_on(export_to_file(store.as_ref(), &path, &hidden)).expect("an export");
        assert_eq!((again.documents, again.blocks), (report.documents, report.blocks), "{length}");
        if length > 200 {
            assert!(fs::read(&path).expect("a file") == bytes, "{length}: the same file");
        }
        fs::remove_file(&path).expect("removed");
        assert!(!part.exists());
    }
    let copy = memory();
    runtime().block_on(import_all(copy.as_ref(), &bytes));
    assert_eq!(answers(&copy), expected);
}

#[test]
fn an_import_that_failed_anywhere_goes_on() {
    let store = filled();
    let expected = answers(&store);
    let bytes = runtime().block_on(exported(store.as_ref()));
    let copy = memory();
    let resumed = runtime().block_on(async {
        for part in 1..5 {
            let mut from = Failing { bytes: &bytes[..bytes.len() * part / 5] };
            let error =
                import(copy.as_ref(), &mut from, &ProgressBar::hidden()).await.expect_err("it is cut off");
            assert!(matches!(error, ToolError::Io(_)), "{error}");
        }
        let mut cut = &bytes[..bytes.len() - 1];
        let error = import(copy.as_ref(), &mut cut, &ProgressBar::hidden()).await.expect_err("it has no end");
        assert!(matches!(error, ToolError::Incomplete), "{error}");
        let report = import(copy.as_ref(), &mut &*bytes, &ProgressBar::hidden()).await.expect("an import");
        assert_eq!(check(copy.as_ref(), &ProgressBar::hidden()).await.expect("a report").damaged, 0);
        report.resumed_after
    });
    assert!(resumed > 0);
    assert_eq!(answers(&copy), expected);
    let notes = runtime().block_on(copy.list("import/", None, 1)).expect("a list");
    assert_eq!(notes, []);
}

#[test]
fn nothing_is_imported_over_something_else() {
    let (first, second) = (filled(), filled());
    runtime().block_on(async {
        let (first_bytes, second_bytes) = (exported(first.as_ref()).await, exported(second.as_ref()).await);
        let refused = async |store: &Arc<dyn Store>, mut bytes: &[u8]| {
            let error =
                import(store.as_ref(), &mut bytes, &ProgressBar::hidden()).await.expect_err("refused");
            assert!(matches!(error, ToolError::Refused(_)), "{error}");
        };
        refused(&first, &first_bytes).await;
        let half = memory();
        let mut from = &first_bytes[..first_bytes.len() / 2];
        import(half.as_ref(), &mut from, &ProgressBar::hidden()).await.expect_err("it has no end");
        refused(&half, &second_bytes).await;
    });
}

#[test]
fn an_export_goes_on_in_its_own_file_only() {
    let (store, folder) = (filled(), TempDir::new().expect("a folder"));
    let path = folder.path().join("export");
    let refused = |message: &str| {
        let error = runtime().block_on(export_to_file(store.as_ref(), &path, &ProgressBar::hidden()));
        let text = error.expect_err("refused").to_string();
        assert!(text.contains(message), "{text}");
    };
    fs::write(&path, "mine").expect("a file");
    refused("there is such a file already");
    fs::rename(&path, folder.path().join("export.part")).expect("renamed");
    fs::write(folder.path().join("export.part"), [b'x'; 100]).expect("a file");
    refused("not an export");
    assert_eq!(fs::read(folder.path().join("export.part")).expect("a file"), [b'x'; 100]);
}
