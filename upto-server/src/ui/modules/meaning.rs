//! What the names in modules stand for, across modules.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::Modules;
use super::parse::{Module, Names};

/// A name at the top of a module: the module's path, and the name there.
pub(super) type Top = (String, String);

/// A statement: its module's path, and its number there.
pub(super) type Place<'s> = (&'s str, usize);

/// Where in a body a name of another thing stands.
pub(super) struct Use {
    pub(super) at: usize,
    /// Three where it is a member of all that a module exports.
    pub(super) tokens: usize,
    pub(super) top: Top,
}

impl<'s> Modules<'s> {
    /// All statements, module by module.
    pub(super) fn places(&self) -> impl Iterator<Item = Place<'s>> {
        let count = |path: &str| self.modules[path].statements.len();
        self.order.iter().flat_map(move |path| (0..count(path)).map(move |at| (*path, at)))
    }

    /// Where what is at the tops of modules is declared.
    pub(super) fn declared(&self) -> HashMap<Top, Place<'s>> {
        let declared = self.places().flat_map(|place @ (path, at)| {
            let names = self.modules[path].statements[at].declares.iter();
            names.map(move |name| ((path.to_owned(), name.clone()), place))
        });
        declared.collect()
    }

    /// What a module exports, and by which names.
    pub(super) fn exports_of(&self, path: &str) -> impl Iterator<Item = (Top, &str)> {
        let exports = self.modules.get(path).into_iter().flat_map(|module| &module.exports);
        exports.filter_map(move |(_, exported)| Some((self.exported(path, exported)?, exported.as_str())))
    }

    /// What a module exports by a name.
    pub(super) fn exported(&self, path: &str, name: &str) -> Option<Top> {
        let (local, _) = self.modules.get(path)?.exports.iter().find(|(_, exported)| exported == name)?;
        self.top(path, local)
    }

    /// What is at the top of a module by this name, or is imported there by it.
    fn top(&self, path: &str, name: &str) -> Option<Top> {
        let module = self.modules.get(path)?;
        if module.statements.iter().any(|statement| statement.declares.iter().any(|own| own == name)) {
            return Some((path.to_owned(), name.to_owned()));
        }
        module.imports.iter().find_map(|import| match &import.names {
            Names::All(_) => None,
            Names::Some(names) => {
                let (there, _) = names.iter().find(|(_, here)| here == name)?;
                self.exported(&import.path, there)
            }
        })
    }

    /// Which names in a statement stand for something at the top of its module, or of another one.
    pub(super) fn uses_in(&self, (path, at): Place<'_>) -> Vec<Use> {
        self.uses(path, self.modules[path].statements[at].tokens.clone())
    }

    /// Which names in a part of a module's body stand for something at the top of it, or of another one.
    pub(super) fn uses(&self, path: &str, places: Range<usize>) -> Vec<Use> {
        let module = &self.modules[path];
        let known = self.known.get(path);
        let found = places.filter_map(|at| {
            let name = module.name_at(at)?;
            if let Some(from) = namespace(module, name) {
                let top = self.exported(from, module.member_at(at)?)?;
                return Some(Use { at, tokens: 3, top });
            }
            Some(Use { at, tokens: 1, top: known?.get(name)?.clone() })
        });
        found.collect()
    }

    /// What the names at the top of a module stand for, the imported ones too.
    pub(super) fn known_in(&self, path: &str) -> BTreeMap<String, Top> {
        let module = &self.modules[path];
        let own = module.statements.iter().flat_map(|statement| &statement.declares);
        let imported = module.imports.iter().flat_map(|import| match &import.names {
            Names::All(_) => &[][..],
            Names::Some(names) => names,
        });
        let names = own.chain(imported.map(|(_, here)| here));
        names.filter_map(|name| Some((name.clone(), self.top(path, name)?))).collect()
    }
}

/// The path of the module of which this name means all that it exports.
fn namespace<'m>(module: &'m Module<'_>, name: &str) -> Option<&'m str> {
    let of = module.imports.iter().find(|import| matches!(&import.names, Names::All(all) if all == name))?;
    Some(&of.path)
}
