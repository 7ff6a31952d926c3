//! The page's modules, joined: what `main.js` and all that it imports do at once becomes one script, so that it comes in one
//! answer and is compressed together. A module that is imported later stays a file, and takes from that script what is in
//! it; so does what joined modules have only for those (`meaning`). Names become short (`names`).
//!
//! The joined modules' bodies stand one behind the other, each behind those that it imports. That holds as long as none
//! changes what it exports and none imports itself by a detour; else nothing is joined.

mod meaning;
mod names;
mod parse;
mod statements;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use self::meaning::Top;
use self::parse::{Import, Module, Names};
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
    /// What of their tops the page begins with, by its new name.
    tops: HashMap<Top, String>,
    /// What of that others take.
    shared: BTreeSet<Top>,
    /// Names that stay.
    kept: HashSet<String>,
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
        let modules = modules?;
        let mut read = Modules {
            kept: names::kept(modules.values()),
            modules,
            places: HashMap::new(),
            joined: Vec::new(),
            tops: HashMap::new(),
            shared: BTreeSet::new(),
        };
        read.join(entry, &mut Vec::new())?;
        read.check()?;
        read.tops = read.name_tops(&read.reached());
        read.shared = read.shared();
        Ok(read)
    }

    /// Whether all that is imported is there, by the modules that are imported later too.
    fn check(&self) -> Result<(), JoinError> {
        for (path, module) in &self.modules {
            for import in &module.imports {
                let lost = match self.modules.contains_key(&*import.path) {
                    true => self.lost(module, import),
                    false => Some(&*import.path),
                };
                if let Some(lost) = lost {
                    return Err(JoinError::Missing { path: format!("{lost} in {path}") });
                }
            }
        }
        Ok(())
    }

    /// What a module imports and is not exported where it should be.
    fn lost<'m>(&self, module: &'m Module<'_>, import: &'m Import) -> Option<&'m str> {
        let wanted: Vec<&str> = match &import.names {
            Names::Some(names) => names.iter().map(|(there, _)| there.as_str()).collect(),
            Names::All(name) => {
                let named = (0..module.body.len()).filter(|at| module.name_at(*at) == Some(name));
                named.filter_map(|at| module.member_at(at)).collect()
            }
        };
        wanted.into_iter().find(|name| self.exported(&import.path, name).is_none())
    }

    /// What files that are not joined take from the joined script.
    fn shared(&self) -> BTreeSet<Top> {
        let taken = self.modules.iter().flat_map(|(path, module)| self.taken(path, module).into_keys());
        let later = self.modules.values().flat_map(|module| &module.later);
        let later = later.filter_map(|(_, path)| Some((path, self.modules.get(&**path)?)));
        let later = later.flat_map(|(path, module)| {
            module.exports.iter().filter_map(move |(_, exported)| self.exported(path, exported))
        });
        taken.chain(later).filter(|top| self.tops.contains_key(top)).collect()
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
