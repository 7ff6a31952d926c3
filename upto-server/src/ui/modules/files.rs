//! Which file each statement comes in. The page begins with one, and fetches the others when it first needs them:
//!
//! - what the page needs from its beginning on is in the first one,
//! - what only one module needs that is imported later, is in that module's,
//! - what several need that are fetched through one, which is there before them, is in that one's,
//! - what others have in common is in a file that only they take it from.
//!
//! So whoever fetches something, fetches hardly anything that it does not need, in few files.

use std::collections::{BTreeMap, BTreeSet};

use super::Modules;
use super::meaning::{Place, Top};

/// By which modules, of those that are fetched, each statement is needed.
type Needed<'s> = BTreeMap<Place<'s>, BTreeSet<&'s str>>;

impl<'s> Modules<'s> {
    /// The modules that are fetched: the one that the page begins with, and those that are imported later.
    pub(super) fn fetched(&self) -> BTreeSet<&'s str> {
        let later = self.modules.values().flat_map(|module| &module.later);
        let later = later.filter_map(|(_, path)| self.modules.get_key_value(&**path));
        later.map(|(path, _)| *path).chain([self.entry]).collect()
    }

    /// The file of each statement. What nobody needs has none.
    pub(super) fn homes(&self) -> BTreeMap<Place<'s>, String> {
        let needed = self.needed();
        let fetched = self.fetched().into_iter();
        let ways: BTreeMap<_, _> = fetched.map(|path| (path, self.way_to(path, &needed))).collect();
        let mut shared: BTreeMap<BTreeSet<&str>, usize> = BTreeMap::new();
        let mut home = |by: &BTreeSet<&'s str>| {
            let through: BTreeSet<&str> = by.iter().map(|path| ways[path]).collect();
            match (by.first(), through.first()) {
                _ if by.contains(self.entry) => self.entry.to_owned(),
                (Some(only), _) if by.len() == 1 => (*only).to_owned(),
                (_, Some(only)) if through.len() == 1 => (*only).to_owned(),
                _ => {
                    let next = shared.len() + 1;
                    format!("shared/{}.js", shared.entry(through).or_insert(next))
                }
            }
        };
        needed.iter().map(|(place, by)| (*place, home(by))).collect()
    }

    fn needed(&self) -> Needed<'s> {
        let links = self.links();
        let mut needed = Needed::new();
        for by in self.fetched() {
            let mut todo = self.begun(by);
            while let Some(place) = todo.pop() {
                if needed.entry(place).or_default().insert(by) {
                    todo.extend(links.get(&place).into_iter().flatten());
                }
            }
        }
        needed
    }

    /// The statements that each one uses.
    fn links(&self) -> BTreeMap<Place<'s>, Vec<Place<'s>>> {
        let used = |place| self.uses_in(place).into_iter().filter_map(|each| self.declared.get(&each.top));
        self.places().map(|place| (place, used(place).copied().collect())).collect()
    }

    /// What a module does as soon as it is there, and what it is imported for then.
    fn begun(&self, path: &'s str) -> Vec<Place<'s>> {
        let done = self.with_imports(path).into_iter().flat_map(|path| self.done(path));
        let exported = self.exports_of(path).filter_map(|(top, _)| self.declared.get(&top).copied());
        done.chain(exported).collect()
    }

    /// What a module does by itself; all of it where anything in it changes, which has to be in one place with all that
    /// changes it.
    fn done(&self, path: &'s str) -> impl Iterator<Item = Place<'s>> {
        let statements = &self.modules[path].statements;
        let changes = statements.iter().any(|statement| statement.changes);
        let done = (0..statements.len()).filter(move |at| changes || statements[*at].declares.is_empty());
        done.map(move |at| (path, at))
    }

    /// A module and all that it imports.
    fn with_imports(&self, path: &'s str) -> BTreeSet<&'s str> {
        let mut found = BTreeSet::new();
        let mut todo = vec![path];
        while let Some(path) = todo.pop() {
            if found.insert(path) {
                todo.extend(self.imported(path).into_iter().flatten());
            }
        }
        found
    }

    /// Through which module another one is fetched: the first that the page, or several others, import later.
    fn way_to(&self, mut path: &'s str, needed: &Needed<'s>) -> &'s str {
        let mut passed = BTreeSet::new();
        while passed.insert(path) {
            let importers = self.importers(path, needed);
            match importers.first() {
                Some(only) if importers.len() == 1 && *only != self.entry => path = only,
                _ => {}
            }
        }
        path
    }

    /// The modules that import another one later, by what they need of all.
    fn importers(&self, path: &str, needed: &Needed<'s>) -> BTreeSet<&'s str> {
        let imports = self.places().filter(|(importer, at)| {
            let module = &self.modules[importer];
            let tokens = &module.statements[*at].tokens;
            module.later.iter().any(|(at, later)| later == path && tokens.contains(at))
        });
        imports.filter_map(|place| needed.get(&place)).flatten().copied().collect()
    }

    /// What each file uses of the tops of modules, and what it is imported for.
    pub(super) fn takes(&self) -> BTreeMap<String, BTreeSet<Top>> {
        let mut takes: BTreeMap<String, BTreeSet<Top>> = BTreeMap::new();
        for path in self.fetched() {
            takes.entry(path.to_owned()).or_default().extend(self.exports_of(path).map(|(top, _)| top));
        }
        for (place, home) in &self.homes {
            let used = self.uses_in(*place).into_iter().map(|each| each.top);
            takes.entry(home.clone()).or_default().extend(used);
        }
        takes
    }

    /// The file in which something at the top of a module is.
    pub(super) fn home(&self, top: &Top) -> Option<&str> {
        self.homes.get(self.declared.get(top)?).map(String::as_str)
    }

    /// The files that do something as soon as they are there that a module needs to be done.
    pub(super) fn doing(&self, path: &str) -> BTreeSet<&str> {
        let Some((path, _)) = self.modules.get_key_value(path) else { return BTreeSet::new() };
        let done = self.with_imports(path).into_iter().flat_map(|path| self.done(path));
        let homes = done.filter_map(|place| self.homes.get(&place)).map(String::as_str);
        homes.filter(|home| *home != self.entry).collect()
    }
}
