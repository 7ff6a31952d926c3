//! Short names. Each name of a module becomes another one everywhere in it, and no two become the same one: then whatever
//! stood for a thing still stands for it, wherever it is declared, so scopes need not be known.
//!
//! What is at the tops of modules has names with a capital, one for all modules; everything else has small ones, statement by
//! statement, of a class member by member. There they are given in the order in which they are met: so the first parameter of
//! all functions has the same name, which compresses best.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::Modules;
use super::meaning::Top;
use super::parse::{Module, Names};
use crate::ui::script::{GLOBALS, KEYWORDS, Role};

const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Those first that scripts have most.
const SMALL: &str = "etsinoarlcdhupmfgbwyvkxjqz";
const FURTHER: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";

/// The names that are neither declared nor imported where they are used, and those that may mean such: they stay. So do those
/// by which modules are imported.
pub(super) fn kept<'m>(modules: impl Iterator<Item = &'m Module<'m>>) -> HashSet<String> {
    let mut kept: HashSet<String> = KEYWORDS.iter().chain(GLOBALS).map(|&word| word.to_owned()).collect();
    for module in modules {
        kept.extend(free(module).into_iter().map(str::to_owned));
        kept.extend(module.exports.iter().map(|(_, exported)| exported.clone()));
    }
    kept
}

/// The names that a module finds in the browser.
pub(super) fn free<'m>(module: &'m Module<'_>) -> BTreeSet<&'m str> {
    let imported: HashSet<&str> = imported(module).collect();
    let names = (0..module.body.len()).filter_map(|at| module.name_at(at));
    names.filter(|name| !module.declared.contains(*name) && !imported.contains(name)).collect()
}

fn imported<'m>(module: &'m Module<'_>) -> impl Iterator<Item = &'m str> {
    module.imports.iter().flat_map(|import| match &import.names {
        Names::All(name) => vec![name.as_str()],
        Names::Some(names) => names.iter().map(|(_, here)| here.as_str()).collect(),
    })
}

impl Modules<'_> {
    /// The names that each module finds in the browser.
    #[cfg(test)]
    pub(in crate::ui) fn free_names(&self) -> Vec<(String, Vec<String>)> {
        let names = |module| free(module).into_iter().map(str::to_owned).collect();
        self.modules.iter().map(|(path, module)| ((*path).to_owned(), names(module))).collect()
    }

    /// Names for what is at the tops of modules: the shortest for what the page begins with, and of that for what is used
    /// most there.
    pub(super) fn name_tops(&self) -> HashMap<Top, String> {
        let mut counts: HashMap<Top, usize> = HashMap::new();
        for (place, file) in &self.homes {
            let here = self.uses_in(*place).into_iter().filter(|each| self.home(&each.top) == Some(file));
            for each in here {
                *counts.entry(each.top).or_default() += 1;
            }
        }
        let is_later = |top: &Top| self.home(top) != Some(self.entry);
        let (later, first): (HashMap<_, _>, HashMap<_, _>) =
            counts.into_iter().partition(|(top, _)| is_later(top));
        let tops = most_used_first(first).into_iter().chain(most_used_first(later));
        tops.zip(unlike(CAPITALS, &self.kept)).collect()
    }

    /// Names for what is declared within a part of a statement at the top, beside those that its class has.
    pub(super) fn name_within(
        &self,
        path: &str,
        module: &Module<'_>,
        places: Range<usize>,
        own: &HashMap<String, String>,
    ) -> HashMap<String, String> {
        let tops: HashSet<usize> = self.uses(path, places.clone()).into_iter().map(|each| each.at).collect();
        let locals = places.filter(|at| !tops.contains(at)).filter_map(|at| module.name_at(at));
        let locals = locals.filter(|name| module.declared.contains(*name) && !GLOBALS.contains(name));
        let mut short = unlike(SMALL, &self.kept);
        let mut names = own.clone();
        for name in locals {
            if !names.contains_key(name) {
                names.extend(Some(name.to_owned()).zip(short.next()));
            }
        }
        names
    }
}

/// Names for the private members of a class.
pub(super) fn name_private(module: &Module<'_>, places: Range<usize>) -> HashMap<String, String> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for at in places.filter(|at| module.roles.roles[*at] == Role::Private) {
        *counts.entry(module.body[at].text.to_string()).or_default() += 1;
    }
    let names = most_used_first(counts).into_iter();
    names.zip((0..).map(|number| format!("#{}", short(SMALL, number)))).collect()
}

/// In the same order each time.
fn most_used_first<T: Ord>(counts: HashMap<T, usize>) -> Vec<T> {
    let mut counts: Vec<_> = counts.into_iter().map(|(name, count)| (Reverse(count), name)).collect();
    counts.sort_unstable();
    counts.into_iter().map(|(_, name)| name).collect()
}

/// Names that begin with one of these letters and are none of those that stay, the shortest first.
fn unlike(first: &str, kept: &HashSet<String>) -> impl Iterator<Item = String> {
    (0..).map(move |number| short(first, number)).filter(|name| !kept.contains(name))
}

/// All names that begin with one of these letters, the shortest first.
fn short(first: &str, mut number: usize) -> String {
    let letter = |letters: &str, number: usize| char::from(letters.as_bytes()[number % letters.len()]);
    let mut name = String::from(letter(first, number));
    number /= first.len();
    while number > 0 {
        name.push(letter(FURTHER, number - 1));
        number = (number - 1) / FURTHER.len();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_are_all_different() {
        let names: HashSet<String> = (0..100_000).map(|number| short(SMALL, number)).collect();
        assert_eq!(names.len(), 100_000);
        assert_eq!([0, 25, 26, 27].map(|number| short(CAPITALS, number)), ["A", "Z", "Aa", "Ba"]);
        assert!(names.iter().all(|name| name.len() <= 4));
    }

    #[test]
    fn names_never_become_what_stays() {
        let kept = HashSet::from(["B".to_owned(), "D".to_owned()]);
        assert_eq!(unlike(CAPITALS, &kept).take(3).collect::<Vec<_>>(), ["A", "C", "E"]);
    }
}
