//! Documents as each release wrote them, with all fields that it knew: `tests/fixtures/RELEASE/documents/NAME`.
//!
//! `make fixtures` writes those of a new release; nobody changes those of earlier ones.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::catalog::document::{decode, encode};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn file(release: &str, name: &str) -> PathBuf {
    folder().join(release).join("documents").join(name)
}

/// The document of this name of every release that had it, this one among them.
pub(crate) fn of_every_release(name: &str) -> Vec<Vec<u8>> {
    let own = file(env!("CARGO_PKG_VERSION"), name);
    assert!(own.exists(), "{}: `make fixtures` writes it", own.display());
    let releases =
        fs::read_dir(folder()).expect("fixtures").map(|entry| entry.expect("a release").file_name());
    let files = releases.map(|release| file(&release.to_string_lossy(), name)).filter(|file| file.exists());
    files.map(|file| fs::read(file).expect("a document")).collect()
}

/// What any release wrote is read, and written again by this one, with each field as it was.
pub(crate) fn assert_kept<T: Serialize + DeserializeOwned>(name: &str) {
    for before in of_every_release(name) {
        let read: T = decode(name, &before).expect("a document");
        let after = encode(&read, name).expect("a document");
        let [before, after] =
            [before, after].map(|bytes| rmp_serde::from_slice::<Value>(&bytes).expect("a map"));
        for (field, value) in before.as_object().expect("a map") {
            assert_eq!(after[field], *value, "{name}: {field}");
        }
    }
}

/// Writes a document for all later releases.
pub(crate) fn write(name: &str, document: &impl Serialize) {
    let file = file(env!("CARGO_PKG_VERSION"), name);
    assert!(!file.exists(), "{}: a release's fixtures are written once", file.display());
    fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
    fs::write(file, encode(document, name).expect("a document")).expect("written");
}
