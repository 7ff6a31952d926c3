//! Short names. Each name of a module becomes another one everywhere in it, and no two become the same one: then whatever
//! stood for a thing still stands for it, wherever it is declared, so scopes need not be known.
//!
//! What is at the top of the joined modules has names with a capital, one for all modules; everything else has small ones,
//! module by module, and within those statement by statement, of a class member by member. There they are given in the order
//! in which they are met: so the first parameter of all functions has the same name, which compresses best.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::Modules;
use super::meaning::{Top, Use, namespace};
use super::parse::{Module, Names};
use crate::ui::script::{GLOBALS, KEYWORDS, Role};

const CAPITALS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Those first that scripts have most.
const SMALL: &str = "etsinoarlcdhupmfgbwyvkxjqz";
const FURTHER: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$";

/// The names that are neither declared nor imported where they are used, and those that may mean such: they stay.
pub(super) fn kept<'m>(modules: impl Iterator<Item = &'m Module<'m>>) -> HashSet<String> {
    let mut kept: HashSet<String> = KEYWORDS.iter().chain(GLOBALS).map(|&word| word.to_owned()).collect();
    for module in modules {
        kept.extend(free(module).into_iter().map(str::to_owned));
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

    /// Names for what is at the top of the joined modules, the shortest for what is used most.
    pub(super) fn name_tops(&self, tops: &BTreeSet<Top>) -> HashMap<Top, String> {
        let mut counts: HashMap<&Top, usize> = tops.iter().map(|top| (top, 0)).collect();
        let uses = self.joined.iter().flat_map(|path| self.uses(path, 0..self.modules[&**path].body.len()));
        for each in uses {
            if let Some(count) = counts.get_mut(&each.top) {
                *count += 1;
            }
        }
        let names = (0..).map(|number| short(CAPITALS, number)).filter(|name| !self.kept.contains(name));
        most_used_first(counts).into_iter().cloned().zip(names).collect()
    }

    /// Names for what is at the top of a module that is not joined, and for what it imports from such. A member of all that
    /// another one exports is called as it is written, `texts.name`.
    pub(super) fn name_own(&self, path: &str, module: &Module<'_>) -> HashMap<String, String> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for Use { at, top, .. } in self.uses(path, 0..module.body.len()) {
            if !self.tops.contains_key(&top) {
                *counts.entry(written(module, at)).or_default() += 1;
            }
        }
        telling(most_used_first(counts), &self.kept)
    }

    /// The same with names for what is declared within a part of a statement at the top.
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
        let is_free = |short: &String| !self.kept.contains(short) && !own.values().any(|own| own == short);
        let mut short = (0..).map(|number| short(SMALL, number)).filter(is_free);
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
    let names = telling(most_used_first(counts), &HashSet::new());
    names.into_iter().map(|(name, short)| (name, format!("#{short}"))).collect()
}

/// A name as it stands in a module: of a member of all that another one exports, both.
pub(super) fn written(module: &Module<'_>, at: usize) -> String {
    let name = module.name_at(at).unwrap_or_default();
    match (namespace(module, name), module.member_at(at)) {
        (Some(_), Some(member)) => format!("{name}.{member}"),
        _ => name.to_owned(),
    }
}

/// In the same order each time.
fn most_used_first<T: Ord>(counts: HashMap<T, usize>) -> Vec<T> {
    let mut counts: Vec<_> = counts.into_iter().map(|(name, count)| (Reverse(count), name)).collect();
    counts.sort_unstable();
    counts.into_iter().map(|(_, name)| name).collect()
}

/// A small letter of each name, if one is left: so what is alike in several modules mostly stays alike.
fn telling(names: Vec<String>, kept: &HashSet<String>) -> HashMap<String, String> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut told = HashMap::new();
    for name in names {
        let letters = name.chars().map(|letter| letter.to_ascii_lowercase().to_string());
        let letters = letters.filter(|letter| SMALL.contains(&**letter));
        let is_free = |short: &String| !taken.contains(short) && !kept.contains(short);
        let short = letters.chain((0..).map(|number| short(SMALL, number))).find(is_free).unwrap_or_default();
        taken.insert(short.clone());
        told.insert(name, short);
    }
    told
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
    fn names_keep_a_letter_of_theirs_and_never_become_what_stays() {
        let names = ["model", "mode", "#m", "x1"].map(str::to_owned).to_vec();
        let told = telling(names, &HashSet::from(["o".to_owned()]));
        assert_eq!((&*told["model"], &*told["mode"], &*told["x1"]), ("m", "d", "x"));
        assert_eq!(told["#m"], "e");
    }
}
