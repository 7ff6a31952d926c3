//! The page as browsers get it: its modules joined, its scripts and style sheets without what only people need, and each
//! compressed once.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::body::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::modules::{JoinError, Modules};
use super::{Files, style};

/// The module that the page begins with.
const ENTRY: &str = "main.js";
/// What is from elsewhere stays as it was published.
const VENDORED: &str = "vendor/";
/// What is shorter gains nothing.
const WORTH_IT: usize = 256;

/// A file, as it is sent.
pub(super) struct Made {
    pub(super) bytes: Bytes,
    /// A weak tag: compressed, it differs in its bytes, yet is the same file.
    pub(super) tag: String,
    compressed: OnceLock<Option<Bytes>>,
}

/// All files of the page by their paths.
pub(super) struct Page {
    files: HashMap<String, Arc<Made>>,
    /// What it was made of.
    sources: [u8; 32],
}

/// A file of the page as it is: its path, and what is in it.
pub(super) type Source = (Cow<'static, str>, Cow<'static, [u8]>);

static PAGE: Mutex<Option<Page>> = Mutex::new(None);

/// The file that a path stands for. The page is made when it is asked for first, and in a debug build whenever one of its
/// files is another one.
pub(super) fn file(path: &str) -> Option<Arc<Made>> {
    let mut page = PAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let is_old = |page: &Page| cfg!(debug_assertions) && page.sources != hash_of(&sources());
    if page.as_ref().is_none_or(is_old) {
        *page = Some(Page::made_of(&sources()));
    }
    page.as_ref()?.files.get(path).cloned()
}

/// The files of the page as they are, by path.
pub(super) fn sources() -> Vec<Source> {
    let mut files: Vec<_> =
        Files::iter().filter_map(|path| Some((path.clone(), Files::get(&path)?.data))).collect();
    files.sort();
    files
}

/// The modules among the files.
///
/// # Errors
/// [`JoinError`] says which of them can't be joined.
pub(super) fn modules(files: &[Source]) -> Result<Modules<'_>, JoinError> {
    let scripts = files.iter().filter(|(path, _)| path.ends_with(".js") && !path.starts_with(VENDORED));
    Modules::read(
        scripts.filter_map(|(path, bytes)| Some((&**path, std::str::from_utf8(bytes).ok()?))),
        ENTRY,
    )
}

fn hash_of(files: &[Source]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (path, bytes) in files {
        hash.update(path.as_bytes());
        hash.update(Sha256::digest(bytes));
    }
    hash.finalize().into()
}

impl Page {
    fn made_of(files: &[Source]) -> Self {
        // Where they can't be joined, which a test rules out for what is released, the page works as its files are.
        let modules = modules(files).ok();
        let is_module = |path: &str| modules.as_ref().is_some_and(|modules| modules.has(path));
        let others = files.iter().filter(|(path, _)| !is_module(path));
        let others = others.map(|(path, bytes)| (path.to_string(), as_it_is(path, bytes, files)));
        let scripts = modules.iter().flat_map(Modules::scripts);
        let scripts = scripts.map(|(path, script)| (path, Bytes::from(script)));
        let made = others.chain(scripts).map(|(path, bytes)| (path, Arc::new(Made::of(bytes))));
        Page { files: made.collect(), sources: hash_of(files) }
    }
}

/// A file that is no module of the page's own, or can't be joined.
fn as_it_is(path: &str, bytes: &[u8], files: &[Source]) -> Bytes {
    let other = |other: &str| {
        let (_, bytes) = files.iter().find(|(path, _)| path == other)?;
        std::str::from_utf8(bytes).ok()
    };
    match std::str::from_utf8(bytes) {
        Ok(source) if path.ends_with(".css") && !path.starts_with(VENDORED) => {
            style::shortened(&style::joined(source, &other)).into()
        }
        _ => Bytes::copy_from_slice(bytes),
    }
}

impl Made {
    fn of(bytes: Bytes) -> Self {
        let digits: String =
            Sha256::digest(&bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Made { bytes, tag: format!("W/\"{digits}\""), compressed: OnceLock::new() }
    }

    /// The file with gzip; `None` where that gains nothing.
    pub(super) fn compressed(&self) -> Option<Bytes> {
        self.compressed.get_or_init(|| gzip(&self.bytes)).clone()
    }
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    if bytes.len() < WORTH_IT {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
