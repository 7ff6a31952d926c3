//! The page's modules, joined: what `main.js` and all that it imports need becomes one script, so that it comes in one answer
//! and is compressed together. A module that is imported later has a file too, with all that only it needs, and takes the rest
//! from where it is (`files`). What nobody needs is in none. Names become short (`names`).
//!
//! In a file, what is of each module stands behind what is of those that it imports. That holds as long as none changes what
//! it exports and none imports itself by a detour; else nothing is joined.

mod files;
mod meaning;
mod names;
mod parse;
mod statements;
mod write;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use self::meaning::{Place, Top};
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
    /// The one that the page begins with.
    entry: &'s str,
    /// All that are imported, now or later, each behind those that it imports.
    order: Vec<&'s str>,
    /// What the names at the top of each stand for.
    known: BTreeMap<&'s str, BTreeMap<String, Top>>,
    /// Where what is at their tops is declared.
    declared: HashMap<Top, Place<'s>>,
    /// The file of each statement that is needed.
    homes: BTreeMap<Place<'s>, String>,
    /// What each file uses of their tops, and what it is there for.
    takes: BTreeMap<String, BTreeSet<Top>>,
    /// New names for what is at their tops.
    tops: HashMap<Top, String>,
    /// Names that stay.
    kept: HashSet<String>,
}

impl<'s> Modules<'s> {
    /// Reads modules, of which the page begins with `entry`.
    ///
    /// # Errors
    /// [`JoinError`] says which of them can't be read, or joined.
    pub(super) fn read(
        sources: impl IntoIterator<Item = (&'s str, &'s str)>,
        entry: &'s str,
    ) -> Result<Self, JoinError> {
        let modules: Result<BTreeMap<_, _>, _> =
            sources.into_iter().map(|(path, source)| Ok((path, Module::read(path, source)?))).collect();
        let modules = modules?;
        let mut read = Modules {
            kept: names::kept(modules.values()),
            modules,
            entry,
            order: Vec::new(),
            known: BTreeMap::new(),
            declared: HashMap::new(),
            homes: BTreeMap::new(),
            takes: BTreeMap::new(),
            tops: HashMap::new(),
        };
        read.arrange(entry, &mut Vec::new())?;
        for path in read.fetched() {
            read.arrange(path, &mut Vec::new())?;
        }
        read.check()?;
        read.known = read.order.iter().map(|path| (*path, read.known_in(path))).collect();
        read.declared = read.declared();
        read.homes = read.homes();
        read.takes = read.takes();
        read.tops = read.name_tops();
        Ok(read)
    }

    /// Whether a path is that of a module, be it a file or a part of others.
    pub(super) fn has(&self, path: &str) -> bool {
        self.modules.contains_key(path)
    }

    /// Whether all that is imported is there, by the modules that are imported later too.
    fn check(&self) -> Result<(), JoinError> {
        for (path, module) in &self.modules {
            for import in &module.imports {
                let lost = match self.has(&import.path) {
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

    /// Puts a module behind all that it imports.
    fn arrange(&mut self, path: &'s str, importers: &mut Vec<&'s str>) -> Result<(), JoinError> {
        if self.order.contains(&path) {
            return Ok(());
        }
        if importers.contains(&path) {
            return Err(JoinError::Circle { path: path.to_owned() });
        }
        let imported = self.imported(path)?;
        importers.push(path);
        for import in imported {
            self.arrange(import, importers)?;
        }
        importers.pop();
        self.order.push(path);
        Ok(())
    }

    /// The modules that one imports.
    fn imported(&self, path: &str) -> Result<Vec<&'s str>, JoinError> {
        let missing = |path: &str| JoinError::Missing { path: path.to_owned() };
        let module = self.modules.get(path).ok_or_else(|| missing(path))?;
        let known = |path: &str| self.modules.get_key_value(path).map(|(path, _)| *path);
        module.imports.iter().map(|import| known(&import.path).ok_or_else(|| missing(&import.path))).collect()
    }
}

#[cfg(test)]
mod tests;
