//! What a release stored, all later ones read: `tests/fixtures` has a folder for each release, with stores as its server
//! left them, and what that told of them.
//!
//! `make fixtures` writes the folder of a new release; those of earlier ones stay as they are.

mod content;
mod kept;
mod told;

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use upto_server::Server;
use upto_server::clock::ManualClock;
use upto_server::doors::DoorSettings;

pub(super) use self::kept::{Export, Kept};
use crate::support::{TestServer, store_is_whole};

/// When everything happened that the fixtures tell: 2026-01-05T00:00:00Z, in nanoseconds since the epoch.
const NOW: i64 = 1_767_571_200_000_000_000;
/// What the server that wrote a release's stores told of each of them.
const TOLD: &str = "told.json";
/// More bytes than any file of a store here has.
const MOST_BYTES: usize = 64 << 20;
/// How much the files are compressed: as well as they can be, since they are written once.
const LEVEL: i32 = 19;

macro_rules! upgrade {
    ($name:ident, $kept:ty) => {
        mod $name {
            #[test]
            fn what_every_release_stored_is_told_as_it_was() {
                crate::store::upgrade::what_every_release_stored_is_told_as_it_was::<$kept>();
            }

            #[test]
            #[ignore = "a command, not a test: `make fixtures` runs it once for each release"]
            fn write_the_fixture_of_this_release() {
                crate::store::upgrade::write_the_fixture_of_this_release::<$kept>();
            }
        }
    };
}

/// The folder of a release.
struct Release(PathBuf);

impl Release {
    fn this() -> Self {
        Release(folder().join(env!("CARGO_PKG_VERSION")))
    }

    fn all() -> Vec<Self> {
        let entries = fs::read_dir(folder()).expect("the folder of the fixtures");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.is_dir()).map(Release).collect()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.zst"))
    }

    /// What is in a file, `None` if this release could not write such a store.
    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let packed = match fs::read(self.file(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return None,
            read => read.expect("a fixture"),
        };
        Some(zstd::bulk::decompress(&packed, MOST_BYTES).expect("it was compressed"))
    }

    fn told(&self) -> Value {
        serde_json::from_slice(&fs::read(self.0.join(TOLD)).expect("what was told")).expect("JSON")
    }

    /// Notes what was told of one of the stores, which has to be the same for all of them.
    fn note(&self, told: &Value) {
        match File::create_new(self.0.join(TOLD)) {
            Ok(mut file) => writeln!(file, "{told:#}").expect("written"),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => assert_eq!(*told, self.told()),
            Err(error) => panic!("{TOLD}: {error}"),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A server on this store, to whom it is some time after [`NOW`].
fn server_on(url: &str, clock: &Arc<ManualClock>) -> TestServer {
    let mut doors = DoorSettings::default();
    doors.no_auth = true;
    let store = url.parse().expect("a store's URL");
    TestServer::start_with(Server::builder().store(store).clock(clock.clone()).doors(doors))
}

pub(super) fn what_every_release_stored_is_told_as_it_was<K: Kept>() {
    let mut has_own = false;
    for release in Release::all() {
        let Some(bytes) = release.read(K::FILE) else { continue };
        has_own |= release.0 == Release::this().0;
        let kept = K::restore(&bytes);
        let server = server_on(&kept.url(), &Arc::new(ManualClock::new(NOW)));
        told::assert_includes(&told::of(&server), &release.told(), &release.0.display().to_string());
        content::goes_on(&server);
        drop(server);
        store_is_whole(&kept.url());
    }
    assert!(has_own, "{} of this release is missing: `make fixtures` writes it", K::FILE);
}

pub(super) fn write_the_fixture_of_this_release<K: Kept>() {
    let release = Release::this();
    let file = release.file(K::FILE);
    assert!(!file.exists(), "{}: a release's fixtures are written once", file.display());
    let kept = K::start();
    let clock = Arc::new(ManualClock::new(NOW));
    let server = server_on(&kept.url(), &clock);
    content::send(&server, &clock);
    drop(server);
    let told = told::of(&server_on(&kept.url(), &clock));
    fs::create_dir_all(&release.0).expect("a folder");
    release.note(&told);
    let packed = zstd::bulk::compress(&kept.save(), LEVEL).expect("compressed");
    fs::write(file, packed).expect("written");
}
