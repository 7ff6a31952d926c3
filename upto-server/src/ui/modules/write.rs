//! Modules written as browsers get them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use super::Modules;
use super::meaning::{Top, Use};
use super::names::{name_private, written};
use super::parse::Module;
use super::statements::{Statement, parts};
use crate::ui::script::{self, Role, Token};

impl Modules<'_> {
    /// The script that a path stands for; `None` if there is no such module.
    pub(in crate::ui) fn script(&self, path: &str) -> Option<String> {
        let module = self.modules.get(path)?;
        Some(if path == self.entry() { self.whole() } else { self.apart(path, module) })
    }

    /// What the page begins with: of all that are joined, what is needed at once.
    fn whole(&self) -> String {
        let mut tokens = Vec::new();
        for path in &self.joined {
            let Some(module) = self.modules.get(&**path) else { continue };
            let names = self.name_own(path, module);
            for statement in self.statements(path, module, true) {
                tokens.extend(self.renamed((path, module), statement, &names, self.entry()));
            }
        }
        let mut whole = String::new();
        script::write(&mut whole, &tokens);
        let shared = self.shared.iter().filter_map(|top| self.tops.get(top));
        whole.push_str(&format!("\nexport{{{}}};\n", list(shared)));
        whole
    }

    /// A module that is not joined, or what of one is not needed at once. It takes from the joined ones what is in them.
    fn apart(&self, path: &str, module: &Module<'_>) -> String {
        let names = self.name_own(path, module);
        let mut tokens = Vec::new();
        for statement in self.statements(path, module, false) {
            tokens.extend(self.renamed((path, module), statement, &names, path));
        }
        let exports = self.exports(path, module, &names);
        let mut script = self.imports(path, module, &names, &exports);
        script::write(&mut script, &tokens);
        let exports = exports.iter().map(|(name, exported)| pair(name, exported, " as "));
        script.push_str(&format!("\nexport{{{}}};\n", exports.collect::<Vec<_>>().join(",")));
        script
    }

    /// The statements of a module that the page begins with, or the others.
    pub(super) fn statements<'m>(
        &'m self,
        path: &'m str,
        module: &'m Module<'_>,
        at_once: bool,
    ) -> impl Iterator<Item = &'m Statement> {
        let is_joined = self.places.contains_key(path);
        let is_at_once = move |statement: &Statement| {
            let is_reached = |name: &String| self.tops.contains_key(&(path.to_owned(), name.clone()));
            is_joined && (statement.declares.is_empty() || statement.declares.iter().any(is_reached))
        };
        module.statements.iter().filter(move |statement| is_at_once(statement) == at_once)
    }

    /// A statement with its names shortened. What it imports later, it does from where it is written.
    fn renamed(
        &self,
        (path, module): (&str, &Module<'_>),
        statement: &Statement,
        own: &HashMap<String, String>,
        file: &str,
    ) -> Vec<Token<'static>> {
        let mut outer = own.clone();
        outer.extend(name_private(module, statement.tokens.clone()));
        let parts = parts(&module.body, &module.roles, statement.tokens.clone()).into_iter();
        parts.flat_map(|part| self.renamed_part((path, module), part, &outer, file)).collect()
    }

    /// The same of a part of it, which shares no names of variables with the others but those at the top.
    fn renamed_part(
        &self,
        (path, module): (&str, &Module<'_>),
        places: Range<usize>,
        outer: &HashMap<String, String>,
        file: &str,
    ) -> Vec<Token<'static>> {
        let names = self.name_within(path, module, places.clone(), outer);
        let uses = self.uses(path, places.clone()).into_iter().map(|each| (each.at, each));
        let uses: HashMap<usize, Use> = uses.collect();
        let mut tokens = Vec::new();
        let mut at = places.start;
        while at < places.end {
            let token = &module.body[at];
            let found = uses.get(&at);
            let top = found.and_then(|found| self.tops.get(&found.top));
            let short = top.or_else(|| names.get(&written(module, at))).or_else(|| names.get(&*token.text));
            let text = match (module.roles.roles[at], short) {
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

    /// What a file that is not joined exports: the names there, and those by which others import them.
    fn exports(
        &self,
        path: &str,
        module: &Module<'_>,
        names: &HashMap<String, String>,
    ) -> Vec<(String, String)> {
        let exported = module.exports.iter().filter_map(|(name, exported)| {
            let top = self.exported(path, exported)?;
            let name = match self.tops.get(&top) {
                Some(short) => self.shared.contains(&top).then_some(short),
                None => names.get(name).or(Some(name)),
            };
            Some((name?.clone(), exported.clone()))
        });
        exported.collect()
    }

    /// What a file that is not joined imports.
    fn imports(
        &self,
        path: &str,
        module: &Module<'_>,
        names: &HashMap<String, String>,
        exports: &[(String, String)],
    ) -> String {
        let mut files: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let taken = self.taken(path, module);
        for (top, place) in &taken {
            if let Some(short) = self.tops.get(top) {
                files.entry(self.entry()).or_default().insert(short.clone());
            } else if top.0 != path {
                let exports = &self.modules[&*top.0].exports;
                let Some((_, there)) = exports.iter().find(|(name, _)| *name == top.1) else { continue };
                let here = names.get(&written(module, *place)).unwrap_or(there);
                files.entry(&top.0).or_default().insert(pair(there, here, " as "));
            }
        }
        let own: Vec<_> = exports.iter().filter(|(name, _)| self.is_short_top(name)).collect();
        for (name, _) in own {
            files.entry(self.entry()).or_default().insert(name.clone());
        }
        let import = |(file, names): (&&str, &BTreeSet<String>)| {
            format!("import{{{}}}from\"{}\";", list(names), address(path, file))
        };
        files.iter().map(import).collect()
    }

    /// What a file that is not joined uses of the tops of modules, and where first.
    pub(super) fn taken(&self, path: &str, module: &Module<'_>) -> BTreeMap<Top, usize> {
        let mut taken = BTreeMap::new();
        for statement in self.statements(path, module, false) {
            for Use { at, top, .. } in self.uses(path, statement.tokens.clone()) {
                taken.entry(top).or_insert(at);
            }
        }
        taken
    }

    /// Whether it is a name that something at the top of the joined modules got.
    fn is_short_top(&self, name: &str) -> bool {
        self.tops.values().any(|short| short == name)
    }

    fn entry(&self) -> &str {
        self.joined.last().map_or("", String::as_str)
    }
}

fn list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(String::as_str).collect::<Vec<_>>().join(",")
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
