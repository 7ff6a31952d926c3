//! What the names in modules stand for, across modules; and what of the joined ones the page begins with.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Modules;
use super::parse::{Module, Names};
use super::statements::Statement;

/// A name at the top of a module: the module's path, and the name there.
pub(super) type Top = (String, String);

/// Where in a body a name of another thing stands.
pub(super) struct Use {
    pub(super) at: usize,
    /// Three where it is a member of all that a module exports.
    pub(super) tokens: usize,
    pub(super) top: Top,
}

impl Modules<'_> {
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

    /// Which names in a part of a module's body stand for something at the top of it, or of another one.
    pub(super) fn uses(&self, path: &str, places: Range<usize>) -> Vec<Use> {
        let Some(module) = self.modules.get(path) else { return Vec::new() };
        let tops = self.tops_in(path, module);
        let found = places.filter_map(|at| {
            let name = module.name_at(at)?;
            if let Some(from) = namespace(module, name) {
                let top = self.exported(from, module.member_at(at)?)?;
                return Some(Use { at, tokens: 3, top });
            }
            Some(Use { at, tokens: 1, top: tops.get(name)?.clone() })
        });
        found.collect()
    }

    /// What the names at the top of a module stand for, the imported ones too.
    fn tops_in<'m>(&self, path: &str, module: &'m Module<'_>) -> BTreeMap<&'m str, Top> {
        let own = module.statements.iter().flat_map(|statement| &statement.declares);
        let imported = module.imports.iter().flat_map(|import| match &import.names {
            Names::All(_) => &[][..],
            Names::Some(names) => names,
        });
        let names = own.chain(imported.map(|(_, here)| here));
        names.filter_map(|name| Some((name.as_str(), self.top(path, name)?))).collect()
    }

    /// What is declared at the top of the joined modules and needed by what those do at once.
    pub(super) fn reached(&self) -> BTreeSet<Top> {
        let mut reached = BTreeSet::new();
        let mut todo: Vec<(&str, &Range<usize>)> = Vec::new();
        for path in &self.joined {
            let Some(module) = self.modules.get(&**path) else { continue };
            // What changes has to be in one place with all that changes it.
            let stays = module.statements.iter().any(|statement| statement.changes);
            for statement in &module.statements {
                if stays || statement.declares.is_empty() {
                    reached.extend(statement.declares.iter().map(|name| (path.clone(), name.clone())));
                    todo.push((path, &statement.tokens));
                }
            }
        }
        while let Some((path, places)) = todo.pop() {
            for Use { top, .. } in self.uses(path, places.clone()) {
                if reached.contains(&top) {
                    continue;
                }
                let Some((path, statement)) = self.declaring(&top) else { continue };
                reached.extend(statement.declares.iter().map(|name| (path.to_owned(), name.clone())));
                todo.push((path, &statement.tokens));
            }
        }
        reached
    }
}

impl Modules<'_> {
    /// The statement of a joined module that declares something.
    fn declaring(&self, (path, name): &Top) -> Option<(&str, &Statement)> {
        let (path, _) = self.places.get_key_value(path)?;
        let declares = |statement: &&Statement| statement.declares.contains(name);
        Some((path, self.modules.get(&**path)?.statements.iter().find(declares)?))
    }
}

/// The path of the module of which this name means all that it exports.
pub(super) fn namespace<'m>(module: &'m Module<'_>, name: &str) -> Option<&'m str> {
    let of = module.imports.iter().find(|import| matches!(&import.names, Names::All(all) if all == name))?;
    Some(&of.path)
}
