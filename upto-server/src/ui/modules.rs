//! The page's modules, joined: `main.js` and all that it imports become one script, so that they come in one answer and are
//! compressed together. A module that is imported later stays a file, and takes from that script what is in it.
//!
//! Each joined module becomes a function that is called once, behind those that it imports, and answers what it exports.
//! That holds as long as none changes what it exports and none imports itself by a detour; else nothing is joined.

mod parse;
mod write;

use std::collections::{BTreeMap, HashMap};

use self::parse::Module;
use super::script::Unterminated;

/// Why modules can't be joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum JoinError {
    #[error("{path}: {reason}")]
    Unterminated { path: String, reason: Unterminated },
    #[error("{path}: an import or export of a kind that is not read here, near `{near}`")]
    Unknown { path: String, near: String },
    #[error("{path} is imported, and is not there")]
    Missing { path: String },
    #[error("{path} imports itself by a detour")]
    Circle { path: String },
}

/// The modules of a page by their paths.
pub(super) struct Modules<'s> {
    modules: BTreeMap<&'s str, Module<'s>>,
    /// The places of those that are joined, by path.
    places: HashMap<String, usize>,
    /// Those that are joined, each behind those that it imports; the last one is the page's own.
    joined: Vec<String>,
}

impl<'s> Modules<'s> {
    /// Reads modules, of which `entry` and what it imports are to be joined.
    ///
    /// # Errors
    /// [`JoinError`] says which of them can't be read, or joined.
    pub(super) fn read(
        sources: impl IntoIterator<Item = (&'s str, &'s str)>,
        entry: &str,
    ) -> Result<Self, JoinError> {
        let modules: Result<BTreeMap<_, _>, _> =
            sources.into_iter().map(|(path, source)| Ok((path, Module::read(path, source)?))).collect();
        let mut read = Modules { modules: modules?, places: HashMap::new(), joined: Vec::new() };
        read.join(entry, &mut Vec::new())?;
        Ok(read)
    }

    /// Puts a module behind all that it imports.
    fn join(&mut self, path: &str, importers: &mut Vec<String>) -> Result<(), JoinError> {
        if self.places.contains_key(path) {
            return Ok(());
        }
        if importers.iter().any(|importer| importer == path) {
            return Err(JoinError::Circle { path: path.to_owned() });
        }
        let module = self.modules.get(path).ok_or_else(|| JoinError::Missing { path: path.to_owned() })?;
        let imported: Vec<String> = module.imports.iter().map(|import| import.path.clone()).collect();
        importers.push(path.to_owned());
        for import in imported {
            self.join(&import, importers)?;
        }
        importers.pop();
        self.places.insert(path.to_owned(), self.joined.len());
        self.joined.push(path.to_owned());
        Ok(())
    }
}

#[cfg(test)]
mod tests;
