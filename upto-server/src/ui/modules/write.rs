//! Files written as browsers get them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::Modules;
use super::meaning::{Place, Use};
use super::names::name_private;
use super::parse::Module;
use super::statements::parts;
use crate::ui::script::{self, Role, Token};

impl Modules<'_> {
    /// All scripts, by their paths: those of modules that are imported when they are needed, and of what those share.
    pub(in crate::ui) fn scripts(&self) -> impl Iterator<Item = (String, String)> {
        self.takes.keys().map(|file| (file.clone(), self.script(file)))
    }

    /// The script of a file.
    pub(super) fn script(&self, file: &str) -> String {
        let mut script = self.imports(file);
        script::write(&mut script, &self.tokens(file));
        let exports = self.exports(file).into_iter().collect::<Vec<_>>().join(",");
        script.push_str(&format!("\nexport{{{exports}}};\n"));
        script
    }

    /// The statements of a file, with short names.
    fn tokens(&self, file: &str) -> Vec<Token<'static>> {
        let here = self.places().filter(|place| self.homes.get(place).is_some_and(|home| home == file));
        here.flat_map(|place| self.renamed(place, file)).collect()
    }

    /// A statement with its names shortened. What it imports later, it does from the file that it is in.
    fn renamed(&self, (path, at): Place<'_>, file: &str) -> Vec<Token<'static>> {
        let module = &self.modules[path];
        let statement = &module.statements[at].tokens;
        let own = name_private(module, statement.clone());
        let parts = parts(&module.body, &module.roles, statement.clone()).into_iter();
        parts.flat_map(|part| self.renamed_part((path, module), part, &own, file)).collect()
    }

    /// The same of a part of it, which shares no names of variables with the others but those at the top.
    fn renamed_part(
        &self,
        (path, module): (&str, &Module<'_>),
        places: Range<usize>,
        own: &HashMap<String, String>,
        file: &str,
    ) -> Vec<Token<'static>> {
        let names = self.name_within(path, module, places.clone(), own);
        let uses = self.uses(path, places.clone()).into_iter().map(|each| (each.at, each));
        let uses: HashMap<usize, Use> = uses.collect();
        let mut tokens = Vec::new();
        let mut at = places.start;
        while at < places.end {
            let token = &module.body[at];
            let found = uses.get(&at);
            let top = found.and_then(|found| self.tops.get(&found.top));
            let text = match (module.roles.roles[at], top.or_else(|| names.get(&*token.text))) {
                (Role::Name | Role::Private, Some(short)) => Cow::Owned(short.clone()),
                (Role::Shorthand, Some(short)) => Cow::Owned(pair(&token.text, short, ":")),
                _ => Cow::Owned(self.later(module, at, file).unwrap_or_else(|| token.text.to_string())),
            };
            tokens.push(Token { kind: token.kind, text, gap: token.gap });
            at += found.map_or(1, |found| found.tokens);
        }
        tokens
    }

    /// What stands for an address from which something is imported later.
    fn later(&self, module: &Module<'_>, at: usize, file: &str) -> Option<String> {
        let (_, path) = module.later.iter().find(|(place, _)| *place == at)?;
        Some(format!("\"{}\"", address(file, path)))
    }

    /// What a file takes from others; from those that do something at once, perhaps nothing.
    fn imports(&self, file: &str) -> String {
        let doing = self.doing(file).into_iter().map(|other| (other, BTreeSet::new()));
        let mut files: BTreeMap<&str, BTreeSet<&str>> = doing.collect();
        for top in &self.takes[file] {
            files.entry(self.home(top).unwrap_or(file)).or_default().insert(&self.tops[top]);
        }
        files.remove(file);
        let import = |(other, names): (&&str, &BTreeSet<&str>)| {
            let names: Vec<&str> = names.iter().copied().collect();
            format!("import{{{}}}from\"{}\";", names.join(","), address(file, other))
        };
        files.iter().map(import).collect()
    }

    /// What others take from a file, and what it is imported for when that is needed.
    fn exports(&self, file: &str) -> BTreeSet<String> {
        let others = self.takes.iter().filter(|(other, _)| *other != file).flat_map(|(_, takes)| takes);
        let taken = others.filter(|top| self.home(top) == Some(file)).map(|top| self.tops[top].clone());
        let own = self.exports_of(file).map(|(top, exported)| pair(&self.tops[&top], exported, " as "));
        taken.chain(own).collect()
    }
}

/// A pair of names, one if they are alike.
fn pair(one: &str, other: &str, between: &str) -> String {
    if one == other { one.to_owned() } else { format!("{one}{between}{other}") }
}

/// The address of a path in a module.
fn address(module: &str, path: &str) -> String {
    let up = module.matches('/').count();
    if up == 0 { format!("./{path}") } else { format!("{}{path}", "../".repeat(up)) }
}
